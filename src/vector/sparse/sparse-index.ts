/** Sparse boolean vectors behind the contract: every row is compared. */
import { assert } from '../../util/index.ts'
import { checkK } from '../flat/flat-index.ts'
import { postingFaults } from '../lsh/posting-faults.ts'
import { functionMetric, smallIsNear } from '../spaces.ts'
import type {
  HashPostings,
  RawValue,
  Space,
  Vector,
  VectorBytes,
  VectorFunction,
  VectorIndex,
  VectorSearchRequest,
  VectorSearchResult,
  VectorSpec
} from '../types.ts'
import { BestValues } from './best-values.ts'
import type { SparseRows } from './sparse-rows.ts'

/** Rows whose values are at hand at once. */
const chunkRows = 4096

export class SparseIndex implements VectorIndex {
  readonly spec: VectorSpec
  readonly format = { name: 'sparse', version: 1, codes: 'none' }
  readonly hashes: HashPostings | null
  readonly #rows: SparseRows
  readonly #size: () => number
  readonly #pages: { bytes(): number; close(): void }
  #open = true

  /** @param size  Rows to look at; a growing index says more each time. */
  constructor(
    spec: VectorSpec,
    rows: SparseRows,
    size: () => number,
    pages: { bytes(): number; close(): void },
    hashes: HashPostings | null
  ) {
    this.spec = spec
    this.#rows = rows
    this.#size = size
    this.#pages = pages
    this.hashes = hashes
  }

  get size(): number {
    return this.#size()
  }

  search({ query, k, accept }: VectorSearchRequest): VectorSearchResult {
    assert(this.#open, 'the index is open')
    checkK(k)
    const pagesBefore = this.#rows.pagesRead
    const best = new BestValues(k, smallIsNear(this.spec.space))
    const { size } = this
    let visitedCount = 0
    const chunk = new Uint32Array(Math.min(chunkRows, size))
    for (let next = 0; next < size;) {
      let count = 0
      for (; next < size && count < chunkRows; next++) {
        if (accept === null || accept.has(next)) chunk[count++] = next
      }
      const ords = chunk.subarray(0, count)
      const values = this.#rows.rawValues(query, this.spec.space, ords)
      for (let at = 0; at < count; at++) best.offer(ords[at]!, values[at]!)
      visitedCount += count
    }
    return {
      ...best.take(),
      strategy: 'exact',
      visitedCount,
      rescoredCount: 0,
      pagesRead: this.#rows.pagesRead - pagesBefore
    }
  }

  vectorAt(ord: number): Vector {
    assert(this.#open && ord < this.size, 'ord < size of an open index')
    return this.#rows.vectorAt(ord)
  }

  rawScorer(query: Vector): (ord: number) => RawValue {
    assert(this.#open, 'the index is open')
    return this.#rows.rawScorer(query)
  }

  rawValues(query: Vector, space: Space, ords: Uint32Array): Float32Array {
    assert(this.#open, 'the index is open')
    return this.#rows.rawValues(query, space, ords)
  }

  /** Errors: REQUEST_ARGUMENT, as scripts know no sets. */
  functionScorer(name: VectorFunction): never {
    functionMetric(name, this.spec.element)
    assert(false, 'no script function is defined for sparse vectors')
  }

  sizeInBytes(): VectorBytes {
    const { terms, postings } = this.hashes?.sizeInBytes() ?? { terms: 0, postings: 0 }
    return { codes: 0, lists: 0, vectors: this.#pages.bytes(), hashes: terms + postings }
  }

  validate(): string[] {
    return postingFaults(this.hashes, this.size)
  }

  close(): void {
    if (!this.#open) return
    this.#open = false
    this.#pages.close()
  }
}
