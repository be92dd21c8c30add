/** Time of work between two turns of the event loop. Nobody may wait 10 ms; a piece of work overshoots by one unit. */
const pieceMs = 3

/** Long work in pieces that leave the event loop free: ask between units of work that take well below a millisecond. */
export class Pace {
  readonly #now: () => number
  #endMs: number

  /** @param now  Milliseconds of a clock that never goes back. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
    this.#endMs = now() + pieceMs
  }

  /** null: go on; else wait for it before the next unit. */
  turn(): Promise<void> | null {
    return this.#now() < this.#endMs ? null : this.next()
  }

  /** A turn, due or not. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      setImmediate(() => {
        this.#endMs = this.#now() + pieceMs
        resolve()
      })
    })
  }
}
