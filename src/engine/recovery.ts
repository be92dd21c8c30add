/**
 * Reads an index as its last commit point and the operations after it have it:
 *
 *   1  the newest manifest
 *   2  its segments are opened, which reads a few records each, and their live documents
 *   3  operation rows of its buffer generation and later, in order of generation and seqNo, go through the mapping's
 *      parser into a fresh write buffer. Their number is bounded by the bytes that start a flush. A row whose seqNo
 *      does not follow the one before is damage; rows behind a gap that the store reports are left out
 *   4  where rows were left out a new manifest makes that final; orphans are removed afterwards, in the background
 */
import { loopSlice, VectorStoreError } from '../util/index.ts'
import { opRange } from '../store/index.ts'
import { takeInventory } from './collector.ts'
import { IndexState } from './index-state.ts'
import { LiveDocs, readLiveDocs } from './live-docs.ts'
import { readManifest } from './manifest.ts'
import { decodeOpRecord } from './op-row.ts'
import { openCommitted } from './open-committed.ts'
import { publish } from './writer.ts'
import type { Collector, Inventory } from './collector.ts'
import type { CommittedSegment } from './leaf.ts'
import type { Manifest } from './manifest.ts'
import type { OpRow } from './op-row.ts'
import type { Tombstones } from './tombstones.ts'
import type { LoggedDocument } from './types.ts'
import type { PageCache } from '../cache/index.ts'
import type { IndexableDocument, MemorySegment } from '../segment/index.ts'
import type { KeyRange, Store } from '../store/index.ts'

export type RecoveryOptions = {
  readonly store: Store
  readonly cache: PageCache
  readonly index: number
  readonly collector: Collector
  readonly onDamage: (error: VectorStoreError) => void
  readonly parse: (logged: LoggedDocument) => IndexableDocument
  readonly newMemory: (generation: number) => MemorySegment
  readonly tombstones: Tombstones
  /** Whether a replay has to make room before it goes on. */
  readonly isFull: (state: IndexState) => boolean
  readonly flush: (state: IndexState) => Promise<void>
}

/** Rows replayed between two looks at the room that is left, and between two turns of the event loop. */
const replayStepBytes = 1024 * 1024

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
    const truncated = await replay(options, state, taken, manifest, inventory)
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

/** Puts the rows after the manifest into the state's buffer; true when some were left out. */
async function replay(
  options: RecoveryOptions,
  state: IndexState,
  taken: Taken,
  manifest: Manifest,
  inventory: Inventory
): Promise<boolean> {
  const { store, index } = options
  let truncatedFrom =
    store.report.truncatedFrom.find((each) => each.index === index)?.seqNo ?? Infinity
  let seqNoMax = manifest.lastSeqNo
  let truncated = false
  const turn = loopSlice()
  for (const generation of inventory.generations) {
    if (generation < manifest.bufferGeneration) continue
    let range: KeyRange | null = opRange(index, generation)
    while (range !== null) {
      let stepBytes = 0
      let last: Uint8Array | null = null
      await store.scan(range, (key, payload) => {
        last = key
        stepBytes += payload.length
        state.active.rowGenerations.add(generation)
        for (const { row, bytes } of decodeOpRecord(payload)) {
          // A commit that was refused while the next one was on its way: neither was acknowledged.
          if (row.seqNo > state.nextSeqNo && state.nextSeqNo > taken.acknowledgedSeqNo)
            truncatedFrom = Math.min(truncatedFrom, state.nextSeqNo)
          if (row.seqNo >= truncatedFrom) truncated = true
          else if (row.seqNo > manifest.lastSeqNo) replayRow(options, state, row, bytes)
          seqNoMax = Math.max(seqNoMax, row.seqNo)
        }
        return stepBytes < replayStepBytes
      })
      if (turn.due()) await turn.wait()
      await makeRoom(options, state, generation)
      range = stepBytes < replayStepBytes || last === null ? null : after(range, last)
    }
  }
  // What was left out was acknowledged under its number; no other operation gets it.
  state.nextSeqNo = seqNoMax + 1
  return truncated
}

/** Options may be smaller than when the rows were written: then they become segments while they are read. */
async function makeRoom(
  options: RecoveryOptions,
  state: IndexState,
  generation: number
): Promise<void> {
  if (!options.isFull(state) || state.active.rowCount === 0) return
  state.freeze()
  // The rest of this generation's rows belongs to the buffer that is filled now.
  state.active.rowGenerations.add(generation)
  await options.flush(state)
}

function after({ lt }: KeyRange, key: Uint8Array): KeyRange {
  const gte = new Uint8Array(key.length + 1)
  gte.set(key)
  return { gte, lt }
}

function replayRow(
  options: RecoveryOptions,
  state: IndexState,
  row: OpRow,
  rowBytes: number
): void {
  const { seqNo, version } = row
  if (seqNo !== state.nextSeqNo)
    throw new VectorStoreError(
      'STORE_MISSING',
      `operation ${seqNo} follows operation ${state.nextSeqNo - 1}, wanted ${state.nextSeqNo}`,
      { details: { index: options.index, seqNo, seqNoWanted: state.nextSeqNo } }
    )
  const operation =
    row.type === 'delete'
      ? ({ type: 'delete', id: row.id } as const)
      : ({ type: 'index', document: parsed(options, row.logged, seqNo) } as const)
  const buffer = state.active
  state.nextSeqNo = seqNo + 1
  buffer.rowCount += 1
  buffer.rowBytes += rowBytes
  publish(state, { operation, buffer, seqNo, version, place: 'unknown' })
}

/** What the mapping took once it must take again: else its record and the rows do not belong together. */
function parsed(
  options: RecoveryOptions,
  logged: LoggedDocument,
  seqNo: number
): IndexableDocument {
  try {
    return options.parse(logged)
  } catch (cause) {
    if (!(cause instanceof VectorStoreError)) throw cause
    throw new VectorStoreError(
      'STORE_DAMAGED',
      `the document of operation ${seqNo} no longer fits its mapping`,
      { details: { index: options.index, seqNo, id: logged.id }, cause }
    )
  }
}
