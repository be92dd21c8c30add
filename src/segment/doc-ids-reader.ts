/** Reads ids by document (doc-ids-format.ts). */
import { docsPerGroup, slotsPerPage } from './doc-ids-format.ts'
import type { DocIdsInfo } from './doc-ids-format.ts'
import { streamPageBytes } from './page-stream-format.ts'
import { shortText, shortTextBytes, touchMax, touchPlaces } from './page-stream-reader.ts'
import type { PageStream } from './page-stream-reader.ts'

/** Longest id in bytes; the one buffer all ids are read through. */
const idBytesMax = 2 ** 16
const scratch = Buffer.alloc(idBytesMax)

export type DocIdsReader = {
  idOf(docId: number): string
  /** In the order given. */
  idsOf(docIds: ArrayLike<number>): string[]
}

export function docIdsReader(stream: PageStream, info: DocIdsInfo): DocIdsReader {
  return info.form === 'slots'
    ? new SlotsReader(stream, info.slotBytes)
    : new GroupsReader(stream, info.groups)
}

class SlotsReader implements DocIdsReader {
  readonly #stream: PageStream
  readonly #slotBytes: number
  readonly #perPage: number

  constructor(stream: PageStream, slotBytes: number) {
    this.#stream = stream
    this.#slotBytes = slotBytes
    this.#perPage = slotsPerPage(slotBytes)
  }

  /** Cost: one look through the page table and the bytes of the id. */
  idOf(docId: number): string {
    return this.#idAt(this.#offsetOf(docId))
  }

  #idAt(offset: number): string {
    const address = this.#stream.addressOf(offset, this.#slotBytes)
    const { u8 } = this.#stream.views
    const length = u8[address]!
    const isShort = length > 0 && length <= shortTextBytes && length < this.#slotBytes
    const text = isShort ? shortText(u8, address + 1, length) : null
    return text ?? this.#stream.text(offset + 1, length, scratch)
  }

  idsOf(docIds: ArrayLike<number>): string[] {
    const ids: string[] = []
    for (let from = 0; from < docIds.length; from += touchMax) {
      const count = Math.min(touchMax, docIds.length - from)
      for (let at = 0; at < count; at++) touchPlaces[at] = this.#offsetOf(docIds[from + at]!)
      this.#stream.touch(count)
      for (let at = 0; at < count; at++) ids.push(this.#idAt(touchPlaces[at]!))
    }
    return ids
  }

  #offsetOf(docId: number): number {
    const page = Math.floor(docId / this.#perPage)
    return page * streamPageBytes + (docId - page * this.#perPage) * this.#slotBytes
  }
}

class GroupsReader implements DocIdsReader {
  readonly #stream: PageStream
  readonly #groups: number

  constructor(stream: PageStream, groups: number) {
    this.#stream = stream
    this.#groups = groups
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

  idsOf(docIds: ArrayLike<number>): string[] {
    return Array.from(docIds, (docId) => this.idOf(docId))
  }
}
