/** Writes a stream of words into pages of one kind, 4096 to a page. */
import { wordsPerPage } from '../geometry.ts'
import type { PageKind, PageSink } from '../types.ts'

export class WordWriter {
  readonly #kind: PageKind
  readonly #sink: PageSink
  readonly #page = new Uint32Array(wordsPerPage)
  #full: Uint32Array[] = []
  #putCount = 0
  /** Words so far. */
  count = 0

  constructor(kind: PageKind, sink: PageSink) {
    this.#kind = kind
    this.#sink = sink
  }

  get pageCount(): number {
    return Math.ceil(this.count / wordsPerPage)
  }

  add(words: ArrayLike<number>): void {
    for (let at = 0; at < words.length; at++) {
      const place = this.count++ % wordsPerPage
      this.#page[place] = words[at]!
      if (place + 1 === wordsPerPage) this.#full.push(this.#page.slice())
    }
  }

  /** Whether pages wait for flush(). */
  get hasFullPages(): boolean {
    return this.#full.length > 0
  }

  async flush(): Promise<void> {
    const full = this.#full
    this.#full = []
    for (const words of full) await this.#put(words)
  }

  /** Writes what is there, the last page maybe shorter. */
  async finish(): Promise<void> {
    await this.flush()
    const rest = this.count % wordsPerPage
    if (rest > 0) await this.#put(this.#page.slice(0, rest))
  }

  async #put(words: Uint32Array): Promise<void> {
    const payload = new Uint8Array(words.buffer, words.byteOffset, words.byteLength)
    await this.#sink(this.#kind, this.#putCount++, payload)
  }
}
