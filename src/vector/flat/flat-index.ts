/** A scan behind the contract. Also the judge of the other formats: their 'exact' does the same. */
import { assert, VectorStoreError } from '../../util/index.ts'
import { beamMax } from '../kernels/scratch.ts'
import { postingFaults } from '../lsh/posting-faults.ts'
import type { RowTable } from '../row-table.ts'
import { assertShape } from '../spaces.ts'
import type {
  HashPostings,
  PageSource,
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

export class FlatIndex implements VectorIndex {
  readonly spec: VectorSpec
  readonly format = { name: 'flat', version: 1, codes: 'none' }
  readonly #source: PageSource
  readonly #rows: RowTable
  readonly #size: () => number
  readonly #pages: { bytes(): number; close(): void }
  readonly hashes: HashPostings | null
  #open = true

  /** @param size  Rows to look at; a growing index says more each time. */
  constructor(
    spec: VectorSpec,
    source: PageSource,
    rows: RowTable,
    size: () => number,
    pages: { bytes(): number; close(): void },
    hashes: HashPostings | null
  ) {
    this.hashes = hashes
    this.spec = spec
    this.#source = source
    this.#rows = rows
    this.#size = size
    this.#pages = pages
  }

  get size(): number {
    return this.#size()
  }

  search(request: VectorSearchRequest): VectorSearchResult {
    assert(this.#open, 'the index is open')
    return exactSearch(this.#source, this.#rows, this.size, request)
  }

  vectorAt(ord: number, reuse?: Vector): Vector {
    assert(this.#open && ord < this.size, 'ord < size of an open index')
    return this.#rows.vectorAt(ord, reuse)
  }

  rawScorer(query: Vector): (ord: number) => RawValue {
    assert(this.#open, 'the index is open')
    return this.#rows.rawScorer(query)
  }

  rawValues(query: Vector, space: Space, ords: Uint32Array): Float32Array {
    assert(this.#open, 'the index is open')
    return this.#rows.rawValues(query, space, ords)
  }

  functionScorer(name: VectorFunction, query: Vector): (ord: number) => number {
    assert(this.#open, 'the index is open')
    return this.#rows.functionScorer(name, query)
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

/**
 * Best k of all accepted rows, compared one by one.
 *
 * Errors   QUERY_LIMIT when k is not in 1 .. beamMax.
 */
export function exactSearch(
  source: PageSource,
  rows: RowTable,
  size: number,
  request: VectorSearchRequest
): VectorSearchResult {
  const { query, k, accept } = request
  checkK(k)
  assertShape(query, rows.spec)
  const pagesBefore = source.pagesRead
  rows.bindQuery(query)
  const { ords, values, scored } = rows.exact(k, size, accept)
  return {
    ords,
    values,
    strategy: 'exact',
    visitedCount: scored,
    rescoredCount: 0,
    pagesRead: source.pagesRead - pagesBefore
  }
}

export function checkK(k: number): void {
  if (Number.isInteger(k) && k >= 1 && k <= beamMax) return
  throw new VectorStoreError('QUERY_LIMIT', `k is ${k}, wanted 1 to ${beamMax}`, {
    details: { k, kMax: beamMax }
  })
}
