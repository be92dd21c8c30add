/**
 * What the searches of one query in several indexes have found so far: what is farther than k hits can be none, and a walk need
 * not go where enough candidates of the walks before are nearer.
 *
 * Source   Lucene's MultiLeafKnnCollector, which shares a minimum between segments too.
 *
 * Distances are raw values, negated where large is near: small is always near.
 */
export class NearestSoFar {
  readonly #k: number
  readonly #hits = new Least()
  readonly #candidates = new Least()

  constructor(k: number) {
    this.#k = k
  }

  /** Distance of the farthest of k hits; Infinity while there are fewer. */
  get hitLimit(): number {
    return this.#hits.limit(this.#k)
  }

  /** Distance of the farthest of so many candidates; Infinity while there are fewer. */
  candidateLimit(wanted: number): number {
    return this.#candidates.limit(wanted)
  }

  /** @param values  Raw values, best first. */
  addHits(values: Float32Array, smallIsNear: boolean): void {
    const distanceAt = (at: number): number => (smallIsNear ? values[at]! : -values[at]!)
    this.#hits.merge(values.length, distanceAt, this.#k)
  }

  /**
   * @param distanceAt  Of `count` candidates, ascending; what their codes tell is near enough.
   * @param wanted      As many as anybody asks for are kept.
   */
  addCandidates(count: number, distanceAt: (at: number) => number, wanted: number): void {
    this.#candidates.merge(count, distanceAt, wanted)
  }
}

/** Numbers, ascending. */
class Least {
  #values = new Float64Array(0)
  #spare = new Float64Array(0)
  #count = 0

  /** The last of the first `size`; Infinity while there are fewer. */
  limit(size: number): number {
    return this.#count < size ? Number.POSITIVE_INFINITY : this.#values[size - 1]!
  }

  /** Adds `count` numbers, ascending, and keeps the least `size` of all, or as many as before. */
  merge(count: number, valueAt: (at: number) => number, size: number): void {
    const kept = Math.max(this.#count, Math.min(size, this.#count + count))
    if (count === 0 || valueAt(0) >= this.limit(kept)) return
    const before = this.#values
    const merged = this.#spare.length < kept ? new Float64Array(kept) : this.#spare
    let old = 0
    let added = 0
    let value = valueAt(0)
    for (let at = 0; at < kept; at++) {
      if (old < this.#count && before[old]! <= value) merged[at] = before[old++]!
      else {
        merged[at] = value
        added += 1
        value = added < count ? valueAt(added) : Number.POSITIVE_INFINITY
      }
    }
    this.#spare = before
    this.#values = merged
    this.#count = kept
  }
}
