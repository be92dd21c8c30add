import type { FieldInfo, SegmentView, VectorReader } from '../segment/index.ts'
import { BitSet } from '../util/index.ts'
import type { DocFilter } from './filter-bits.ts'
import { filterCache } from './filter-cache.ts'

/** accept null: all. Not to be written to. */
export type AcceptedOrds = { readonly accept: BitSet | null; readonly acceptCount: number }

/** Ordinals of a field's vectors in live, visible documents that pass the filter (null: all). */
export function acceptedOrds(
  segment: SegmentView,
  vectors: VectorReader,
  filter: DocFilter | null,
  field: FieldInfo
): AcceptedOrds {
  const { reader, liveDocs, docCount } = segment
  const isAll = liveDocs === null && docCount === reader.docCount && filter === null
  return isAll
    ? { accept: null, acceptCount: vectors.index.size }
    : filteredOrds(segment, vectors, filter, field)
}

function filteredOrds(
  segment: SegmentView,
  vectors: VectorReader,
  filter: DocFilter | null,
  field: FieldInfo
): AcceptedOrds {
  const compute = (): BitSet => {
    const docs = visibleDocs(segment)
    if (filter !== null) docs.intersect(filter.docs(segment))
    return vectors.ordsOf(docs)
  }
  const key = filter === null ? '' : filter.key
  if (key === null) {
    const accept = compute()
    return { accept, acceptCount: accept.count() }
  }
  const visibleKey = filterCache.visibleKey(segment, `ords ${field.number} ${key}`)
  const { bits, count } = filterCache.counted(segment.reader, visibleKey, compute)
  return { accept: bits, acceptCount: count }
}

function visibleDocs({ reader, liveDocs, docCount }: SegmentView): BitSet {
  if (liveDocs !== null) return liveDocs.copy(docCount).copy(reader.docCount)
  const docs = new BitSet(reader.docCount)
  docs.addRange(docCount)
  return docs
}
