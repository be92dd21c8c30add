/**
 * Long work on the thread of an event loop, in slices.
 *
 * A load, a flush, a merge and searches may be at work at once, and a request waits for the sum of their slices in a turn of the
 * loop. So they share one budget a turn; who waits when it is used up comes first in the next turn.
 */

/**
 * Work in one turn. The loop must answer within 10 ms on machines half as fast too; the last unit of work and a collection of
 * garbage come on top. A wait costs some microseconds.
 */
export const turnWorkMs = 2.5
/** What each may do even so: many may begin in one turn. */
const leastMs = 0.1
/** What is left of the budget of a turn in which others were at work for long. */
const leftWorkMs = 0.5

export type LoopSlice = {
  /** Whether it is time to wait. Cost: 50 ns. */
  due(): boolean
  /** Lets the event loop run. */
  wait(): Promise<void>
  /** A new slice begins: the loop ran meanwhile. */
  restart(): void
}

/**
 * The turns of a loop. There is one of them a thread; tests have their own, with a clock of theirs.
 *
 * A loop tells nobody that a turn begins, but runs what it was given "for later" once a turn, behind the sockets. So a budget lasts
 * from there to there in the next turn; where nobody was at work before, it begins with the first who is.
 *
 * What others do in a turn (sockets are read, V8 collects garbage) comes between the last look at the clock and the next budget,
 * as a loop that has something for later does not sleep. Where they took more than a budget, theirs and this one are two at most:
 * a collection of 8 ms and a slice of 2.5 behind it were a turn above 10.
 */
export class LoopTurns {
  readonly #now: () => number
  readonly #later: (run: () => void) => void
  #turnStartMs: number
  /** The last look at the clock. */
  #seenMs: number
  readonly #waiting: (() => void)[] = []
  /** Whether somebody has been at work since the budget began, so that its end must be told. */
  #isMarked = false

  /** @param later  Runs what it is given in the next turn, in the order given. */
  constructor(
    now: () => number = () => performance.now(),
    later: (run: () => void) => void = (run) => void setImmediate(run)
  ) {
    this.#now = now
    this.#later = later
    this.#turnStartMs = this.#seenMs = now()
  }

  slice(): LoopSlice {
    let startMs = this.#look()
    if (!this.#isMarked && startMs - this.#turnStartMs >= turnWorkMs) this.#turnStartMs = startMs
    this.#mark()
    const restart = (): void => {
      startMs = this.#look()
    }
    return {
      due: () => {
        const now = this.#look()
        return now - startMs >= leastMs && now - this.#turnStartMs >= turnWorkMs
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
    return this.#isMarked && this.#look() - this.#turnStartMs >= turnWorkMs
      ? this.#nextTurn()
      : null
  }

  #look(): number {
    this.#seenMs = this.#now()
    return this.#seenMs
  }

  #nextTurn(): Promise<void> {
    return new Promise((done) => {
      this.#waiting.push(done)
      this.#wakeInNextTurn()
    })
  }

  /** A new budget in the next turn, before everybody who waits for it. */
  #mark(): void {
    if (this.#isMarked) return
    this.#isMarked = true
    this.#later(() => {
      this.#isMarked = false
      const beforeMs = this.#seenMs
      const nowMs = this.#look()
      this.#turnStartMs = nowMs - usedUpBy(nowMs - beforeMs)
    })
  }

  /** Wakes who has waited longest, once for everybody who waits; when the turn is used up, in the one after it. */
  #wakeInNextTurn(): void {
    this.#mark()
    this.#later(() => {
      // What is begun behind its work is of this turn: without a mark it would have a budget of its own.
      this.#mark()
      if (this.#look() - this.#turnStartMs >= turnWorkMs) this.#wakeInNextTurn()
      else this.#waiting.shift()?.()
    })
  }
}

/** Of a budget, by what others did in its turn. */
function usedUpBy(othersMs: number): number {
  return Math.max(0, Math.min(othersMs - turnWorkMs, turnWorkMs - leftWorkMs))
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
