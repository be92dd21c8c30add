/**
 * Operation rows behind a commit point, of its buffer generation and later, go through the mapping's parser into a fresh write
 * buffer, in order of generation and seqNo. Their number is bounded by the bytes that start a flush. A row whose seqNo does not
 * follow the one before is damage; rows behind a gap that the store reports are left out.
 *
 * In slices, as when they were written: a document with thousands of values takes longer than a turn of the event loop may.
 */
import { loopSlice, runInSlices, VectorStoreError } from '../util/index.ts'
import { opRange } from '../store/index.ts'
import { decodeOpRecord } from './op-row.ts'
import { publish } from './writer.ts'
import type { IndexState } from './index-state.ts'
import type { Manifest } from './manifest.ts'
import type { OpRow, SizedOpRow } from './op-row.ts'
import type { LoggedDocument } from './types.ts'
import type { IndexableDocument } from '../segment/index.ts'
import type { KeyRange, Store } from '../store/index.ts'
import type { Steps } from '../util/index.ts'

export type ReplayOptions = {
  readonly store: Store
  readonly index: number
  /** The mapping's parser for documents of the operation log. */
  readonly parse: (logged: LoggedDocument) => Steps<IndexableDocument>
  /** Whether a replay has to make room before it goes on. */
  readonly isFull: (state: IndexState) => boolean
  readonly flush: (state: IndexState) => Promise<void>
}

/** Bytes of rows that are read before they are replayed, and replayed between two looks at the room that is left. */
const replayStepBytes = 1024 * 1024

export class Replay {
  readonly #options: ReplayOptions
  readonly #state: IndexState
  readonly #manifest: Manifest
  readonly #acknowledgedSeqNo: number
  /** Rows from here on are left out. */
  #truncatedFrom: number
  #isTruncated = false
  #seqNoMax: number

  /** @param acknowledgedSeqNo  See Taken. */
  constructor(
    options: ReplayOptions,
    state: IndexState,
    manifest: Manifest,
    acknowledgedSeqNo: number
  ) {
    const { store, index } = options
    this.#options = options
    this.#state = state
    this.#manifest = manifest
    this.#acknowledgedSeqNo = acknowledgedSeqNo
    this.#truncatedFrom =
      store.report.truncatedFrom.find((each) => each.index === index)?.seqNo ?? Infinity
    this.#seqNoMax = manifest.lastSeqNo
  }

  /**
   * Cost     the rows since the last flush, parsed once each.
   * Errors   STORE_CHECKSUM, STORE_MISSING, STORE_FORMAT, STORE_DAMAGED; what `parse` throws.
   *
   * @param generations  Of the rows that are there, ascending.
   * @returns whether some were left out.
   */
  async run(generations: readonly number[]): Promise<boolean> {
    const { store, index } = this.#options
    for (const generation of generations) {
      if (generation < this.#manifest.bufferGeneration) continue
      for (let range: KeyRange | null = opRange(index, generation); range !== null;) {
        const { rows, behind } = await readRows(store, range)
        if (rows.length > 0) this.#state.active.rowGenerations.add(generation)
        await runInSlices(this.#take(rows), loopSlice())
        await this.#makeRoom(generation)
        range = behind
      }
    }
    // What was left out was acknowledged under its number; no other operation gets it.
    this.#state.nextSeqNo = this.#seqNoMax + 1
    return this.#isTruncated
  }

  *#take(rows: readonly SizedOpRow[]): Steps<void> {
    const state = this.#state
    for (const { row, bytes } of rows) {
      // A commit that was refused while the next one was on its way: neither was acknowledged.
      if (row.seqNo > state.nextSeqNo && state.nextSeqNo > this.#acknowledgedSeqNo)
        this.#truncatedFrom = Math.min(this.#truncatedFrom, state.nextSeqNo)
      if (row.seqNo >= this.#truncatedFrom) this.#isTruncated = true
      else if (row.seqNo > this.#manifest.lastSeqNo) yield* this.#publish(row, bytes)
      this.#seqNoMax = Math.max(this.#seqNoMax, row.seqNo)
      yield
    }
  }

  *#publish(row: OpRow, rowBytes: number): Steps<void> {
    const { seqNo, version } = row
    const state = this.#state
    if (seqNo !== state.nextSeqNo)
      throw new VectorStoreError(
        'STORE_MISSING',
        `operation ${seqNo} follows operation ${state.nextSeqNo - 1}, wanted ${state.nextSeqNo}`,
        { details: { index: this.#options.index, seqNo, seqNoWanted: state.nextSeqNo } }
      )
    const operation =
      row.type === 'delete'
        ? ({ type: 'delete', id: row.id } as const)
        : ({ type: 'index', document: yield* this.#parsed(row.logged, seqNo) } as const)
    const buffer = state.active
    state.nextSeqNo = seqNo + 1
    buffer.rowCount += 1
    buffer.rowBytes += rowBytes
    const rest = publish(state, { operation, buffer, seqNo, version, place: 'unknown' })
    if (rest !== null) yield* rest
  }

  /** What the mapping took once it must take again: else its record and the rows do not belong together. */
  *#parsed(logged: LoggedDocument, seqNo: number): Steps<IndexableDocument> {
    try {
      return yield* this.#options.parse(logged)
    } catch (cause) {
      if (!(cause instanceof VectorStoreError)) throw cause
      throw new VectorStoreError(
        'STORE_DAMAGED',
        `the document of operation ${seqNo} no longer fits its mapping`,
        { details: { index: this.#options.index, seqNo, id: logged.id }, cause }
      )
    }
  }

  /** Options may be smaller than when the rows were written: then they become segments while they are read. */
  async #makeRoom(generation: number): Promise<void> {
    const state = this.#state
    if (!this.#options.isFull(state) || state.active.rowCount === 0) return
    state.freeze()
    // The rest of this generation's rows belongs to the buffer that is filled now.
    state.active.rowGenerations.add(generation)
    await this.#options.flush(state)
  }
}

/** Some of the rows of a range, and what of the range lies behind them. */
async function readRows(
  store: Store,
  range: KeyRange
): Promise<{ readonly rows: readonly SizedOpRow[]; readonly behind: KeyRange | null }> {
  const rows: SizedOpRow[] = []
  let bytes = 0
  let last: Uint8Array | null = null
  await store.scan(range, (key, payload) => {
    last = key
    bytes += payload.length
    for (const row of decodeOpRecord(payload)) rows.push(row)
    return bytes < replayStepBytes
  })
  return { rows, behind: bytes < replayStepBytes || last === null ? null : after(range, last) }
}

function after({ lt }: KeyRange, key: Uint8Array): KeyRange {
  const gte = new Uint8Array(key.length + 1)
  gte.set(key)
  return { gte, lt }
}
