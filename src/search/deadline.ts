import { VectorStoreError } from '../util/index.ts'
import type { Cancellation, LoopSlice, Steps } from '../util/index.ts'

/** Documents between two looks at the clock: about a tenth of a millisecond of iteration. */
const stepsPerLook = 4096
/** The same where the event loop waits: a document whose vector has to be read takes 8 µs. */
const slicedStepsPerLook = 128

/**
 * When a search has to end, and when it has to let the event loop run. A search holds the thread, so nobody but the search itself
 * can look at the clock.
 */
export class Deadline {
  /** The search is done in slices: its steps are left when they are due. */
  readonly isSliced: boolean
  readonly #signal: Cancellation | undefined
  readonly #deadlineMs: number
  readonly #slice: LoopSlice | null
  readonly #stepsPerLook: number
  #steps: number = 0
  #isDue = false

  /**
   * @param deadlineMs  Moment of performance.now().
   * @param slice       null: it is done in one piece.
   */
  constructor(
    signal?: Cancellation,
    deadlineMs: number = Infinity,
    slice: LoopSlice | null = null
  ) {
    this.#signal = signal
    this.#deadlineMs = deadlineMs
    this.#slice = slice
    this.isSliced = slice !== null
    this.#stepsPerLook = slice === null ? stepsPerLook : slicedStepsPerLook
  }

  /**
   * Called for every document; looks now and then.
   *
   * @param width  Clauses that were asked about it.
   */
  step(width: number = 1): void {
    this.#steps += width
    if (this.#steps < this.#stepsPerLook) return
    this.#steps = 0
    this.check()
  }

  /** Called between long pieces of work. Errors  DEADLINE_EXCEEDED when the time is over or the request was given up. */
  check(): void {
    if (this.#slice?.due() === true) this.#isDue = true
    this.#checkEnd()
  }

  #checkEnd(): void {
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

  /** The last look found that the event loop should run: pause() as soon as the work can be left. */
  get isDue(): boolean {
    return this.#isDue
  }

  /** Leaves the work and goes on with it. Errors  DEADLINE_EXCEEDED. */
  *pause(): Steps<void> {
    yield
    // Something is done before it is left again.
    this.#isDue = false
    this.#checkEnd()
  }
}
