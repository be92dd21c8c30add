import type { SegmentView } from '../segment/index.ts'
import { MadeList } from '../util/index.ts'
import type { ListOf, Steps } from '../util/index.ts'
import { copied } from './copied-numbers.ts'
import type { Deadline } from './deadline.ts'
import type { FoundDoc } from './found-doc.ts'
import { bindKey, compareSortValues } from './sort-keys.ts'
import type { LeafKey } from './sort-keys.ts'
import type { SortKey, SortValue } from './types.ts'

/** More are made when they are asked for: thousands of objects would be copied by each collection of young ones. */
const madeAtOnceMax = 512

/**
 * The first documents by sort keys. Within a segment a heap with the last one on top compares numbers; at its end the
 * survivors are sorted; those of several segments are merged by their values.
 */
export class TopSorted {
  readonly #capacity: number
  readonly #keys: readonly SortKey[]
  readonly #segments: readonly SegmentView[]
  readonly #target: number
  readonly #after: readonly SortValue[] | null
  readonly #withScores: boolean
  /** Of the segments before, each in order. */
  readonly #lists: ListOf<FoundDoc>[] = []
  #heldCount = 0
  /** Documents come in the order that is asked for. */
  readonly #isIndexOrder: boolean
  #leaf: SegmentHeap | null = null
  #segment: number = 0
  #base: number = 0

  constructor(options: {
    capacity: number
    keys: readonly SortKey[]
    segments: readonly SegmentView[]
    target: number
    /** Only documents behind these values. */
    after: readonly SortValue[] | null
    withScores: boolean
    isIndexOrder: boolean
  }) {
    this.#isIndexOrder = options.isIndexOrder
    this.#capacity = options.capacity
    this.#keys = options.keys
    this.#segments = options.segments
    this.#target = options.target
    this.#after = options.after
    this.#withScores = options.withScores
  }

  /** True when no later document can get in. */
  get isFull(): boolean {
    if (this.#capacity === 0) return true
    const held = this.#heldCount + (this.#leaf?.size ?? 0)
    return this.#isIndexOrder && held >= this.#capacity
  }

  startSegment(segment: number): void {
    const view = this.#segments[segment]!
    this.#segment = segment
    this.#base = 0
    for (let before = 0; before < segment; before++) this.#base += this.#segments[before]!.docCount
    const keys = this.#keys.map((key) => bindKey(key, view, this.#base, this.#target))
    this.#leaf = new SegmentHeap(keys, this.#capacity, this.#after)
  }

  collect(docId: number, score: number): void {
    this.#leaf!.collect(docId, score)
  }

  *endSegment(deadline: Deadline): Steps<void> {
    const leaf = this.#leaf!
    this.#leaf = null
    const count = leaf.size
    while (leaf.size > 0) {
      leaf.sortLast()
      deadline.step()
      if (deadline.isDue) yield* deadline.pause()
    }
    const segment = this.#segment
    const docAt = (at: number): FoundDoc => {
      const [docId, score] = [leaf.docAt(at), leaf.scoreAt(at)]
      const sort = leaf.keys.map((key) => key.value(docId, score))
      return { segment, docId, score: this.#withScores ? score : null, sort }
    }
    const found = new MadeList(count, docAt)
    this.#lists.push(count > madeAtOnceMax ? found : [...found])
    this.#heldCount += count
  }

  list(deadline: Deadline): readonly FoundDoc[] | Steps<ListOf<FoundDoc>> {
    const [first, ...others] = this.#lists
    if (first === undefined) return []
    return others.length === 0 && !(first instanceof MadeList) ? first : this.#listIn(deadline)
  }

  *#listIn(deadline: Deadline): Steps<ListOf<FoundDoc>> {
    let found: ListOf<FoundDoc> = []
    for (const list of this.#lists) found = yield* this.#merged(found, list, deadline)
    return found
  }

  /** The first of two lists in order. Documents of `earlier` come first among equals. */
  *#merged(
    earlier: ListOf<FoundDoc>,
    later: ListOf<FoundDoc>,
    deadline: Deadline
  ): Steps<ListOf<FoundDoc>> {
    if (earlier.length === 0) return later
    const count = Math.min(this.#capacity, earlier.length + later.length)
    // Places in `earlier`, and behind its end those in `later`.
    const places = new Int32Array(count)
    let next = 0
    let first = earlier.at(0)
    let second = later.at(0)
    for (let at = 0; at < count; at++) {
      const isSecond =
        first === undefined ||
        (second !== undefined && compareSortValues(this.#keys, second.sort!, first.sort!) < 0)
      places[at] = isSecond ? earlier.length + next++ : at - next
      if (isSecond) second = later.at(next)
      else first = earlier.at(at + 1 - next)
      deadline.step()
      if (deadline.isDue) yield* deadline.pause()
    }
    return new MadeList(count, (at) => {
      const place = places[at]!
      return place < earlier.length ? earlier.at(place)! : later.at(place - earlier.length)!
    })
  }
}

/** Room at first, at most; it doubles. Few who want more find so many. */
const roomFirstMax = 256

/**
 * The first documents of one segment, with their keys as rows of numbers. While they come in order they stay so; from the first that
 * does not they are a heap, the last one on top.
 */
class SegmentHeap {
  readonly keys: readonly LeafKey[]
  readonly #capacity: number
  readonly #width: number
  readonly #after: Float64Array | null
  /** The row being looked at. */
  readonly #row: Float64Array
  #rows: Float64Array
  #docs: Int32Array
  #scores: Float64Array
  #count = 0
  #isOrdered = true

  constructor(keys: readonly LeafKey[], capacity: number, after: readonly SortValue[] | null) {
    this.keys = keys
    this.#capacity = capacity
    this.#width = keys.reduce((sum, key) => sum + key.width, 0)
    this.#row = new Float64Array(this.#width)
    const room = Math.min(capacity, roomFirstMax)
    this.#rows = new Float64Array(room * this.#width)
    this.#docs = new Int32Array(room)
    this.#scores = new Float64Array(room)
    this.#after = after === null ? null : this.#boundOf(after)
  }

  #boundOf(after: readonly SortValue[]): Float64Array {
    const bound = new Float64Array(this.#width)
    let at = 0
    for (const [index, key] of this.keys.entries()) {
      key.bound(after[index] ?? null, bound, at)
      at += key.width
    }
    return bound
  }

  get size(): number {
    return this.#count
  }

  /** Puts the last one behind the heap that is left: when none is left all are in order. */
  sortLast(): void {
    if (this.#isOrdered) {
      this.#count = 0
      return
    }
    this.#count -= 1
    this.#swap(0, this.#count)
    this.#siftDown(0)
  }

  /** Of those in order. */
  docAt(at: number): number {
    return this.#docs[at]!
  }

  scoreAt(at: number): number {
    return this.#scores[at]!
  }

  collect(docId: number, score: number): void {
    const row = this.#row
    let at = 0
    for (const key of this.keys) {
      key.read(docId, score, row, at)
      at += key.width
    }
    if (this.#after !== null && this.#compareRow(this.#after, 0) <= 0) return
    if (this.#count < this.#capacity) {
      if (this.#count === this.#docs.length) this.#grow()
      const place = this.#count
      this.#put(place, docId, score)
      if (this.#isOrdered && place > 0 && !this.#isLater(place, place - 1)) this.#makeHeap()
      if (!this.#isOrdered) this.#siftUp(place)
      this.#count += 1
    } else if (this.#capacity > 0 && this.#compareRow(this.#rows, this.#lastPlace()) < 0) {
      if (this.#isOrdered) this.#makeHeap()
      this.#put(0, docId, score)
      this.#siftDown(0)
    }
  }

  #grow(): void {
    const room = 2 * this.#docs.length
    this.#rows = copied(this.#rows, new Float64Array(room * this.#width))
    this.#docs = copied(this.#docs, new Int32Array(room))
    this.#scores = copied(this.#scores, new Float64Array(room))
  }

  /** Of the one that is behind all others. */
  #lastPlace(): number {
    return this.#isOrdered ? this.#count - 1 : 0
  }

  /** The row being looked at with one of `rows`. */
  #compareRow(rows: Float64Array, place: number): number {
    const first = place * this.#width
    for (let at = 0; at < this.#width; at++) {
      if (this.#row[at]! < rows[first + at]!) return -1
      if (this.#row[at]! > rows[first + at]!) return 1
    }
    return 0
  }

  #isLater(a: number, b: number): boolean {
    const rows = this.#rows
    const [first, second] = [a * this.#width, b * this.#width]
    for (let at = 0; at < this.#width; at++) {
      if (rows[first + at]! < rows[second + at]!) return false
      if (rows[first + at]! > rows[second + at]!) return true
    }
    return this.#docs[a]! > this.#docs[b]!
  }

  /** Puts the row being looked at in a place. */
  #put(at: number, docId: number, score: number): void {
    this.#rows.set(this.#row, at * this.#width)
    this.#docs[at] = docId
    this.#scores[at] = score
  }

  #swap(a: number, b: number): void {
    const [rows, width] = [this.#rows, this.#width]
    const [docId, score] = [this.#docs[a]!, this.#scores[a]!]
    for (let at = 0; at < width; at++) {
      const kept = rows[a * width + at]!
      rows[a * width + at] = rows[b * width + at]!
      rows[b * width + at] = kept
    }
    this.#docs[a] = this.#docs[b]!
    this.#scores[a] = this.#scores[b]!
    this.#docs[b] = docId
    this.#scores[b] = score
  }

  /** In the opposite order they are one: thousands that were sifted at once would keep the event loop for some milliseconds. */
  #makeHeap(): void {
    this.#isOrdered = false
    for (let at = 0; at < this.#count >>> 1; at++) this.#swap(at, this.#count - 1 - at)
  }

  #siftUp(start: number): void {
    let at = start
    while (at > 0) {
      const parent = (at - 1) >>> 1
      if (!this.#isLater(at, parent)) return
      this.#swap(at, parent)
      at = parent
    }
  }

  #siftDown(start: number): void {
    const count = this.#count
    let at = start
    for (;;) {
      let child = 2 * at + 1
      if (child >= count) return
      if (child + 1 < count && this.#isLater(child + 1, child)) child += 1
      if (!this.#isLater(child, at)) return
      this.#swap(at, child)
      at = child
    }
  }
}
