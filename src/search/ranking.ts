import type { ScoredDoc } from '../query/index.ts'
import type { SegmentView } from '../segment/index.ts'
import type { NeighborsBySegment } from './weight.ts'

/** Best score first, then index order. */
function compareScored(a: ScoredDoc, b: ScoredDoc): number {
  return b.score - a.score || a.segment - b.segment || a.docId - b.docId
}

/** Puts documents in the order of hits; most lists come in it. */
export function rank(docs: ScoredDoc[]): void {
  for (let at = 1; at < docs.length; at++) {
    if (compareScored(docs[at - 1]!, docs[at]!) <= 0) continue
    docs.sort(compareScored)
    return
  }
}

/** The documents with their scores times a boost, in the order that those have: rounding can make two of them equal. */
export function boosted(docs: readonly ScoredDoc[], boost: number): readonly ScoredDoc[] {
  if (boost === 1) return docs
  const result = docs.map((doc) => ({ ...doc, score: Math.fround(doc.score * boost) }))
  rank(result)
  return result
}

/** The documents of each segment, ascending. */
export function bySegment(
  docs: readonly ScoredDoc[],
  segments: readonly SegmentView[]
): NeighborsBySegment {
  const result = new Map<number, { docs: Int32Array; scores: Float32Array }>()
  const sorted = docs.toSorted((a, b) => a.segment - b.segment || a.docId - b.docId)
  for (let start = 0; start < sorted.length;) {
    const { segment } = sorted[start]!
    let end = start + 1
    while (sorted[end]?.segment === segment) end += 1
    const docIds = new Int32Array(end - start)
    const scores = new Float32Array(end - start)
    for (let at = start; at < end; at++) {
      docIds[at - start] = sorted[at]!.docId
      scores[at - start] = sorted[at]!.score
    }
    result.set(segments[segment]!.reader.generation, { docs: docIds, scores })
    start = end
  }
  return result
}
