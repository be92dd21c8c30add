import type { FoundDoc } from './found-doc.ts'

/**
 * The best documents by score, as many as wanted. Documents come in index order, so of two with equal scores the first one
 * seen is better. A heap with the worst on top.
 */
export class TopScores {
  readonly #capacity: number
  readonly #scores: number[] = []
  readonly #docs: number[] = []
  readonly #segments: number[] = []
  /** Order of arrival. */
  readonly #arrivals: number[] = []
  #arrived: number = 0
  #segment: number = 0

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  startSegment(segment: number): void {
    this.#segment = segment
  }

  endSegment(): void {
    // Nothing is kept per segment.
  }

  get isFull(): boolean {
    return this.#scores.length >= this.#capacity
  }

  collect(docId: number, score: number): void {
    if (!this.isFull) {
      this.#set(this.#scores.length, docId, score)
      this.#siftUp(this.#scores.length - 1)
    } else if (this.#capacity > 0 && score > this.#scores[0]!) {
      this.#set(0, docId, score)
      this.#siftDown()
    }
  }

  /** Best first. */
  list(): FoundDoc[] {
    const order = this.#scores.map((_, at) => at)
    order.sort(
      (a, b) => this.#scores[b]! - this.#scores[a]! || this.#arrivals[a]! - this.#arrivals[b]!
    )
    return order.map((at) => ({
      segment: this.#segments[at]!,
      docId: this.#docs[at]!,
      score: this.#scores[at]!,
      sort: null
    }))
  }

  #set(at: number, docId: number, score: number): void {
    this.#scores[at] = score
    this.#docs[at] = docId
    this.#segments[at] = this.#segment
    this.#arrivals[at] = this.#arrived++
  }

  #isWorse(a: number, b: number): boolean {
    const difference = this.#scores[a]! - this.#scores[b]!
    return difference < 0 || (difference === 0 && this.#arrivals[a]! > this.#arrivals[b]!)
  }

  #swap(a: number, b: number): void {
    for (const list of [this.#scores, this.#docs, this.#segments, this.#arrivals]) {
      const kept = list[a]!
      list[a] = list[b]!
      list[b] = kept
    }
  }

  #siftUp(start: number): void {
    let at = start
    while (at > 0) {
      const parent = (at - 1) >>> 1
      if (!this.#isWorse(at, parent)) return
      this.#swap(at, parent)
      at = parent
    }
  }

  #siftDown(): void {
    const count = this.#scores.length
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= count) return
      if (child + 1 < count && this.#isWorse(child + 1, child)) child += 1
      if (!this.#isWorse(child, at)) return
      this.#swap(at, child)
      at = child
    }
  }
}
