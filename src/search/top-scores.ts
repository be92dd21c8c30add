import type { Steps } from '../util/index.ts'
import { copied } from './copied-numbers.ts'
import type { Deadline } from './deadline.ts'
import { FoundColumns, foundWidth } from './found-doc.ts'

/** About a fifth of a millisecond. */
const listedAtOnceMax = 512

/** By place: in which of as many equal parts of the range of scores a document is; where the next one of each part goes. */
const parts = new Uint16Array(listedAtOnceMax)
const nextOf = new Uint16Array(listedAtOnceMax + 1)
/** Places, the best first, and the numbers there. */
const order = new Uint16Array(listedAtOnceMax)
const sorted: number[] = Array.from({ length: listedAtOnceMax * foundWidth }, () => 0.5)

const noRoom = new Float64Array(0)
/** Room of one who has listed, for the next: an array outside of the heap takes as long as finding room for all its numbers in it. */
let spareRoom: Float64Array | null = null

/** Room at first; it doubles. Few find more. */
function takeRoom(): Float64Array {
  const room = spareRoom ?? new Float64Array(listedAtOnceMax * foundWidth)
  spareRoom = null
  return room
}

function giveBack(room: Float64Array): void {
  if (room.length === listedAtOnceMax * foundWidth) spareRoom = room
}

/**
 * The best documents by score, as many as wanted. Documents come in index order, so of two with equal scores the first one
 * seen is better. When more have come than are wanted, or than are sorted at once, they are a heap with the worst on top: who moves
 * through it leaves a hole, and is put down once. Before, they stay in the order in which they came.
 */
export class TopScores {
  readonly #capacity: number
  /** As FoundColumns has them. */
  #numbers: Float64Array = noRoom
  #count: number = 0
  #segment: number = 0
  #isHeap: boolean = false

  constructor(capacity: number) {
    this.#capacity = capacity
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
      if (this.#count * foundWidth === this.#numbers.length) this.#grow()
      // Thousands that became a heap at once would keep the event loop for some milliseconds.
      if (this.#count === listedAtOnceMax) this.#makeHeap()
      if (this.#isHeap) this.#rise(this.#count++, score, docId, this.#segment)
      else this.#put(this.#count++, score, docId, this.#segment)
    } else if (this.#capacity > 0) {
      if (!this.#isHeap) this.#makeHeap()
      if (score > this.#numbers[0]!) this.#sink(score, docId, this.#segment)
    }
  }

  /** Best first, in steps where they are many. It is empty then. */
  list(deadline: Deadline): FoundColumns | Steps<FoundColumns> {
    const count = this.#count
    if (count > listedAtOnceMax) return this.#listIn(deadline)
    if (this.#isHeap) this.#sortWorst(count)
    else this.#orderAll()
    const numbers = this.#numbersOf(count, this.#isHeap ? null : order)
    giveBack(this.#numbers)
    this.#numbers = noRoom
    this.#count = 0
    return new FoundColumns(numbers, 0, count)
  }

  /** A list of its own of the first places, or of those in an order. */
  #numbersOf(count: number, places: Uint16Array | null): number[] {
    const numbers = this.#numbers
    let to = 0
    for (let at = 0; at < count; at++) {
      const from = (places === null ? at : places[at]!) * foundWidth
      sorted[to++] = numbers[from]!
      sorted[to++] = numbers[from + 1]!
      sorted[to++] = numbers[from + 2]!
    }
    return sorted.slice(0, to)
  }

  /** The numbers stay where they are: thousands of objects would be copied by each collection of young ones. */
  *#listIn(deadline: Deadline): Steps<FoundColumns> {
    const count = this.#count
    while (this.#count > 0) {
      this.#sortWorst(listedAtOnceMax)
      if (this.#count > 0) deadline.check()
      if (deadline.isDue) yield* deadline.pause()
    }
    return new FoundColumns(this.#numbers, 0, count)
  }

  /** By parts of the range of scores, then by insertion: most parts have one or two, or such with equal scores. */
  #orderAll(): void {
    const count = this.#count
    const numbers = this.#numbers
    this.#orderByParts()
    for (let at = 1; at < count; at++) {
      const place = order[at]!
      const score = numbers[place * foundWidth]!
      let hole = at
      for (; hole > 0 && numbers[order[hole - 1]! * foundWidth]! < score; hole--)
        order[hole] = order[hole - 1]!
      order[hole] = place
    }
  }

  #orderByParts(): void {
    const count = this.#count
    const numbers = this.#numbers
    let best = -Infinity
    let worst = Infinity
    for (let at = 0; at < count; at++) {
      const score = numbers[at * foundWidth]!
      if (score > best) best = score
      if (score < worst) worst = score
    }
    const partsPerScore = (count - 1) / (best - worst)
    nextOf.fill(0, 0, count + 1)
    for (let at = 0; at < count; at++) {
      // Where the range is none, or has no end, all are in the first.
      const part = ((best - numbers[at * foundWidth]!) * partsPerScore) | 0
      parts[at] = part
      nextOf[part + 1]! += 1
    }
    for (let part = 1; part < count; part++) nextOf[part]! += nextOf[part - 1]!
    for (let at = 0; at < count; at++) order[nextOf[parts[at]!]!++] = at
  }

  #makeHeap(): void {
    const numbers = this.#numbers
    this.#isHeap = true
    for (let from = foundWidth; from < this.#count * foundWidth; from += foundWidth)
      this.#rise(from / foundWidth, numbers[from]!, numbers[from + 1]!, numbers[from + 2]!)
  }

  /** Puts the worst, so many, behind the heap that is left, in order. */
  #sortWorst(count: number): void {
    const numbers = this.#numbers
    const end = Math.max(0, this.#count - count)
    while (this.#count > end) {
      const last = --this.#count
      const from = last * foundWidth
      const [score, docId, segment] = [numbers[0]!, numbers[1]!, numbers[2]!]
      this.#sink(numbers[from]!, numbers[from + 1]!, numbers[from + 2]!)
      this.#put(last, score, docId, segment)
    }
  }

  /** Puts a document in behind a heap, or above those there that are better. */
  #rise(end: number, score: number, docId: number, segment: number): void {
    let at = end
    while (at > 0) {
      const parent = (at - 1) >>> 1
      // It came after all of them, so it is worse than its equals.
      if (score > this.#numbers[parent * foundWidth]!) break
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
      const other = this.#numbers[child * foundWidth]!
      if (other > score || (other === score && !this.#isLater(child, segment, docId))) break
      this.#move(child, at)
      at = child
    }
    this.#put(at, score, docId, segment)
  }

  #isWorse(a: number, b: number): boolean {
    const numbers = this.#numbers
    const from = b * foundWidth
    const [first, second] = [numbers[a * foundWidth]!, numbers[from]!]
    return first === second
      ? this.#isLater(a, numbers[from + 2]!, numbers[from + 1]!)
      : first < second
  }

  #isLater(at: number, segment: number, docId: number): boolean {
    const from = at * foundWidth
    const own = this.#numbers[from + 2]!
    return own === segment ? this.#numbers[from + 1]! > docId : own > segment
  }

  #move(from: number, to: number): void {
    const numbers = this.#numbers
    const place = from * foundWidth
    this.#put(to, numbers[place]!, numbers[place + 1]!, numbers[place + 2]!)
  }

  #put(at: number, score: number, docId: number, segment: number): void {
    const numbers = this.#numbers
    const place = at * foundWidth
    numbers[place] = score
    numbers[place + 1] = docId
    numbers[place + 2] = segment
  }

  #grow(): void {
    const old = this.#numbers
    this.#numbers = old === noRoom ? takeRoom() : copied(old, new Float64Array(2 * old.length))
    giveBack(old)
  }
}
