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

/** Numbers of a document: its score, its number in the segment, the segment. */
export const foundWidth = 3
type Numbers = readonly number[] | Float64Array

/**
 * Documents with scores and nothing else, in the order of hits. One list of numbers: each list takes as long as twenty of them,
 * and a short typed array as long as a hundred.
 */
export class FoundColumns extends MadeList<FoundDoc> {
  readonly #numbers: Numbers
  readonly #from: number

  /** @param first  The documents before are others. */
  constructor(numbers: Numbers, first: number, count: number) {
    const from = first * foundWidth
    super(count, (at) => ({
      segment: numbers[from + at * foundWidth + 2]!,
      docId: numbers[from + at * foundWidth + 1]!,
      score: numbers[from + at * foundWidth]!,
      sort: null
    }))
    this.#numbers = numbers
    this.#from = from
  }

  scoreAt(at: number): number {
    return this.#numbers[this.#from + at * foundWidth]!
  }

  docIdAt(at: number): number {
    return this.#numbers[this.#from + at * foundWidth + 1]!
  }

  segmentAt(at: number): number {
    return this.#numbers[this.#from + at * foundWidth + 2]!
  }

  override slice(from: number, to: number): FoundColumns {
    const end = Math.min(to, this.length)
    const first = this.#from / foundWidth + from
    return new FoundColumns(this.#numbers, first, Math.max(0, end - from))
  }
}
