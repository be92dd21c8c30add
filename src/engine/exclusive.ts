/** Lets work in one at a time, in the order of calls. A failure is its caller's; the next one runs. */
export class Exclusive {
  #last: Promise<void> = Promise.resolve()

  async run(work: () => Promise<void>): Promise<void> {
    const mine = this.#last.then(work)
    this.#last = mine.catch(() => {
      // Thrown to the caller below.
    })
    await mine
  }
}
