/**
 * Requests that arrived in one turn of the event loop, begun together when all of them are read.
 *
 * A search walks through megabytes and leaves little of anything else in the processor's caches: with reading, searching and answering in
 * turn, Node's own HTTP code costs three times as much as when it does each for several requests in a row. What is begun
 * together is also answered together, as far as nothing waits: a handler's promises go on when the slice is over.
 */
import { loopSlice } from '../util/index.ts'
import type { LoopSlice } from '../util/index.ts'

export class RequestTurns<Request> {
  readonly #begin: (request: Request) => void
  readonly #slice: () => LoopSlice
  #arrived: Request[] = []
  #isBusy = false

  /** @param begin  Begins the work on a request; must not throw. */
  constructor(begin: (request: Request) => void, slice: () => LoopSlice = loopSlice) {
    this.#begin = begin
    this.#slice = slice
  }

  /** In the order of calls, behind everything else that arrives in this turn. */
  add(request: Request): void {
    this.#arrived.push(request)
    if (this.#isBusy) return
    this.#isBusy = true
    setImmediate(() => void this.#beginAll())
  }

  async #beginAll(): Promise<void> {
    const slice = this.#slice()
    while (this.#arrived.length > 0) {
      const requests = this.#arrived
      this.#arrived = []
      for (const request of requests) {
        this.#begin(request)
        if (slice.due()) await slice.wait()
      }
    }
    this.#isBusy = false
  }
}
