/** Writes ids by document (doc-ids-format.ts). */
import { docsPerGroup, slotBytesOf, slotsPerPage } from './doc-ids-format.ts'
import type { DocIdsInfo, IdLengths } from './doc-ids-format.ts'
import { streamPageBytes } from './page-stream-format.ts'
import type { PageStreamWriter } from './page-stream-writer.ts'
import { assert } from '../util/index.ts'

export type DocIdsWriter = {
  /** @param id  Of the next document; '' for a child. */
  add(id: string): void
  finish(): DocIdsInfo
}

/** Writes the ids of `docCount` documents in the form that suits their lengths. */
export function docIdsWriter(
  stream: PageStreamWriter,
  lengths: IdLengths,
  docCount: number
): DocIdsWriter {
  const slotBytes = slotBytesOf(lengths, docCount)
  return slotBytes === null ? new GroupsWriter(stream) : new SlotsWriter(stream, slotBytes)
}

class SlotsWriter implements DocIdsWriter {
  readonly #stream: PageStreamWriter
  readonly #slot: Uint8Array
  readonly #encoder = new TextEncoder()
  #inPage = 0

  constructor(stream: PageStreamWriter, slotBytes: number) {
    this.#stream = stream
    this.#slot = new Uint8Array(slotBytes)
  }

  add(id: string): void {
    const slot = this.#slot
    if (this.#inPage === slotsPerPage(slot.length)) {
      this.#stream.align(streamPageBytes)
      this.#inPage = 0
    }
    slot.fill(0)
    if (!this.#setAscii(id)) {
      const { read, written } = this.#encoder.encodeInto(id, slot.subarray(1))
      assert(read === id.length, 'an id fits its slot')
      slot[0] = written
    }
    this.#stream.bytes(slot)
    this.#inPage += 1
  }

  /** False when there is another character, or no room; the rest of the slot may have been written. */
  #setAscii(id: string): boolean {
    const slot = this.#slot
    const { length } = id
    if (length >= slot.length) return false
    for (let at = 0; at < length; at++) {
      const unit = id.charCodeAt(at)
      if (unit > 0x7f) {
        slot.fill(0)
        return false
      }
      slot[1 + at] = unit
    }
    slot[0] = length
    return true
  }

  finish(): DocIdsInfo {
    return { form: 'slots', slotBytes: this.#slot.length }
  }
}

class GroupsWriter implements DocIdsWriter {
  readonly #stream: PageStreamWriter
  readonly #starts: number[] = []
  #texts: Buffer[] = []

  constructor(stream: PageStreamWriter) {
    this.#stream = stream
  }

  add(id: string): void {
    this.#texts.push(Buffer.from(id))
    if (this.#texts.length === docsPerGroup) this.#writeGroup()
  }

  finish(): DocIdsInfo {
    if (this.#texts.length > 0) this.#writeGroup()
    const groups = this.#stream.align(8)
    for (const start of this.#starts) this.#stream.f64(start)
    return { form: 'groups', groups }
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
