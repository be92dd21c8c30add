/**
 * A vector index whose derived pages may be damaged (ARCHITECTURE.md R22). Graphs and codes can be built again from the
 * original vectors, so damage to them costs time, not answers: the search that meets it, and all after it, compare the
 * originals one by one. Damage to the originals themselves is an error of the one segment.
 */
import { VectorStoreError } from '../util/index.ts'
import { smallIsNear } from '../vector/index.ts'
import type {
  Graph,
  HashHits,
  HashPostings,
  NearestRequest,
  NearestRows,
  NearestValues,
  SearchEstimate,
  Space,
  Vector,
  VectorFunction,
  VectorIndex,
  VectorSearchRequest,
  VectorSearchResult,
  VectorSpec
} from '../vector/index.ts'

export class ResilientIndex implements VectorIndex {
  readonly #index: VectorIndex
  readonly #pagesRead: () => number
  readonly #onDamage: (error: VectorStoreError) => void
  #damaged = false

  constructor(
    index: VectorIndex,
    pagesRead: () => number,
    onDamage: (error: VectorStoreError) => void
  ) {
    this.#index = index
    this.#pagesRead = pagesRead
    this.#onDamage = onDamage
  }

  get spec(): VectorSpec {
    return this.#index.spec
  }

  get size(): number {
    return this.#index.size
  }

  get format(): VectorIndex['format'] {
    return this.#index.format
  }

  search(request: VectorSearchRequest): VectorSearchResult {
    if (!this.#damaged) {
      try {
        return this.#index.search(request)
      } catch (error) {
        if (!(error instanceof VectorStoreError) || error.kind !== 'corrupt') throw error
        this.#damaged = true
        this.#onDamage(error)
      }
    }
    return this.#scan(request)
  }

  estimate(request: VectorSearchRequest): SearchEstimate | null {
    return this.#damaged ? null : (this.#index.estimate?.(request) ?? null)
  }

  /** Compares the originals of all accepted ordinals. */
  #scan({ query, k, accept, range }: VectorSearchRequest): VectorSearchResult {
    const { from, to } = range ?? { from: 0, to: this.size }
    const pagesBefore = this.#pagesRead()
    const scorer = this.#index.rawScorer(query)
    const sign = smallIsNear(this.spec.space) ? 1 : -1
    const best: { readonly ord: number; readonly value: number }[] = []
    let visitedCount = 0
    for (let ord = from; ord < to; ord++) {
      if (accept !== null && !accept.has(ord)) continue
      visitedCount += 1
      const value = scorer(ord)
      const worst = best.at(-1)
      if (best.length === k && worst !== undefined && (value - worst.value) * sign >= 0) continue
      let at = best.length
      while (at > 0 && (value - best[at - 1]!.value) * sign < 0) at -= 1
      best.splice(at, 0, { ord, value })
      if (best.length > k) best.pop()
    }
    return {
      ords: Uint32Array.from(best, ({ ord }) => ord),
      values: Float32Array.from(best, ({ value }) => value),
      strategy: 'exact',
      visitedCount,
      rescoredCount: 0,
      pagesRead: this.#pagesRead() - pagesBefore
    }
  }

  /** Damaged: a merge builds it again. */
  graph(): Graph | null {
    return this.#damaged ? null : (this.#index.graph?.() ?? null)
  }

  vectorAt(ord: number, reuse?: Vector): Vector {
    return this.#index.vectorAt(ord, reuse)
  }

  rawScorer(query: Vector): (ord: number) => number {
    return this.#index.rawScorer(query)
  }

  rawValues(query: Vector, space: Space, ords: Uint32Array): Float32Array {
    return this.#index.rawValues(query, space, ords)
  }

  nearestValues(query: Vector, space: Space, hits: HashHits, wanted: number): NearestValues | null {
    return this.#index.nearestValues(query, space, hits, wanted)
  }

  nearestRows(request: NearestRequest): NearestRows | null {
    return this.#index.nearestRows?.(request) ?? null
  }

  get hashes(): HashPostings | null {
    return this.#index.hashes
  }

  functionScorer(name: VectorFunction, query: Vector): (ord: number) => number {
    return this.#index.functionScorer(name, query)
  }

  sizeInBytes(): ReturnType<VectorIndex['sizeInBytes']> {
    return this.#index.sizeInBytes()
  }

  validate(): string[] {
    return this.#index.validate()
  }

  close(): void {
    this.#index.close()
  }
}
