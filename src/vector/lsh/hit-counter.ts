/** Counts the terms that each document of a segment has in common with a query, and picks those with the most. */
import { assert } from '../../util/index.ts'
import type { BitSet } from '../../util/index.ts'

const uint16Max = 2 ** 16 - 1

export class HitCounter {
  #narrow = new Uint16Array(0)
  #wide = new Uint32Array(0)
  #counts: Uint16Array | Uint32Array = this.#narrow
  #histogram = new Uint32Array(0)
  #countMax = 0

  /**
   * Sets all counts to 0.
   *
   * @param countMax  No document will get more: the sum of the frequencies of the query's terms.
   */
  start(docCount: number, countMax: number): void {
    if (countMax <= uint16Max) {
      if (this.#narrow.length < docCount) this.#narrow = new Uint16Array(docCount)
      this.#counts = this.#narrow.subarray(0, docCount)
    } else {
      if (this.#wide.length < docCount) this.#wide = new Uint32Array(docCount)
      this.#counts = this.#wide.subarray(0, docCount)
    }
    this.#counts.fill(0)
    this.#countMax = countMax
  }

  /** One more for each of the first `length` of `docs`: postings of a term without frequencies. */
  add(docs: Uint32Array, length: number): void {
    const counts = this.#counts
    for (let at = 0; at < length; at++) counts[docs[at]!]!++
  }

  /** The lesser of the two frequencies more, for each of the first `length` of `docs`. */
  addFrequencies(
    docs: Uint32Array,
    frequencies: Uint32Array,
    length: number,
    queryFrequency: number
  ): void {
    const counts = this.#counts
    for (let at = 0; at < length; at++) {
      counts[docs[at]!]! += Math.min(frequencies[at]!, queryFrequency)
    }
  }

  /** Terms in common with a document. */
  countOf(doc: number): number {
    return this.#counts[doc]!
  }

  /**
   * The documents with the most common terms, in document order; of those that tie for the last places the first.
   *
   * Source   Elastiknn, spec 6.4; but deleted documents take no place.
   * Shapes   Result: at most `wanted`, of those with a common term; a view of `out` (u32[wanted] or more).
   * Cost     Two passes over all counts; allocates nothing but the view.
   *
   * @param live  Documents that count; null: all.
   */
  candidates(wanted: number, live: BitSet | null, out: Uint32Array): Uint32Array {
    assert(out.length >= Math.min(wanted, this.#counts.length), 'out takes all candidates')
    const { least, tieCount } = this.#threshold(wanted, live)
    const counts = this.#counts
    let count = 0
    let tiesLeft = tieCount
    for (let doc = 0; doc < counts.length; doc++) {
      const hits = counts[doc]!
      if (hits < least || (live !== null && !live.has(doc))) continue
      if (hits === least && tiesLeft-- <= 0) continue
      out[count++] = doc
    }
    return out.subarray(0, count)
  }

  /** The least count that is taken, and how many documents with just that count. */
  #threshold(wanted: number, live: BitSet | null): { least: number; tieCount: number } {
    if (this.#histogram.length <= this.#countMax) {
      this.#histogram = new Uint32Array(this.#countMax + 1)
    } else this.#histogram.fill(0)
    const histogram = this.#histogram
    const counts = this.#counts
    for (let doc = 0; doc < counts.length; doc++) {
      const hits = counts[doc]!
      if (hits > 0 && (live === null || live.has(doc))) histogram[hits]!++
    }
    let left = wanted
    let least = this.#countMax
    while (least > 1 && histogram[least]! < left) left -= histogram[least--]!
    return { least: Math.max(least, 1), tieCount: left }
  }
}
