/** Writes ids by document (doc-ids-format.ts). */
import { docsPerGroup } from './doc-ids-format.ts'
import type { DocIdsInfo } from './doc-ids-format.ts'
import type { PageStreamWriter } from './page-stream-writer.ts'
import { assert } from '../util/index.ts'

export class DocIdsWriter {
  readonly #stream: PageStreamWriter
  readonly #starts: number[] = []
  #texts: Buffer[] = []

  constructor(stream: PageStreamWriter) {
    this.#stream = stream
  }

  /** @param id  Of the next document; '' for a child. */
  add(id: string): void {
    this.#texts.push(Buffer.from(id))
    if (this.#texts.length === docsPerGroup) this.#writeGroup()
  }

  finish(): DocIdsInfo {
    if (this.#texts.length > 0) this.#writeGroup()
    const groups = this.#stream.align(8)
    for (const start of this.#starts) this.#stream.f64(start)
    return { groups }
  }

  #writeGroup(): void {
    this.#starts.push(this.#stream.align(2))
    let end = 0
    for (let at = 0; at < docsPerGroup; at++) {
      end += this.#texts[at]?.length ?? 0
      assert(end < 2 ** 16, 'the ids of a group fit u16')
      this.#stream.u16(end)
    }
    for (const text of this.#texts) this.#stream.bytes(text)
    this.#texts = []
  }
}
