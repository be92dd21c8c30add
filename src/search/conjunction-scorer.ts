import { noMoreDocs } from '../segment/index.ts'
import { Scorer, widthOf } from './scorer.ts'

/**
 * Documents in all of the scorers: the rarest leads, the others follow, and checks that cost something come last.
 * The score is the sum over the scorers marked as scoring.
 */
export class ConjunctionScorer extends Scorer {
  readonly cost: number
  override readonly matchCost: number
  override readonly width: number
  readonly #byCost: readonly Scorer[]
  readonly #checked: readonly Scorer[]
  readonly #scoring: readonly Scorer[]

  constructor(scorers: readonly Scorer[], scoring: readonly Scorer[]) {
    super()
    this.#byCost = [...scorers].sort((a, b) => a.cost - b.cost)
    this.#checked = scorers
      .filter((scorer) => scorer.matchCost > 0)
      .sort((a, b) => a.matchCost - b.matchCost)
    this.#scoring = scoring
    this.width = widthOf(scorers)
    this.cost = this.#byCost[0]?.cost ?? 0
    this.matchCost = scorers.reduce((sum, scorer) => sum + scorer.matchCost, 0)
  }

  docId(): number {
    return this.#byCost[0]!.docId()
  }

  next(): number {
    return this.#align(this.#byCost[0]!.next())
  }

  advance(target: number): number {
    return this.#align(this.#byCost[0]!.advance(target))
  }

  /** Moves on until all stand on the leader's document. */
  #align(start: number): number {
    const all = this.#byCost
    let doc = start
    let at = 1
    while (at < all.length && doc !== noMoreDocs) {
      const follower = all[at]!
      const reached = follower.docId() < doc ? follower.advance(doc) : follower.docId()
      if (reached === doc) at += 1
      else {
        doc = all[0]!.advance(reached)
        at = 1
      }
    }
    return doc
  }

  override matches(): boolean {
    for (const scorer of this.#checked) if (!scorer.matches()) return false
    return true
  }

  score(): number {
    let sum = 0
    for (const scorer of this.#scoring) sum += scorer.score()
    return Math.fround(sum)
  }
}
