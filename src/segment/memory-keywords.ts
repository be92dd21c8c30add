/** A column of keywords in the write buffer, and their postings where they are looked up too: one dictionary for both. */
import { Ends, placeOf, wrongKind } from './memory-column.ts'
import type { MemoryColumn } from './memory-column.ts'
import { insertionPoint, MemoryDictionary, valuesAtOnceMax } from './memory-dictionary.ts'
import type { SortedTerms } from './memory-dictionary.ts'
import type { MemoryDocs } from './memory-docs.ts'
import { MemoryPostings } from './memory-postings.ts'
import { MemoryTerms } from './memory-terms.ts'
import type { TermStatistics } from './memory-terms.ts'
import type { ColumnReader, ColumnValues } from './types.ts'
import { assert, compareTerms, Growable, sortTermsInSteps } from '../util/index.ts'
import type { Steps } from '../util/index.ts'

const noPositions: readonly number[] = []

export class KeywordColumn implements MemoryColumn {
  readonly dictionary: MemoryDictionary = new MemoryDictionary()
  readonly terms: MemoryTerms | null
  readonly #ends = new Ends()
  /** Numbers of the dictionary, in byte order of their terms within a document. */
  readonly #numbers = new Growable((length) => new Int32Array(length))
  readonly #postings: MemoryPostings | null

  constructor(withTerms: boolean) {
    this.#postings = withTerms ? new MemoryPostings(false) : null
    this.terms =
      this.#postings === null
        ? null
        : new MemoryTerms(this.dictionary, this.#postings, statisticsOf(this.#ends))
  }

  get docs(): MemoryDocs {
    return this.#ends.docs
  }

  get bytes(): number {
    const postings = this.#postings?.bytes ?? 0
    return this.#ends.bytes + this.#numbers.byteLength + this.dictionary.bytes + postings
  }

  append(docId: number, values: ColumnValues): void {
    assert(areKeywords(values), 'values of a keyword column are strings')
    for (const value of values.length === 1 ? values : distinctSorted(values))
      this.#add(value, docId)
    this.#ends.close(docId, this.#numbers.length)
  }

  *appendInSteps(docId: number, values: ColumnValues): Steps<void> {
    const sorted = yield* sortTermsInSteps(values as readonly string[])
    for (let at = 0; at < sorted.length; at++) {
      this.#add(sorted[at]!, docId)
      if (at % valuesAtOnceMax === 0) yield
    }
    this.#ends.close(docId, this.#numbers.length)
  }

  #add(value: string, docId: number): void {
    const number = this.dictionary.add(value, docId)
    this.#numbers.push(number)
    this.#postings?.add(number, docId, noPositions)
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

/** Every document of a keyword field has a term, each term once, and no norm. */
function statisticsOf(ends: Ends): TermStatistics {
  return {
    ranks: (docCount) => ends.docs.ranks(docCount),
    docCount: (rankCount) => rankCount,
    tokenCount: (rankCount) => ends.total(rankCount),
    lengthOf: () => 1
  }
}

function areKeywords(values: ColumnValues): values is readonly string[] {
  return values.every((value) => typeof value === 'string')
}

function distinctSorted(values: readonly string[]): readonly string[] {
  return [...new Set(values.map((value) => value.toWellFormed()))].sort(compareTerms)
}
