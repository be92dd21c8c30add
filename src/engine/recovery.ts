/**
 * Reads an index as its last commit point and the operations after it have it:
 *
 *   1  the newest manifest
 *   2  its segments are opened, which reads a few records each, and their live documents
 *   3  operation rows of its buffer generation and later go into a fresh write buffer (replay.ts)
 *   4  where rows were left out a new manifest makes that final; orphans are removed afterwards, in the background
 */
import { VectorStoreError } from '../util/index.ts'
import { takeInventory } from './collector.ts'
import { IndexState } from './index-state.ts'
import { LiveDocs, readLiveDocs } from './live-docs.ts'
import { readManifest } from './manifest.ts'
import { openCommitted } from './open-committed.ts'
import { Replay } from './replay.ts'
import type { Collector, Inventory } from './collector.ts'
import type { CommittedSegment } from './leaf.ts'
import type { Manifest } from './manifest.ts'
import type { ReplayOptions } from './replay.ts'
import type { Tombstones } from './tombstones.ts'
import type { PageCache } from '../cache/index.ts'
import type { MemorySegment } from '../segment/index.ts'

export type RecoveryOptions = ReplayOptions & {
  readonly cache: PageCache
  readonly collector: Collector
  readonly onDamage: (error: VectorStoreError) => void
  readonly newMemory: (generation: number) => MemorySegment
  readonly tombstones: Tombstones
}

export type Taken = {
  /** Generations below were handed out; they may have no key yet. */
  readonly nextGeneration: number
  /** Operations behind this one were never acknowledged: where a row is missing there, nothing is lost. */
  readonly acknowledgedSeqNo: number
}

/** A process that starts knows nothing: every row that is missing may have been acknowledged. */
export const nothingTaken: Taken = { nextGeneration: 0, acknowledgedSeqNo: Infinity }

export type Recovered = {
  readonly state: IndexState
  readonly manifest: Manifest
  readonly inventory: Inventory
  /** Rows behind a gap were left out: the state must be flushed before it takes writes. */
  readonly truncated: boolean
}

/**
 * Cost     the manifest, a few records a segment, and the rows since the last flush, parsed once each.
 * Errors   STORE_CHECKSUM, STORE_MISSING, STORE_FORMAT; what `parse` throws.
 *
 * @param taken  What this process knows beyond the disk when it reads the index again.
 */
export async function recover(options: RecoveryOptions, taken: Taken): Promise<Recovered> {
  const { store, index, collector } = options
  const manifest = await readManifest(store, index)
  const inventory = await takeInventory(store, index, manifest)
  assertNamedIsThere(index, manifest, inventory)
  collector.committed(manifest)
  const segments: CommittedSegment[] = []
  let state: IndexState | null = null
  try {
    for (const entry of manifest.segments) segments.push(openListed(options, entry))
    const nextGeneration = Math.max(
      manifest.nextGeneration,
      inventory.generationMax + 1,
      taken.nextGeneration
    )
    const { newMemory, tombstones } = options
    state = new IndexState(manifest, segments, nextGeneration, newMemory, tombstones)
    const replay = new Replay(options, state, manifest, taken.acknowledgedSeqNo)
    const truncated = await replay.run(inventory.generations)
    assertManifestNotLost(index, state, manifest, inventory)
    return { state, manifest, inventory, truncated }
  } catch (error) {
    if (state !== null) state.dispose()
    else for (const segment of segments) segment.references.release()
    throw error
  }
}

/** A commit point that was taken back behind a gap may have had its segments collected already. */
function assertNamedIsThere(index: number, manifest: Manifest, inventory: Inventory): void {
  const there = new Set(inventory.pageGenerations)
  for (const { info } of manifest.segments)
    if (!there.has(info.generation))
      throw new VectorStoreError(
        'STORE_MISSING',
        `manifest ${manifest.generation} names segment generation ${info.generation}, which has no page`,
        { details: { index, manifest: manifest.generation, generation: info.generation } }
      )
}

/**
 * An index without a manifest was never flushed: all its operations are rows. Segments and no rows mean that the manifest
 * is gone, and collecting "orphans" would finish the damage.
 */
function assertManifestNotLost(
  index: number,
  state: IndexState,
  manifest: Manifest,
  inventory: Inventory
): void {
  if (manifest.generation !== 0 || inventory.pageGenerations.length === 0) return
  if (state.nextSeqNo > 0) return
  throw new VectorStoreError(
    'STORE_DAMAGED',
    `index number ${index} has segments but neither a manifest nor operation rows, wanted either`,
    { details: { index, segmentCount: inventory.pageGenerations.length } }
  )
}

function openListed(
  options: RecoveryOptions,
  { info, liveGeneration, deletedRootCount }: Manifest['segments'][number]
): CommittedSegment {
  const { store, index } = options
  const bits =
    liveGeneration === null
      ? null
      : readLiveDocs(store, index, info.generation, liveGeneration, info.docCount)
  const live = new LiveDocs(info.docCount, info.rootCount, bits, deletedRootCount)
  return openCommitted(options, info, live, { liveGeneration, deletedRootCount })
}
