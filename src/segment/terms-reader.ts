/** Reads the terms of a field: dictionary, postings, norms (postings-format.ts). */
import { DictionaryReader } from './dictionary-reader.ts'
import { termsPerLeaf } from './dictionary-format.ts'
import { DocSetReader } from './doc-set-reader.ts'
import type { TermEntry } from './merge-source.ts'
import { decodeNorm } from './norm-code.ts'
import type { PageStream } from './page-stream-reader.ts'
import { numbersPerTerm } from './postings-format.ts'
import type { TermsInfo } from './postings-format.ts'
import { PostingsReader } from './postings-reader.ts'
import { ArrayIterator } from './doc-iterator.ts'
import type { PostingsIterator, TermsReader } from './types.ts'

export type TermsStreams = {
  readonly terms: PageStream
  readonly postings: PageStream
  readonly fieldNorms: PageStream
}

export class DiskTerms implements TermsReader {
  readonly docCount: number
  readonly sumTotalTermFreq: number
  readonly info: TermsInfo
  readonly #dictionary: DictionaryReader
  readonly #docs: DocSetReader
  readonly #streams: TermsStreams

  constructor(streams: TermsStreams, info: TermsInfo, docCount: number) {
    this.info = info
    this.docCount = info.docCount
    this.sumTotalTermFreq = info.sumTotalTermFreq
    this.#streams = streams
    this.#dictionary = new DictionaryReader(streams.terms, info.dictionary, numbersPerTerm)
    this.#docs = new DocSetReader(streams.fieldNorms, info.docs, docCount)
  }

  postings(term: string): PostingsIterator | null {
    const hit = this.#dictionary.find(term)
    return hit === null ? null : this.#postingsAt(hit.numbers, hit.numberCount)
  }

  docFreq(term: string): number {
    const hit = this.#dictionary.find(term)
    return hit === null ? 0 : hit.numbers[hit.numberCount - numbersPerTerm]!
  }

  visitTerms(from: string, visit: Parameters<TermsReader['visitTerms']>[1]): void {
    const found = this.#dictionary.ordOf(from)
    const first = found < 0 ? -1 - found : found
    let ord = first
    const postings = (): PostingsIterator => {
      const { numbers } = this.#dictionary.leafAt(Math.floor(ord / termsPerLeaf))
      return this.#postingsAt(numbers, ((ord % termsPerLeaf) + 1) * numbersPerTerm)
    }
    for (; ord < this.#dictionary.count; ord++) {
      const { terms, numbers } = this.#dictionary.leafAt(Math.floor(ord / termsPerLeaf))
      const at = ord % termsPerLeaf
      if (!visit(terms[at]!, numbers[at * numbersPerTerm]!, postings)) return
    }
  }

  /** All terms in byte order with their postings, for merge and verify. */
  *entries(): Iterable<TermEntry> {
    for (let leaf = 0; leaf * termsPerLeaf < this.#dictionary.count; leaf++) {
      const { terms, numbers } = this.#dictionary.leafAt(leaf)
      for (let at = 0; at < terms.length; at++) {
        const upTo = (at + 1) * numbersPerTerm
        yield { term: terms[at]!, postings: () => this.#postingsAt(numbers, upTo) }
      }
    }
  }

  /**
   * @param numbers  Of the terms of a leaf.
   * @param upTo     How many of them are of the terms up to and with the wanted one.
   */
  #postingsAt(numbers: ArrayLike<number>, upTo: number): PostingsIterator {
    const { withPositions } = this.info
    const docFreq = numbers[upTo - 2]!
    if (docFreq === 1 && !withPositions) return new ArrayIterator([numbers[upTo - 1]!], 1)
    // References are differences from the one before in the leaf; terms of one document may have none.
    let reference = 0
    for (let at = 0; at < upTo; at += numbersPerTerm)
      if (withPositions || numbers[at]! > 1) reference += numbers[at + 1]!
    return new PostingsReader(this.#streams.postings, docFreq, reference, withPositions)
  }

  lengthOf(docId: number): number {
    const rank = this.#docs.rankOf(docId)
    if (rank < 0) return 0
    if (!this.info.withPositions) return 1
    return decodeNorm(this.#streams.fieldNorms.u8(this.info.norms + rank))
  }

  docsWithField(): PostingsIterator {
    return this.#docs.iterator()
  }
}
