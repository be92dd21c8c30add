/** The moment that a search sees: segments of indices, kept until everybody who reads them has ended. */
import type { Searcher } from '../engine/index.ts'
import type { PinnedIndex } from './lower-search.ts'
import { indexClosed } from './resolve.ts'
import type { ResolvedIndex } from './types.ts'

export type Pinned = {
  readonly targets: readonly PinnedIndex[]
  /** One more user, who releases as well. */
  retain(): void
  release(): void
}

/** Pins the present moment of every target. Release in a finally. */
export function pinTargets(targets: readonly ResolvedIndex[]): Pinned {
  const pinned = new PinnedTargets()
  try {
    for (const target of targets) pinned.pin(target)
    return pinned
  } catch (error) {
    pinned.release()
    throw error
  }
}

class PinnedTargets implements Pinned {
  readonly targets: (PinnedIndex & { readonly searcher: Searcher })[] = []

  pin({ index, aliasFilter }: ResolvedIndex): void {
    const { engine, fault } = index
    if (engine === null) throw fault ?? indexClosed(index)
    const searcher = engine.acquireSearcher()
    this.targets.push({ index, aliasFilter, segments: searcher.segments, searcher })
  }

  retain(): void {
    for (const { searcher } of this.targets) searcher.retain()
  }

  release(): void {
    for (const { searcher } of this.targets) searcher.release()
  }
}
