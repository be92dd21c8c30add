/**
 * The store over any abstract-level database: checked reads, one committer, poison and reopen.
 *
 * Life of a commit: sealed (header, CRC) when it is asked for, cut into parts of at most 1 MB, queued. One
 * batch is in flight at a time; what waits meanwhile shares the next one, with its batch record. The first error of a
 * write poisons the store: nothing more is written through this handle of the database (LevelDB 1.20 would say "ok" and
 * lose it), everybody waiting is refused, then `medium` opens the database again with the audit.
 *
 * State: open > poisoned > open | read-only; any > closed.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { assert, verifyAll, VectorStoreError } from '../util/index.ts'
import { nextBatchRecord } from './chain.ts'
import { ChainWindow } from './chain-window.ts'
import { CommitQueue } from './commit-queue.ts'
import { describeKey } from './keys.ts'
import { Gate } from './gate.ts'
import { readKeys, readLast, readStep, stepCountFirst, stepCountMax, writeSynced } from './level.ts'
import { isNoSpace, messageOf, poisonedError, readError } from './level-error.ts'
import { freeValue, nameOf, openRecord } from './record.ts'
import { Room } from './room.ts'
import { Sealer } from './sealer.ts'
import { Trust } from './trust.ts'
import type { ChainEnd } from './chain.ts'
import type { Part } from './commit-queue.ts'
import type { Level, LevelOperation } from './level.ts'
import type { GuardOptions, Medium, Opened } from './medium.ts'
import type { Entry, KeyRange, RecordPut, RecoveryReport, Store, StoreStats } from './types.ts'

/** Keys of a removal batch: 64 KB, so that a commit never waits long behind one. */
const removeKeysMax = 2_500
/**
 * Compacting a range takes a third of a second, as it begins with a table of all that LevelDB has in memory; each commit point
 * replaces some ranges of a few keys. What is not compacted goes when LevelDB compacts its tables for others.
 */
const compactBytesMin = 1 << 20
/** Two write buffers of LevelDB (8 MiB each, classic.ts) and the batch that overfills each, rounded up. */
const chainBytesDefault = 20 << 20
const retryMsMax = 5_000
const notesMax = 50
/** Open iterators pin files (4 MB of live data grew to 138 MB behind one): few, and short. */
const iteratorsMax = 32

const keyOfEntry = ([key]: readonly [Uint8Array, Uint8Array]): Uint8Array => key

export class GuardedStore implements Store {
  readonly #medium: Medium
  readonly #options: GuardOptions
  readonly #iterators: Gate = new Gate(iteratorsMax)
  /** One at a time: each holds a thread of libuv's pool, and reads share that pool. */
  readonly #compactions: Gate = new Gate(1)
  readonly #reopenListeners = new Set<() => void>()
  readonly #suspendListeners = new Set<() => Promise<void>>()
  #level: Level
  #end: ChainEnd
  #report: RecoveryReport
  #state: StoreStats['state'] = 'open'
  readonly #queue: CommitQueue = new CommitQueue()
  #committer: Promise<void> | null = null
  #reopening: Promise<void> | null = null
  #closing: Promise<void> | null = null
  readonly #closed: AbortController = new AbortController()
  readonly #chainWindow: ChainWindow
  readonly #room: Room
  readonly #sealer: Sealer
  readonly #trust: Trust
  #commits = 0
  #batches = 0
  #bytesWritten = 0
  #syncMsTotal = 0

  private constructor(medium: Medium, options: GuardOptions, opened: Opened) {
    this.#medium = medium
    this.#options = options
    this.#chainWindow = new ChainWindow(options.chainBytes)
    this.#room = new Room(medium)
    this.#sealer = new Sealer(medium.ownsValues)
    this.#trust = new Trust(options.now)
    this.#level = opened.level
    this.#end = opened.end
    this.#report = opened.report
  }

  static async open(medium: Medium, options: Partial<GuardOptions> = {}): Promise<GuardedStore> {
    const settings = { chainBytes: chainBytesDefault, now: Date.now, retryMs: 100, ...options }
    try {
      return new GuardedStore(medium, settings, await medium.open())
    } catch (error) {
      await medium.release()
      throw error
    }
  }

  get folder(): string | null {
    return this.#medium.folder
  }

  get readersPath(): string | null {
    return this.#medium.readersPath
  }

  get report(): RecoveryReport {
    return this.#report
  }

  get state(): StoreStats['state'] {
    return this.#state
  }

  get(key: Uint8Array): Uint8Array {
    const payload = this.find(key)
    if (payload !== null) return payload
    const details = describeKey(key)
    const text = `record ${nameOf(details)} is not there, wanted one`
    throw new VectorStoreError('STORE_MISSING', text, { details })
  }

  find(key: Uint8Array): Uint8Array | null {
    this.#assertReadable()
    let value: Uint8Array | undefined
    try {
      value = this.#level.getSync(key)
    } catch (cause) {
      throw readError(cause, key)
    }
    return value === undefined ? null : openRecord(key, value)
  }

  discard(payload: Uint8Array): void {
    if (this.#medium.ownsValues) freeValue(payload)
  }

  async scan(
    range: KeyRange,
    visit: (key: Uint8Array, payload: Uint8Array) => boolean | void
  ): Promise<void> {
    await this.#steps(range, readStep, keyOfEntry, ([key, value]) =>
      visit(key, openRecord(key, value))
    )
  }

  async scanKeys(range: KeyRange, visit: (key: Uint8Array) => boolean | void): Promise<void> {
    await this.#steps(range, readKeys, (key) => key, visit)
  }

  /** Small steps first, for who wants few; one iterator a step, so that none is open while `visit` runs. */
  async #steps<T>(
    range: KeyRange,
    read: (level: Level, range: KeyRange, after: Uint8Array | null, limit: number) => Promise<T[]>,
    keyOf: (item: T) => Uint8Array,
    visit: (item: T) => boolean | void
  ): Promise<void> {
    let after: Uint8Array | null = null
    for (let limit = stepCountFirst; ; limit = Math.min(limit * 8, stepCountMax)) {
      const from: Uint8Array | null = after
      const count = limit
      const step: T[] = await this.#reading((level) => read(level, range, from, count))
      for (const item of step) if (visit(item) === false) return
      const last = step.at(-1)
      if (last === undefined) return
      after = keyOf(last)
    }
  }

  async newest(range: KeyRange): Promise<Entry | null> {
    const entry = await this.#reading((level) => readLast(level, range))
    return entry === null ? null : { key: entry[0], payload: openRecord(entry[0], entry[1]) }
  }

  async commit(records: readonly RecordPut[]): Promise<void> {
    // Sealed before anything is awaited: the caller may use its buffers again at once.
    const { operations, release } = this.#sealer.seal(records)
    if (verifyAll) for (const operation of operations) this.#assertWrittenOnce(operation)
    this.#commits++
    try {
      await this.#room.admit(() => this.#write(operations))
    } finally {
      release()
    }
  }

  /** R1. The same bytes may come again: a retry of a write whose outcome is unknown. */
  #assertWrittenOnce({ key, value }: LevelOperation): void {
    if (this.#level.status !== 'open') return
    const found = this.#level.getSync(key)
    const same = found === undefined || (value !== null && Buffer.compare(found, value) === 0)
    assert(same, `a key is written once: ${nameOf(describeKey(key))}`)
  }

  async removeRange(range: KeyRange): Promise<void> {
    let last: Uint8Array | null = null
    for (;;) {
      const after: Uint8Array | null = last
      const keys: Uint8Array[] = await this.#reading((level) =>
        readKeys(level, range, after, removeKeysMax)
      )
      if (keys.length === 0) break
      last = keys.at(-1)!
      await this.#write(keys.map((key) => ({ key, value: null })))
    }
    if (last !== null && (await this.approximateBytes(range)) >= compactBytesMin)
      await this.compact(range)
  }

  onReopen(listener: () => void): () => void {
    // Wrapped: the same function given twice is called twice, and taken away once.
    const entry = (): void => listener()
    this.#reopenListeners.add(entry)
    return () => void this.#reopenListeners.delete(entry)
  }

  onSuspend(listener: () => Promise<void>): () => void {
    this.#suspendListeners.add(listener)
    return () => void this.#suspendListeners.delete(listener)
  }

  /** While another thread has the database open, closing it here would not close it. */
  async #closeLevel(): Promise<void> {
    await Promise.all(Array.from(this.#suspendListeners, (listener) => listener()))
    await this.#level.close()
  }

  stats(): StoreStats {
    return {
      commits: this.#commits,
      batches: this.#batches,
      bytesWritten: this.#bytesWritten,
      syncMsTotal: this.#syncMsTotal,
      iteratorsOpen: this.#iterators.used,
      state: this.#state
    }
  }

  get isFull(): boolean {
    return this.#room.isShort
  }

  assertRoom(bytes: number): Promise<void> {
    return this.#room.assert(bytes)
  }

  async approximateBytes(range: KeyRange): Promise<number> {
    return this.#reading(async (level) => level.approximateSize?.(range.gte, range.lt) ?? 0)
  }

  /** Ends with an empty batch: compactRange resolves even after a background error, the next write does not. */
  async compact(range: KeyRange): Promise<void> {
    await this.#compactions.run(() =>
      this.#reading(async (level) => level.compactRange?.(range.gte, range.lt))
    )
    await this.#write([])
  }

  /** Waits for what was asked before; later calls are refused. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await this.#committer
    this.#closed.abort()
    await this.#reopening
    const clean = this.#state === 'open'
    this.#state = 'closed'
    try {
      await this.#iterators.idle()
      await this.#closeLevel()
      if (clean) await this.#medium.closed(this.#end)
    } finally {
      await this.#medium.release()
    }
  }

  async #reading<T>(read: (level: Level) => Promise<T>): Promise<T> {
    return this.#iterators.run(async () => {
      this.#assertReadable()
      try {
        return await read(this.#level)
      } catch (cause) {
        throw readError(cause, null)
      }
    })
  }

  #assertReadable(): void {
    if (this.#state === 'closed') throw new VectorStoreError('NODE_CLOSED', 'the store is closed')
    if (this.#level.status !== 'open') throw poisonedError('the store is being reopened', null)
  }

  // ---- Committer -------------------------------------------------------------------------------------------------

  #write(operations: readonly LevelOperation[]): Promise<void> {
    if (this.#closing !== null) {
      return Promise.reject(new VectorStoreError('NODE_CLOSED', 'the store is closed'))
    }
    if (this.#state !== 'open') return Promise.reject(this.#trust.refusal(this.#state))
    const done = this.#queue.add(operations)
    this.#committer ??= this.#commitQueue()
    return done
  }

  async #commitQueue(): Promise<void> {
    // A turn of the event loop first, so that calls made together share their first batch too.
    await Promise.resolve()
    while (!this.#queue.isEmpty && this.#state === 'open') {
      const parts = this.#queue.take()
      try {
        await this.#commitBatch(parts)
      } catch (cause) {
        this.#poison(parts, cause)
        break
      }
      for (const part of parts) part.settle(null)
    }
    this.#committer = null
  }

  async #commitBatch(parts: readonly Part[]): Promise<void> {
    const removals = this.#chainWindow.removals(this.#end)
    const operations = [...parts.flatMap((part) => part.operations), ...removals.operations]
    const next = nextBatchRecord(this.#end, operations, {
      oldest: removals.oldest,
      timeMs: this.#options.now()
    })
    operations.push(next.operation)
    const startMs = performance.now()
    await writeSynced(this.#level, operations)
    this.#syncMsTotal += performance.now() - startMs
    this.#end = next.end
    this.#count(parts, next.operation)
  }

  #count(parts: readonly Part[], batchRecord: LevelOperation): void {
    let bytes = batchRecord.key.length + (batchRecord.value?.length ?? 0)
    for (const part of parts) bytes += part.bytes
    this.#room.taken(bytes)
    this.#batches++
    this.#bytesWritten += bytes
    this.#chainWindow.wrote(this.#end.lastBatch, bytes)
  }

  // ---- Poison and reopen -----------------------------------------------------------------------------------------

  #poison(parts: readonly Part[], cause: unknown): void {
    this.#state = 'poisoned'
    const full = isNoSpace(cause)
    if (full) this.#room.exhaust()
    else this.#trust.failed()
    const error = full
      ? new VectorStoreError('STORE_FULL', 'no space left for a write', { cause })
      : poisonedError('a write failed, its outcome is unknown', cause)
    for (const part of parts) part.settle(error)
    this.#queue.refuse(this.#trust.refusal(this.#state))
    this.#reopening = this.#reopen()
  }

  async #reopen(): Promise<void> {
    let waitMs = this.#options.retryMs
    while (!this.#closed.signal.aborted) {
      try {
        if (await this.#medium.prepareReopen()) {
          await this.#reopenOnce()
          return
        }
      } catch (cause) {
        // Tried again below; the last reason is kept in the report, where it can be read while the store is away.
        this.#note(`reopen failed: ${messageOf(cause)}`)
      }
      // Unreferenced: trying again is no reason to keep a process alive.
      const options = { signal: this.#closed.signal, ref: false }
      await delay(waitMs, undefined, options).catch(() => {})
      waitMs = Math.min(waitMs * 2, retryMsMax)
    }
  }

  async #reopenOnce(): Promise<void> {
    const acknowledged = this.#end.lastBatch
    await this.#iterators.exclusive(async () => {
      await this.#closeLevel()
      const opened = await this.#medium.open()
      this.#level = opened.level
      this.#end = opened.end
      this.#report = opened.report
    })
    const note = this.#trust.reopened(this.#end.lastBatch, acknowledged)
    if (note !== null) this.#note(note)
    this.#chainWindow.reset()
    this.#state = this.#trust.state
    this.#reopening = null
    for (const listener of this.#reopenListeners) listener()
  }

  /** Of the newest notes only: opening again may fail for days. */
  #note(note: string): void {
    this.#report = { ...this.#report, notes: [...this.#report.notes, note].slice(-notesMax) }
  }
}
