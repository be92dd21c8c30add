/** Collects records into pages of one kind and hands each full page to a sink, in ascending order. */
import type { PageGeometry } from './geometry.ts'
import type { PageKind, PageSink } from './types.ts'

export class PageWriter {
  /** Pages written, those before the first included. */
  pageCount: number
  readonly #kind: PageKind
  readonly #sink: PageSink
  readonly #geometry: PageGeometry
  readonly #page: Uint8Array
  #used = 0

  /** @param firstPage  Number of the first page, where others of the kind were written before. */
  constructor(kind: PageKind, geometry: PageGeometry, sink: PageSink, firstPage: number = 0) {
    this.pageCount = firstPage
    this.#kind = kind
    this.#sink = sink
    this.#geometry = geometry
    this.#page = new Uint8Array(geometry.perPage * geometry.stride)
  }

  /** Room for the next record, zeroed, valid until the next call. A full page must be flushed before. */
  next(): Uint8Array {
    const at = this.#used * this.#geometry.stride
    this.#used += 1
    return this.#page.subarray(at, at + this.#geometry.stride)
  }

  /** Writes a whole record. A full page must be flushed before. */
  add(record: Uint8Array): void {
    this.#page.set(record, this.#used * this.#geometry.stride)
    this.#used += 1
  }

  get isFull(): boolean {
    return this.#used === this.#geometry.perPage
  }

  /** Writes the page when it is full. The result is to be awaited when it is a promise. */
  full(): void | Promise<void> {
    if (this.isFull) return this.flush()
  }

  /** Writes what is there, the last page maybe shorter. */
  async flush(): Promise<void> {
    if (this.#used === 0) return
    await this.#sink(
      this.#kind,
      this.pageCount,
      this.#page.subarray(0, this.#used * this.#geometry.stride)
    )
    this.pageCount += 1
    this.#used = 0
    this.#page.fill(0)
  }
}
