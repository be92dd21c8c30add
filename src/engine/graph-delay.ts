/**
 * When vectors that were flushed without a graph get one.
 *
 * While a load goes on, every graph that is built is soon merged into a larger one, and its nodes are linked again. So a flush
 * writes vectors as they are, searches scan them, and one merge builds the graph of all: when the writes pause, when the first
 * of them have waited long enough, or when one flush more would make too many to scan.
 */
import type { MergeCandidate } from './merge-policy.ts'

export type GraphDelayOptions = {
  /**
   * Bytes of vectors without a graph that searches may have to scan; as many again while a merge links the ones before.
   * @default 384 MiB (786,432 x 128 or 131,072 x 768: 30 to 60 ms a search on one thread)
   */
  readonly unindexedBytesMax: number
  /** Milliseconds such vectors wait at most. @default 60_000 (a load of 100,000 documents takes less) */
  readonly unindexedAgeMs: number
  /** Milliseconds without a write after which a load counts as over. @default 2_000 (a guess) */
  readonly quietMs: number
}

export class GraphDelay {
  readonly #options: GraphDelayOptions
  readonly #now: () => number
  #lastWriteMs = Number.NEGATIVE_INFINITY
  #waitingSinceMs = Number.POSITIVE_INFINITY

  /** @param now  Milliseconds of a clock that only goes forward. */
  constructor(options: GraphDelayOptions, now: () => number) {
    this.#options = options
    this.#now = now
  }

  noteWrite(): void {
    this.#lastWriteMs = this.#now()
  }

  /** Milliseconds until the merge is due: 0 now, Infinity when no vectors wait. */
  remainingMs(segments: readonly Pick<MergeCandidate, 'unindexedBytes'>[]): number {
    let total = 0
    let largest = 0
    for (const { unindexedBytes } of segments) {
      total += unindexedBytes
      largest = Math.max(largest, unindexedBytes)
    }
    const now = this.#now()
    if (total === 0) {
      this.#waitingSinceMs = Number.POSITIVE_INFINITY
      return Number.POSITIVE_INFINITY
    }
    this.#waitingSinceMs = Math.min(this.#waitingSinceMs, now)
    const { unindexedBytesMax, unindexedAgeMs, quietMs } = this.#options
    if (total + largest > unindexedBytesMax) return 0
    const dueMs = Math.min(this.#waitingSinceMs + unindexedAgeMs, this.#lastWriteMs + quietMs)
    return Math.max(0, dueMs - now)
  }
}
