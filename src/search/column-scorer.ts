import { RangeIterator } from '../segment/index.ts'
import type { ColumnReader } from '../segment/index.ts'
import { longMax, longMin } from '../util/index.ts'
import { Scorer } from './scorer.ts'

/** A look at a column: two to three table reads. */
const columnMatchCost = 5

/** Documents 0 .. docCount - 1 for which `accepts` answers true; one score. */
export class ColumnScorer extends Scorer {
  readonly cost: number
  override readonly matchCost: number = columnMatchCost
  readonly #docs: RangeIterator
  readonly #accepts: (docId: number) => boolean
  readonly #score: number

  constructor(docCount: number, accepts: (docId: number) => boolean, score: number) {
    super()
    this.#docs = new RangeIterator(docCount)
    this.cost = docCount
    this.#accepts = accepts
    this.#score = score
  }

  docId(): number {
    return this.#docs.docId()
  }
  next(): number {
    return this.#docs.next()
  }
  advance(target: number): number {
    return this.#docs.advance(target)
  }
  override matches(): boolean {
    return this.#accepts(this.#docs.docId())
  }
  score(): number {
    return this.#score
  }
}

/** Whether a document has a value in from .. to. */
export function longRangeOver(
  column: ColumnReader,
  from: bigint,
  to: bigint
): (docId: number) => boolean {
  // Below 2^53 a long column's doubles are exact, and beyond they never round into the range.
  const isExact = (bound: bigint, open: bigint): boolean =>
    bound === open || Number.isSafeInteger(Number(bound))
  if (isExact(from, longMin) && isExact(to, longMax)) {
    const low = from === longMin ? -Infinity : Number(from)
    const high = to === longMax ? Infinity : Number(to)
    return doubleRangeOver(column, low, high)
  }
  return (docId) => {
    const count = column.count(docId)
    for (let at = 0; at < count; at++) {
      const value = column.longAt(docId, at)
      if (value >= from) return value <= to
    }
    return false
  }
}

/** Whether a document has a value in from .. to. Values are ascending: the first one at or above `from` decides. */
export function doubleRangeOver(
  column: ColumnReader,
  from: number,
  to: number
): (docId: number) => boolean {
  return (docId) => {
    const count = column.count(docId)
    for (let at = 0; at < count; at++) {
      const value = column.doubleAt(docId, at)
      if (value >= from) return value <= to
    }
    return false
  }
}

/** Whether a document has one of the values. */
export function longSetOver(
  column: ColumnReader,
  values: readonly bigint[]
): (docId: number) => boolean {
  if (values.every((value) => Number.isSafeInteger(Number(value))))
    return doubleSetOver(column, values.map(Number))
  const wanted = new Set(values)
  return (docId) => {
    const count = column.count(docId)
    for (let at = 0; at < count; at++) if (wanted.has(column.longAt(docId, at))) return true
    return false
  }
}

/** Whether a document has one of the values. */
export function doubleSetOver(
  column: ColumnReader,
  values: readonly number[]
): (docId: number) => boolean {
  const wanted = new Set(values)
  return (docId) => {
    const count = column.count(docId)
    for (let at = 0; at < count; at++) if (wanted.has(column.doubleAt(docId, at))) return true
    return false
  }
}
