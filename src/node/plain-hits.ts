import type { SearchHits } from '../search/index.ts'
import { MadeList } from '../util/index.ts'
import type { NodeHit } from './types.ts'

/**
 * Hits of which nothing is known but index, id and score, as the columns that they were found as. Most searches have such hits
 * alone, and print them without an object of any.
 */
export class PlainHits extends MadeList<NodeHit> {
  readonly #hits: SearchHits
  readonly #ids: readonly string[]

  constructor(hits: SearchHits, ids: readonly string[]) {
    super(hits.length, (at) => ({
      index: hits.targetAt(at).indexName,
      id: ids[at]!,
      routing: null,
      score: hits.scoreAt(at),
      sort: null,
      source: null,
      fields: null,
      matched: [],
      version: null,
      seqNo: null
    }))
    this.#hits = hits
    this.#ids = ids
  }

  indexAt(at: number): string {
    return this.#hits.targetAt(at).indexName
  }

  idAt(at: number): string {
    return this.#ids[at]!
  }

  scoreAt(at: number): number | null {
    return this.#hits.scoreAt(at)
  }
}
