import { noMoreDocs } from '../segment/index.ts'
import { Scorer, widthOf } from './scorer.ts'

/**
 * Documents in at least `least` of the scorers. A heap ordered by document holds the scorers; those that stand on the current
 * document are taken off it together, asked whether they match, and put back at the next move.
 */
abstract class DisjunctionScorer extends Scorer {
  readonly cost: number
  override readonly matchCost: number
  override readonly width: number
  readonly #least: number
  readonly #heap: Scorer[]
  readonly #current: Scorer[] = []
  #doc: number = -1
  /** Scorers that match the current document; valid after matches(). */
  protected readonly matching: Scorer[] = []

  /** @param scorers  They may stand on their first document already. */
  constructor(scorers: readonly Scorer[], least: number) {
    super()
    this.#least = least
    this.#heap = [...scorers]
    this.width = widthOf(scorers)
    this.cost = scorers.reduce((sum, scorer) => sum + scorer.cost, 0)
    // Even lists that always match must be counted and noted, so there is always something to do.
    this.matchCost = scorers.reduce((sum, scorer) => sum + scorer.matchCost, 1)
  }

  docId(): number {
    return this.#doc
  }

  next(): number {
    return this.advance(this.#doc + 1)
  }

  advance(target: number): number {
    if (this.#doc === -1) this.#begin(target)
    for (const scorer of this.#current) {
      scorer.advance(target)
      this.#heap.push(scorer)
      siftUp(this.#heap, this.#heap.length - 1)
    }
    this.#current.length = 0
    while (this.#heap.length > 0 && this.#heap[0]!.docId() < target) {
      this.#heap[0]!.advance(target)
      siftDown(this.#heap)
    }
    this.#doc = this.#heap[0]?.docId() ?? noMoreDocs
    if (this.#doc !== noMoreDocs) this.#takeCurrent()
    return this.#doc
  }

  /** The same order of scorers whether they have moved or not: scores are added in it. */
  #begin(target: number): void {
    const heap = this.#heap
    for (const scorer of heap) if (scorer.docId() < target) scorer.advance(target)
    for (let at = (heap.length >>> 1) - 1; at >= 0; at--) siftDown(heap, at)
  }

  #takeCurrent(): void {
    while (this.#heap.length > 0 && this.#heap[0]!.docId() === this.#doc) {
      this.#current.push(this.#heap[0]!)
      const last = this.#heap.pop()!
      if (this.#heap.length === 0) break
      this.#heap[0] = last
      siftDown(this.#heap)
    }
  }

  override matches(): boolean {
    this.matching.length = 0
    if (this.#current.length < this.#least) return false
    for (const scorer of this.#current) if (scorer.matches()) this.matching.push(scorer)
    return this.matching.length >= this.#least
  }
}

/** Adds the scores of the clauses that match. */
export class SumScorer extends DisjunctionScorer {
  score(): number {
    let sum = 0
    for (const scorer of this.matching) sum += scorer.score()
    return Math.fround(sum)
  }
}

/** The best clause's score, and of the others a share. */
export class DisMaxScorer extends DisjunctionScorer {
  readonly #tieBreaker: number

  constructor(scorers: readonly Scorer[], tieBreaker: number) {
    super(scorers, 1)
    this.#tieBreaker = tieBreaker
  }

  score(): number {
    let best = 0
    let others = 0
    for (const scorer of this.matching) {
      const score = scorer.score()
      if (score >= best) {
        others += best
        best = score
      } else others += score
    }
    return Math.fround(best + others * this.#tieBreaker)
  }
}

function siftUp(heap: Scorer[], start: number): void {
  const moved = heap[start]!
  const doc = moved.docId()
  let at = start
  while (at > 0) {
    const parent = (at - 1) >>> 1
    if (heap[parent]!.docId() <= doc) break
    heap[at] = heap[parent]!
    at = parent
  }
  heap[at] = moved
}

function siftDown(heap: Scorer[], start: number = 0): void {
  const moved = heap[start]!
  const doc = moved.docId()
  let at = start
  for (;;) {
    let child = 2 * at + 1
    if (child >= heap.length) break
    if (child + 1 < heap.length && heap[child + 1]!.docId() < heap[child]!.docId()) child += 1
    if (heap[child]!.docId() >= doc) break
    heap[at] = heap[child]!
    at = child
  }
  heap[at] = moved
}
