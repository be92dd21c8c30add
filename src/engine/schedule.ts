/** Decides when flushes and merges start by themselves: after writes, by age, after each other; with pauses after failures. */
import { chooseMerges } from './merge-policy.ts'
import type { BufferOwner, BufferPool } from './buffer-pool.ts'
import type { IndexState } from './index-state.ts'
import type { MergeCandidate, MergePolicyOptions } from './merge-policy.ts'
import type { EngineOptions } from './types.ts'

export type ScheduleOptions = {
  readonly options: EngineOptions
  readonly mergePolicy: MergePolicyOptions
  readonly pool: BufferPool
  readonly state: () => IndexState
  readonly flush: () => Promise<void>
  readonly merge: (generations: readonly number[]) => Promise<void>
}

/** After a failure: doubled each time. Why a pause: a full disk fails at once, and again at once. */
const retryMs = { first: 1_000, most: 60_000 }

/** Timers hold no more; a greater age means: never. */
const timerMsMax = 2 ** 31 - 1

export class Schedule implements BufferOwner {
  readonly #options: ScheduleOptions
  #flushing = false
  #merging = false
  #ageTimer: NodeJS.Timeout | null = null
  #retryTimer: NodeJS.Timeout | null = null
  #pauseMs = 0
  #ended = false

  constructor(options: ScheduleOptions) {
    this.#options = options
  }

  /** After a write: is a flush due, here or in another index? */
  afterWrite(): void {
    if (this.#idle) return
    const { options, pool } = this.#options
    const { active: buffer, buffers } = this.#options.state()
    const full = buffer.bytes >= options.flushBytes || buffer.memory.docCount >= options.flushDocs
    // A frozen buffer that nobody flushes is one whose flush failed.
    if (full || buffers.length > 1) this.startFlush()
    else if (buffer.rowCount > 0) this.#startAge()
    pool.relieve(options.flushBytes)
  }

  pendingBytes(): number {
    return this.#options.state().pendingBytes
  }

  activeBytes(): number {
    return this.#options.state().active.bytes
  }

  startFlush(): void {
    if (this.#idle || this.#flushing) return
    this.#flushing = true
    void this.#attempt(this.#options.flush, () => {
      this.#flushing = false
    })
  }

  /** After opening and after each job: is anything due? */
  afterJob(): void {
    this.afterWrite()
    if (this.#idle || this.#merging) return
    const { mergePolicy, merge, state } = this.#options
    const [generations] = chooseMerges(mergeCandidates(state()), mergePolicy)
    if (generations === undefined) return
    this.#merging = true
    void this.#attempt(
      () => merge(generations),
      () => {
        this.#merging = false
      }
    )
  }

  end(): void {
    this.#ended = true
    if (this.#ageTimer !== null) clearTimeout(this.#ageTimer)
    if (this.#retryTimer !== null) clearTimeout(this.#retryTimer)
  }

  get #idle(): boolean {
    return this.#ended || !this.#options.options.automaticJobs || this.#retryTimer !== null
  }

  #startAge(): void {
    const { flushAgeMs } = this.#options.options
    if (this.#ageTimer !== null || flushAgeMs > timerMsMax) return
    this.#ageTimer = setTimeout(() => {
      this.#ageTimer = null
      if (!this.#idle && this.#options.state().active.rowCount > 0) this.startFlush()
    }, flushAgeMs)
    this.#ageTimer.unref()
  }

  async #attempt(work: () => Promise<void>, over: () => void): Promise<void> {
    let failed = false
    try {
      await work()
    } catch {
      // The queue of jobs has recorded it.
      failed = true
    }
    over()
    if (this.#ended) return
    if (!failed) {
      this.#pauseMs = 0
      this.afterJob()
      return
    }
    this.#pauseMs = Math.min(retryMs.most, Math.max(retryMs.first, this.#pauseMs * 2))
    if (this.#retryTimer !== null) return
    this.#retryTimer = setTimeout(() => {
      this.#retryTimer = null
      this.afterJob()
    }, this.#pauseMs)
    this.#retryTimer.unref()
  }
}

export function mergeCandidates(state: IndexState): MergeCandidate[] {
  return state.segments.map(({ generation, info, live }) => ({
    generation,
    docCount: info.rootCount,
    deletedCount: live.deletedRootCount,
    bytes: info.bytes
  }))
}
