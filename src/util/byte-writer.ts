/** Bytes written one after another into one growing array; integers little-endian, varints seven bits a byte, low first. */
import { assert } from './assert.ts'

const encoder = new TextEncoder()

/** One byte of a varint holds its length; the encoder's call costs more than so many characters. */
const shortTextLength = 48

export class ByteWriter {
  #bytes: Uint8Array
  length = 0

  constructor(capacity: number = 256) {
    this.#bytes = new Uint8Array(capacity)
  }

  u8(value: number): void {
    this.#room(1)
    this.#bytes[this.length++] = value
  }

  u32(value: number): void {
    this.#room(4)
    const bytes = this.#bytes
    bytes[this.length++] = value
    bytes[this.length++] = value >>> 8
    bytes[this.length++] = value >>> 16
    bytes[this.length++] = value >>> 24
  }

  /** @param value  Integer, 0 to 2^53 - 1. */
  varint(value: number): void {
    assert(value >= 0 && Number.isSafeInteger(value), 'a varint is 0 to 2^53 - 1')
    this.#room(8)
    const bytes = this.#bytes
    let rest = value
    while (rest > 0x0fffffff) {
      bytes[this.length++] = (rest & 0x7f) | 0x80
      rest = Math.floor(rest / 128)
    }
    while (rest > 0x7f) {
      bytes[this.length++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    bytes[this.length++] = rest
  }

  bytes(source: Uint8Array): void {
    this.#room(source.length)
    this.#bytes.set(source, this.length)
    this.length += source.length
  }

  /** UTF-8, its byte length as a varint before it. */
  text(value: string): void {
    if (value.length <= shortTextLength && this.#shortText(value)) return
    const encoded = encoder.encode(value)
    this.varint(encoded.length)
    this.bytes(encoded)
  }

  /** What was written from `from` on; valid until the writer is cleared. */
  view(from: number = 0): Uint8Array {
    return this.#bytes.subarray(from, this.length)
  }

  clear(): void {
    this.length = 0
  }

  /** What was written from `length` on never was. */
  rewind(length: number): void {
    assert(length <= this.length, 'a writer goes back, not ahead')
    this.length = length
  }

  /** Most ids: letters, digits and the like. False when there is another character; nothing is written then. */
  #shortText(value: string): boolean {
    const { length } = value
    this.#room(length + 1)
    const bytes = this.#bytes
    const from = this.length
    for (let at = 0; at < length; at++) {
      const unit = value.charCodeAt(at)
      if (unit > 0x7f) return false
      bytes[from + 1 + at] = unit
    }
    bytes[from] = length
    this.length = from + 1 + length
    return true
  }

  #room(count: number): void {
    const wanted = this.length + count
    if (wanted <= this.#bytes.length) return
    const grown = new Uint8Array(Math.max(wanted, this.#bytes.length * 2))
    grown.set(this.#bytes.subarray(0, this.length))
    this.#bytes = grown
  }
}
