/** The moment that a search sees: segments of indices, kept until everybody who reads them has ended. */
import type { Searcher } from '../engine/index.ts'
import type { PinnedIndex } from './lower-search.ts'
import { VectorStoreError } from '../util/index.ts'
import { indexClosed } from './resolve.ts'
import type { ResolvedIndex } from './types.ts'

export type Pinned = {
  readonly targets: readonly PinnedIndex[]
  /** One more user, who releases as well. */
  retain(): void
  release(): void
}

/**
 * Pins the present moment of every target. Release in a finally.
 *
 * @param lasts  It is kept for other requests.
 */
export function pinTargets(targets: readonly ResolvedIndex[], lasts: boolean = false): Pinned {
  const pinned = new PinnedTargets()
  try {
    for (const target of targets) pinned.pin(target, lasts)
    return pinned
  } catch (error) {
    pinned.release()
    throw error
  }
}

class PinnedTargets implements Pinned {
  readonly targets: (PinnedIndex & { readonly searcher: Searcher })[] = []

  pin({ index, aliasFilter }: ResolvedIndex, lasts: boolean): void {
    const { engine, fault } = index
    if (engine === null) throw fault ?? indexClosed(index)
    const searcher = lasts ? engine.acquireLastingSearcher() : engine.acquireSearcher()
    this.targets.push({ index, aliasFilter, segments: searcher.segments, searcher })
  }

  retain(): void {
    for (const { searcher } of this.targets) searcher.retain()
  }

  release(): void {
    for (const { searcher } of this.targets) searcher.release()
  }
}

/** A flush of full buffers takes seconds, on a busy machine many; clients wait half a minute. A guess. */
const settleMsMax = 10_000
/** What is written while a flush runs is flushed by the next one, which is shorter. */
const settleRounds = 3

/**
 * Lets what is in memory become segments on disk, as far as that is done soon: a moment that is kept for long would keep
 * the memory that new writes need.
 */
export async function settle(targets: readonly ResolvedIndex[]): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, settleMsMax)
  try {
    await Promise.race([Promise.all(targets.map(flushBuffers)), late])
  } finally {
    clearTimeout(timer)
  }
}

/** One that fails is recorded with the jobs of its index, and what is in memory is kept as it is. */
async function flushBuffers({ index }: ResolvedIndex): Promise<void> {
  try {
    for (let round = 0; round < settleRounds; round++) {
      const { engine } = index
      if (engine === null || engine.stats().bufferDocCount === 0) return
      await engine.flush()
    }
  } catch (error) {
    // Also of an index that is closed meanwhile: who asks for its moment is told.
    if (!(error instanceof VectorStoreError)) throw error
  }
}
