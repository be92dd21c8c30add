import { batchKey } from './keys.ts'
import type { ChainEnd } from './chain.ts'
import type { LevelOperation } from './level.ts'

const stepBytes = 1 << 20
const removalsMax = 1_000

/**
 * How far back batch records are kept: over the last `chainBytes` of batches, more than LevelDB's logs can hold. Older ones
 * are removed with the next batch.
 */
export class ChainWindow {
  readonly #chainBytes: number
  /** Batches at about every `stepBytes`, to know how far back `chainBytes` reaches. */
  #milestones: { readonly batch: number; readonly bytes: number }[] = []
  #writtenBytes = 0

  constructor(chainBytes: number) {
    this.#chainBytes = chainBytes
  }

  /** A batch of so many bytes was written. */
  wrote(batch: number, bytes: number): void {
    this.#writtenBytes += bytes
    const last = this.#milestones.at(-1)
    if (last === undefined || this.#writtenBytes - last.bytes >= stepBytes) {
      this.#milestones.push({ batch, bytes: this.#writtenBytes })
    }
  }

  /** The database was opened again: counted from here. */
  reset(): void {
    this.#milestones = []
    this.#writtenBytes = 0
  }

  /**
   * Batch records that reach further back than the logs, and the oldest that is left. Their numbers follow each other, so none is
   * looked up: an iterator a megabyte took a tenth of a load's commits, and every commit behind it waited.
   */
  removals({ oldest }: ChainEnd): { operations: readonly LevelOperation[]; oldest: number } {
    const second = this.#milestones[1]
    if (second === undefined || this.#writtenBytes - second.bytes < this.#chainBytes) {
      return { operations: [], oldest }
    }
    const left = Math.min(second.batch, oldest + removalsMax)
    const operations: LevelOperation[] = []
    for (let batch = oldest; batch < left; batch++)
      operations.push({ key: batchKey(batch), value: null })
    if (left === second.batch) this.#milestones.shift()
    return { operations, oldest: left }
  }
}
