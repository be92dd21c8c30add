/**
 * Requests with the longest bodies are answered one after another. What is made of them is alive until they are answered, and a
 * collection of garbage copies all of it in one go: four searches with 65,000 terms each kept the event loop for 15 to 20 ms, one
 * after another for 8, with a fifth less processor time. Several would not be done sooner beside each other: their work is the loop's.
 */

/** Vectors of 4,096 numbers as text are shorter: their searches go to search threads beside each other. */
export const longTurnBytesMin: number = 256 * 1024

/** One that takes long (an update by a query) is not waited for any longer. */
const waitMsMaxDefault = 2000

export class LongTurns {
  readonly #waitMsMax: number
  #last: Promise<void> = Promise.resolve()

  constructor(waitMsMax: number = waitMsMaxDefault) {
    this.#waitMsMax = waitMsMax
  }

  /** Does the work behind what was handed over before, in that order. A failure is its caller's. */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    const before = this.#last
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#last = promise
    try {
      await endOrTimeout(before, this.#waitMsMax)
      return await work()
    } finally {
      resolve()
    }
  }
}

async function endOrTimeout(work: Promise<void>, ms: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, ms)
  await Promise.race([work, promise])
  clearTimeout(timer)
}
