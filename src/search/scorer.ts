import type { Steps } from '../util/index.ts'
import type { Deadline } from './deadline.ts'

/** Documents of one segment in ascending order; a PostingsIterator is one. */
export type DocIterator = {
  docId(): number
  next(): number
  advance(target: number): number
  readonly cost: number
}

/** Documents, ascending, and the score of each. */
export type ScoredList = {
  readonly docs: Int32Array
  readonly scores: Float32Array
  /** Live root documents that match and are not here, as `wanted` others score higher. */
  readonly leftOutCount: number
}

/**
 * Matching documents of one segment with their scores, ascending.
 *
 * The iterator may stop at documents that do not match after all: `matches()` says so, is called at most once for a
 * document, and only after it answered true may `score()` be asked. So a conjunction moves on cheap lists first and looks at
 * positions and columns last (Lucene's two-phase iteration).
 */
export abstract class Scorer implements DocIterator {
  /** Documents the iterator stops at, at most. */
  abstract readonly cost: number
  /** Work of one call of matches(), in list steps; 0 when it always answers true. */
  readonly matchCost: number = 0
  /** Scorers of single clauses that may be moved or asked for one document. */
  readonly width: number = 1
  /** Current document, -1 before the first move, noMoreDocs after the last. */
  abstract docId(): number
  abstract next(): number
  /** First document at or after `target`, which lies behind the current one. */
  abstract advance(target: number): number
  matches(): boolean {
    return true
  }
  abstract score(): number
  /**
   * All matches at once, where they are known as lists; of a scorer that has not moved. null: they are not.
   *
   * @param _wanted  Nobody asks for more than so many of the best.
   */
  listed(_wanted: number): ScoredList | null {
    return null
  }
  /** listed() in steps, where it takes long; null: it does not. */
  listedSteps(_wanted: number, _deadline: Deadline): Steps<ScoredList> | null {
    return null
  }
}

export const widthOf = (scorers: readonly Scorer[]): number =>
  scorers.reduce((sum, { width }) => sum + width, 0)

/** The documents of an iterator; who extends it says what their scores are. */
export abstract class IteratorScorer<T extends DocIterator> extends Scorer {
  protected readonly docs: T

  constructor(docs: T) {
    super()
    this.docs = docs
  }

  get cost(): number {
    return this.docs.cost
  }
  docId(): number {
    return this.docs.docId()
  }
  next(): number {
    return this.docs.next()
  }
  advance(target: number): number {
    return this.docs.advance(target)
  }
}

/** The documents of an iterator, all with the same score. */
export class ConstantScorer extends IteratorScorer<DocIterator> {
  readonly #score: number

  constructor(docs: DocIterator, score: number) {
    super(docs)
    this.#score = score
  }

  score(): number {
    return this.#score
  }
}

/** Documents of a wrapped scorer that pass one more check, or have another score. */
export abstract class WrappedScorer extends Scorer {
  protected readonly inner: Scorer
  override readonly matchCost: number
  override readonly width: number

  /** @param otherWidth  That of what is asked beside the wrapped scorer. */
  constructor(inner: Scorer, matchCost: number = inner.matchCost, otherWidth: number = 0) {
    super()
    this.inner = inner
    this.matchCost = matchCost
    this.width = inner.width + otherWidth
  }

  get cost(): number {
    return this.inner.cost
  }
  docId(): number {
    return this.inner.docId()
  }
  next(): number {
    return this.inner.next()
  }
  advance(target: number): number {
    return this.inner.advance(target)
  }
  override matches(): boolean {
    return this.inner.matches()
  }
  score(): number {
    return this.inner.score()
  }
}

/** Same documents, one score: constantScore, filters. */
export class FixedScorer extends WrappedScorer {
  readonly #score: number

  constructor(inner: Scorer, score: number) {
    super(inner)
    this.#score = score
  }

  override score(): number {
    return this.#score
  }
}
