import type { SortValue } from './types.ts'

/** A document on its way to a hit: segment by position in its target. */
export type FoundDoc = {
  readonly segment: number
  readonly docId: number
  readonly score: number | null
  readonly sort: readonly SortValue[] | null
}
