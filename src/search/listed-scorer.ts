import { ArrayIterator } from '../segment/index.ts'
import { IteratorScorer } from './scorer.ts'
import type { ScoredList } from './scorer.ts'

/** Listed documents, each with its own score; the first that is asked for its score has all of them found. */
export class ListedScorer extends IteratorScorer<ArrayIterator> {
  readonly #docs: Int32Array
  readonly #find: () => Float32Array
  #scores: Float32Array | null = null

  /** @param find  Scores in the order of the documents. */
  constructor(docs: Int32Array, find: () => Float32Array) {
    super(new ArrayIterator(docs))
    this.#docs = docs
    this.#find = find
  }

  score(): number {
    this.#scores ??= this.#find()
    return this.#scores[this.docs.at]!
  }

  override listed(): ScoredList {
    return { docs: this.#docs, scores: this.#find(), leftOutCount: 0 }
  }
}
