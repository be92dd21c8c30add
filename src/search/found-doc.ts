import type { SortValue } from './types.ts'

/** A document on its way to a hit: segment by position in its target. A ScoredDoc is one. */
export type FoundDoc = {
  readonly segment: number
  readonly docId: number
  readonly score: number | null
  /** Left out: it is not sorted by values. */
  readonly sort?: readonly SortValue[] | null
}
