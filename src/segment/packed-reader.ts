/** Reads packed numbers (packed-format.ts) by index. */
import { bitsByForm, blockEntryBytes, form } from './packed-format.ts'
import type { PackedInfo } from './packed-format.ts'
import type { PageStream } from './page-stream-reader.ts'
import { assert, VectorStoreError } from '../util/index.ts'

export class PackedReader {
  readonly count: number
  readonly #stream: PageStream
  readonly #table: number
  /** The entry of the block asked last: numbers, no frame. */
  #block = -1
  #form = 0
  #offset = 0
  #base = 0n
  #baseNumber = 0

  constructor(stream: PageStream, info: PackedInfo) {
    this.count = info.count
    this.#stream = stream
    this.#table = info.offset
  }

  /** Longs beyond 2^53 are rounded. */
  numberAt(index: number): number {
    this.#seek(index)
    if (this.#form === form.float64) return this.#stream.f64(this.#offset + (index & 1023) * 8)
    if (this.#form === form.float32) return this.#stream.f32(this.#offset + (index & 1023) * 4)
    if (this.#form === form.bits64 || !Number.isSafeInteger(this.#baseNumber))
      return Number(this.longAt(index))
    return this.#baseNumber + this.#stored(index & 1023)
  }

  longAt(index: number): bigint {
    this.#seek(index)
    if (this.#form === form.bits64) return this.#stream.i64(this.#offset + (index & 1023) * 8)
    assert(this.#form < form.bits64, 'a long is stored as an integer')
    return this.#base + BigInt(this.#stored(index & 1023))
  }

  #stored(at: number): number {
    const bits: number = bitsByForm[this.#form]!
    if (bits === 0) return 0
    if (bits === 8) return this.#stream.u8(this.#offset + at)
    if (bits === 16) return this.#stream.u16(this.#offset + at * 2)
    if (bits === 32) return this.#stream.u32(this.#offset + at * 4)
    const bit = at * bits
    return (this.#stream.u8(this.#offset + (bit >>> 3)) >>> (bit & 7)) & ((1 << bits) - 1)
  }

  #seek(index: number): void {
    assert(index >= 0 && index < this.count, 'index < number of values')
    const block = Math.floor(index / 1024)
    if (block === this.#block) return
    const entry = this.#table + block * blockEntryBytes
    const chosen = this.#stream.u8(entry + 14)
    if (chosen < form.constant || chosen > form.float64) {
      throw new VectorStoreError('STORE_CHECKSUM', `a block has form ${chosen}, wanted 1 to 10`)
    }
    this.#base = this.#stream.i64(entry)
    this.#baseNumber = Number(this.#base)
    this.#offset = this.#stream.u32(entry + 8) + this.#stream.u16(entry + 12) * 0x1_0000_0000
    this.#form = chosen
    this.#block = block
  }
}
