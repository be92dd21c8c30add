/** Removes records of the catalogue that newer ones have replaced. */
import type { Jobs } from '../engine/index.ts'
import { catalogueRange, indexMetadataRange } from '../store/index.ts'
import type { KeyRange, Store } from '../store/index.ts'

/**
 * Why not each: a removal is a synced batch and a compaction, and a mapping that grows by itself makes a record for each new
 * field. Why not more: a mapping of 1,000 fields is a record of 100 KB.
 */
const keptMax = 32

/**
 * The newest record of a range counts, those before it are garbage. They go when the catalogue was read, and when
 * `keptMax` more were made. What counts is not known from what was made, which may never have become durable, but asked
 * of the store.
 */
export class SupersededRecords {
  readonly #store: Store
  readonly #jobs: Jobs
  /** Records made since the last removal, by index number; 0 the list of indices. */
  readonly #madeCounts = new Map<number, number>()

  constructor(store: Store, jobs: Jobs) {
    this.#store = store
    this.#jobs = jobs
  }

  /** @param index  Number of the index whose metadata record was made, 0 for a list of indices. */
  made(index: number): void {
    const count = (this.#madeCounts.get(index) ?? 0) + 1
    if (count >= keptMax) this.remove([index])
    else this.#madeCounts.set(index, count)
  }

  remove(indices: readonly number[]): void {
    for (const index of indices) this.#madeCounts.delete(index)
    this.#jobs.add('remove', 'replaced settings and mappings', async () => {
      for (const index of indices) await this.#removeOlder(rangeOf(index))
    })
  }

  async #removeOlder(range: KeyRange): Promise<void> {
    const newest = await this.#store.newest(range)
    if (newest === null) return
    const older = { gte: range.gte, lt: newest.key }
    let isEmpty = true
    await this.#store.scanKeys(older, () => {
      isEmpty = false
      return false
    })
    if (!isEmpty) await this.#store.removeRange(older)
  }
}

function rangeOf(index: number): KeyRange {
  return index === 0 ? catalogueRange() : indexMetadataRange(index)
}
