/** Reads ids by document (doc-ids-format.ts). */
import { docsPerGroup } from './doc-ids-format.ts'
import type { DocIdsInfo } from './doc-ids-format.ts'
import type { PageStream } from './page-stream-reader.ts'

/** Longest id in bytes; the one buffer all ids are read through. */
const idBytesMax = 2 ** 16
const scratch = Buffer.alloc(idBytesMax)

export class DocIdsReader {
  readonly #stream: PageStream
  readonly #groups: number

  constructor(stream: PageStream, info: DocIdsInfo) {
    this.#stream = stream
    this.#groups = info.groups
  }

  /** Cost: four looks through the page table and the bytes of the id. */
  idOf(docId: number): string {
    const stream = this.#stream
    const start = stream.f64(this.#groups + Math.floor(docId / docsPerGroup) * 8)
    const at = docId % docsPerGroup
    const from = at === 0 ? 0 : stream.u16(start + (at - 1) * 2)
    const length = stream.u16(start + at * 2) - from
    return stream.text(start + docsPerGroup * 2 + from, length, scratch)
  }
}
