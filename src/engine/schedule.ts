/** Decides when flushes and merges start by themselves: after writes, by age, after each other; with pauses after failures. */
import { chooseMerges } from './merge-policy.ts'
import { VectorStoreError } from '../util/index.ts'
import { GraphDelay } from './graph-delay.ts'
import type { BufferOwner, BufferPool } from './buffer-pool.ts'
import type { IndexState } from './index-state.ts'
import type { MergeCandidate, MergePolicyOptions } from './merge-policy.ts'
import type { EngineOptions } from './types.ts'

export type ScheduleOptions = {
  readonly options: EngineOptions
  readonly mergePolicy: MergePolicyOptions
  readonly pool: BufferPool
  readonly state: () => IndexState
  /** Whether anybody flushes, by hand or by itself. */
  readonly isFlushing: () => boolean
  readonly giveWay: () => void
  readonly flush: () => Promise<void>
  readonly merge: (generations: readonly number[]) => Promise<void>
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number
}

/** After a failure: doubled each time. Why a pause: a full disk fails at once, and again at once. */
const retryMs = { first: 1_000, most: 60_000 }
const memoryRetryMs = 30 * 60_000

/** Timers hold no more; a greater age means: never. */
const timerMsMax = 2 ** 31 - 1

export class Schedule implements BufferOwner {
  readonly #options: ScheduleOptions
  readonly #flushes = new Attempts()
  readonly #merges = new Attempts()
  /** Segments whose merge failed, by generation, and when it may be tried again: they must not keep the others from being merged. */
  readonly #notBeforeMs = new Map<number, number>()
  readonly #graphDelay: GraphDelay
  #ageTimer: NodeJS.Timeout | null = null
  #graphTimer: NodeJS.Timeout | null = null
  #ended = false

  constructor(options: ScheduleOptions) {
    this.#options = options
    this.#graphDelay = new GraphDelay(options.mergePolicy, options.now)
  }

  /** After a write: is a flush due, here or in another index? */
  afterWrite(): void {
    this.#graphDelay.noteWrite()
    if (!this.#off) this.#checkBuffers()
  }

  #checkBuffers(): void {
    const { options, pool, isFlushing } = this.#options
    const { active: buffer, buffers } = this.#options.state()
    // Rows, not documents: a delete of an id that is not there is kept too.
    const full = buffer.bytes >= options.flushBytes || buffer.rowCount >= options.flushDocs
    // A frozen buffer that nobody flushes is one whose flush failed.
    if (full && isFlushing()) this.giveWay()
    if (full || (buffers.length > 1 && !isFlushing())) this.startFlush()
    else if (buffer.rowCount > 0) this.#startAge()
    pool.relieve(options.flushBytes)
  }

  /** After opening and after each job: is anything due? */
  afterJob(): void {
    if (this.#off) return
    this.#checkBuffers()
    const { mergePolicy, merge, state } = this.#options
    const nowMs = this.#options.now()
    const candidates = mergeCandidates(state()).filter(
      ({ generation }) => nowMs >= (this.#notBeforeMs.get(generation) ?? 0)
    )
    const graphsMs = this.#graphDelay.remainingMs(candidates)
    const [generations] = chooseMerges(candidates, mergePolicy, graphsMs === 0)
    if (graphsMs > 0) this.#startGraphTimer(graphsMs)
    if (generations === undefined) return
    this.#merges.start(async () => {
      const error = await failureOf(() => merge(generations))
      if (error === null) return false
      const notBeforeMs = this.#options.now() + exclusionMs(error)
      for (const generation of generations) this.#notBeforeMs.set(generation, notBeforeMs)
      return true
    }, this.#over)
  }

  pendingBytes(): number {
    return this.#options.state().pendingBytes
  }

  wantedBytes(): number {
    return this.#options.state().wantedBytes
  }

  activeBytes(): number {
    return this.#options.state().active.bytes
  }

  isFlushing(): boolean {
    return this.#options.isFlushing()
  }

  giveWay(): void {
    this.#options.giveWay()
  }

  startFlush(): void {
    if (this.#off) return
    const flush = async (): Promise<boolean> => (await failureOf(this.#options.flush)) !== null
    this.#flushes.start(flush, this.#over)
  }

  end(): void {
    this.#ended = true
    for (const timer of [this.#ageTimer, this.#graphTimer]) if (timer !== null) clearTimeout(timer)
    this.#flushes.end()
    this.#merges.end()
  }

  get #off(): boolean {
    return this.#ended || !this.#options.options.automaticJobs
  }

  readonly #over = (): void => this.afterJob()

  /** Writes go on meanwhile and put it off: it looks again when it is due. */
  #startGraphTimer(remainingMs: number): void {
    if (this.#graphTimer !== null || remainingMs > timerMsMax) return
    this.#graphTimer = setTimeout(() => {
      this.#graphTimer = null
      this.afterJob()
    }, remainingMs)
    this.#graphTimer.unref()
  }

  #startAge(): void {
    const { flushAgeMs } = this.#options.options
    if (this.#ageTimer !== null || flushAgeMs > timerMsMax) return
    this.#ageTimer = setTimeout(() => {
      this.#ageTimer = null
      if (this.#off) return
      const { active, buffers } = this.#options.state()
      // One that was frozen for a searcher waits for the next write, which may not come.
      if (active.rowCount > 0 || buffers.length > 1) this.startFlush()
    }, flushAgeMs)
    this.#ageTimer.unref()
  }
}

/** One kind of work: once at a time, and not again at once after it failed. */
class Attempts {
  #running = false
  #pauseMs = 0
  #timer: NodeJS.Timeout | null = null
  #ended = false

  /** @param work  Resolves to true when it failed. */
  start(work: () => Promise<boolean>, over: () => void): void {
    if (this.#running || this.#timer !== null || this.#ended) return
    this.#running = true
    void this.#run(work, over)
  }

  async #run(work: () => Promise<boolean>, over: () => void): Promise<void> {
    const failed = await work()
    this.#running = false
    if (this.#ended) return
    if (failed) this.#pause(over)
    else {
      this.#pauseMs = 0
      over()
    }
  }

  end(): void {
    this.#ended = true
    if (this.#timer !== null) clearTimeout(this.#timer)
  }

  #pause(over: () => void): void {
    this.#pauseMs = Math.min(retryMs.most, Math.max(retryMs.first, this.#pauseMs * 2))
    this.#timer = setTimeout(() => {
      this.#timer = null
      over()
    }, this.#pauseMs)
    this.#timer.unref()
  }
}

/** The queue of jobs has recorded it. */
function failureOf(work: () => Promise<void>): Promise<unknown> {
  return work().then(
    () => null,
    (error: unknown) => error
  )
}

/** How long segments are not merged after this failure. The disk was full, or the store is being opened again: the pause is enough. */
function exclusionMs(error: unknown): number {
  const code = error instanceof VectorStoreError ? error.code : null
  if (code === 'STORE_FULL' || code === 'STORE_POISONED') return 0
  // What held the memory may let go of it; a merge of more than fits writes much before it fails.
  return code === 'MEMORY_LIMIT' ? memoryRetryMs : Infinity
}

export function mergeCandidates(state: IndexState): MergeCandidate[] {
  return state.segments.map(({ generation, info, live, reader }) => ({
    generation,
    docCount: info.rootCount,
    deletedCount: live.deletedRootCount,
    bytes: info.bytes,
    unindexedBytes: reader.unindexedBytes
  }))
}
