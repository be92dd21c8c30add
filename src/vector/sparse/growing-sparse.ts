/** The sparse vectors of a write buffer: words are appended to pinned pages, searches scan up to a watermark. */
import { assert } from '../../util/index.ts'
import type { PinnedPages } from '../flat/growing-flat.ts'
import { pageBytesMax, wordsPerPage } from '../geometry.ts'
import { KernelContext } from '../kernels/context.ts'
import { GrowingHashPostings } from '../lsh/growing-postings.ts'
import type { PageKind, PageSource, Vector, VectorIndex, VectorSpec } from '../types.ts'
import { SparseIndex } from './sparse-index.ts'
import { checkSparse, SparseRows } from './sparse-rows.ts'
import type { SparsePages } from './sparse-rows.ts'

export class GrowingSparseIndex {
  readonly spec: VectorSpec
  readonly #source: PageSource
  readonly #context: KernelContext
  readonly #starts: PinnedPages
  readonly #words: PinnedPages
  readonly #rows: SparseRows
  readonly #postings: GrowingHashPostings | null
  #wordCount = 0
  #size = 0
  #open = true

  constructor(spec: VectorSpec, source: PageSource, pinned: (kind: PageKind) => PinnedPages) {
    this.spec = spec
    this.#source = source
    this.#context = KernelContext.of(source)
    this.#starts = pinned('rowStarts')
    this.#words = pinned('vectors')
    this.#rows = new SparseRows(
      spec,
      source,
      pagesOf(this.#context, this.#starts),
      pagesOf(this.#context, this.#words)
    )
    this.#postings = spec.hashes === undefined ? null : new GrowingHashPostings(spec.hashes)
    this.#write(this.#starts, 0, Uint32Array.of(0))
  }

  get size(): number {
    return this.#size
  }

  /** Adds a vector; returns its ordinal. A search begun later sees it. */
  append(vector: Vector): number {
    assert(this.#open, 'the index is open')
    checkSparse(vector, this.spec)
    const ord = this.#size
    this.#write(this.#words, this.#wordCount, vector)
    this.#write(this.#starts, ord + 1, Uint32Array.of(this.#wordCount + vector.length))
    this.#postings?.add(ord, vector)
    this.#wordCount += vector.length
    this.#size = ord + 1
    return ord
  }

  #write(pages: PinnedPages, from: number, words: Uint32Array | Int32Array): void {
    for (let done = 0; done < words.length;) {
      const page = Math.floor((from + done) / wordsPerPage)
      const at = (from + done) % wordsPerPage
      if (page === pages.pageCount) pages.append()
      const count = Math.min(words.length - done, wordsPerPage - at)
      const address = frameOf(this.#context, pages, page) >>> 2
      this.#context.words.set(words.subarray(done, done + count), address + at)
      done += count
    }
  }

  /** The first `size` vectors as an index of their own, over the same pages. Closing it does nothing. */
  at(size: number): VectorIndex {
    const sizeNow = (): number => Math.min(size, this.#size)
    const pages = {
      bytes: () => (this.#starts.pageCount + this.#words.pageCount) * pageBytesMax,
      close: () => {}
    }
    const hashes = this.#postings?.view(this.#source, sizeNow) ?? null
    return new SparseIndex(this.spec, this.#rows, sizeNow, pages, hashes)
  }

  sizeInBytes(): ReturnType<VectorIndex['sizeInBytes']> {
    return this.at(this.#size).sizeInBytes()
  }

  close(): void {
    if (!this.#open) return
    this.#open = false
    this.#starts.close()
    this.#words.close()
  }
}

function pagesOf(context: KernelContext, pages: PinnedPages): SparsePages {
  return {
    get address() {
      return pages.address
    },
    id: pages.id,
    frame: (page) => frameOf(context, pages, page)
  }
}

function frameOf(context: KernelContext, pages: PinnedPages, page: number): number {
  return context.words[(pages.address >>> 2) + page]!
}
