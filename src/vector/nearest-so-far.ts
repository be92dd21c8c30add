/**
 * What the searches of one query in several indexes have found so far: what is farther than k hits can be none, and a walk need
 * not go where enough candidates of the walks before are nearer.
 *
 * Source   Lucene's MultiLeafKnnCollector, which shares a minimum between segments too.
 *
 * Distances are raw values, negated where large is near: small is always near.
 *
 * Threads that search at the same time share one over a memory:
 *
 *   i32  lock: 1 while somebody reads or adds
 *   i32  k
 *   i32  hits there, candidates there
 *   f64[k] distances of hits, ascending; then those of candidates
 *
 * Nobody waits long for the lock, should a thread have died with it: knowing less costs distances, and no hit.
 */
const headBytes = 16
const lockWord = 0
const kWord = 1
const hitsWord = 2
const candidatesWord = 3
/** Looks at a lock that is held for a merge, some microseconds. */
const looksMax = 2_000
/** Candidates kept for threads, by candidates asked for: two beams (hnsw-index.ts) that are twice as wide. More are never enough. */
const sharedCandidates = 4

export class NearestSoFar {
  readonly #k: number
  readonly #hits: Least
  readonly #candidates: Least
  /** What other threads need; null where it is this thread's alone. */
  readonly memory: SharedArrayBuffer | null
  readonly #words: Int32Array

  /** @param memory  From `shared`, in whatever thread. @default what is found is this thread's alone */
  constructor(k: number, memory: SharedArrayBuffer | null = null) {
    this.#k = k
    this.memory = memory
    this.#words = new Int32Array(memory ?? new ArrayBuffer(headBytes), 0, headBytes / 4)
    if (memory === null) {
      this.#hits = new Least(null)
      this.#candidates = new Least(null)
      return
    }
    const words = this.#words
    const hits = new Float64Array(memory, headBytes, k)
    const candidates = new Float64Array(memory, headBytes + 8 * k)
    this.#hits = new Least({ values: hits, count: words.subarray(hitsWord, hitsWord + 1) })
    const count = words.subarray(candidatesWord, candidatesWord + 1)
    this.#candidates = new Least({ values: candidates, count })
  }

  /** One that threads can share. */
  static shared(k: number, candidates: number): NearestSoFar {
    const memory = new SharedArrayBuffer(headBytes + 8 * (k + sharedCandidates * candidates))
    new Int32Array(memory)[kWord] = k
    return new NearestSoFar(k, memory)
  }

  /** That of another thread. */
  static over(memory: SharedArrayBuffer): NearestSoFar {
    return new NearestSoFar(new Int32Array(memory)[kWord]!, memory)
  }

  /** Distance of the farthest of k hits; Infinity while there are fewer. */
  get hitLimit(): number {
    return this.#locked(() => this.#hits.limit(this.#k)) ?? Number.POSITIVE_INFINITY
  }

  /** Distance of the farthest of so many candidates; Infinity while there are fewer. */
  candidateLimit(wanted: number): number {
    return this.#locked(() => this.#candidates.limit(wanted)) ?? Number.POSITIVE_INFINITY
  }

  /** @param values  Raw values, best first. */
  addHits(values: Float32Array, smallIsNear: boolean): void {
    const distanceAt = (at: number): number => (smallIsNear ? values[at]! : -values[at]!)
    this.#locked(() => this.#hits.merge(values.length, distanceAt, this.#k))
  }

  /**
   * @param distanceAt  Of `count` candidates, ascending; what their codes tell is near enough.
   * @param wanted      As many as anybody asks for are kept.
   */
  addCandidates(count: number, distanceAt: (at: number) => number, wanted: number): void {
    this.#locked(() => this.#candidates.merge(count, distanceAt, wanted))
  }

  /** undefined where another thread does not give up the lock. */
  #locked<T>(work: () => T): T | undefined {
    if (this.memory === null) return work()
    const words = this.#words
    for (let looks = 0; looks < looksMax; looks++) {
      if (Atomics.compareExchange(words, lockWord, 0, 1) !== 0) continue
      try {
        return work()
      } finally {
        Atomics.store(words, lockWord, 0)
      }
    }
    return undefined
  }
}

/** Numbers, ascending. */
class Least {
  #values: Float64Array
  #spare: Float64Array = new Float64Array(0)
  readonly #count: Int32Array
  /** As many as there is room for in memory that others have too. */
  readonly #sizeMax: number

  /** @param place  null: it grows. */
  constructor(place: { readonly values: Float64Array; readonly count: Int32Array } | null) {
    this.#values = place?.values ?? new Float64Array(0)
    this.#count = place?.count ?? new Int32Array(1)
    this.#sizeMax = place?.values.length ?? Number.POSITIVE_INFINITY
  }

  /** The last of the first `size`; Infinity while there are fewer. */
  limit(size: number): number {
    return this.#count[0]! < size ? Number.POSITIVE_INFINITY : this.#values[size - 1]!
  }

  /** Adds `count` numbers, ascending, and keeps the least `size` of all, or as many as before. */
  merge(count: number, valueAt: (at: number) => number, size: number): void {
    const there = this.#count[0]!
    const kept = Math.min(Math.max(there, Math.min(size, there + count)), this.#sizeMax)
    if (count === 0 || valueAt(0) >= this.limit(kept)) return
    const before = this.#values
    const merged = this.#spare.length < kept ? new Float64Array(kept) : this.#spare
    let old = 0
    let added = 0
    let value = valueAt(0)
    for (let at = 0; at < kept; at++) {
      if (old < there && before[old]! <= value) merged[at] = before[old++]!
      else {
        merged[at] = value
        added += 1
        value = added < count ? valueAt(added) : Number.POSITIVE_INFINITY
      }
    }
    this.#take(merged, kept)
  }

  #take(merged: Float64Array, kept: number): void {
    this.#count[0] = kept
    if (Number.isFinite(this.#sizeMax)) {
      this.#values.set(merged.subarray(0, kept))
      this.#spare = merged
      return
    }
    this.#spare = this.#values
    this.#values = merged
  }
}
