/** The vectors of a write buffer: rows are appended to pinned pages, searches scan up to a watermark. */
import { assert } from '../../util/index.ts'
import { pageBytesMax, wordsPerPage } from '../geometry.ts'
import { KernelContext } from '../kernels/context.ts'
import { GrowingHashPostings } from '../lsh/growing-postings.ts'
import { RowTable } from '../row-table.ts'
import { normOfRow } from '../row-writer.ts'
import { assertShape, keepsNorms } from '../spaces.ts'
import type { PageKind, PageSource, Vector, VectorBytes, VectorSpec } from '../types.ts'
import { FlatIndex } from './flat-index.ts'

/** A growing page table of frames that are never evicted. */
export type PinnedPages = {
  readonly id: number
  /** Address of the u32[] of frame addresses in the kernels' memory; it may move when a page is added. */
  readonly address: number
  readonly pageCount: number
  /** Adds a zeroed page and returns its address. */
  append(): number
  close(): void
}

export class GrowingFlatIndex {
  readonly spec: VectorSpec
  readonly #source: PageSource
  readonly #context: KernelContext
  readonly #vectors: PinnedPages
  readonly #norms: PinnedPages | null
  readonly #rows: RowTable
  readonly #postings: GrowingHashPostings | null
  #size = 0
  #open = true

  constructor(spec: VectorSpec, source: PageSource, pinned: (kind: PageKind) => PinnedPages) {
    this.spec = spec
    this.#source = source
    this.#context = KernelContext.of(source)
    this.#vectors = pinned('vectors')
    this.#norms = keepsNorms(spec) ? pinned('norms') : null
    const vectors = this.#vectors
    const frame = (page: number): number => frameOf(this.#context, vectors, page)
    const rows = {
      get address() {
        return vectors.address
      },
      id: vectors.id,
      frame
    }
    this.#rows = new RowTable(spec, source, rows, this.#norms)
    this.#postings = spec.hashes === undefined ? null : new GrowingHashPostings(spec.hashes)
  }

  get size(): number {
    return this.#size
  }

  /** Adds a vector; returns its ordinal. A search begun later sees it. */
  append(vector: Vector): number {
    assert(this.#open, 'the index is open')
    assertShape(vector, this.spec)
    const ord = this.#size
    const { perPage, stride } = this.#rows.geometry
    const page = Math.floor(ord / perPage)
    if (page === this.#vectors.pageCount) this.#vectors.append()
    const at = frameOf(this.#context, this.#vectors, page) + (ord - page * perPage) * stride
    const bytes = new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength)
    this.#context.bytes.set(bytes, at)
    if (this.#norms !== null) this.#appendNorm(this.#norms, ord, vector as Float32Array)
    this.#postings?.add(ord, vector)
    this.#size = ord + 1
    return ord
  }

  #appendNorm(norms: PinnedPages, ord: number, vector: Float32Array): void {
    const page = Math.floor(ord / wordsPerPage)
    if (page === norms.pageCount) norms.append()
    const at = (frameOf(this.#context, norms, page) >>> 2) + (ord % wordsPerPage)
    this.#context.floats[at] = normOfRow(vector)
  }

  /** The first `size` vectors as an index of their own, over the same pages. Closing it does nothing. */
  at(size: number): FlatIndex {
    const pages = {
      bytes: () =>
        (this.#vectors.pageCount + (this.#norms === null ? 0 : this.#norms.pageCount)) *
        pageBytesMax,
      close: () => {}
    }
    const sizeNow = (): number => Math.min(size, this.#size)
    const hashes = this.#postings?.view(this.#source, sizeNow) ?? null
    return new FlatIndex(this.spec, this.#source, this.#rows, sizeNow, pages, hashes)
  }

  sizeInBytes(): VectorBytes {
    return this.at(this.#size).sizeInBytes()
  }

  close(): void {
    if (!this.#open) return
    this.#open = false
    this.#rows.close()
    this.#vectors.close()
    this.#norms?.close()
  }
}

function frameOf(context: KernelContext, pages: PinnedPages, page: number): number {
  return context.words[(pages.address >>> 2) + page]!
}
