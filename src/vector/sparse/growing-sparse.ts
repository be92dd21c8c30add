/** The true indices of a write buffer, row after row, in pinned pages. */
import { wordsPerPage } from '../geometry.ts'
import { KernelContext } from '../kernels/context.ts'
import { pinnedFrame, readablePages } from '../pinned-pages.ts'
import type { GrowingRows, PinnedPages } from '../pinned-pages.ts'
import type { OpenPages } from '../rows-index.ts'
import type { HashPostings } from '../hash-postings.ts'
import type { PageKind, PageSource, Vector, VectorSpec } from '../types.ts'
import { SparseIndex } from './sparse-index.ts'
import { checkSparse, SparseRows } from './sparse-rows.ts'

export class GrowingSparseRows implements GrowingRows {
  readonly #spec: VectorSpec
  readonly #context: KernelContext
  readonly #starts: PinnedPages
  readonly #words: PinnedPages
  readonly #rows: SparseRows

  constructor(spec: VectorSpec, source: PageSource, pinned: (kind: PageKind) => PinnedPages) {
    this.#spec = spec
    const context = KernelContext.of(source)
    this.#context = context
    this.#starts = pinned('rowStarts')
    this.#words = pinned('vectors')
    const [starts, words] = [this.#starts, this.#words]
    this.#rows = new SparseRows(spec, source, {
      starts: readablePages(context, starts),
      rows: readablePages(context, words),
      indexBytes: 4,
      lists: null
    })
    this.#write(starts, 0, Uint32Array.of(0))
  }

  get pageCount(): number {
    return this.#starts.pageCount + this.#words.pageCount
  }

  write(ord: number, vector: Vector): void {
    checkSparse(vector, this.#spec)
    const frame = pinnedFrame(this.#context, this.#starts, Math.floor(ord / wordsPerPage))
    const from = this.#context.words[(frame >>> 2) + (ord % wordsPerPage)]!
    this.#write(this.#words, from, vector)
    this.#write(this.#starts, ord + 1, Uint32Array.of(from + vector.length))
  }

  #write(pages: PinnedPages, from: number, words: Uint32Array | Int32Array): void {
    for (let done = 0; done < words.length;) {
      const page = Math.floor((from + done) / wordsPerPage)
      const at = (from + done) % wordsPerPage
      if (page === pages.pageCount) pages.append()
      const count = Math.min(words.length - done, wordsPerPage - at)
      const address = pinnedFrame(this.#context, pages, page) >>> 2
      this.#context.words.set(words.subarray(done, done + count), address + at)
      done += count
    }
  }

  index(size: () => number, pages: OpenPages, hashes: HashPostings | null): SparseIndex {
    return new SparseIndex(this.#spec, this.#rows, size, pages, hashes)
  }

  close(): void {
    this.#starts.close()
    this.#words.close()
  }
}
