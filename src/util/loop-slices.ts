/**
 * Long work on the thread of an event loop, in slices.
 *
 * A load, a flush, a merge and searches may be at work at once, and a request waits for the sum of their slices in a turn of the
 * loop. So they share one budget a turn; who waits when it is used up comes first in the next turn.
 */

/** Work in one turn. The loop must answer within 10 ms; the last unit of work and a collection of garbage come on top. */
const turnMs = 4
/** What each may do even so: many may begin in one turn. */
const leastMs = 0.25

export type LoopSlice = {
  /** Whether it is time to wait. Cost: 50 ns. */
  due(): boolean
  /** Lets the event loop run. */
  wait(): Promise<void>
  /** A new slice begins: the loop ran meanwhile. */
  restart(): void
}

/** The turns of a loop. There is one of them a thread; tests have their own, with a clock of theirs. */
export class LoopTurns {
  readonly #now: () => number
  readonly #later: (run: () => void) => void
  #turnStartMs: number
  readonly #waiting: (() => void)[] = []
  #isMarked = false

  /** @param later  Runs what it is given in the next turn, in the order given. */
  constructor(
    now: () => number = () => performance.now(),
    later: (run: () => void) => void = (run) => void setImmediate(run)
  ) {
    this.#now = now
    this.#later = later
    this.#turnStartMs = now()
  }

  slice(): LoopSlice {
    let startMs = this.#now()
    // Nobody has told yet that a turn began: this one may begin here.
    if (!this.#isMarked && startMs - this.#turnStartMs >= turnMs) this.#turnStartMs = startMs
    this.#mark()
    const restart = (): void => {
      startMs = this.#now()
    }
    return {
      due: () => {
        const now = this.#now()
        return now - startMs >= leastMs && now - this.#turnStartMs >= turnMs
      },
      wait: async () => {
        await this.#nextTurn()
        restart()
      },
      restart
    }
  }

  /** For who is about to begin: null while there is time in this turn, else a promise of a later one. */
  next(): Promise<void> | null {
    return this.#isMarked && this.#now() - this.#turnStartMs >= turnMs ? this.#nextTurn() : null
  }

  #nextTurn(): Promise<void> {
    return new Promise((done) => {
      this.#waiting.push(done)
      this.#wakeInNextTurn()
    })
  }

  /** The turn of now ends before everybody who waits for the next. */
  #mark(): void {
    if (this.#isMarked) return
    this.#isMarked = true
    this.#later(() => {
      this.#isMarked = false
      this.#turnStartMs = this.#now()
    })
  }

  /** Wakes who has waited longest, once for everybody who waits; when the turn is used up, in the one after it. */
  #wakeInNextTurn(): void {
    this.#mark()
    this.#later(() => {
      if (this.#now() - this.#turnStartMs >= turnMs) this.#wakeInNextTurn()
      else this.#waiting.shift()?.()
    })
  }
}

const turns = new LoopTurns()

/** Begins long work on this thread. */
export function loopSlice(): LoopSlice {
  return turns.slice()
}

/** For who is about to begin: null while there is time in this turn of this thread's loop, else a promise of a later one. */
export function nextTurn(): Promise<void> | null {
  return turns.next()
}
