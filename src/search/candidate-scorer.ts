import type { HashHits } from '../vector/index.ts'
import { bestCandidates } from './best-candidates.ts'
import type { CandidateScores } from './best-candidates.ts'
import { ListedScorer } from './listed-scorer.ts'
import { Scorer } from './scorer.ts'
import type { ScoredList } from './scorer.ts'

/** The documents that candidates are. */
export type CandidateDocs = {
  docsOf(ords: Uint32Array): Int32Array
  /** All are live root documents: they can be counted without a look at each. */
  readonly areRoots: boolean
}

/** Candidates of hash terms. Who wants only the best of them has no more looked up and compared than that takes. */
export class CandidateScorer extends Scorer {
  readonly #hits: HashHits
  readonly #scores: CandidateScores
  readonly #docs: CandidateDocs
  #all: ListedScorer | null = null

  constructor(hits: HashHits, scores: CandidateScores, docs: CandidateDocs) {
    super()
    this.#hits = hits
    this.#scores = scores
    this.#docs = docs
  }

  get cost(): number {
    return this.#hits.ords.length
  }
  docId(): number {
    return this.#listedAll().docId()
  }
  next(): number {
    return this.#listedAll().next()
  }
  advance(target: number): number {
    return this.#listedAll().advance(target)
  }
  score(): number {
    return this.#listedAll().score()
  }

  override listed(wanted: number): ScoredList {
    const best = this.#docs.areRoots ? bestCandidates(this.#hits, wanted, this.#scores) : null
    if (best === null) return this.#listedAll().listed()
    const { ords, scores } = best
    const leftOutCount = this.#hits.ords.length - ords.length
    return { docs: this.#docs.docsOf(ords), scores, leftOutCount }
  }

  #listedAll(): ListedScorer {
    if (this.#all !== null) return this.#all
    const { ords } = this.#hits
    const { compare, score } = this.#scores
    this.#all = new ListedScorer(this.#docs.docsOf(ords), () => {
      const values = compare(ords)
      const scores = values instanceof Float32Array ? values : new Float32Array(values.length)
      for (let at = 0; at < values.length; at++) scores[at] = score(values[at]!)
      return scores
    })
    return this.#all
  }
}
