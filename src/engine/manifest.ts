/**
 * The commit point of an index: what counts of everything that lies under its keys. Written once under the next
 * generation; the newest one counts, all others are garbage. Key manifestKey(index, generation), value a record
 * (store/codec.ts) of this shape:
 *
 * | name             | meaning                                                                        |
 * | ---------------- | ------------------------------------------------------------------------------ |
 * | format           | 1                                                                              |
 * | generation       | the key's                                                                      |
 * | nextGeneration   | every generation below was used before and is never used again                  |
 * | bufferGeneration | operation rows of this and later generations are replayed, earlier are garbage |
 * | lastSeqNo        | operations up to this one are in segments; -1 none                             |
 * | segments         | oldest first: SegmentInfo, live generation (null: all live), deleted roots     |
 * | counters         | since the index was made, of what is in segments                               |
 */
import { VectorStoreError } from '../util/index.ts'
import { decodeRecord, encodeRecord, manifestKey, manifestRange } from '../store/index.ts'
import type { RecordPut, Store } from '../store/index.ts'
import type { SegmentInfo } from '../segment/index.ts'

export const manifestFormat = 1

export type ManifestSegment = {
  readonly info: SegmentInfo
  readonly liveGeneration: number | null
  readonly deletedRootCount: number
}

export type Counters = {
  flushCount: number
  mergeCount: number
  flushMsTotal: number
  mergeMsTotal: number
  indexCount: number
  deleteCount: number
}

export type Manifest = {
  readonly format: number
  readonly generation: number
  readonly nextGeneration: number
  readonly bufferGeneration: number
  readonly lastSeqNo: number
  readonly segments: readonly ManifestSegment[]
  readonly counters: Counters
}

/** Of an index that was never flushed. Generation 0 is never written. */
const emptyManifest: Manifest = Object.freeze({
  format: manifestFormat,
  generation: 0,
  nextGeneration: 1,
  bufferGeneration: 1,
  lastSeqNo: -1,
  segments: [],
  counters: {
    flushCount: 0,
    mergeCount: 0,
    flushMsTotal: 0,
    mergeMsTotal: 0,
    indexCount: 0,
    deleteCount: 0
  }
})

export function manifestRecord(index: number, manifest: Manifest): RecordPut {
  return { key: manifestKey(index, manifest.generation), payload: encodeRecord(manifest) }
}

/**
 * The newest manifest of an index, `emptyManifest` when it has none. An older one is never taken for it: what was
 * acknowledged since would be gone without a word.
 *
 * Errors   STORE_CHECKSUM when it cannot be read, STORE_FORMAT when a newer program wrote it.
 */
export async function readManifest(store: Store, index: number): Promise<Manifest> {
  const newest = await store.newest(manifestRange(index))
  if (newest === null) return emptyManifest
  const manifest = decodeRecord(newest.payload)
  if (!isRecord(manifest) || manifest['format'] === undefined)
    throw new VectorStoreError(
      'STORE_CHECKSUM',
      `the manifest of index number ${index} is no manifest`,
      { details: { index } }
    )
  if (!isOfThisFormat(manifest))
    throw new VectorStoreError(
      'STORE_FORMAT',
      `the manifest of index number ${index} has format ${JSON.stringify(manifest['format'])}, this program reads ${manifestFormat}`,
      { details: { index, formatWanted: manifestFormat } }
    )
  return manifest
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

/** The bytes passed their CRC and say that this program wrote them: the shape is what it wrote. */
function isOfThisFormat(value: Readonly<Record<string, unknown>>): value is Manifest {
  return value['format'] === manifestFormat
}
