/**
 * The further buckets of a query that are most likely to hold near vectors.
 *
 * A *move* shifts the query one bucket down or up along one direction; it costs the distance to that bucket. A *set* of moves,
 * at most one a direction, names another bucket of a table and costs the sum. Sets come cheapest first from one heap over all
 * tables: cheap tables get more of them.
 */
import { VectorStoreError } from '../../util/index.ts'
import type { HashTerms } from './hash-terms.ts'

/** More terms than this are no query any more but an exhaustion of memory. */
const queryTermsMax = 1 << 20

const none = -1

export class Multiprobe {
  readonly #tables: number
  readonly #functions: number
  readonly #width: number
  /** Moves of a table: number 2 f is one down along its function f, 2 f + 1 one up. By table, cheapest first. */
  readonly #order: Uint32Array
  readonly #costs: Float64Array
  readonly #moved: Int32Array
  #sets = new MoveSets(0)

  constructor(tables: number, functions: number, width: number) {
    this.#tables = tables
    this.#functions = functions
    this.#width = width
    this.#order = new Uint32Array(tables * functions * 2)
    this.#costs = new Float64Array(tables * functions * 2)
    this.#moved = new Int32Array(functions)
  }

  /**
   * Appends `probes` terms a table on average, at most all 3^functions - 1.
   *
   * Source   Lv et al., Multi-Probe LSH (VLDB 2007), algorithm 1, with one heap for all tables and costs instead of
   *          estimated probabilities, as Elastiknn has it; a set that would hold both moves of a direction is shifted on.
   * Shapes   places f64, buckets i32: [tables * functions], where the query lies along each direction and in which bucket.
   * Errors   QUERY_LIMIT when there would be more than 2^20 terms.
   */
  append(places: Float64Array, buckets: Int32Array, probes: number, terms: HashTerms): void {
    const count = this.#tables * Math.min(probes, 3 ** this.#functions - 1)
    if (count <= 0) return
    if (count + this.#tables > queryTermsMax) {
      throw new VectorStoreError(
        'QUERY_LIMIT',
        `probes is ${probes}, wanted at most ${Math.floor(queryTermsMax / this.#tables) - 1} for ${this.#tables} tables`,
        { details: { probes, tables: this.#tables } }
      )
    }
    const sets = this.#start(places, buckets, count)
    for (let at = 0; at < count; at++) {
      const set = sets.pop()
      const table = sets.tables[set]!
      const last = sets.lasts[set]!
      this.#push(sets, table, sets.parents[set]!, last + 1)
      this.#push(sets, table, set, last + 1)
      this.#emit(sets, set, buckets, terms)
    }
  }

  #start(places: Float64Array, buckets: Int32Array, count: number): MoveSets {
    // Every set that is taken leaves at most two behind.
    const setCountMax = this.#tables + 2 * count
    if (this.#sets.capacity < setCountMax) this.#sets = new MoveSets(setCountMax)
    const sets = this.#sets
    sets.clear()
    for (let at = 0; at < places.length; at++) {
      const down = places[at]! - Math.imul(buckets[at]!, this.#width)
      this.#costs[2 * at] = Math.abs(down)
      this.#costs[2 * at + 1] = Math.abs(this.#width - down)
    }
    for (let table = 0; table < this.#tables; table++) {
      this.#sort(table)
      this.#push(sets, table, none, 0)
    }
    return sets
  }

  /** Insertion sort, stable: there are few moves a table. */
  #sort(table: number): void {
    const start = table * this.#functions * 2
    const order = this.#order
    for (let move = 0; move < this.#functions * 2; move++) {
      const cost = this.#costs[start + move]!
      let to = start + move
      while (to > start && this.#costs[start + order[to - 1]!]! > cost) {
        order[to] = order[to - 1]!
        to--
      }
      order[to] = move
    }
  }

  /** Adds the set `parent` and one more move, from place `from` of the order on the first that `parent` allows. */
  #push(sets: MoveSets, table: number, parent: number, from: number): void {
    const start = table * this.#functions * 2
    for (let last = from; last < this.#functions * 2; last++) {
      const move = this.#order[start + last]!
      if (this.#hasDirection(sets, start, parent, move >> 1)) continue
      const before = parent === none ? 0 : sets.costs[parent]!
      sets.push(table, parent, last, before + this.#costs[start + move]!)
      return
    }
  }

  #hasDirection(sets: MoveSets, start: number, set: number, direction: number): boolean {
    for (let at = set; at !== none; at = sets.parents[at]!) {
      if (this.#order[start + sets.lasts[at]!]! >> 1 === direction) return true
    }
    return false
  }

  #emit(sets: MoveSets, set: number, buckets: Int32Array, terms: HashTerms): void {
    const table = sets.tables[set]!
    const first = table * this.#functions
    for (let at = 0; at < this.#functions; at++) this.#moved[at] = buckets[first + at]!
    for (let at = set; at !== none; at = sets.parents[at]!) {
      const move = this.#order[2 * first + sets.lasts[at]!]!
      this.#moved[move >> 1]! += (move & 1) * 2 - 1
    }
    terms.int32(table)
    for (let at = 0; at < this.#functions; at++) terms.int32(this.#moved[at]!)
    terms.end(1)
  }
}

/** Sets of moves, each its parent and one move more; and a heap of those not taken yet, the cheapest on top. */
class MoveSets {
  readonly capacity: number
  readonly tables: Uint32Array
  /** The set without its last move, or `none`. */
  readonly parents: Int32Array
  /** Place of the last move in the order of the table. */
  readonly lasts: Uint32Array
  readonly costs: Float64Array
  readonly #heap: Uint32Array
  #count = 0
  #heapCount = 0

  constructor(capacity: number) {
    this.capacity = capacity
    this.tables = new Uint32Array(capacity)
    this.parents = new Int32Array(capacity)
    this.lasts = new Uint32Array(capacity)
    this.costs = new Float64Array(capacity)
    this.#heap = new Uint32Array(capacity)
  }

  clear(): void {
    this.#count = 0
    this.#heapCount = 0
  }

  push(table: number, parent: number, last: number, cost: number): void {
    const set = this.#count++
    this.tables[set] = table
    this.parents[set] = parent
    this.lasts[set] = last
    this.costs[set] = cost
    let at = this.#heapCount++
    while (at > 0) {
      const above = (at - 1) >> 1
      if (cost >= this.costs[this.#heap[above]!]!) break
      this.#heap[at] = this.#heap[above]!
      at = above
    }
    this.#heap[at] = set
  }

  pop(): number {
    const heap = this.#heap
    const top = heap[0]!
    const moving = heap[--this.#heapCount]!
    const cost = this.costs[moving]!
    let at = 0
    for (let below = 1; below < this.#heapCount; below = 2 * at + 1) {
      const right = below + 1
      if (right < this.#heapCount && this.costs[heap[below]!]! > this.costs[heap[right]!]!)
        below = right
      if (cost <= this.costs[heap[below]!]!) break
      heap[at] = heap[below]!
      at = below
    }
    heap[at] = moving
    return top
  }
}
