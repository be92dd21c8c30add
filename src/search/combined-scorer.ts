import { WrappedScorer } from './scorer.ts'
import type { Scorer } from './scorer.ts'

/** Documents of `inner` that `excluded` does not have. */
export class ExclusionScorer extends WrappedScorer {
  readonly #excluded: Scorer

  constructor(inner: Scorer, excluded: Scorer) {
    super(inner, inner.matchCost + excluded.matchCost + 1, excluded.width)
    this.#excluded = excluded
  }

  override matches(): boolean {
    return this.inner.matches() && !standsOn(this.#excluded, this.inner.docId())
  }
}

/** Documents of `inner`; where `optional` matches too, its score is added. */
export class OptionalScorer extends WrappedScorer {
  readonly #optional: Scorer

  constructor(inner: Scorer, optional: Scorer) {
    super(inner, inner.matchCost, optional.width)
    this.#optional = optional
  }

  override score(): number {
    const score = this.inner.score()
    if (!standsOn(this.#optional, this.inner.docId())) return score
    return Math.fround(score + this.#optional.score())
  }
}

/** Documents of `inner`; where `negative` matches too, the score is multiplied. */
export class BoostingScorer extends WrappedScorer {
  readonly #negative: Scorer
  readonly #negativeBoost: number

  constructor(inner: Scorer, negative: Scorer, negativeBoost: number) {
    super(inner, inner.matchCost, negative.width)
    this.#negative = negative
    this.#negativeBoost = negativeBoost
  }

  override score(): number {
    const score = this.inner.score()
    return standsOn(this.#negative, this.inner.docId())
      ? Math.fround(score * this.#negativeBoost)
      : score
  }
}

/** Documents of `inner` whose score, as `rate` computes it, reaches `minScore`. */
export class RatedScorer extends WrappedScorer {
  readonly #rate: (docId: number, score: number) => number
  readonly #minScore: number | null
  readonly #needsScore: boolean
  #score: number = 0

  /**
   * @param needsScore  false: `rate` gets 0 for the score.
   * @param rateWidth   That of the scorers that `rate` asks.
   */
  constructor(
    inner: Scorer,
    rate: (docId: number, score: number) => number,
    minScore: number | null,
    needsScore: boolean,
    rateWidth: number = 0
  ) {
    // A least score turns the script into a part of the condition, and the dearest one.
    super(inner, inner.matchCost + (minScore === null ? 0 : 1000), rateWidth)
    this.#rate = rate
    this.#minScore = minScore
    this.#needsScore = needsScore
  }

  override matches(): boolean {
    if (!this.inner.matches()) return false
    if (this.#minScore === null) return true
    this.#score = this.#compute()
    return this.#score >= this.#minScore
  }

  override score(): number {
    return this.#minScore === null ? this.#compute() : this.#score
  }

  #compute(): number {
    return this.#rate(this.inner.docId(), this.#needsScore ? this.inner.score() : 0)
  }
}

/** Moves a scorer to `doc` and says whether it matches there. Called with ascending documents. */
export function standsOn(scorer: Scorer, doc: number): boolean {
  if (scorer.docId() < doc) scorer.advance(doc)
  return scorer.docId() === doc && scorer.matches()
}
