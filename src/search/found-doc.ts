import { MadeList } from '../util/index.ts'
import type { SortValue } from './types.ts'

/** A document on its way to a hit: segment by position in its target. A ScoredDoc is one. */
export type FoundDoc = {
  readonly segment: number
  readonly docId: number
  readonly score: number | null
  /** Left out: it is not sorted by values. */
  readonly sort?: readonly SortValue[] | null
}

/** Documents with scores and nothing else, in the order of hits, as columns of the same length. */
export class FoundColumns extends MadeList<FoundDoc> {
  readonly segments: Int32Array
  readonly docIds: Int32Array
  readonly scores: Float64Array

  constructor(segments: Int32Array, docIds: Int32Array, scores: Float64Array) {
    super(docIds.length, (at) => ({
      segment: segments[at]!,
      docId: docIds[at]!,
      score: scores[at]!,
      sort: null
    }))
    this.segments = segments
    this.docIds = docIds
    this.scores = scores
  }

  override slice(from: number, to: number): FoundColumns {
    return new FoundColumns(
      this.segments.subarray(from, to),
      this.docIds.subarray(from, to),
      this.scores.subarray(from, to)
    )
  }
}
