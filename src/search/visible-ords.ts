import type { SegmentView, VectorReader } from '../segment/index.ts'
import { BitSet } from '../util/index.ts'

/** Ordinals of the vectors in live, visible documents; null: all. */
export function visibleOrds(segment: SegmentView, vectors: VectorReader): BitSet | null {
  const { reader, liveDocs, docCount } = segment
  if (liveDocs !== null) return vectors.ordsOf(liveDocs.copy(docCount).copy(reader.docCount))
  if (docCount === reader.docCount) return null
  const docs = new BitSet(reader.docCount)
  docs.addRange(docCount)
  return vectors.ordsOf(docs)
}
