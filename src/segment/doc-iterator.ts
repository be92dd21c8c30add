/** Iterators over documents that carry no frequencies: a bit set, a range, an ascending array. */
import { noMoreDocs } from './types.ts'
import type { PostingsIterator } from './types.ts'
import { lowerBound } from '../util/index.ts'
import type { BitSet } from '../util/index.ts'

const noPositions: readonly number[] = []

/** Members of `docs` below `end`. */
export class BitSetIterator implements PostingsIterator {
  readonly cost: number
  readonly #docs: BitSet
  readonly #end: number
  #doc = -1

  constructor(docs: BitSet, end: number, cost: number) {
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

  freq(): number {
    return 1
  }

  positions(): readonly number[] {
    return noPositions
  }
}

/** Documents 0 .. end - 1. */
export class RangeIterator implements PostingsIterator {
  readonly cost: number
  #doc = -1

  constructor(end: number) {
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

  freq(): number {
    return 1
  }

  positions(): readonly number[] {
    return noPositions
  }
}

/** The first `end` of an ascending array that may grow behind them. */
export class ArrayIterator implements PostingsIterator {
  readonly cost: number
  readonly #docs: ArrayLike<number>
  #at = -1

  constructor(docs: ArrayLike<number>, end: number) {
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

  freq(): number {
    return 1
  }

  positions(): readonly number[] {
    return noPositions
  }
}

/** Lower bound by doubling steps from `from`: near targets are found in few comparisons. */
function gallop(docs: ArrayLike<number>, target: number, from: number, end: number): number {
  let step = 1
  let low = from
  while (low + step < end && docs[low + step]! < target) {
    low += step
    step *= 2
  }
  return lowerBound(docs, target, Math.min(end, low + step + 1), low)
}
