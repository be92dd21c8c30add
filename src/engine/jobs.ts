/**
 * The queues of jobs: flushes, merges and removals of all indices of a store. The only home of p-queue in this folder.
 *
 * Three lanes, each as wide as `concurrency`: a flush never waits behind a merge, which may take minutes while the write
 * buffer fills, and neither waits for disk space to come back. A job that fails is recorded and reported; the next runs.
 */
import PQueue from 'p-queue'
import { VectorStoreError } from '../util/index.ts'
import type { JobAction, JobFailure, JobProgress } from './types.ts'

export type JobRequest = {
  /** Index the job belongs to; null for jobs of the whole store. */
  readonly index: number | null
  readonly action: JobAction
  readonly description: string
}

/** What a running job tells of itself. */
export type JobReport = (doneCount: number, totalCount: number) => void

/** Failures kept for the statistics. Why not all: a full disk fails every minute; the newest ones tell the story. */
const failuresKeptMax = 64

type Lane = 'flush' | 'merge' | 'remove'
type Entry = Omit<JobProgress, 'startedMs'> & {
  doneCount: number
  totalCount: number
  startedMs: number
  readonly index: number | null
}

const laneOf: Readonly<Record<JobAction, Lane>> = {
  flush: 'flush',
  merge: 'merge',
  forcemerge: 'merge',
  remove: 'remove'
}

export class Jobs {
  readonly #lanes: Readonly<Record<Lane, PQueue>>
  readonly #entries = new Map<number, Entry>()
  readonly #failures: (JobFailure & { readonly index: number | null })[] = []
  #nextId = 1

  constructor(options: { readonly concurrency?: number } = {}) {
    const concurrency = options.concurrency ?? 1
    this.#lanes = {
      flush: new PQueue({ concurrency }),
      merge: new PQueue({ concurrency }),
      remove: new PQueue({ concurrency })
    }
  }

  /**
   * Runs `work` when its lane has a place.
   *
   * Errors   what `work` throws, after it was recorded. NODE_CLOSED when `signal` ended the job: not recorded.
   */
  async run<T>(
    request: JobRequest,
    signal: AbortSignal,
    work: (report: JobReport) => Promise<T>
  ): Promise<T> {
    const id = this.#nextId++
    const entry: Entry = { id, ...request, doneCount: 0, totalCount: 0, startedMs: Date.now() }
    this.#entries.set(id, entry)
    try {
      return await this.#lanes[laneOf[request.action]].add(async () => {
        throwIfEnded(signal)
        entry.startedMs = Date.now()
        return await work((doneCount, totalCount) => {
          entry.doneCount = doneCount
          entry.totalCount = totalCount
        })
      })
    } catch (error) {
      throwIfEnded(signal)
      this.record(request, error)
      throw error
    } finally {
      this.#entries.delete(id)
    }
  }

  /** Runs a job of the whole store that nobody waits for; its failure is recorded. */
  add(action: JobAction, description: string, work: () => Promise<void>): void {
    this.run({ index: null, action, description }, neverEnds, work).catch(() => {
      // run() has recorded it; there is nobody else to tell.
    })
  }

  /** Jobs that wait or run, oldest first. */
  list(index?: number): readonly JobProgress[] {
    return [...this.#entries.values()]
      .filter((entry) => index === undefined || entry.index === index)
      .map(({ id, action, description, doneCount, totalCount, startedMs }) => {
        return { id, action, description, doneCount, totalCount, startedMs }
      })
  }

  /** The newest failures, oldest first. */
  failures(index?: number): readonly JobFailure[] {
    return this.#failures
      .filter((failure) => index === undefined || failure.index === index)
      .map(({ action, description, atMs, code, message }) => {
        return { action, description, atMs, code, message }
      })
  }

  /** Resolves when no job waits or runs any more. Engines end theirs before. */
  async close(): Promise<void> {
    await Promise.all(Object.values(this.#lanes).map((lane) => lane.onIdle()))
  }

  /** Keeps a failure for the statistics. */
  record(request: JobRequest, error: unknown): void {
    this.#failures.push({
      ...request,
      atMs: Date.now(),
      code: error instanceof VectorStoreError ? error.code : null,
      message: error instanceof Error ? error.message : String(error)
    })
    if (this.#failures.length > failuresKeptMax) this.#failures.shift()
  }
}

const neverEnds = new AbortController().signal

export function throwIfEnded(signal: AbortSignal): void {
  if (signal.aborted)
    throw new VectorStoreError('NODE_CLOSED', 'the index closed while a job ran', {
      cause: signal.reason
    })
}
