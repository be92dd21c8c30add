/**
 * Reads one page stream (page-stream-format.ts) through the page cache, at any offset. Nothing is read before it is asked
 * for, and nothing handed out points into a frame: a frame may be evicted by the next read.
 */
import { streamPageBytes, streamPageCount, streamPageShift } from './page-stream-format.ts'
import type { PageTable } from '../cache/index.ts'
import { VectorStoreError } from '../util/index.ts'

/** Most ids are this short: strings made from characters cost a third of what a decoder costs. */
export const shortTextBytes = 12

/** Text of 1 to `shortTextBytes` bytes; null: not ASCII. */
export function shortText(bytes: Uint8Array, start: number, length: number): string | null {
  const end = start + length
  let bits = 0
  for (let at = start; at < end; at++) bits |= bytes[at]!
  if (bits >= 0x80) return null
  let text = upToFour(bytes, start, end)
  for (let at = start + 4; at < end; at += 4) text += upToFour(bytes, at, end)
  return text
}

function upToFour(bytes: Uint8Array, at: number, end: number): string {
  switch (end - at) {
    case 1:
      return String.fromCharCode(bytes[at]!)
    case 2:
      return String.fromCharCode(bytes[at]!, bytes[at + 1]!)
    case 3:
      return String.fromCharCode(bytes[at]!, bytes[at + 1]!, bytes[at + 2]!)
    default:
      return String.fromCharCode(bytes[at]!, bytes[at + 1]!, bytes[at + 2]!, bytes[at + 3]!)
  }
}

/** The kernels' memory as numbers of all sizes; shared by the streams of a segment. */
export type MemoryViews = {
  readonly u8: Uint8Array
  readonly u16: Uint16Array
  readonly u32: Uint32Array
  readonly f32: Float32Array
  readonly f64: Float64Array
  readonly i64: BigInt64Array
}

export function memoryViews(memory: WebAssembly.Memory): MemoryViews {
  const { buffer } = memory
  return {
    u8: new Uint8Array(buffer),
    u16: new Uint16Array(buffer),
    u32: new Uint32Array(buffer),
    f32: new Float32Array(buffer),
    f64: new Float64Array(buffer),
    i64: new BigInt64Array(buffer)
  }
}

/** Places that are touched at once, at most. */
export const touchMax = 64
/** Where callers of PageStream.touch write them. */
export const touchPlaces: Float64Array = new Float64Array(touchMax)

export class PageStream {
  readonly byteCount: number
  readonly views: MemoryViews
  readonly #openTable: (pageCount: number) => PageTable
  #table: PageTable | null = null
  /** Means nothing; without it a compiler could leave out reads that nobody uses. */
  touched = 0

  /** @param openTable  Called at the first read: an open table takes room in the cache. */
  constructor(byteCount: number, views: MemoryViews, openTable: (pageCount: number) => PageTable) {
    this.byteCount = byteCount
    this.views = views
    this.#openTable = openTable
  }

  u8(offset: number): number {
    return this.views.u8[this.#address(offset, 1)]!
  }

  u16(offset: number): number {
    return this.views.u16[this.#address(offset, 2) >>> 1]!
  }

  u32(offset: number): number {
    return this.views.u32[this.#address(offset, 4) >>> 2]!
  }

  f32(offset: number): number {
    return this.views.f32[this.#address(offset, 4) >>> 2]!
  }

  f64(offset: number): number {
    return this.views.f64[this.#address(offset, 8) >>> 3]!
  }

  i64(offset: number): bigint {
    return this.views.i64[this.#address(offset, 8) >>> 3]!
  }

  /**
   * Where `length` bytes of one page lie in `views`, for those who read several numbers at once. Valid until the next read, of
   * this stream or any other.
   */
  addressOf(offset: number, length: number): number {
    return this.#address(offset, length)
  }

  /**
   * Brings the first `count` of `touchPlaces`, offsets of the stream, into the processor's caches, where their pages are
   * resident. Places far apart cost a wait each when they are read one after another and something is done with each; this loop
   * has so few instructions that the waits run side by side.
   */
  touch(count: number): void {
    const { u8, u32 } = this.views
    const first = this.#open().address >>> 2
    let sum = 0
    for (let at = 0; at < count; at++) {
      const offset = touchPlaces[at]!
      const page = (offset / streamPageBytes) | 0
      // Of a page that is not resident the word is 0, and the place is one that may be read too.
      sum += u8[u32[first + page]! + (offset - page * streamPageBytes)]!
    }
    this.touched = sum
  }

  /** Copies bytes that may cross pages. */
  copy(offset: number, target: Uint8Array): void {
    let done = 0
    while (done < target.length) {
      const at = offset + done
      const count = Math.min(target.length - done, streamPageBytes - (at % streamPageBytes))
      const address = this.#address(at, count)
      target.set(this.views.u8.subarray(address, address + count), done)
      done += count
    }
  }

  bytes(offset: number, length: number): Uint8Array {
    this.#check(offset, length)
    const target = new Uint8Array(length)
    this.copy(offset, target)
    return target
  }

  /** UTF-8 text that may cross pages, read through a buffer that is long enough. */
  text(offset: number, length: number, scratch: Buffer): string {
    this.#check(offset, length)
    if (
      length <= shortTextBytes &&
      length > 0 &&
      (offset % streamPageBytes) + length <= streamPageBytes
    ) {
      const text = shortText(this.views.u8, this.#address(offset, length), length)
      if (text !== null) return text
    }
    let bits = 0
    for (let done = 0; done < length;) {
      const count = Math.min(length - done, streamPageBytes - ((offset + done) % streamPageBytes))
      const address = this.#address(offset + done, count)
      for (let at = 0; at < count; at++) {
        const byte = this.views.u8[address + at]!
        bits |= byte
        scratch[done + at] = byte
      }
      done += count
    }
    // Most ids are ASCII, which latin1 reads several times faster.
    return scratch.toString(bits < 0x80 ? 'latin1' : 'utf8', 0, length)
  }

  close(): void {
    this.#table?.close()
    this.#table = null
  }

  #open(): PageTable {
    this.#table ??= this.#openTable(streamPageCount(this.byteCount))
    return this.#table
  }

  /** Valid until the next read. */
  #address(offset: number, length: number): number {
    if (!(offset >= 0 && offset + length <= this.byteCount)) this.#check(offset, length)
    const table = this.#open()
    // Not a shift: a stream may be longer than 4 GiB.
    const page =
      offset < 0x8000_0000 ? offset >>> streamPageShift : Math.floor(offset / streamPageBytes)
    // Offsets of more than 31 bits are floating point to V8, and a remainder of those takes longer than all the rest.
    return table.frame(page) + (offset - page * streamPageBytes)
  }

  #check(offset: number, length: number): void {
    if (offset >= 0 && offset + length <= this.byteCount) return
    throw new VectorStoreError(
      'STORE_CHECKSUM',
      `a page stream has ${this.byteCount} bytes, wanted ${length} at ${offset}`
    )
  }
}
