/**
 * Long work on the thread of an event loop, in slices.
 *
 * A load, a flush and a merge may be at work at once; each turn of the loop gives all of them a slice, and a search waits for
 * their sum. So they share one budget a turn, and whoever finds it used up does little and waits for the next turn.
 */

/** Work in one turn. The loop must answer within 10 ms; the last unit of work and a collection of garbage come on top. */
const turnMs = 4
/** What each may do even so: else the first of a turn, which is the first of the next one too, would let nobody else work. */
const leastMs = 1

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

  #nextTurn(): Promise<void> {
    if (!this.#isMarked) {
      this.#isMarked = true
      // Before everybody who waits.
      this.#later(() => {
        this.#isMarked = false
        this.#turnStartMs = this.#now()
      })
    }
    return new Promise((done) => this.#later(done))
  }
}

const turns = new LoopTurns()

/** Begins long work on this thread. */
export function loopSlice(): LoopSlice {
  return turns.slice()
}
