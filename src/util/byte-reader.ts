/** Reads what ByteWriter wrote. Running over the end is an error of the bytes, not of the code: STORE_CHECKSUM. */
import { VectorStoreError } from './errors.ts'

// ignoreBOM: an id may begin with U+FEFF and must come back as it was.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

export class ByteReader {
  readonly bytes: Uint8Array
  offset: number

  constructor(bytes: Uint8Array, offset: number = 0) {
    this.bytes = bytes
    this.offset = offset
  }

  get atEnd(): boolean {
    return this.offset >= this.bytes.length
  }

  u8(): number {
    this.#need(1)
    return this.bytes[this.offset++]!
  }

  u32(): number {
    this.#need(4)
    const { bytes, offset } = this
    this.offset = offset + 4
    const low = bytes[offset]! | (bytes[offset + 1]! << 8) | (bytes[offset + 2]! << 16)
    return (low | (bytes[offset + 3]! << 24)) >>> 0
  }

  varint(): number {
    const { bytes } = this
    let at = this.offset
    let byte = bytes[at++]
    if (byte !== undefined && byte < 0x80) {
      this.offset = at
      return byte
    }
    let value = 0
    let scale = 1
    while (byte !== undefined && byte >= 0x80) {
      value += (byte & 0x7f) * scale
      scale *= 128
      byte = bytes[at++]
    }
    if (byte === undefined) return this.#short(at)
    this.offset = at
    return value + byte * scale
  }

  /** The next `length` bytes, not copied. */
  take(length: number): Uint8Array {
    this.#need(length)
    const taken = this.bytes.subarray(this.offset, this.offset + length)
    this.offset += length
    return taken
  }

  /** Where the next `length` bytes start, for who reads them in `bytes`: a view of its own for each costs more than to compare them. */
  skip(length: number): number {
    this.#need(length)
    const start = this.offset
    this.offset += length
    return start
  }

  text(): string {
    return decoder.decode(this.take(this.varint()))
  }

  #need(count: number): void {
    if (this.offset + count > this.bytes.length) this.#short(this.offset + count)
  }

  #short(wanted: number): never {
    throw new VectorStoreError(
      'STORE_CHECKSUM',
      `a record has ${this.bytes.length} bytes, wanted at least ${wanted}`
    )
  }
}
