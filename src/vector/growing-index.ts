/** The vectors of a write buffer: appended to pinned pages, searched up to a watermark. */
import { assert } from '../util/index.ts'
import { GrowingFlatRows } from './flat/growing-flat.ts'
import { pageBytesMax } from './geometry.ts'
import { GrowingHashPostings } from './lsh/growing-postings.ts'
import type { GrowingRows, PinnedPages } from './pinned-pages.ts'
import { rowStride } from './row-table.ts'
import { keepsNorms } from './spaces.ts'
import { GrowingSparseRows } from './sparse/growing-sparse.ts'
import type { PageKind, PageSource, Vector, VectorBytes, VectorIndex, VectorSpec } from './types.ts'

/** What a table of pinned pages takes before it has grown. */
const tableBytesFirst = 256

/** Bytes of pinned memory that the first vector of a field takes, whatever its length; a later one takes as much at most when it
 * begins new pages.
 */
export function firstPagesBytes(spec: VectorSpec): number {
  const tableCount = spec.element === 'sparse-bool' || keepsNorms(spec) ? 2 : 1
  return tableCount * (tableBytesFirst + pageBytesMax)
}

/** Bytes of pinned memory that a vector takes, as its share of the pages that many take. */
export function pinnedBytesOf(spec: VectorSpec, vector: Vector): number {
  const words = 8 // Its norm, its start, the table's.
  if (spec.element === 'sparse-bool') return vector.byteLength + words
  return pageBytesMax / Math.floor(pageBytesMax / rowStride(spec)) + words
}

export class GrowingIndex {
  readonly #source: PageSource
  readonly #rows: GrowingRows
  readonly #postings: GrowingHashPostings | null
  #size = 0
  #open = true

  constructor(spec: VectorSpec, source: PageSource, rows: GrowingRows) {
    this.#source = source
    this.#rows = rows
    this.#postings = spec.hashes === undefined ? null : new GrowingHashPostings(spec.hashes)
  }

  get size(): number {
    return this.#size
  }

  /** Adds a vector; returns its ordinal. A search begun later sees it. */
  append(vector: Vector): number {
    assert(this.#open, 'the index is open')
    const ord = this.#size
    this.#rows.write(ord, vector)
    this.#postings?.add(ord, vector)
    this.#size = ord + 1
    return ord
  }

  /** The first `size` vectors as an index of their own, over the same pages. Closing it does nothing. */
  at(size: number): VectorIndex {
    const sizeNow = (): number => Math.min(size, this.#size)
    const pages = { bytes: () => this.#rows.pageCount * pageBytesMax, close: () => {} }
    return this.#rows.index(sizeNow, pages, this.#postings?.view(this.#source, sizeNow) ?? null)
  }

  sizeInBytes(): VectorBytes {
    return this.at(this.#size).sizeInBytes()
  }

  close(): void {
    if (!this.#open) return
    this.#open = false
    this.#rows.close()
  }
}

/** The index of a write buffer, by the elements of its vectors. */
export function openGrowingIndex(
  spec: VectorSpec,
  source: PageSource,
  pinned: (kind: PageKind) => PinnedPages
): GrowingIndex {
  const Rows = spec.element === 'sparse-bool' ? GrowingSparseRows : GrowingFlatRows
  return new GrowingIndex(spec, source, new Rows(spec, source, pinned))
}
