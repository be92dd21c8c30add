/** Distinct strings of one field in the write buffer, numbered in the order in which they came. */
import { sliceSort } from './slice-sort.ts'
import { ascending, compareTerms, Growable, lowerBound, NumberedStrings } from '../util/index.ts'

/** The terms that were there at one moment, in byte order. Never changes. */
export type SortedTerms = {
  readonly count: number
  /** order[ord] is the number of the term. */
  readonly order: Int32Array
  /** ords[number] is the place of the term. */
  readonly ords: Int32Array
}

/** Longer lists of terms or values of a document enter the buffer in steps: half a millisecond. */
export const valuesAtOnceMax = 1024

/** About a millisecond. */
const sortedAtOnceMax = 1000

const bytesPerTerm = 96 // numbers, array slot and string header; a guess

export class MemoryDictionary {
  readonly #strings = new NumberedStrings()
  readonly #firstDocs = new Growable((length) => new Int32Array(length))
  #sorted: SortedTerms = { count: 0, order: new Int32Array(0), ords: new Int32Array(0) }
  /** Bytes held, estimated. */
  bytes = 0

  /** By number. */
  get terms(): readonly string[] {
    return this.#strings.strings
  }

  /** Number of the term made well-formed, a new one when it has none. Documents come in ascending order. */
  add(given: string, docId: number): number {
    const known = this.#strings.find(given)
    if (known >= 0) return known
    const term = given.toWellFormed()
    const number = this.#strings.add(term)
    if (number < this.#firstDocs.length) return number
    this.#firstDocs.push(docId)
    this.bytes += bytesPerTerm + term.length
    return number
  }

  /** Number of a term, -1 when it is not there. */
  find(term: string): number {
    return this.#strings.find(term.toWellFormed())
  }

  /** The first document that has a term. */
  firstDoc(number: number): number {
    return this.#firstDocs.array[number]!
  }

  /** How many terms documents 0 .. docCount - 1 have: numbers below that are visible to them. */
  countAt(docCount: number): number {
    return lowerBound(this.#firstDocs.array, docCount, this.#firstDocs.length)
  }

  /**
   * Terms with numbers below `count` in byte order. Kept until more are asked for; new ones are sorted alone and merged in.
   *
   * Cost     a merge over all terms when terms came since the last call, nothing when not.
   */
  sortedAt(count: number): SortedTerms {
    if (this.#sorted.count === count) return this.#sorted
    if (count < this.#sorted.count) return this.#without(count)
    this.#sorted = this.#extended(count)
    return this.#sorted
  }

  /** Sorts ahead, in slices, what `sortedAt(count)` would sort at once. */
  async sortAhead(count: number, pause: () => Promise<void> | null): Promise<void> {
    if (count - this.#sorted.count <= sortedAtOnceMax) return
    const { terms } = this
    const numbers = ascending(new Int32Array(count))
    const order = await sliceSort(numbers, (a, b) => compareTerms(terms[a]!, terms[b]!), pause)
    if (count > this.#sorted.count) this.#sorted = numbered(order)
  }

  #extended(count: number): SortedTerms {
    const { terms } = this
    const old = this.#sorted.order
    const fresh = Array.from({ length: count - old.length }, (_, at) => old.length + at)
    fresh.sort((a, b) => compareTerms(terms[a]!, terms[b]!))
    const order = new Int32Array(count)
    let left = 0
    let right = 0
    for (let at = 0; at < count; at++) {
      const takeOld =
        right === fresh.length ||
        (left < old.length && compareTerms(terms[old[left]!]!, terms[fresh[right]!]!) < 0)
      order[at] = takeOld ? old[left++]! : fresh[right++]!
    }
    return numbered(order)
  }

  /** For a view that is older than what is sorted. */
  #without(count: number): SortedTerms {
    return numbered(this.#sorted.order.filter((number) => number < count))
  }
}

function numbered(order: Int32Array): SortedTerms {
  const ords = new Int32Array(order.length)
  for (let ord = 0; ord < order.length; ord++) ords[order[ord]!] = ord
  return { count: order.length, order, ords }
}

/** Place of the first of `terms[order[...]]` that is not below `value`. */
export function insertionPoint(order: Int32Array, terms: readonly string[], value: string): number {
  let low = 0
  let high = order.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compareTerms(terms[order[middle]!]!, value) < 0) low = middle + 1
    else high = middle
  }
  return low
}
