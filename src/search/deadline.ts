import { VectorStoreError } from '../util/index.ts'

/** Documents between two looks at the clock: about a tenth of a millisecond of iteration. */
const stepsPerLook = 4096

/** When a search has to end. A search holds the thread, so nobody but the search itself can look at the clock. */
export class Deadline {
  readonly #signal: AbortSignal | undefined
  readonly #deadlineMs: number
  #steps: number = 0

  /** @param deadlineMs  Moment of performance.now(). */
  constructor(signal?: AbortSignal, deadlineMs: number = Infinity) {
    this.#signal = signal
    this.#deadlineMs = deadlineMs
  }

  /** Called for every document; looks now and then. */
  step(): void {
    this.#steps += 1
    if (this.#steps < stepsPerLook) return
    this.#steps = 0
    this.check()
  }

  /** Errors  DEADLINE_EXCEEDED when the time is over or the request was given up. */
  check(): void {
    if (this.#signal?.aborted === true)
      throw new VectorStoreError('DEADLINE_EXCEEDED', 'the request was cancelled', {
        cause: this.#signal.reason
      })
    if (this.#deadlineMs === Infinity) return
    const nowMs = performance.now()
    if (nowMs <= this.#deadlineMs) return
    throw new VectorStoreError('DEADLINE_EXCEEDED', 'the search took longer than its timeout', {
      details: { lateMs: nowMs - this.#deadlineMs }
    })
  }
}
