import type { FieldInfo, SegmentView, VectorReader } from '../segment/index.ts'
import { BitSet } from '../util/index.ts'
import type { Steps } from '../util/index.ts'
import type { DocFilter } from './filter-bits.ts'
import { filterCache } from './filter-cache.ts'
import type { CountedBits } from './filter-cache.ts'

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
  const key = keyOf(segment, filter, field)
  const known = key === null ? null : filterCache.known(segment.reader, key)
  if (known !== null) return accepted(known)
  const docs = visibleDocs(segment)
  if (filter !== null) docs.intersect(filter.docs(segment))
  const bits = vectors.ordsOf(docs)
  return key === null
    ? { accept: bits, acceptCount: bits.count() }
    : accepted(filterCache.keep(segment.reader, key, bits))
}

function accepted({ bits, count }: CountedBits): AcceptedOrds {
  return { accept: bits, acceptCount: count }
}

/** Finds in slices what acceptedOrds asks of the filter, where they are not known. */
export function* acceptAhead(
  segment: SegmentView,
  filter: DocFilter,
  field: FieldInfo
): Steps<void> {
  const key = keyOf(segment, filter, field)
  const isKnown = key !== null && filterCache.known(segment.reader, key) !== null
  if (!isKnown) yield* filter.findAhead(segment)
}

/** null: they are kept for nobody. */
function keyOf(segment: SegmentView, filter: DocFilter | null, field: FieldInfo): string | null {
  const key = filter === null ? '' : filter.key
  return key === null ? null : filterCache.visibleKey(segment, `ords ${field.number} ${key}`)
}

function visibleDocs({ reader, liveDocs, docCount }: SegmentView): BitSet {
  if (liveDocs !== null) return liveDocs.copy(docCount).copy(reader.docCount)
  const docs = new BitSet(reader.docCount)
  docs.addRange(docCount)
  return docs
}
