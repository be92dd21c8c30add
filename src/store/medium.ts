/** What the guarded store stands on: where its database lives, and how it is opened again. */
import type { ChainEnd } from './chain.ts'
import type { Level } from './level.ts'
import type { RecoveryReport } from './types.ts'

export type Opened = {
  readonly level: Level
  readonly end: ChainEnd
  readonly report: RecoveryReport
}

/** Where the database lives, and what is around it: files, lock, reserve. */
export type Medium = {
  readonly folder: string | null
  /** Where other threads may open the database a second time (level-reader.ts); null: they may not. */
  readonly readersPath: string | null
  /**
   * Values are copied by the database: one that was read belongs to the reader alone and its memory may be given back, one that
   * was written may be written over.
   */
  readonly ownsValues: boolean
  /** Opens the database with the audit; called again after a write error. */
  open(): Promise<Opened>
  /** After a write error, before closing: makes room if it can; false when a reopen would fail for want of space. */
  prepareReopen(): Promise<boolean>
  /** Bytes that can be written, the reserve left alone. */
  freeBytes(): Promise<number>
  /** After a full disk: true when there is room again, with a new reserve made. */
  regain(): Promise<boolean>
  /** The database was closed in good order behind this batch. */
  closed(end: ChainEnd): Promise<void>
  /** Gives up what the medium holds (the lock) without a clean-shutdown mark. */
  release(): Promise<void>
}

export type GuardOptions = {
  /** Bytes of batches whose records are kept: more than LevelDB's logs can hold, so that a hole in them shows. */
  readonly chainBytes: number
  /** Clock for the batch record and for counting poisonings. */
  readonly now: () => number
  /** First wait before a failed reopening is tried again; doubles up to 5 s. */
  readonly retryMs: number
}
