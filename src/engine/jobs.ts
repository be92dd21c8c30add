/**
 * The queues of jobs: flushes and merges of all indices of a store. The only home of p-queue in this folder.
 *
 * Two lanes, each as wide as `concurrency`: a flush never waits behind a merge, which may take minutes while the write
 * buffer fills. A job that fails is recorded and reported; the next one runs.
 */
import PQueue from 'p-queue'
import { VectorStoreError } from '../util/index.ts'
import type { JobFailure, JobProgress } from './types.ts'

export type JobRequest = {
  /** Index the job belongs to. */
  readonly index: number
  readonly action: JobProgress['action']
  readonly description: string
}

/** What a running job tells of itself. */
export type JobReport = (doneCount: number, totalCount: number) => void

/** Failures kept for the statistics. Why not all: a full disk fails every minute; the newest ones tell the story. */
const failuresKeptMax = 64

type Entry = JobProgress & { doneCount: number; totalCount: number; readonly index: number }

export class Jobs {
  readonly #lanes: { readonly flush: PQueue; readonly merge: PQueue }
  readonly #entries = new Map<number, Entry>()
  readonly #failures: (JobFailure & { readonly index: number })[] = []
  #nextId = 1

  constructor(options: { readonly concurrency?: number } = {}) {
    const concurrency = options.concurrency ?? 1
    this.#lanes = { flush: new PQueue({ concurrency }), merge: new PQueue({ concurrency }) }
  }

  /**
   * Runs `work` when its lane has a place.
   *
   * Errors   what `work` throws, after it was recorded. NODE_CLOSED when `signal` ended the job: no failure, not recorded.
   */
  async run<T>(
    request: JobRequest,
    signal: AbortSignal,
    work: (report: JobReport) => Promise<T>
  ): Promise<T> {
    const id = this.#nextId++
    const entry: Entry = { id, ...request, doneCount: 0, totalCount: 0, startedMs: Date.now() }
    this.#entries.set(id, entry)
    const lane = request.action === 'flush' ? this.#lanes.flush : this.#lanes.merge
    try {
      return await lane.add(async () => {
        throwIfEnded(signal)
        return await work((doneCount, totalCount) => {
          entry.doneCount = doneCount
          entry.totalCount = totalCount
        })
      })
    } catch (error) {
      throwIfEnded(signal)
      this.#record(request, error)
      throw error
    } finally {
      this.#entries.delete(id)
    }
  }

  /** Jobs that wait or run, oldest first. */
  progress(index?: number): readonly JobProgress[] {
    return [...this.#entries.values()]
      .filter((entry) => index === undefined || entry.index === index)
      .map(({ index: _, ...progress }) => ({ ...progress }))
  }

  /** The newest failures, oldest first. */
  failures(index?: number): readonly JobFailure[] {
    return this.#failures
      .filter((failure) => index === undefined || failure.index === index)
      .map(({ index: _, ...failure }) => failure)
  }

  #record(request: JobRequest, error: unknown): void {
    this.#failures.push({
      index: request.index,
      action: request.action,
      description: request.description,
      atMs: Date.now(),
      code: error instanceof VectorStoreError ? error.code : null,
      message: error instanceof Error ? error.message : String(error)
    })
    if (this.#failures.length > failuresKeptMax) this.#failures.shift()
  }
}

export function throwIfEnded(signal: AbortSignal): void {
  if (signal.aborted)
    throw new VectorStoreError('NODE_CLOSED', 'the index closed while a job ran', {
      cause: signal.reason
    })
}
