/** Reads ids by document (doc-ids-format.ts). */
import { docsPerGroup } from './doc-ids-format.ts'
import type { DocIdsInfo } from './doc-ids-format.ts'
import type { PageStream } from './page-stream-reader.ts'
import { ByteReader } from '../util/index.ts'

export class DocIdsReader {
  readonly #stream: PageStream
  readonly #groups: number

  constructor(stream: PageStream, info: DocIdsInfo) {
    this.#stream = stream
    this.#groups = info.groups
  }

  idOf(docId: number): string {
    const group = Math.floor(docId / docsPerGroup)
    const start = this.#stream.f64(this.#groups + group * 8)
    const end = this.#stream.f64(this.#groups + group * 8 + 8)
    const reader = new ByteReader(this.#stream.bytes(start, end - start))
    for (let left = docId % docsPerGroup; left > 0; left--) reader.take(reader.varint())
    return reader.text()
  }
}
