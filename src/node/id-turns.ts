/** Lets work on an id in one at a time, in the order of calls; work on others goes beside it. A failure is its caller's. */
export class IdTurns {
  readonly #last = new Map<string, Promise<void>>()

  async run<Result>(id: string, work: () => Promise<Result>): Promise<Result> {
    const before = this.#last.get(id)
    const mine = before === undefined ? work() : before.then(work)
    const ended = mine.then(
      () => undefined,
      () => undefined
    )
    this.#last.set(id, ended)
    try {
      return await mine
    } finally {
      if (this.#last.get(id) === ended) this.#last.delete(id)
    }
  }
}
