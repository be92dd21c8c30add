/** Iterators over documents that carry no frequencies: a bit set, a range, an ascending array. */
import { noMoreDocs } from './types.ts'
import type { PostingsIterator } from './types.ts'
import { lowerBound } from '../util/index.ts'
import type { BitSet } from '../util/index.ts'

const noPositions: readonly number[] = []

/** What iterators over documents alone answer to questions about a term. */
export abstract class PlainIterator {
  freq(): number {
    return 1
  }

  positions(): readonly number[] {
    return noPositions
  }
}

/** Members of `docs` below `end`. */
export class BitSetIterator extends PlainIterator implements PostingsIterator {
  readonly cost: number
  readonly #docs: BitSet
  readonly #end: number
  #doc = -1

  constructor(docs: BitSet, end: number, cost: number) {
    super()
    this.#docs = docs
    this.#end = end
    this.cost = cost
  }

  docId(): number {
    return this.#doc
  }

  next(): number {
    return this.advance(this.#doc + 1)
  }

  advance(target: number): number {
    const found = target >= this.#end ? -1 : this.#docs.next(target)
    this.#doc = found < 0 || found >= this.#end ? noMoreDocs : found
    return this.#doc
  }
}

/** Documents 0 .. end - 1. */
export class RangeIterator extends PlainIterator implements PostingsIterator {
  readonly cost: number
  #doc = -1

  constructor(end: number) {
    super()
    this.cost = end
  }

  docId(): number {
    return this.#doc
  }

  next(): number {
    return this.advance(this.#doc + 1)
  }

  advance(target: number): number {
    this.#doc = target < this.cost ? target : noMoreDocs
    return this.#doc
  }
}

/** The first `end` of an ascending array that may grow behind them. */
export class ArrayIterator extends PlainIterator implements PostingsIterator {
  readonly cost: number
  readonly #docs: ArrayLike<number>
  #at = -1

  constructor(docs: ArrayLike<number>, end: number = docs.length) {
    super()
    this.#docs = docs
    this.cost = end
  }

  /** Index of the current document in the array. */
  get at(): number {
    return this.#at
  }

  docId(): number {
    if (this.#at < 0) return -1
    return this.#at < this.cost ? this.#docs[this.#at]! : noMoreDocs
  }

  next(): number {
    if (this.#at < this.cost) this.#at += 1
    return this.docId()
  }

  advance(target: number): number {
    if (this.#at + 1 >= this.cost) {
      this.#at = this.cost
      return noMoreDocs
    }
    this.#at = gallop(this.#docs, target, this.#at + 1, this.cost)
    return this.docId()
  }
}

/** Lower bound by doubling steps from `from`: near targets are found in few comparisons. */
export function gallop(docs: ArrayLike<number>, target: number, from: number, end: number): number {
  let step = 1
  let low = from
  while (low + step < end && docs[low + step]! < target) {
    low += step
    step *= 2
  }
  return lowerBound(docs, target, Math.min(end, low + step + 1), low)
}

/** Ascending documents that lie in pages: asked for by rank, never copied out. */
export type RankedDocs = { docAt(rank: number): number }

/** Rank of the first document at or after `docId` among those of ranks `from` to `end`. */
export function rankOfFirst(
  docs: RankedDocs,
  docId: number,
  end: number,
  from: number = 0
): number {
  let low = from
  let high = end
  while (low < high) {
    const middle = (low + high) >>> 1
    if (docs.docAt(middle) < docId) low = middle + 1
    else high = middle
  }
  return low
}

/** The first `end` of documents that are asked for by rank. */
export class RankedIterator extends PlainIterator implements PostingsIterator {
  readonly cost: number
  readonly #docs: RankedDocs
  #rank = -1
  #doc = -1

  constructor(docs: RankedDocs, end: number) {
    super()
    this.#docs = docs
    this.cost = end
  }

  docId(): number {
    return this.#doc
  }

  next(): number {
    return this.#moveTo(this.#rank + 1)
  }

  advance(target: number): number {
    const from = Math.min(this.#rank + 1, this.cost)
    return this.#moveTo(rankOfFirst(this.#docs, target, this.cost, from))
  }

  #moveTo(rank: number): number {
    this.#rank = Math.min(rank, this.cost)
    this.#doc = this.#rank < this.cost ? this.#docs.docAt(this.#rank) : noMoreDocs
    return this.#doc
  }
}
