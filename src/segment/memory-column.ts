/** Values of one field in the write buffer: the documents that have some, where theirs end, and the values. */
import { MemoryDictionary } from './memory-dictionary.ts'
import type { SortedTerms } from './memory-dictionary.ts'
import { MemoryDocs } from './memory-docs.ts'
import type { DocRanks } from './memory-docs.ts'
import { sortNumbersInSteps } from './number-sort.ts'
import type { ColumnKind, ColumnReader, ColumnValues } from './types.ts'
import { assert, compareTerms, Growable, sortTermsInSteps } from '../util/index.ts'
import type { Steps } from '../util/index.ts'

export type MemoryColumn = {
  readonly docs: MemoryDocs
  readonly bytes: number
  /** Keywords only: what to sort before they are read in order. */
  readonly dictionary: MemoryDictionary | null
  append(docId: number, values: ColumnValues): void
  /** As append. Until the last step the document has no value. */
  appendInSteps(docId: number, values: ColumnValues): Steps<void>
  reader(docCount: number): ColumnReader
}

/** Longer lists of terms or values of a document enter the buffer in steps: half a millisecond. */
export const valuesAtOnceMax = 1024

export function createMemoryColumn(kind: ColumnKind): MemoryColumn {
  if (kind === 'long') return new LongColumn()
  return kind === 'double' ? new DoubleColumn() : new KeywordColumn()
}

function areLongs(values: ColumnValues): values is readonly bigint[] {
  return values.every((value) => typeof value === 'bigint')
}

function areDoubles(values: ColumnValues): values is readonly number[] {
  return values.every((value) => typeof value === 'number')
}

function areKeywords(values: ColumnValues): values is readonly string[] {
  return values.every((value) => typeof value === 'string')
}

/** What the three kinds share: which values belong to which document. */
class Ends {
  readonly docs = new MemoryDocs()
  readonly array = new Growable((length) => new Int32Array(length))

  close(docId: number, valueCount: number): void {
    this.docs.add(docId)
    this.array.push(valueCount)
  }

  startOf(rank: number): number {
    return rank === 0 ? 0 : this.array.array[rank - 1]!
  }

  countOf(rank: number): number {
    return rank < 0 ? 0 : this.array.array[rank]! - this.startOf(rank)
  }

  /** Number of values of the documents with ranks below `rank`. */
  total(rank: number): number {
    return this.startOf(rank)
  }

  get bytes(): number {
    return this.docs.bytes + this.array.byteLength
  }
}

/** Numbers are kept as they are; within a document ascending. */
abstract class NumberColumn<Values extends BigInt64Array | Float64Array> implements MemoryColumn {
  readonly dictionary = null
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
    for (let at = 0; at < sorted.length; at++) {
      this.#values.push(sorted[at]!)
      if (at % valuesAtOnceMax === 0) yield
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

class LongColumn extends NumberColumn<BigInt64Array> {
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

class DoubleColumn extends NumberColumn<Float64Array> {
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

class KeywordColumn implements MemoryColumn {
  readonly #ends = new Ends()
  readonly dictionary = new MemoryDictionary()
  /** Numbers of the dictionary, in byte order of their terms within a document. */
  readonly #numbers = new Growable((length) => new Int32Array(length))

  get docs(): MemoryDocs {
    return this.#ends.docs
  }

  get bytes(): number {
    return this.#ends.bytes + this.#numbers.byteLength + this.dictionary.bytes
  }

  append(docId: number, values: ColumnValues): void {
    assert(areKeywords(values), 'values of a keyword column are strings')
    for (const value of values.length === 1 ? values : distinctSorted(values))
      this.#numbers.push(this.dictionary.add(value, docId))
    this.#ends.close(docId, this.#numbers.length)
  }

  *appendInSteps(docId: number, values: ColumnValues): Steps<void> {
    const wellFormed: string[] = []
    for (let at = 0; at < values.length; at++) {
      const value = values[at]
      assert(typeof value === 'string', 'values of a keyword column are strings')
      wellFormed.push(value.toWellFormed())
      if (at % valuesAtOnceMax === 0) yield
    }
    const sorted = yield* sortTermsInSteps(wellFormed)
    for (const [at, value] of sorted.entries()) {
      this.#numbers.push(this.dictionary.add(value, docId))
      if (at % valuesAtOnceMax === 0) yield
    }
    this.#ends.close(docId, this.#numbers.length)
  }

  reader(docCount: number): ColumnReader {
    const ends = this.#ends
    const numbers = this.#numbers
    const dictionary = this.dictionary
    const ranks = ends.docs.ranks(docCount)
    const valueCount = dictionary.countAt(docCount)
    let lazy: SortedTerms | null = null
    const sorted = (): SortedTerms => (lazy ??= dictionary.sortedAt(valueCount))
    return {
      kind: 'keyword',
      valueCount,
      count: (docId) => ends.countOf(ranks.rankOf(docId)),
      longAt: () => wrongKind('keyword', 'longAt'),
      doubleAt: () => wrongKind('keyword', 'doubleAt'),
      ordAt: (docId, at) => sorted().ords[numbers.array[placeOf(ends, ranks, docId, at)]!]!,
      keywordOf(ord) {
        assert(ord >= 0 && ord < valueCount, 'ordinal < value count')
        return dictionary.terms[sorted().order[ord]!]!
      },
      ordOf(value) {
        const { order, ords } = sorted()
        const number = dictionary.find(value)
        if (number >= 0 && number < valueCount) return ords[number]!
        return -1 - insertionPoint(order, dictionary.terms, value)
      }
    }
  }
}

function distinctSorted(values: readonly string[]): readonly string[] {
  return [...new Set(values.map((value) => value.toWellFormed()))].sort(compareTerms)
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

function placeOf(ends: Ends, ranks: DocRanks, docId: number, at: number): number {
  const rank = ranks.rankOf(docId)
  assert(at >= 0 && at < ends.countOf(rank), 'value < count of the document')
  return ends.startOf(rank) + at
}

function wrongKind(kind: ColumnKind, method: string): never {
  assert(false, `${method} is not asked of a ${kind} column`)
}

const noOrds = {
  ordAt: (): number => wrongKind('long', 'ordAt'),
  keywordOf: (): string => wrongKind('long', 'keywordOf'),
  ordOf: (): number => wrongKind('long', 'ordOf')
}
