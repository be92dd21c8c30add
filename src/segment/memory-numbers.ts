/** Columns of numbers in the write buffer. */
import { Ends, placeOf, wrongKind } from './memory-column.ts'
import type { MemoryColumn } from './memory-column.ts'
import { valuesAtOnceMax } from './memory-dictionary.ts'
import type { MemoryDocs } from './memory-docs.ts'
import { sortNumbersInSteps } from './number-sort.ts'
import type { ColumnReader, ColumnValues } from './types.ts'
import { assert, Growable } from '../util/index.ts'
import type { Steps } from '../util/index.ts'

/** Numbers are kept as they are; within a document ascending. */
abstract class NumberColumn<Values extends BigInt64Array | Float64Array> implements MemoryColumn {
  readonly dictionary = null
  readonly terms = null
  readonly #ends = new Ends()
  readonly #values: Growable<Values>
  readonly #newValues: (length: number) => Values

  constructor(newValues: (length: number) => Values) {
    this.#newValues = newValues
    this.#values = new Growable(newValues)
  }

  get docs(): MemoryDocs {
    return this.#ends.docs
  }

  get bytes(): number {
    return this.#ends.bytes + this.#values.byteLength
  }

  abstract append(docId: number, values: ColumnValues): void
  abstract reader(docCount: number): ColumnReader

  *appendInSteps(docId: number, values: ColumnValues): Steps<void> {
    const sorted = yield* sortNumbersInSteps(values as readonly Values[number][], this.#newValues)
    for (let at = 0; at < sorted.length; at += valuesAtOnceMax) {
      this.#values.append(sorted.subarray(at, at + valuesAtOnceMax) as Values)
      yield
    }
    this.#ends.close(docId, this.#values.length)
  }

  /** @param sorted  One, or in an array of their type, which sorts as numbers and not as text. */
  protected push(docId: number, sorted: Values | readonly Values[number][]): void {
    for (const value of sorted) this.#values.push(value)
    this.#ends.close(docId, this.#values.length)
  }

  /** What both kinds answer alike, and where to look for the rest. */
  protected opened(docCount: number): {
    readonly common: Pick<ColumnReader, 'valueCount' | 'count'> & typeof noOrds
    readonly valueAt: (docId: number, at: number) => Values[number]
  } {
    const ends = this.#ends
    const values = this.#values
    const ranks = ends.docs.ranks(docCount)
    return {
      common: {
        valueCount: ends.total(ranks.count),
        count: (docId) => ends.countOf(ranks.rankOf(docId)),
        ...noOrds
      },
      valueAt: (docId, at) => values.array[placeOf(ends, ranks, docId, at)]!
    }
  }
}

export class LongColumn extends NumberColumn<BigInt64Array> {
  constructor() {
    super((length) => new BigInt64Array(length))
  }

  append(docId: number, values: ColumnValues): void {
    assert(areLongs(values), 'values of a long column are bigints')
    this.push(docId, values.length === 1 ? values : BigInt64Array.from(values).sort())
  }

  reader(docCount: number): ColumnReader {
    const { common, valueAt } = this.opened(docCount)
    const doubleAt = (docId: number, at: number): number => Number(valueAt(docId, at))
    return { kind: 'long', ...common, longAt: valueAt, doubleAt }
  }
}

export class DoubleColumn extends NumberColumn<Float64Array> {
  constructor() {
    super((length) => new Float64Array(length))
  }

  append(docId: number, values: ColumnValues): void {
    assert(areDoubles(values), 'values of a double column are numbers')
    this.push(docId, values.length === 1 ? values : Float64Array.from(values).sort())
  }

  reader(docCount: number): ColumnReader {
    const { common, valueAt } = this.opened(docCount)
    const longAt = (): never => wrongKind('double', 'longAt')
    return { kind: 'double', ...common, longAt, doubleAt: valueAt }
  }
}

function areLongs(values: ColumnValues): values is readonly bigint[] {
  return values.every((value) => typeof value === 'bigint')
}

function areDoubles(values: ColumnValues): values is readonly number[] {
  return values.every((value) => typeof value === 'number')
}

const noOrds = {
  ordAt: (): number => wrongKind('long', 'ordAt'),
  keywordOf: (): string => wrongKind('long', 'keywordOf'),
  ordOf: (): number => wrongKind('long', 'ordOf')
}
