/**
 * Batch records: one rides in every LevelDB batch, so what is in the database can be told from what was lost.
 *
 * Payload, little-endian; n is in the key:
 *   0   u32  CRC in the header of the record of batch n - 1
 *   4   f64  oldest: first batch whose record counts; older ones may be there (removed ones can come back) and mean
 *            nothing. Behind a gap the chain starts again with a record that is its own oldest.
 *   12       record (codec.ts): [records in the batch, bytes, time ms, runs, keys]
 *            runs  [index, generation, first seqNo, last seqNo] of the operation rows in the batch
 *            keys  keys of the store-wide records in the batch, one after the other
 *
 * A batch is atomic in LevelDB, so "its record is there" means "all of it was there when it was written".
 */
import { assert } from '../util/index.ts'
import { decodeRecord, encodeRecord } from './codec.ts'
import { batchKey, batchRange, opRunRange, parseKey, seqNoBeside } from './keys.ts'
import { readLast, readStep } from './level.ts'
import { crcOf, openRecord, sealRecord } from './record.ts'
import type { Level, LevelOperation } from './level.ts'
import type { RecoveryReport } from './types.ts'

type OperationRun = {
  readonly index: number
  readonly generation: number
  seqNoFirst: number
  seqNoLast: number
}

/** What ties a batch to the one before it. */
type Link = { readonly previousCrc: number; readonly oldest: number }

type BatchContents = {
  readonly batch: number
  readonly runs: readonly OperationRun[]
  readonly keys: readonly Uint8Array[]
}

/** Where the chain ends: what the next batch record continues. */
export type ChainEnd = {
  readonly lastBatch: number
  readonly lastCrc: number
  readonly oldest: number
}

type MissingRecord = RecoveryReport['missingRecords'][number]
type Truncation = { readonly index: number; readonly seqNo: number }

export type ChainAudit = {
  readonly end: ChainEnd
  /** First batch that is not there although a later one is; null: the chain is whole. */
  readonly gap: number | null
  readonly truncatedFrom: readonly Truncation[]
  /** Records behind the gap: no longer in the database, handed to `keep`. */
  readonly quarantined: readonly [Uint8Array, Uint8Array][]
  /** The newest store-wide records of their kind and index that came with these batches and are not there. */
  readonly missing: readonly MissingRecord[]
  readonly notes: readonly string[]
}

const linkBytes = 12
const storeKeyBytes = batchKey(0).length
const noGap = -1
const chainEmpty: ChainEnd = { lastBatch: 0, lastCrc: 0, oldest: 1 }

/** The batch record for `operations`, as the last operation of their batch. */
export function nextBatchRecord(
  end: ChainEnd,
  operations: readonly LevelOperation[],
  options: { readonly oldest: number; readonly timeMs: number }
): { readonly operation: LevelOperation; readonly end: ChainEnd } {
  const batch = end.lastBatch + 1
  const runs: OperationRun[] = []
  const keys: Uint8Array[] = []
  let bytes = 0
  let last: { readonly row: Uint8Array; readonly run: OperationRun } | null = null
  for (const { key, value } of operations) {
    bytes += key.length + (value?.length ?? 0)
    // Most follow one of their own: to take each key apart took a tenth of a load's commits.
    const seqNo = last === null || value === null ? -1 : seqNoBeside(key, last.row)
    if (last !== null && seqNo >= 0) {
      widen(last.run, seqNo)
      continue
    }
    const parts = parseKey(key)
    assert(parts !== null, 'a key to write is one of keys.ts')
    if (value === null) continue
    if (parts.kind === 'operation')
      last = { row: key, run: addToRun(runs, parts.index, parts.generation, parts.number) }
    else if (key.length === storeKeyBytes) keys.push(key)
  }
  const key = batchKey(batch)
  const link = Buffer.alloc(linkBytes)
  link.writeUInt32LE(end.lastCrc, 0)
  link.writeDoubleLE(options.oldest, 4)
  const contents = encodeRecord([
    operations.length,
    bytes,
    options.timeMs,
    runs.map((run) => [run.index, run.generation, run.seqNoFirst, run.seqNoLast]),
    Buffer.concat(keys)
  ])
  const payload = Buffer.concat([link, contents])
  const value = sealRecord(key, payload)
  return {
    operation: { key, value },
    end: { lastBatch: batch, lastCrc: crcOf(value), oldest: options.oldest }
  }
}

/** The first batch that counts, as a batch record tells it; null when the record is damaged. */
export function oldestIn(key: Uint8Array, value: Uint8Array): number | null {
  return readLink(key, value)?.oldest ?? null
}

function readLink(key: Uint8Array, value: Uint8Array): Link | null {
  try {
    const payload = openRecord(key, value)
    const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength)
    return { previousCrc: view.getUint32(0, true), oldest: view.getFloat64(4, true) }
  } catch {
    // Damaged, or too short: either way not what was written.
    return null
  }
}

function readContents(batch: number, value: Uint8Array): BatchContents {
  const payload = openRecord(batchKey(batch), value)
  const row = decodeRecord(payload.subarray(linkBytes)) as [
    number,
    number,
    number,
    [number, number, number, number][],
    Uint8Array
  ]
  const keys: Uint8Array[] = []
  for (let at = 0; at < row[4].length; at += storeKeyBytes) {
    keys.push(row[4].slice(at, at + storeKeyBytes))
  }
  const runs = row[3].map(([index, generation, seqNoFirst, seqNoLast]) => ({
    index,
    generation,
    seqNoFirst,
    seqNoLast
  }))
  return { batch, runs, keys }
}

/**
 * Walks the chain from its oldest kept record to the newest and finds the first gap: a batch that is not there although
 * a later one is, or a link that does not fit. Everything behind it is collected for quarantine.
 *
 * A batch record that is there but damaged is no gap: the batch was applied. It is told in `notes`.
 */
export async function auditChain(level: Level): Promise<ChainAudit> {
  const newest = await readLast(level, batchRange())
  if (newest === null)
    return {
      end: chainEmpty,
      gap: null,
      truncatedFrom: [],
      quarantined: [],
      missing: [],
      notes: []
    }
  const lastBatch = parseKey(newest[0])?.number ?? 0
  const notes: string[] = []
  const oldest = await oldestOf(level, newest, notes)
  let expected = oldest
  let previousCrc: number | null = null
  let gap = noGap
  const behind: BatchContents[] = []
  const newestKeys = new Map<string, Uint8Array>()
  await forEachBatch(level, oldest, (batch, value, link) => {
    if (link === null) notes.push(`record of batch ${batch} is damaged`)
    const linked =
      batch === expected &&
      (link === null || previousCrc === null || link.previousCrc === previousCrc)
    if (gap === noGap && !linked) gap = expected
    if (link !== null) {
      const contents = readContents(batch, value)
      if (gap !== noGap) behind.push(contents)
      // Keys of one kind and index differ in their number only, and batches come in order.
      else for (const each of contents.keys) newestKeys.set(rangeNameOf(each), each)
    }
    expected = batch + 1
    // The sum of a damaged record is not to be trusted, so the link behind it is not checked.
    previousCrc = link === null ? null : crcOf(value)
  })
  const end = { lastBatch, lastCrc: crcOf(newest[1]), oldest }
  const missing = missingOf(level, newestKeys.values())
  if (gap === noGap) return { end, gap: null, truncatedFrom: [], quarantined: [], missing, notes }
  notes.push(`chain of batches breaks at batch ${gap}, newest is ${lastBatch}`)
  const quarantined = await collect(level, behind)
  return { end, gap, truncatedFrom: truncationsOf(behind), quarantined, missing, notes }
}

function rangeNameOf(key: Uint8Array): string {
  const parts = parseKey(key)
  return `${parts?.kind} ${parts?.index}`
}

/** LevelDB hides keys whose block is damaged: an older record would stand in for the newest one (ARCHITECTURE.md R3). */
function missingOf(level: Level, keys: Iterable<Uint8Array>): MissingRecord[] {
  const missing: MissingRecord[] = []
  for (const key of keys) {
    const parts = parseKey(key)
    if (parts === null || level.getSync(key) !== undefined) continue
    missing.push({ kind: parts.kind, index: parts.index, number: parts.number })
  }
  return missing
}

async function forEachBatch(
  level: Level,
  from: number,
  visit: (batch: number, value: Uint8Array, link: Link | null) => void
): Promise<void> {
  let after: Uint8Array | null = null
  for (;;) {
    const step: [Uint8Array, Uint8Array][] = await readStep(level, batchRange(from), after)
    if (step.length === 0) return
    for (const [key, value] of step) {
      after = key
      visit(parseKey(key)?.number ?? 0, value, readLink(key, value))
    }
  }
}

/** `oldest` as the newest readable record tells it. */
async function oldestOf(
  level: Level,
  newest: [Uint8Array, Uint8Array],
  notes: string[]
): Promise<number> {
  const told = oldestIn(newest[0], newest[1])
  if (told !== null) return told
  let oldest: number | null = null
  await forEachBatch(level, 0, (batch, _value, each) => {
    oldest = each?.oldest ?? oldest ?? batch
  })
  notes.push('the newest batch record is damaged')
  return oldest ?? 1
}

/** Operation rows and store-wide records that came with these batches, with the batch records themselves. */
async function collect(
  level: Level,
  batches: readonly BatchContents[]
): Promise<[Uint8Array, Uint8Array][]> {
  const found: [Uint8Array, Uint8Array][] = []
  const take = (key: Uint8Array): void => {
    const value = level.getSync(key)
    if (value !== undefined) found.push([key, value])
  }
  for (const { batch, keys, runs } of batches) {
    for (const key of keys) take(key)
    for (const run of runs) {
      const range = opRunRange(run.index, run.generation, run.seqNoFirst, run.seqNoLast)
      let after: Uint8Array | null = null
      for (;;) {
        const step: [Uint8Array, Uint8Array][] = await readStep(level, range, after)
        if (step.length === 0) break
        found.push(...step)
        after = step.at(-1)?.[0] ?? null
      }
    }
    take(batchKey(batch))
  }
  return found
}

function truncationsOf(batches: readonly BatchContents[]): Truncation[] {
  const firstOf = new Map<number, number>()
  for (const run of batches.flatMap((batch) => batch.runs)) {
    const known = firstOf.get(run.index) ?? Infinity
    firstOf.set(run.index, Math.min(known, run.seqNoFirst))
  }
  return [...firstOf].map(([index, seqNo]) => ({ index, seqNo }))
}

function addToRun(
  runs: OperationRun[],
  index: number,
  generation: number,
  seqNo: number
): OperationRun {
  let run = runs.find((each) => each.index === index && each.generation === generation)
  if (run === undefined) {
    run = { index, generation, seqNoFirst: seqNo, seqNoLast: seqNo }
    runs.push(run)
  }
  widen(run, seqNo)
  return run
}

function widen(run: OperationRun, seqNo: number): void {
  run.seqNoFirst = Math.min(run.seqNoFirst, seqNo)
  run.seqNoLast = Math.max(run.seqNoLast, seqNo)
}
