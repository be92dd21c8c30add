/** Writes a stream of words into pages of one kind. */
import { pageBytesMax } from '../geometry.ts'
import type { PageKind, PageSink } from '../types.ts'

type Words = Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer>

export class WordWriter {
  readonly #kind: PageKind
  readonly #sink: PageSink
  readonly #page: Words
  #used = 0
  #full: Words[] = []
  #putCount = 0
  /** Words so far. */
  count = 0

  /** @param wordBytes  Of a word, little-endian. */
  constructor(kind: PageKind, sink: PageSink, wordBytes: 2 | 4) {
    this.#kind = kind
    this.#sink = sink
    const length = pageBytesMax / wordBytes
    this.#page = wordBytes === 2 ? new Uint16Array(length) : new Uint32Array(length)
  }

  get pageCount(): number {
    return Math.ceil(this.count / this.#page.length)
  }

  add(words: ArrayLike<number>): void {
    const page = this.#page
    let used = this.#used
    for (let at = 0; at < words.length; at++) {
      page[used++] = words[at]!
      if (used < page.length) continue
      this.#full.push(page.slice())
      used = 0
    }
    this.#used = used
    this.count += words.length
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
    if (this.#used > 0) await this.#put(this.#page.slice(0, this.#used))
  }

  async #put(words: Words): Promise<void> {
    const payload = new Uint8Array(words.buffer, words.byteOffset, words.byteLength)
    await this.#sink(this.#kind, this.#putCount++, payload)
  }
}
