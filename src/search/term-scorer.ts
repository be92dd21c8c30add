import type { PostingsIterator, TermsReader } from '../segment/index.ts'
import type { Bm25 } from './bm25.ts'
import { IteratorScorer } from './scorer.ts'

/** Documents of one term with their BM25 scores. */
export class TermScorer extends IteratorScorer<PostingsIterator> {
  readonly #terms: TermsReader
  readonly #bm25: Bm25

  constructor(postings: PostingsIterator, terms: TermsReader, bm25: Bm25) {
    super(postings)
    this.#terms = terms
    this.#bm25 = bm25
  }

  score(): number {
    const length = this.#terms.lengthOf(this.docs.docId())
    return this.#bm25.score(this.docs.freq(), length)
  }
}
