/** Writes packed numbers (packed-format.ts): bigints of 64 bits, or numbers, of which whole ones are stored as integers. */
import { bitsByForm, form, valuesPerBlock } from './packed-format.ts'
import type { PackedInfo } from './packed-format.ts'
import type { PageStreamWriter } from './page-stream-writer.ts'

type BlockEntry = { readonly base: bigint; readonly offset: number; readonly form: number }

export class PackedWriter {
  readonly #stream: PageStreamWriter
  readonly #entries: BlockEntry[] = []
  readonly #numbers = new Float64Array(valuesPerBlock)
  readonly #longs = new BigInt64Array(valuesPerBlock)
  readonly #kind: 'long' | 'number'
  #filled = 0
  #count = 0

  constructor(stream: PageStreamWriter, kind: 'long' | 'number') {
    this.#stream = stream
    this.#kind = kind
  }

  addLong(value: bigint): void {
    this.#longs[this.#filled] = value
    this.#added()
  }

  addNumber(value: number): void {
    this.#numbers[this.#filled] = value
    this.#added()
  }

  finish(): PackedInfo {
    if (this.#filled > 0) this.#writeBlock()
    const offset = this.#stream.align(8)
    for (const entry of this.#entries) {
      this.#stream.i64(entry.base)
      this.#stream.u32(entry.offset >>> 0)
      this.#stream.u16(Math.floor(entry.offset / 0x1_0000_0000))
      this.#stream.u8(entry.form)
      this.#stream.u8(0)
    }
    return { count: this.#count, offset }
  }

  #added(): void {
    this.#filled += 1
    this.#count += 1
    if (this.#filled === valuesPerBlock) this.#writeBlock()
  }

  #writeBlock(): void {
    const offset = this.#stream.align(8)
    const { base, form: chosen } = this.#kind === 'long' ? this.#writeLongs() : this.#writeNumbers()
    this.#entries.push({ base, offset, form: chosen })
    this.#filled = 0
  }

  #writeLongs(): { base: bigint; form: number } {
    const longs = this.#longs.subarray(0, this.#filled)
    let min = longs[0]!
    let max = min
    for (const value of longs) {
      if (value < min) min = value
      if (value > max) max = value
    }
    if (max - min >= 1n << 32n) {
      for (const value of longs) this.#stream.i64(value)
      return { base: 0n, form: form.bits64 }
    }
    for (let at = 0; at < longs.length; at++) this.#numbers[at] = Number(longs[at]! - min)
    return { base: min, form: this.#writeOffsets(0, Number(max - min)) }
  }

  #writeNumbers(): { base: bigint; form: number } {
    const numbers = this.#numbers.subarray(0, this.#filled)
    let min = Infinity
    let max = -Infinity
    let whole = true
    let narrow = true
    for (const value of numbers) {
      if (value < min) min = value
      if (value > max) max = value
      // -0 is not whole here: as an integer it would come back as 0.
      whole &&= Number.isSafeInteger(value) && !Object.is(value, -0)
      narrow &&= Object.is(Math.fround(value), value)
    }
    if (whole && max - min < 2 ** 32)
      return { base: BigInt(min), form: this.#writeOffsets(min, max - min) }
    for (const value of numbers) {
      if (narrow) this.#stream.f32(value)
      else this.#stream.f64(value)
    }
    return { base: 0n, form: narrow ? form.float32 : form.float64 }
  }

  /** Writes the block's numbers minus `base`, at most `spread` each, as narrow as they go; gives the form. */
  #writeOffsets(base: number, spread: number): number {
    if (spread === 0) return form.constant
    let chosen: number = form.bits1
    while (spread >= 2 ** bitsByForm[chosen]!) chosen += 1
    const bits = bitsByForm[chosen]!
    if (bits < 8) this.#writeBits(base, bits)
    else {
      for (let at = 0; at < this.#filled; at++) {
        const value = this.#numbers[at]! - base
        if (bits === 8) this.#stream.u8(value)
        else if (bits === 16) this.#stream.u16(value)
        else this.#stream.u32(value)
      }
    }
    return chosen
  }

  #writeBits(base: number, bits: number): void {
    const perByte = 8 / bits
    for (let from = 0; from < this.#filled; from += perByte) {
      let byte = 0
      for (let at = 0; at < perByte && from + at < this.#filled; at++)
        byte |= (this.#numbers[from + at]! - base) << (at * bits)
      this.#stream.u8(byte)
    }
  }
}
