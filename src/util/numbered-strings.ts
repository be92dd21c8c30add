import { Growable } from './growable.ts'

const int32s = (length: number): Int32Array => new Int32Array(length)

/** Another one in each process: nobody can send strings that all have one place. */
const seed = Math.floor(Math.random() * 2 ** 31)
const factor = 0x5bd1e995
/** A power of two. */
const placesMin = 8

/**
 * Distinct strings, numbered as they come.
 *
 * Why not a Map: one with half a million strings is made anew by the next one, in 20 to 30 ms. Here places are added one by one, and what
 * lies in the place that is divided is moved (linear hashing, W. Litwin, 1980). New strings are added in two thirds of a Map's time; a
 * known one is found in as long.
 */
export class NumberedStrings {
  readonly strings: string[] = []
  /** By number. */
  readonly #hashes = new Growable(int32s)
  /** By number: the one behind it in its place, or -1. */
  readonly #next = new Growable(int32s)
  /** By place: the first there, or -1. Its length is the number of places. */
  readonly #first = new Growable(int32s)
  /** So many places were there when the last round of divisions began: a power of two. */
  #before = placesMin

  constructor() {
    while (this.#first.length < placesMin) this.#first.push(-1)
  }

  get length(): number {
    return this.strings.length
  }

  /** Number of a string, a new one when it has none. */
  add(text: string): number {
    const hash = hashOf(text)
    const place = this.#placeOf(hash)
    const known = this.#in(place, hash, text)
    if (known >= 0) return known
    const number = this.strings.length
    this.strings.push(text)
    this.#hashes.push(hash)
    this.#next.push(this.#first.array[place]!)
    this.#first.array[place] = number
    if (number >= this.#first.length) this.#addPlace()
    return number
  }

  /** Number of a string, -1 when it has none. */
  find(text: string): number {
    const hash = hashOf(text)
    return this.#in(this.#placeOf(hash), hash, text)
  }

  #placeOf(hash: number): number {
    const place = hash & (2 * this.#before - 1)
    return place < this.#first.length ? place : place - this.#before
  }

  #in(place: number, hash: number, text: string): number {
    const { strings } = this
    const hashes = this.#hashes.array
    const next = this.#next.array
    for (let at = this.#first.array[place]!; at >= 0; at = next[at]!)
      if (hashes[at] === hash && strings[at] === text) return at
    return -1
  }

  /** Divides one place: one more bit of their hashes says who goes to the new one. */
  #addPlace(): void {
    const before = this.#before
    const divided = this.#first.length - before
    const hashes = this.#hashes.array
    const next = this.#next.array
    let stays = -1
    let goes = -1
    for (let at = this.#first.array[divided]!; at >= 0;) {
      const after = next[at]!
      if ((hashes[at]! & before) === 0) {
        next[at] = stays
        stays = at
      } else {
        next[at] = goes
        goes = at
      }
      at = after
    }
    this.#first.array[divided] = stays
    this.#first.push(goes)
    if (this.#first.length === 2 * before) this.#before = 2 * before
  }
}

function hashOf(text: string): number {
  let hash = seed
  for (let at = 0; at < text.length; at++)
    hash = Math.imul(hash ^ text.charCodeAt(at), factor) ^ (hash >>> 15)
  hash = Math.imul(hash ^ (hash >>> 13), factor)
  return hash ^ (hash >>> 15)
}
