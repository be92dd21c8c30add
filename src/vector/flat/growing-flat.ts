/** The rows of a write buffer, all of one length, in pinned pages. */
import { wordsPerPage } from '../geometry.ts'
import { KernelContext } from '../kernels/context.ts'
import { pinnedFrame, readablePages } from '../pinned-pages.ts'
import type { GrowingRows, PinnedPages } from '../pinned-pages.ts'
import { RowTable } from '../row-table.ts'
import { normOfRow } from '../row-writer.ts'
import type { OpenPages } from '../rows-index.ts'
import { assertShape, keepsNorms } from '../spaces.ts'
import type { HashPostings } from '../hash-postings.ts'
import type { PageKind, PageSource, Vector, VectorSpec } from '../types.ts'
import { FlatIndex } from './flat-index.ts'

export class GrowingFlatRows implements GrowingRows {
  readonly #spec: VectorSpec
  readonly #source: PageSource
  readonly #context: KernelContext
  readonly #vectors: PinnedPages
  readonly #norms: PinnedPages | null
  readonly #table: RowTable

  constructor(spec: VectorSpec, source: PageSource, pinned: (kind: PageKind) => PinnedPages) {
    this.#spec = spec
    this.#source = source
    this.#context = KernelContext.of(source)
    this.#vectors = pinned('vectors')
    this.#norms = keepsNorms(spec) ? pinned('norms') : null
    const vectors = readablePages(this.#context, this.#vectors)
    this.#table = new RowTable(spec, source, vectors, this.#norms)
  }

  get pageCount(): number {
    return this.#vectors.pageCount + (this.#norms?.pageCount ?? 0)
  }

  write(ord: number, vector: Vector): void {
    assertShape(vector, this.#spec)
    const { perPage, stride } = this.#table.geometry
    const page = Math.floor(ord / perPage)
    if (page === this.#vectors.pageCount) this.#vectors.append()
    const at = pinnedFrame(this.#context, this.#vectors, page) + (ord - page * perPage) * stride
    // A view of its own for each vector takes longer than the copy.
    if (vector instanceof Float32Array) this.#context.floats.set(vector, at >>> 2)
    else
      this.#context.bytes.set(
        new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength),
        at
      )
    if (this.#norms !== null) this.#appendNorm(this.#norms, ord, vector as Float32Array)
  }

  #appendNorm(norms: PinnedPages, ord: number, vector: Float32Array): void {
    const page = Math.floor(ord / wordsPerPage)
    if (page === norms.pageCount) norms.append()
    const at = (pinnedFrame(this.#context, norms, page) >>> 2) + (ord % wordsPerPage)
    this.#context.floats[at] = normOfRow(vector)
  }

  index(size: () => number, pages: OpenPages, hashes: HashPostings | null): FlatIndex {
    return new FlatIndex(this.#spec, this.#source, this.#table, size, pages, hashes)
  }

  close(): void {
    this.#table.close()
    this.#vectors.close()
    this.#norms?.close()
  }
}
