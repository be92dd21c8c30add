/** The engine of one index: operations in, durable and searchable; searchers out. */
import type { KindCounters } from '../cache/index.ts'
import type {
  IndexableDocument,
  SegmentView,
  StoredDocument,
  StoredSource
} from '../segment/index.ts'
import type { Vector } from '../vector/index.ts'
import type { VectorStoreError } from '../util/index.ts'

export type WriteConditions = {
  readonly ifSeqNo?: number
  readonly ifPrimaryTerm?: number
  /** External versions: accepted when greater (external) or not less (external_gte) than the current one. */
  readonly version?: number
  readonly versionType?: 'internal' | 'external' | 'external_gte'
}

export type Operation =
  | {
      readonly type: 'index'
      readonly opType: 'index' | 'create'
      readonly document: IndexableDocument
      readonly conditions: WriteConditions
    }
  | { readonly type: 'delete'; readonly id: string; readonly conditions: WriteConditions }

export type OperationResult =
  | {
      readonly ok: true
      readonly id: string
      readonly result: 'created' | 'updated' | 'deleted' | 'not_found'
      readonly version: number
      readonly seqNo: number
      readonly primaryTerm: number
    }
  /** DOC_VERSION with details { id, reason: 'exists' | 'seqNo' | 'version', currentVersion, currentSeqNo, … }, QUEUE_FULL … */
  | { readonly ok: false; readonly id: string; readonly error: VectorStoreError }

/** What an operation row gives back at replay; `node` turns it into an IndexableDocument with the mapping. */
export type LoggedDocument = {
  readonly id: string
  readonly routing: string | null
  readonly source: StoredSource
  /** Vectors cut out of the source, in the order of source.cuts. */
  readonly vectors: readonly Vector[]
}

export type Searcher = {
  /** Segments of one moment, oldest first, the write buffer last. */
  readonly segments: readonly SegmentView[]
  readonly maxSeqNo: number
  readonly liveDocCount: number // root documents
  retain(): void
  /** Counts down; the last release unpins. Every acquire has its release, in a finally. */
  release(): void
}

export type RealtimeDocument = {
  readonly version: number
  readonly seqNo: number
  readonly primaryTerm: number
  readonly stored: StoredDocument
}

export type EngineStats = {
  /** Root documents. */
  readonly liveDocCount: number
  readonly deletedDocCount: number
  /** The same with each nested object as one more, as Lucene counts them. */
  readonly livePartCount: number
  readonly deletedPartCount: number
  readonly bufferDocCount: number
  readonly bufferBytes: number
  readonly maxSeqNo: number
  readonly segments: readonly SegmentStats[]
  readonly flushCount: number
  readonly mergeCount: number
  readonly flushMsTotal: number
  readonly mergeMsTotal: number
  readonly indexCount: number
  readonly deleteCount: number
  /** Pages of its segments in the page cache since the index was opened, by what they hold. */
  readonly pages: Readonly<Record<string, KindCounters>>
  readonly jobs: readonly JobProgress[]
  /** The newest failures of jobs, oldest first; a failed job is tried again. */
  readonly jobFailures: readonly JobFailure[]
}
export type SegmentStats = {
  readonly name: string
  readonly generation: number
  /** With nested objects, deleted ones too. */
  readonly docCount: number
  readonly liveDocCount: number
  readonly deletedDocCount: number
  readonly livePartCount: number
  readonly deletedPartCount: number
  readonly bytes: number
  readonly committed: boolean
}
/** remove: keys that nobody reads any more. */
export type JobAction = 'flush' | 'merge' | 'forcemerge' | 'remove'
export type JobProgress = {
  readonly id: number
  readonly action: JobAction
  readonly description: string
  readonly doneCount: number
  readonly totalCount: number
  /** Since 1970; of a job that waits for its turn, when it was asked for. */
  readonly startedMs: number
}
export type JobFailure = {
  readonly action: JobAction
  readonly description: string
  readonly atMs: number
  /** Code of the error when it was an operating error. */
  readonly code: string | null
  readonly message: string
}

export type EngineOptions = {
  /** Buffer bytes, documents, age that start a flush. */
  readonly flushBytes: number
  readonly flushDocs: number
  readonly flushAgeMs: number
  /** Bytes waiting in buffers and queues above which operations get QUEUE_FULL. */
  readonly pendingBytesMax: number
  readonly threads: number
  readonly seed: number
  /** Off in tests that flush and merge by hand. */
  readonly automaticJobs: boolean
}

export type Engine = {
  /**
   * Applies operations in order; resolves when all are durable and searchable. `metadata` rides in the same batch
   * (a mapping change that these operations need), written before them.
   */
  apply(
    operations: readonly Operation[],
    metadata?: { readonly key: Uint8Array; readonly payload: Uint8Array }
  ): Promise<OperationResult[]>
  /** Realtime get: the newest version, null when absent or deleted. */
  get(id: string): RealtimeDocument | null
  acquireSearcher(): Searcher
  /** One that is kept for long: the buffers in it grow no more. Flush before, and it holds little memory. */
  acquireLastingSearcher(): Searcher
  /** Makes the buffer a segment; resolves when the manifest is durable. */
  flush(): Promise<void>
  /** Makes room for writes: waits for the flush under way, or flushes when there is none. */
  relieve(): Promise<void>
  /** Merges down to at most this many segments (after a flush), or only drops deleted documents. */
  forceMerge(options: {
    readonly maxSegments?: number
    readonly onlyExpungeDeletes?: boolean
  }): Promise<void>
  stats(): EngineStats
  /** Ends jobs, waits for writes; with flush: false the buffer is replayed at the next open. */
  close(options?: { readonly flush: boolean }): Promise<void>
  /** After close: calls back when no searcher is left that reads its keys, at once where none is. */
  onceUnread(listener: () => void): void
}
