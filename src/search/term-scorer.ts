import type { PostingsIterator, TermsReader } from '../segment/index.ts'
import type { Bm25 } from './bm25.ts'
import { Scorer } from './scorer.ts'

/** Documents of one term with their BM25 scores. */
export class TermScorer extends Scorer {
  readonly #postings: PostingsIterator
  readonly #terms: TermsReader
  readonly #bm25: Bm25

  constructor(postings: PostingsIterator, terms: TermsReader, bm25: Bm25) {
    super()
    this.#postings = postings
    this.#terms = terms
    this.#bm25 = bm25
  }

  get cost(): number {
    return this.#postings.cost
  }
  docId(): number {
    return this.#postings.docId()
  }
  next(): number {
    return this.#postings.next()
  }
  advance(target: number): number {
    return this.#postings.advance(target)
  }
  score(): number {
    const length = this.#terms.lengthOf(this.#postings.docId())
    return this.#bm25.score(this.#postings.freq(), length)
  }
}
