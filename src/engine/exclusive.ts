/** Lets work in one at a time, in the order of calls. A failure is its caller's; the next one runs. */
export class Exclusive {
  #last: Promise<void> = Promise.resolve()
  #count = 0

  /** Nobody is in and nobody waits. */
  get free(): boolean {
    return this.#count === 0
  }

  async run(work: () => Promise<void>): Promise<void> {
    const mine = this.#last.then(work)
    this.#last = mine.catch(() => {
      // Thrown to the caller below.
    })
    this.#count += 1
    try {
      await mine
    } finally {
      this.#count -= 1
    }
  }
}
