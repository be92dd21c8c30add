/** Writes one page stream (page-stream-format.ts) of a segment. */
import { streamPageBytes } from './page-stream-format.ts'
import type { StreamKind } from './page-stream-format.ts'
import type { RecordSink } from './record-sink.ts'
import { assert } from '../util/index.ts'

export class PageStreamWriter {
  readonly #sink: RecordSink
  readonly #kind: StreamKind
  readonly #page = new Uint8Array(streamPageBytes)
  readonly #view: DataView = new DataView(this.#page.buffer)
  #pageNumber = 0
  #at = 0

  constructor(sink: RecordSink, kind: StreamKind) {
    this.#sink = sink
    this.#kind = kind
  }

  /** Bytes written so far: the offset of what comes next. */
  get offset(): number {
    return this.#pageNumber * streamPageBytes + this.#at
  }

  u8(value: number): void {
    this.#page[this.#at] = value
    this.#moved(1)
  }

  u16(value: number): void {
    this.#view.setUint16(this.#at, value, true)
    this.#moved(2)
  }

  u32(value: number): void {
    assert((this.#at & 3) === 0, 'a u32 lies at a multiple of 4')
    this.#view.setUint32(this.#at, value, true)
    this.#moved(4)
  }

  f32(value: number): void {
    this.#view.setFloat32(this.#at, value, true)
    this.#moved(4)
  }

  f64(value: number): void {
    assert((this.#at & 7) === 0, 'an f64 lies at a multiple of 8')
    this.#view.setFloat64(this.#at, value, true)
    this.#moved(8)
  }

  i64(value: bigint): void {
    assert((this.#at & 7) === 0, 'an i64 lies at a multiple of 8')
    this.#view.setBigInt64(this.#at, value, true)
    this.#moved(8)
  }

  bytes(source: Uint8Array): void {
    if (source.length < streamPageBytes - this.#at) {
      this.#page.set(source, this.#at)
      this.#at += source.length
      return
    }
    let from = 0
    while (from < source.length) {
      const count = Math.min(source.length - from, streamPageBytes - this.#at)
      this.#page.set(source.subarray(from, from + count), this.#at)
      from += count
      this.#moved(count)
    }
  }

  /** Zeros up to a multiple of `size`; gives the offset. */
  align(size: number): number {
    while (this.#at % size !== 0) this.u8(0)
    return this.offset
  }

  /** Writes the last page; gives the length of the stream. */
  finish(): number {
    const byteCount = this.offset
    if (this.#at > 0) this.#put()
    return byteCount
  }

  #moved(count: number): void {
    this.#at += count
    if (this.#at === streamPageBytes) this.#put()
  }

  #put(): void {
    this.#sink.put(this.#kind, 0, this.#pageNumber, this.#page.subarray(0, this.#at))
    this.#pageNumber += 1
    this.#at = 0
  }
}
