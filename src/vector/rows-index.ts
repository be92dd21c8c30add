/** What every index answers from its rows; the formats add how the nearest are found. */
import { assert } from '../util/index.ts'
import { postingFaults } from './lsh/posting-faults.ts'
import type { HashHits, HashPostings } from './hash-postings.ts'
import type {
  NearestValues,
  RawValue,
  Space,
  Vector,
  VectorBytes,
  VectorFunction,
  VectorIndex,
  VectorSearchRequest,
  VectorSearchResult,
  VectorSpec
} from './types.ts'

type Rows = Pick<
  VectorIndex,
  'vectorAt' | 'rawScorer' | 'rawValues' | 'nearestValues' | 'functionScorer'
>

/** The pages below an index. */
export type OpenPages = { bytes(): number; close(): void }

export abstract class RowsIndex implements VectorIndex {
  readonly spec: VectorSpec
  abstract readonly format: VectorIndex['format']
  abstract readonly size: number
  readonly hashes: HashPostings | null
  readonly #rows: Rows
  readonly #close: () => void
  #open = true

  constructor(spec: VectorSpec, rows: Rows, hashes: HashPostings | null, close: () => void) {
    this.spec = spec
    this.hashes = hashes
    this.#rows = rows
    this.#close = close
  }

  abstract search(request: VectorSearchRequest): VectorSearchResult
  abstract sizeInBytes(): VectorBytes
  abstract validate(): string[]

  protected assertOpen(): void {
    assert(this.#open, 'the index is open')
  }

  vectorAt(ord: number, reuse?: Vector): Vector {
    assert(this.#open && ord < this.size, 'ord < size of an open index')
    return this.#rows.vectorAt(ord, reuse)
  }

  rawScorer(query: Vector): (ord: number) => RawValue {
    this.assertOpen()
    return this.#rows.rawScorer(query)
  }

  rawValues(query: Vector, space: Space, ords: Uint32Array): Float32Array {
    this.assertOpen()
    return this.#rows.rawValues(query, space, ords)
  }

  nearestValues(query: Vector, space: Space, hits: HashHits, wanted: number): NearestValues | null {
    this.assertOpen()
    return this.#rows.nearestValues(query, space, hits, wanted)
  }

  functionScorer(name: VectorFunction, query: Vector): (ord: number) => number {
    this.assertOpen()
    return this.#rows.functionScorer(name, query)
  }

  close(): void {
    if (!this.#open) return
    this.#open = false
    this.#close()
  }
}

/** An index without a graph: every row may be compared. */
export abstract class ScannedIndex extends RowsIndex {
  readonly #size: () => number
  readonly #pages: OpenPages

  /** @param size  Rows to look at; a growing index says more each time. */
  constructor(
    spec: VectorSpec,
    rows: Rows,
    size: () => number,
    pages: OpenPages,
    hashes: HashPostings | null
  ) {
    super(spec, rows, hashes, () => pages.close())
    this.#size = size
    this.#pages = pages
  }

  get size(): number {
    return this.#size()
  }

  sizeInBytes(): VectorBytes {
    const { terms, postings } = this.hashes?.sizeInBytes() ?? { terms: 0, postings: 0 }
    return { codes: 0, lists: 0, vectors: this.#pages.bytes(), hashes: terms + postings }
  }

  validate(): string[] {
    return postingFaults(this.hashes, this.size)
  }
}
