/**
 * Lists of numbers of the write buffer, thousands of them, that grow in common slabs.
 *
 * Why not an array for each: V8 copies young ones once or twice and marks old ones again and again, one that grows is copied each
 * time, and the second number of a list takes 19 slots.
 */
import { Growable, lowerBound } from '../util/index.ts'

const placeBits = 16
/** Longer lists have slabs of their own. */
const slabLengthMax = 2 ** placeBits
const slabLengthMin = 2 ** 6
const listLengthMin = 4

const int32s = (length: number): Int32Array => new Int32Array(length)

/**
 * Append-only: where a list was found, its numbers stay as they were, though it may go on elsewhere.
 *
 * Cost     a list of n numbers takes 8 bytes, and from two numbers on the next power of two and what it grew out of: 8 to 16 bytes a number.
 */
export class NumberLists {
  readonly #slabs: Int32Array[] = []
  #slabLengths = 0
  /** Numbers that the last slab has room for. */
  #room = 0
  /** By list: its slab and its first place there. A list of one number has none: that number. */
  readonly #starts = new Growable(int32s)
  readonly #lengths = new Growable(int32s)

  /** Lists are numbered from 0 on. */
  get count(): number {
    return this.#lengths.length
  }

  get bytes(): number {
    return this.#starts.byteLength + this.#lengths.byteLength + this.#slabLengths * 4
  }

  /** A new list with one number. */
  add(value: number): void {
    this.#starts.push(value)
    this.#lengths.push(1)
  }

  push(list: number, value: number): void {
    const length = this.#lengths.array[list]!
    if (isFull(length)) this.#move(list, length)
    const start = this.#starts.array[list]!
    this.#slabs[slabOf(start)]![placeOf(start) + length] = value
    this.#lengths.array[list] = length + 1
  }

  lengthOf(list: number): number {
    return this.#lengths.array[list]!
  }

  /** Numbers lie side by side there, from `startOf` on. */
  arrayOf(list: number): Int32Array {
    const start = this.#starts.array[list]!
    if (this.#lengths.array[list] === 1) return Int32Array.of(start)
    return this.#slabs[slabOf(start)]!
  }

  startOf(list: number): number {
    return this.#lengths.array[list] === 1 ? 0 : placeOf(this.#starts.array[list]!)
  }

  firstOf(list: number): number {
    return this.#at(list, 0)
  }

  lastOf(list: number): number {
    return this.#at(list, this.#lengths.array[list]! - 1)
  }

  /** Of an ascending list: how many of its numbers are below `end`. */
  countBelow(list: number, end: number): number {
    const length = this.#lengths.array[list]!
    if (this.lastOf(list) < end) return length
    if (length === 1) return 0
    const start = this.startOf(list)
    return lowerBound(this.arrayOf(list), end, start + length, start) - start
  }

  #at(list: number, at: number): number {
    const start = this.#starts.array[list]!
    if (this.#lengths.array[list] === 1) return start
    return this.#slabs[slabOf(start)]![placeOf(start) + at]!
  }

  /** To where it has room for as many again. Its numbers stay where they were, too: an iterator may be there. */
  #move(list: number, length: number): void {
    const start = this.#newRoom(Math.max(listLengthMin, 2 * length))
    const to = this.#slabs[slabOf(start)]!
    const into = placeOf(start)
    for (let at = 0; at < length; at++) to[into + at] = this.#at(list, at)
    this.#starts.array[list] = start
  }

  #newRoom(length: number): number {
    if (length > this.#room) {
      const usual = Math.max(slabLengthMin, Math.min(slabLengthMax, this.#slabLengths))
      this.#room = Math.max(length, usual)
      this.#slabLengths += this.#room
      this.#slabs.push(new Int32Array(this.#room))
    }
    const slab = this.#slabs.length - 1
    const at = this.#slabs[slab]!.length - this.#room
    this.#room -= length
    return (slab << placeBits) | at
  }
}

const slabOf = (start: number): number => start >>> placeBits
const placeOf = (start: number): number => start & (slabLengthMax - 1)

function isFull(length: number): boolean {
  return length === 1 || (length >= listLengthMin && (length & (length - 1)) === 0)
}
