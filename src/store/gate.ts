/** Lets a bounded number of tasks run at a time, or one alone. First come, first served. */
export class Gate {
  readonly #max: number
  #used = 0
  #closed = false
  #waiting: (() => void)[] = []

  constructor(max: number) {
    this.#max = max
  }

  get used(): number {
    return this.#used
  }

  async run<T>(task: () => Promise<T>): Promise<T> {
    while (this.#closed || this.#used >= this.#max) await this.#changed()
    this.#used++
    try {
      return await task()
    } finally {
      this.#used--
      this.#wake()
    }
  }

  /** Runs when nobody else does, and lets nobody in meanwhile. */
  async exclusive<T>(task: () => Promise<T>): Promise<T> {
    while (this.#closed) await this.#changed()
    this.#closed = true
    try {
      await this.idle()
      return await task()
    } finally {
      this.#closed = false
      this.#wake()
    }
  }

  /** Resolves when nothing runs. */
  async idle(): Promise<void> {
    while (this.#used > 0) await this.#changed()
  }

  #changed(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  #wake(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }
}
