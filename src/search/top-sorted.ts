import type { SegmentView } from '../segment/index.ts'
import type { Steps } from '../util/index.ts'
import type { Deadline } from './deadline.ts'
import type { FoundDoc } from './found-doc.ts'
import { bindKey, compareSortValues } from './sort-keys.ts'
import type { LeafKey } from './sort-keys.ts'
import type { SortKey, SortValue } from './types.ts'

/**
 * The first documents by sort keys. Within a segment a heap with the last one on top compares numbers; at its end the
 * survivors get their values, and the values of all segments are compared.
 */
export class TopSorted {
  readonly #capacity: number
  readonly #keys: readonly SortKey[]
  readonly #segments: readonly SegmentView[]
  readonly #target: number
  readonly #after: readonly SortValue[] | null
  readonly #withScores: boolean
  readonly #found: FoundDoc[] = []
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
    const held = this.#found.length + (this.#leaf?.size ?? 0)
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
    const first = this.#found.length
    // The last one comes first.
    for (let entry = leaf.pop(); entry !== null; entry = leaf.pop()) {
      const { docId, score } = entry
      this.#found.push({
        segment: this.#segment,
        docId,
        score: this.#withScores ? score : null,
        sort: leaf.keys.map((key) => key.value(docId, score))
      })
      deadline.step()
      if (deadline.isDue) yield* deadline.pause()
    }
    reverse(this.#found, first)
  }

  list(): FoundDoc[] {
    this.#found.sort(
      (a, b) =>
        compareSortValues(this.#keys, a.sort!, b.sort!) ||
        a.segment - b.segment ||
        a.docId - b.docId
    )
    return this.#found.slice(0, this.#capacity)
  }
}

/**
 * The first documents of one segment, with their keys as rows of numbers. Once there are as many as wanted they become a heap, the
 * last one on top.
 */
class SegmentHeap {
  readonly keys: readonly LeafKey[]
  readonly #capacity: number
  readonly #width: number
  readonly #after: Float64Array | null
  /** The row being looked at. */
  readonly #row: Float64Array
  readonly #rows: Float64Array[] = []
  readonly #docs: number[] = []
  readonly #scores: number[] = []
  #isHeap = false

  constructor(keys: readonly LeafKey[], capacity: number, after: readonly SortValue[] | null) {
    this.keys = keys
    this.#capacity = capacity
    this.#width = keys.reduce((sum, key) => sum + key.width, 0)
    this.#row = new Float64Array(this.#width)
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
    return this.#docs.length
  }

  /**
   * Takes out the last one; null: there is none left. Values are dearer to compare than numbers: those of all segments come in
   * their order and are merged.
   */
  pop(): { readonly docId: number; readonly score: number } | null {
    const last = this.#docs.length - 1
    if (last < 0) return null
    if (!this.#isHeap) this.#heapify()
    this.#swap(0, last)
    this.#rows.pop()
    const entry = { docId: this.#docs.pop()!, score: this.#scores.pop()! }
    this.#siftDown(0)
    return entry
  }

  collect(docId: number, score: number): void {
    const row = this.#row
    let at = 0
    for (const key of this.keys) {
      key.read(docId, score, row, at)
      at += key.width
    }
    if (this.#after !== null && this.#compare(row, this.#after) <= 0) return
    if (this.#docs.length < this.#capacity) {
      this.#rows.push(row.slice())
      this.#docs.push(docId)
      this.#scores.push(score)
      if (this.#docs.length === this.#capacity) this.#heapify()
    } else if (this.#capacity > 0 && this.#compare(row, this.#rows[0]!) < 0) {
      this.#rows[0]!.set(row)
      this.#docs[0] = docId
      this.#scores[0] = score
      this.#siftDown(0)
    }
  }

  #compare(a: Float64Array, b: Float64Array): number {
    for (let at = 0; at < this.#width; at++) {
      if (a[at]! < b[at]!) return -1
      if (a[at]! > b[at]!) return 1
    }
    return 0
  }

  #isLater(a: number, b: number): boolean {
    const order = this.#compare(this.#rows[a]!, this.#rows[b]!)
    return order > 0 || (order === 0 && this.#docs[a]! > this.#docs[b]!)
  }

  #swap(a: number, b: number): void {
    const row = this.#rows[a]!
    this.#rows[a] = this.#rows[b]!
    this.#rows[b] = row
    const doc = this.#docs[a]!
    this.#docs[a] = this.#docs[b]!
    this.#docs[b] = doc
    const score = this.#scores[a]!
    this.#scores[a] = this.#scores[b]!
    this.#scores[b] = score
  }

  #heapify(): void {
    this.#isHeap = true
    for (let at = (this.#docs.length >>> 1) - 1; at >= 0; at--) this.#siftDown(at)
  }

  #siftDown(start: number): void {
    const count = this.#docs.length
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

/** Turns the list around from `first` on. */
function reverse(list: FoundDoc[], first: number): void {
  for (let low = first, high = list.length - 1; low < high; low++, high--) {
    const kept = list[low]!
    list[low] = list[high]!
    list[high] = kept
  }
}
