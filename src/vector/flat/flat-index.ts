/** A scan behind the contract. Also the judge of the other formats: their 'exact' does the same. */
import { VectorStoreError } from '../../util/index.ts'
import { missingCost, scanCost } from '../hnsw/planner.ts'
import { beamMax } from '../kernels/scratch.ts'
import type { RowTable } from '../row-table.ts'
import { ScannedIndex } from '../rows-index.ts'
import type { OpenPages } from '../rows-index.ts'
import { assertShape, smallIsNear } from '../spaces.ts'
import type { HashPostings } from '../hash-postings.ts'
import type {
  PageSource,
  SearchEstimate,
  VectorIndex,
  VectorSearchRequest,
  VectorSearchResult,
  VectorSpec
} from '../types.ts'

/** Raised when the pages or the parameters change (flat-format.ts). 2: packed rows; 3: sketches. */
export const flatVersion = 4

export class FlatIndex extends ScannedIndex {
  readonly format: VectorIndex['format']
  readonly #source: PageSource
  readonly #rows: RowTable

  /** @param size  Rows to look at; a growing index says more each time. */
  constructor(
    spec: VectorSpec,
    source: PageSource,
    rows: RowTable,
    size: () => number,
    pages: OpenPages,
    hashes: HashPostings | null
  ) {
    super(spec, rows, size, pages, hashes)
    this.format = { name: 'flat', version: flatVersion, codes: 'none' }
    this.#source = source
    this.#rows = rows
  }

  search(request: VectorSearchRequest): VectorSearchResult {
    this.assertOpen()
    return exactSearch(this.#source, this.#rows, this.size, request)
  }

  estimate({ accept, acceptCount }: VectorSearchRequest): SearchEstimate {
    const { size } = this
    const facts = {
      count: size,
      acceptCount: accept === null ? size : (acceptCount ?? accept.count()),
      rowBytes: this.#rows.geometry.stride
    }
    const { pages } = this.#rows
    return {
      ms: (scanCost(facts) + missingCost(pages, facts.acceptCount)) / 1e6,
      isScan: true
    }
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
  const { query, k, accept, nearest } = request
  checkK(k)
  assertShape(query, rows.spec)
  const pagesBefore = source.pagesRead
  rows.bindQuery(query)
  const range = request.range ?? { from: 0, to: size }
  const limit = nearest?.hitLimit ?? Number.POSITIVE_INFINITY
  const { ords, values, scored } = rows.exact(k, size, accept, { ...range, limit })
  nearest?.addHits(values, smallIsNear(rows.spec.space))
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
