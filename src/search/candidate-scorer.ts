import type { Steps } from '../util/index.ts'
import type { HashHits } from '../vector/index.ts'
import { bestCandidates } from './best-candidates.ts'
import type { BestCandidates, CandidateScores } from './best-candidates.ts'
import type { Deadline } from './deadline.ts'
import { ListedScorer } from './listed-scorer.ts'
import { Scorer } from './scorer.ts'
import type { ScoredList } from './scorer.ts'

/** The documents that candidates are. */
export type CandidateDocs = {
  docsOf(ords: Uint32Array): Int32Array
  /** All are live root documents: they can be counted without a look at each. */
  readonly areRoots: boolean
}

/** Candidates between two looks at the clock: about a millisecond of long rows. */
const candidatesPerStep = 8192

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

  /** The best of each part are there, and the best of all among them. */
  override listedSteps(wanted: number, deadline: Deadline): Steps<ScoredList> | null {
    const isLong = this.#all === null && this.#hits.ords.length > candidatesPerStep
    return isLong ? this.#listedIn(wanted, deadline) : null
  }

  *#listedIn(wanted: number, deadline: Deadline): Steps<ScoredList> {
    const { ords, counts } = this.#hits
    const parts: BestCandidates[] = []
    for (let from = 0; from < ords.length; from += candidatesPerStep) {
      const to = from + candidatesPerStep
      const hits = { ords: ords.subarray(from, to), counts: counts.subarray(from, to) }
      const best = this.#docs.areRoots ? bestCandidates(hits, wanted, this.#scores) : null
      parts.push(best ?? { ords: hits.ords, scores: this.#scored(hits.ords) })
      deadline.check()
      if (deadline.isDue) yield* deadline.pause()
    }
    return this.#listOf(parts)
  }

  /** Documents of parts that ascend. */
  #listOf(parts: readonly BestCandidates[]): ScoredList {
    const count = parts.reduce((sum, part) => sum + part.ords.length, 0)
    const ords = new Uint32Array(count)
    const scores = new Float32Array(count)
    let at = 0
    for (const part of parts) {
      ords.set(part.ords, at)
      scores.set(part.scores, at)
      at += part.ords.length
    }
    return { docs: this.#docs.docsOf(ords), scores, leftOutCount: this.#hits.ords.length - count }
  }

  #scored(ords: Uint32Array): Float32Array {
    const { compare, score } = this.#scores
    const values = compare(ords)
    const scores = values instanceof Float32Array ? values : new Float32Array(values.length)
    for (let at = 0; at < values.length; at++) scores[at] = score(values[at]!)
    return scores
  }

  #listedAll(): ListedScorer {
    if (this.#all !== null) return this.#all
    const { ords } = this.#hits
    this.#all = new ListedScorer(this.#docs.docsOf(ords), () => this.#scored(ords))
    return this.#all
  }
}
