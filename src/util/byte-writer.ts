/** Bytes written one after another into one growing array; integers little-endian, varints seven bits a byte, low first. */
import { assert } from './assert.ts'

const encoder = new TextEncoder()

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
    const encoded = encoder.encode(value)
    this.varint(encoded.length)
    this.bytes(encoded)
  }

  /** What was written; valid until the next write. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.length)
  }

  /** A copy of what was written. */
  copy(): Uint8Array {
    return this.#bytes.slice(0, this.length)
  }

  clear(): void {
    this.length = 0
  }

  #room(count: number): void {
    const wanted = this.length + count
    if (wanted <= this.#bytes.length) return
    const grown = new Uint8Array(Math.max(wanted, this.#bytes.length * 2))
    grown.set(this.#bytes.subarray(0, this.length))
    this.#bytes = grown
  }
}
