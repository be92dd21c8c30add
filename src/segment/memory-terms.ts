/** Terms of one field in the write buffer: a dictionary, the postings of each, and what BM25 asks of the field's documents. */
import { insertionPoint, MemoryDictionary, valuesAtOnceMax } from './memory-dictionary.ts'
import { MemoryDocs } from './memory-docs.ts'
import type { DocRanks } from './memory-docs.ts'
import { MemoryPostings } from './memory-postings.ts'
import type { TermEntry } from './merge-source.ts'
import { decodeNorm, encodeNorm } from './norm-code.ts'
import type { PostingsIterator, TermOccurrences, TermsReader } from './types.ts'
import { Growable } from '../util/index.ts'
import type { ListOf, Steps } from '../util/index.ts'

/** Of the documents that have the field, by their ranks among themselves. */
export type TermStatistics = {
  ranks(docCount: number): DocRanks
  /** Of the first so many documents: those with a token, and tokens of all of them. */
  docCount(rankCount: number): number
  tokenCount(rankCount: number): number
  lengthOf(rank: number): number
}

/** As searches and merges read them. Whoever appends owns what they lie in. */
export class MemoryTerms {
  readonly dictionary: MemoryDictionary
  readonly #postings: MemoryPostings
  readonly #statistics: TermStatistics

  constructor(dictionary: MemoryDictionary, postings: MemoryPostings, statistics: TermStatistics) {
    this.dictionary = dictionary
    this.#postings = postings
    this.#statistics = statistics
  }

  *entries(docCount: number): Iterable<TermEntry> {
    const { terms } = this.dictionary
    let number = 0
    const entry = { term: '', postings: () => this.#iterator(number, docCount) }
    for (number of this.dictionary.sortedAt(this.dictionary.countAt(docCount)).order) {
      entry.term = terms[number]!
      yield entry
    }
  }

  #iterator(number: number, docCount: number): PostingsIterator {
    return this.#postings.iterator(number, this.#postings.docFreq(number, docCount))
  }

  reader(docCount: number): TermsReader {
    const { dictionary } = this
    const postings = this.#postings
    const statistics = this.#statistics
    const ranks = statistics.ranks(docCount)
    const termCount = dictionary.countAt(docCount)
    /** -1: it is not there. */
    const numberOf = (term: string): number => {
      const number = dictionary.find(term)
      return number < termCount ? number : -1
    }
    return {
      docCount: statistics.docCount(ranks.count),
      sumTotalTermFreq: statistics.tokenCount(ranks.count),
      postings: (term) => {
        const number = numberOf(term)
        return number < 0 ? null : this.#iterator(number, docCount)
      },
      docFreq(term) {
        const number = numberOf(term)
        return number < 0 ? 0 : postings.docFreq(number, docCount)
      },
      visitTerms: (from, visit) => {
        const { order } = dictionary.sortedAt(termCount)
        const { terms } = dictionary
        let number = 0
        const postingsOf = (): PostingsIterator => this.#iterator(number, docCount)
        for (let ord = insertionPoint(order, terms, from); ord < order.length; ord++) {
          number = order[ord]!
          if (!visit(terms[number]!, postings.docFreq(number, docCount), postingsOf)) return
        }
      },
      lengthOf: (docId) => {
        const rank = ranks.rankOf(docId)
        return rank < 0 ? 0 : statistics.lengthOf(rank)
      },
      docsWithField: () => ranks.iterator()
    }
  }
}

/** Terms that documents come with: of all fields but those whose column has them (memory-keywords.ts). */
export class ListedTerms {
  readonly terms: MemoryTerms
  readonly #withPositions: boolean
  readonly #dictionary = new MemoryDictionary()
  readonly #postings: MemoryPostings
  readonly #documents: ListedDocuments

  constructor(withPositions: boolean) {
    this.#withPositions = withPositions
    this.#postings = new MemoryPostings(withPositions)
    this.#documents = new ListedDocuments(withPositions)
    this.terms = new MemoryTerms(this.#dictionary, this.#postings, this.#documents)
  }

  get bytes(): number {
    return this.#dictionary.bytes + this.#postings.bytes + this.#documents.bytes
  }

  append(docId: number, terms: ListOf<TermOccurrences>, length: number): void {
    this.#documents.add(docId, length, terms.length, this.#add(docId, terms, 0, terms.length))
  }

  /** As append. Until the last step the document has no term. */
  *appendInSteps(docId: number, terms: ListOf<TermOccurrences>, length: number): Steps<void> {
    let tokens = 0
    for (let from = 0; from < terms.length; from += valuesAtOnceMax) {
      tokens += this.#add(docId, terms, from, Math.min(terms.length, from + valuesAtOnceMax))
      yield
    }
    this.#documents.add(docId, length, terms.length, tokens)
  }

  /** @returns Tokens. */
  #add(docId: number, terms: ListOf<TermOccurrences>, from: number, to: number): number {
    let tokens = 0
    for (let at = from; at < to; at++) {
      const { term, positions } = terms.at(at)!
      this.#postings.add(this.#dictionary.add(term, docId), docId, positions)
      tokens += this.#withPositions ? positions.length : 1
    }
    return tokens
  }
}

/** Lengths of documents as their norms tell them, and sums up to and with each of them. */
class ListedDocuments implements TermStatistics {
  readonly #withNorms: boolean
  readonly #docs = new MemoryDocs()
  readonly #norms = new Growable((length) => new Uint8Array(length))
  readonly #tokenSums = new Growable((length) => new Float64Array(length))
  readonly #docSums = new Growable((length) => new Int32Array(length))

  constructor(withNorms: boolean) {
    this.#withNorms = withNorms
  }

  get bytes(): number {
    const growing = this.#norms.byteLength + this.#tokenSums.byteLength + this.#docSums.byteLength
    return this.#docs.bytes + growing
  }

  add(docId: number, length: number, termCount: number, tokens: number): void {
    const rank = this.#docs.length
    this.#docs.add(docId)
    this.#norms.push(this.#withNorms ? encodeNorm(length) : 1)
    this.#tokenSums.push(this.tokenCount(rank) + tokens)
    this.#docSums.push(this.docCount(rank) + (termCount > 0 ? 1 : 0))
  }

  ranks(docCount: number): DocRanks {
    return this.#docs.ranks(docCount)
  }

  docCount(rankCount: number): number {
    return rankCount === 0 ? 0 : this.#docSums.array[rankCount - 1]!
  }

  tokenCount(rankCount: number): number {
    return rankCount === 0 ? 0 : this.#tokenSums.array[rankCount - 1]!
  }

  lengthOf(rank: number): number {
    return decodeNorm(this.#norms.array[rank]!)
  }
}
