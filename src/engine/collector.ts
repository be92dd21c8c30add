/**
 * Removes keys that nobody reads any more. One rule for segments, whoever left them behind: keys of a generation go when
 * the newest manifest does not name it and no reader of it is open. What is missed (process killed, store poisoned, a
 * searcher held over close) is an orphan that the next open removes. Removing never makes anything invisible: the
 * manifest did that before.
 */
import {
  generationsOf,
  liveKey,
  liveRangeBefore,
  kindRange,
  manifestKey,
  manifestRange,
  opRange,
  parseKey,
  segmentRange
} from '../store/index.ts'
import type { KeyRange, Store } from '../store/index.ts'
import type { Jobs } from './jobs.ts'
import type { Manifest } from './manifest.ts'

export type CollectorOptions = {
  readonly store: Store
  readonly jobs: Jobs
  readonly index: number
  /** Ends waiting removals; the next open finds what they left. */
  readonly signal: AbortSignal
}

/** What there is under the keys of an index, named or not; found by one walk over the generations. */
export type Inventory = {
  /** Every generation that has a key. */
  readonly generations: readonly number[]
  /** Those that have pages of a segment, whole or not. */
  readonly pageGenerations: readonly number[]
  /** Live documents of segments that the manifest names, but not these. */
  readonly staleLive: readonly { readonly generation: number; readonly liveGeneration: number }[]
  readonly hasOlderManifests: boolean
  /** Greatest generation or live generation that was ever used, as far as keys tell. */
  readonly generationMax: number
}

export class Collector {
  readonly #options: CollectorOptions
  readonly #openCounts = new Map<number, number>()
  #named: ReadonlySet<number> = new Set()
  readonly #running = new Set<Promise<void>>()
  readonly #unreadListeners: (() => void)[] = []

  constructor(options: CollectorOptions) {
    this.#options = options
  }

  /** A reader of a segment was opened, or a job began to write it. */
  opened(generation: number): void {
    this.#openCounts.set(generation, (this.#openCounts.get(generation) ?? 0) + 1)
  }

  /** A reader of a segment was closed (index and searchers have let go of it), or the job that wrote it is over. */
  closed(generation: number): void {
    const count = (this.#openCounts.get(generation) ?? 0) - 1
    if (count > 0) {
      this.#openCounts.set(generation, count)
      return
    }
    this.#openCounts.delete(generation)
    if (this.#openCounts.size === 0)
      for (const listener of this.#unreadListeners.splice(0)) listener()
    if (this.#named.has(generation)) return
    this.#remove(`segment generation ${generation}`, [
      segmentRange(this.#options.index, generation)
    ])
  }

  /** Calls back when no segment is open any more, at once where none is. */
  onceUnread(listener: () => void): void {
    if (this.#openCounts.size === 0) listener()
    else this.#unreadListeners.push(listener)
  }

  /**
   * This manifest is about to be written. Should that fail, nobody knows which one counts until the store was opened
   * again: what either names stays.
   */
  proposed(manifest: Manifest): void {
    this.#named = new Set([...this.#named, ...namesOf(manifest)])
  }

  /** From here on this manifest says what counts. */
  committed(manifest: Manifest): void {
    this.#named = namesOf(manifest)
  }

  /**
   * What a new manifest made useless besides segments: rows of flushed buffers, replaced live documents, older manifests.
   * The manifests go last, so that a removal cut short is found again.
   */
  removeReplaced(manifest: Manifest, rowGenerations: readonly number[]): void {
    const { index } = this.#options
    this.#remove(`what manifest ${manifest.generation} replaced`, [
      ...rowGenerations.map((generation) => opRange(index, generation)),
      ...replacedLive(index, manifest),
      manifestsBefore(index, manifest)
    ])
  }

  /**
   * Everything in the inventory that this manifest does not name.
   *
   * @param commitState  Writes a manifest that knows which generations were used: after the removal no key tells, and
   *                     none may be used twice (ARCHITECTURE.md R1).
   */
  removeOrphans(manifest: Manifest, inventory: Inventory, commitState: () => Promise<void>): void {
    const { index } = this.#options
    const { generations, pageGenerations, staleLive, hasOlderManifests, generationMax } = inventory
    const ranges = [
      ...generations
        .filter((generation) => generation < manifest.bufferGeneration)
        .map((generation) => opRange(index, generation)),
      ...pageGenerations
        .filter((generation) => !this.#named.has(generation) && !this.#openCounts.has(generation))
        .map((generation) => segmentRange(index, generation)),
      ...staleLive.map(({ generation, liveGeneration }) => ({
        gte: liveKey(index, generation, liveGeneration, 0),
        lt: liveKey(index, generation, liveGeneration + 1, 0)
      })),
      ...(hasOlderManifests ? [manifestsBefore(index, manifest)] : [])
    ]
    if (ranges.length === 0) return
    const before = generationMax < manifest.nextGeneration ? undefined : commitState
    this.#remove(`orphans below manifest ${manifest.generation}`, ranges, before)
  }

  /** Resolves when no removal waits or runs. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running)
  }

  #remove(description: string, ranges: readonly KeyRange[], before?: () => Promise<void>): void {
    const { store, jobs, index, signal } = this.#options
    const removed = jobs
      .run({ index, action: 'remove', description }, signal, async (report) => {
        await before?.()
        for (const [at, range] of ranges.entries()) {
          report(at, ranges.length)
          await store.removeRange(range)
        }
      })
      .catch(() => {
        // The queue has recorded it, or the index closed; the next open finds these keys again.
      })
      .finally(() => this.#running.delete(removed))
    this.#running.add(removed)
  }
}

/** Cost   a few seeks a generation; values are not read. */
export async function takeInventory(
  store: Store,
  index: number,
  manifest: Manifest
): Promise<Inventory> {
  const generations = await generationsOf(store, index, 0)
  const pageGenerations: number[] = []
  for (const generation of generations)
    if (await hasKeys(store, segmentRange(index, generation))) pageGenerations.push(generation)
  let generationMax = generations.at(-1) ?? 0
  const staleLive: { generation: number; liveGeneration: number }[] = []
  for (const { info, liveGeneration } of manifest.segments) {
    const { generation } = info
    await store.scanKeys(kindRange(index, generation, 'live'), (key) => {
      const found = parseKey(key)?.number ?? 0
      generationMax = Math.max(generationMax, found)
      if (found !== liveGeneration && staleLive.at(-1)?.liveGeneration !== found)
        staleLive.push({ generation, liveGeneration: found })
    })
  }
  const hasOlderManifests = await hasKeys(store, manifestsBefore(index, manifest))
  return { generations, pageGenerations, staleLive, hasOlderManifests, generationMax }
}

async function hasKeys(store: Store, range: KeyRange): Promise<boolean> {
  let found = false
  await store.scanKeys(range, () => {
    found = true
    return false
  })
  return found
}

function namesOf(manifest: Manifest): ReadonlySet<number> {
  return new Set(manifest.segments.map(({ info }) => info.generation))
}

function replacedLive(index: number, manifest: Manifest): KeyRange[] {
  return manifest.segments.flatMap(({ info, liveGeneration }) =>
    liveGeneration === null ? [] : [liveRangeBefore(index, info.generation, liveGeneration)]
  )
}

function manifestsBefore(index: number, manifest: Manifest): KeyRange {
  return { gte: manifestRange(index).gte, lt: manifestKey(index, manifest.generation) }
}
