/** A scan behind the contract. Also the judge of the other formats: their 'exact' does the same. */
import { VectorStoreError } from '../../util/index.ts'
import { beamMax } from '../kernels/scratch.ts'
import type { RowTable } from '../row-table.ts'
import { ScannedIndex } from '../rows-index.ts'
import type { OpenPages } from '../rows-index.ts'
import { assertShape } from '../spaces.ts'
import type {
  HashPostings,
  PageSource,
  VectorSearchRequest,
  VectorSearchResult,
  VectorSpec
} from '../types.ts'

export class FlatIndex extends ScannedIndex {
  readonly format = { name: 'flat', version: 1, codes: 'none' }
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
    this.#source = source
    this.#rows = rows
  }

  search(request: VectorSearchRequest): VectorSearchResult {
    this.assertOpen()
    return exactSearch(this.#source, this.#rows, this.size, request)
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
