/** The store's contract: one for classic-level, memory-level and the simulated store of the tests. */

/** One record to write. The store adds the header with the checksum; `kind` comes from store/keys.ts. */
export type RecordPut = { readonly key: Uint8Array; readonly payload: Uint8Array }

export type KeyRange = { readonly gte: Uint8Array; readonly lt: Uint8Array }

export type Entry = { readonly key: Uint8Array; readonly payload: Uint8Array }

export type StoreStats = {
  readonly commits: number
  readonly batches: number
  readonly bytesWritten: number
  readonly syncMsTotal: number
  readonly iteratorsOpen: number
  readonly state: 'open' | 'poisoned' | 'read-only' | 'closed'
}

export type Store = {
  readonly folder: string | null
  /** What openLevelReader() of another thread takes; null: no other thread can read. */
  readonly readersPath: string | null
  /** What the audit at open found; served at GET /_recovery_report. */
  readonly report: RecoveryReport
  readonly state: StoreStats['state']

  /**
   * Payload of a record that must exist.
   * Errors   STORE_MISSING, STORE_CHECKSUM (header, kind, length or CRC over key and payload), NODE_CLOSED.
   */
  get(key: Uint8Array): Uint8Array
  /** The same, null when there is none. Only where absence is an ordinary answer. */
  find(key: Uint8Array): Uint8Array | null
  /**
   * Gives the memory of a payload from get() back at once; the payload is empty afterwards. Pages that are read by the
   * thousand would otherwise wait for the garbage collector in up to 64 MiB beside the cache.
   */
  discard(payload: Uint8Array): void
  /** Visits records of a range in key order, in bounded steps (re-seeks by key); false ends it. Headers are checked. */
  scan(
    range: KeyRange,
    visit: (key: Uint8Array, payload: Uint8Array) => boolean | void
  ): Promise<void>

  /** Visits the keys of a range in order, in bounded steps; values are neither read nor checked. */
  scanKeys(range: KeyRange, visit: (key: Uint8Array) => boolean | void): Promise<void>
  /** Last record of a range, null when there is none: the newest manifest, catalogue or version. */
  newest(range: KeyRange): Promise<Entry | null>

  /**
   * Makes records durable: resolves when they are synced. Calls that wait while a sync is in flight share the next
   * batch (group commit); order of calls is order of batches. A call above 1 MB is split at record borders, in order.
   * Which operations a batch holds is read from the keys of its operation rows and kept in its batch record.
   * Errors   STORE_POISONED, STORE_FULL, STORE_IO: the outcome of this call is unknown, retry by id after reopening.
   */
  commit(records: readonly RecordPut[]): Promise<void>
  /** Removes keys nobody reads any more, in small synced batches, resumable. Never the act that makes data invisible. */
  removeRange(range: KeyRange): Promise<void>
  /** Listener for "reopened after a write error"; owners re-read what they need. @returns takes the listener away again */
  onReopen(listener: () => void): () => void
  /**
   * Listener that is awaited before the database is closed, to be opened again or for good: readers of other threads must
   * have closed theirs by then. @returns takes the listener away again
   */
  onSuspend(listener: () => Promise<void>): () => void
  stats(): StoreStats
  /**
   * Little room is left: operations are refused before the disk is full, so that deleting and compacting still work. Looked
   * at each second, and each few megabytes of commits.
   */
  readonly isFull: boolean
  /**
   * Asks for room before a job writes this many bytes of pages.
   * Errors   STORE_FULL when that would leave less than operations and LevelDB's own files need.
   */
  assertRoom(bytes: number): Promise<void>
  /** Bytes on disk of a range, roughly. */
  approximateBytes(range: KeyRange): Promise<number>
  /** LevelDB compaction of a range. */
  compact(range: KeyRange): Promise<void>
  close(): Promise<void>
}

export type RecoveryReport = {
  readonly clean: boolean
  readonly created: boolean
  readonly batchesReplayed: number
  readonly bytesDropped: number
  readonly recordsQuarantined: number
  readonly orphansRemoved: number
  readonly lastBatch: number
  /** First sequence number per index that lies behind a gap and must be ignored. */
  readonly truncatedFrom: readonly { readonly index: number; readonly seqNo: number }[]
  /**
   * Store-wide records that came with one of the batches still told of, are the newest of their kind and index, and are not
   * there. The store does not know which indices were deleted since: theirs were removed on purpose.
   */
  readonly missingRecords: readonly {
    readonly kind: string
    readonly index: number
    readonly number: number
  }[]
  readonly notes: readonly string[]
  readonly stepMs: Readonly<Record<string, number>>
}
