/** Lets work in one at a time, in the order of calls. A failure is its caller's; the next one runs. */
export class Turns {
  #last: Promise<void> = Promise.resolve()

  run<Result>(work: () => Promise<Result>): Promise<Result> {
    const mine = this.#last.then(work)
    this.#last = mine.then(
      () => undefined,
      () => undefined
    )
    return mine
  }
}
