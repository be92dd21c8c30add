import type { Steps } from '../util/index.ts'
import { copied } from './copied-numbers.ts'
import type { Deadline } from './deadline.ts'
import { FoundColumns } from './found-doc.ts'

/** Room at first, at most; it doubles. Few who want more find so many. */
const roomFirstMax = 1024
/** About a fifth of a millisecond. */
const listedAtOnceMax = 512

/** What sorts so many documents by score, of float32, and place: doubles, of which the best is the largest. */
const keys = new Float64Array(listedAtOnceMax)
const float = new Float32Array(1)
const bits = new Int32Array(float.buffer)

/** In one buffer: each takes a third of a microsecond. */
function roomFor(count: number): Pick<FoundColumns, 'scores' | 'docIds' | 'segments'> {
  const buffer = new ArrayBuffer(count * 16)
  return {
    scores: new Float64Array(buffer, 0, count),
    docIds: new Int32Array(buffer, count * 8, count),
    segments: new Int32Array(buffer, count * 12, count)
  }
}

/**
 * The best documents by score, as many as wanted. Documents come in index order, so of two with equal scores the first one
 * seen is better. When more have come than are wanted, or than are sorted at once, they are a heap with the worst on top, as three
 * lists of numbers: who moves through it leaves a hole, and is put down once. Before, they stay in the order in which they came.
 */
export class TopScores {
  readonly #capacity: number
  #scores: Float64Array
  #docs: Int32Array
  #segments: Int32Array
  #count: number = 0
  #segment: number = 0
  #isHeap: boolean = false

  constructor(capacity: number) {
    this.#capacity = capacity
    const { scores, docIds, segments } = roomFor(Math.min(capacity, roomFirstMax))
    this.#scores = scores
    this.#docs = docIds
    this.#segments = segments
  }

  startSegment(segment: number): void {
    this.#segment = segment
  }

  /** Nothing is kept per segment. */
  endSegment(): null {
    return null
  }

  get isFull(): boolean {
    return this.#count >= this.#capacity
  }

  collect(docId: number, score: number): void {
    if (this.#count < this.#capacity) {
      if (this.#count === this.#scores.length) this.#grow()
      // Thousands that became a heap at once would keep the event loop for some milliseconds.
      if (this.#count === listedAtOnceMax) this.#makeHeap()
      if (this.#isHeap) this.#rise(this.#count++, score, docId, this.#segment)
      else this.#put(this.#count++, score, docId, this.#segment)
    } else if (this.#capacity > 0) {
      if (!this.#isHeap) this.#makeHeap()
      if (score > this.#scores[0]!) this.#sink(score, docId, this.#segment)
    }
  }

  /** Best first, in steps where they are many. It is empty then. */
  list(deadline: Deadline): FoundColumns | Steps<FoundColumns> {
    const count = this.#count
    if (count > listedAtOnceMax) return this.#listIn(deadline)
    if (!this.#isHeap && this.#writeKeys()) return this.#listByKeys()
    if (!this.#isHeap) this.#makeHeap()
    this.#sortWorst(count)
    return this.#columns(count)
  }

  #listByKeys(): FoundColumns {
    const count = this.#count
    const sorted = keys.subarray(0, count).sort()
    const { scores, docIds, segments } = roomFor(count)
    for (let at = 0; at < count; at++) {
      const key = sorted[count - 1 - at]!
      const place =
        listedAtOnceMax - 1 - (key - Math.floor(key / listedAtOnceMax) * listedAtOnceMax)
      scores[at] = this.#scores[place]!
      docIds[at] = this.#docs[place]!
      segments[at] = this.#segments[place]!
    }
    this.#count = 0
    return new FoundColumns(segments, docIds, scores)
  }

  /** The numbers stay where they are: thousands of objects would be copied by each collection of young ones. */
  *#listIn(deadline: Deadline): Steps<FoundColumns> {
    const count = this.#count
    while (this.#count > 0) {
      this.#sortWorst(listedAtOnceMax)
      if (this.#count > 0) deadline.check()
      if (deadline.isDue) yield* deadline.pause()
    }
    return this.#columns(count)
  }

  #columns(count: number): FoundColumns {
    const [scores, docs, segments] = [this.#scores, this.#docs, this.#segments]
    return new FoundColumns(
      segments.subarray(0, count),
      docs.subarray(0, count),
      scores.subarray(0, count)
    )
  }

  /** false: a score is none of float32. */
  #writeKeys(): boolean {
    for (let at = 0; at < this.#count; at++) {
      const score = this.#scores[at]!
      float[0] = score
      if (float[0] !== score) return false
      // Floats are in the order of their bits, those below zero in the opposite one.
      const rank = bits[0]! < 0 ? -(bits[0]! & 0x7f_ff_ff_ff) : bits[0]!
      keys[at] = rank * listedAtOnceMax + listedAtOnceMax - 1 - at
    }
    return true
  }

  #makeHeap(): void {
    this.#isHeap = true
    for (let at = 1; at < this.#count; at++)
      this.#rise(at, this.#scores[at]!, this.#docs[at]!, this.#segments[at]!)
  }

  /** Puts the worst, so many, behind the heap that is left, in order. */
  #sortWorst(count: number): void {
    const [scores, docs, segments] = [this.#scores, this.#docs, this.#segments]
    const end = Math.max(0, this.#count - count)
    while (this.#count > end) {
      const last = --this.#count
      const score = scores[0]!
      const docId = docs[0]!
      const segment = segments[0]!
      this.#sink(scores[last]!, docs[last]!, segments[last]!)
      this.#put(last, score, docId, segment)
    }
  }

  /** Puts a document in behind a heap, or above those there that are better. */
  #rise(end: number, score: number, docId: number, segment: number): void {
    let at = end
    while (at > 0) {
      const parent = (at - 1) >>> 1
      // It came after all of them, so it is worse than its equals.
      if (score > this.#scores[parent]!) break
      this.#move(parent, at)
      at = parent
    }
    this.#put(at, score, docId, segment)
  }

  /** Puts a document in the place of the top, or below those there that are worse. */
  #sink(score: number, docId: number, segment: number): void {
    const end = this.#count
    let at = 0
    for (let child = 1; child < end; child = 2 * at + 1) {
      if (child + 1 < end && this.#isWorse(child + 1, child)) child += 1
      const other = this.#scores[child]!
      if (other > score || (other === score && !this.#isLater(child, segment, docId))) break
      this.#move(child, at)
      at = child
    }
    this.#put(at, score, docId, segment)
  }

  #isWorse(a: number, b: number): boolean {
    const [first, second] = [this.#scores[a]!, this.#scores[b]!]
    return first === second ? this.#isLater(a, this.#segments[b]!, this.#docs[b]!) : first < second
  }

  #isLater(at: number, segment: number, docId: number): boolean {
    const own = this.#segments[at]!
    return own === segment ? this.#docs[at]! > docId : own > segment
  }

  #move(from: number, to: number): void {
    this.#put(to, this.#scores[from]!, this.#docs[from]!, this.#segments[from]!)
  }

  #put(at: number, score: number, docId: number, segment: number): void {
    this.#scores[at] = score
    this.#docs[at] = docId
    this.#segments[at] = segment
  }

  #grow(): void {
    const room = 2 * this.#scores.length
    this.#scores = copied(this.#scores, new Float64Array(room))
    this.#docs = copied(this.#docs, new Int32Array(room))
    this.#segments = copied(this.#segments, new Int32Array(room))
  }
}
