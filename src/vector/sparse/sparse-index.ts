/** Sparse boolean vectors behind the contract: every row is compared. */
import { assert } from '../../util/index.ts'
import { checkK } from '../flat/flat-index.ts'
import { ScannedIndex } from '../rows-index.ts'
import type { OpenPages } from '../rows-index.ts'
import { smallIsNear } from '../spaces.ts'
import { hashVector } from '../lsh/model-cache.ts'
import { HashTerms } from '../lsh/hash-terms.ts'
import type { CommonCounts, HashPostings } from '../hash-postings.ts'
import type {
  NearestRequest,
  NearestRows,
  Vector,
  VectorSearchRequest,
  VectorSearchResult,
  VectorSpec
} from '../types.ts'
import { BestValues } from './best-values.ts'
import type { SparseRows } from './sparse-rows.ts'

/** Rows whose values are at hand at once. */
const chunkRows = 4096

export class SparseIndex extends ScannedIndex {
  readonly format = { name: 'sparse', version: 3, codes: 'none' }
  readonly #rows: SparseRows

  /** @param size  Rows to look at; a growing index says more each time. */
  constructor(
    spec: VectorSpec,
    rows: SparseRows,
    size: () => number,
    pages: OpenPages,
    hashes: HashPostings | null
  ) {
    super(spec, rows, size, pages, hashes)
    this.#rows = rows
  }

  nearestRows(request: NearestRequest): NearestRows {
    this.assertOpen()
    const { hashes } = this
    // Common terms are then the common indices.
    const isCounted = hashes?.spec.model === 'trueIndices'
    const counts = isCounted ? commonIndices(hashes, request.query) : null
    return this.#rows.nearestRows(request, this.size, counts)
  }

  override validate(): string[] {
    return [...super.validate(), ...this.#rows.listFaults()]
  }

  search({ query, k, accept }: VectorSearchRequest): VectorSearchResult {
    this.assertOpen()
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
}

const terms = new HashTerms()

function commonIndices(hashes: HashPostings, query: Vector): CommonCounts {
  assert(query instanceof Int32Array, 'true indices are those of a set')
  hashVector(hashes.spec, query, terms, 0)
  return hashes.commonCounts(terms)
}
