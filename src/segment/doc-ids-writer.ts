/** Writes ids by document (doc-ids-format.ts). */
import { docsPerGroup } from './doc-ids-format.ts'
import type { DocIdsInfo } from './doc-ids-format.ts'
import type { PageStreamWriter } from './page-stream-writer.ts'
import { ByteWriter } from '../util/index.ts'

export class DocIdsWriter {
  readonly #stream: PageStreamWriter
  readonly #starts: number[] = []
  readonly #text = new ByteWriter()
  #count = 0

  constructor(stream: PageStreamWriter) {
    this.#stream = stream
  }

  /** @param id  Of the next document; '' for a child. */
  add(id: string): void {
    if (this.#count % docsPerGroup === 0) this.#starts.push(this.#stream.offset)
    this.#text.clear()
    this.#text.text(id)
    this.#stream.bytes(this.#text.view())
    this.#count += 1
  }

  finish(): DocIdsInfo {
    const end = this.#stream.offset
    const groups = this.#stream.align(8)
    for (const start of this.#starts) this.#stream.f64(start)
    this.#stream.f64(end)
    return { groups }
  }
}
