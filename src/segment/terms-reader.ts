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
  readonly dictionary: DictionaryReader
  readonly #docs: DocSetReader
  readonly #streams: TermsStreams

  constructor(streams: TermsStreams, info: TermsInfo, docCount: number) {
    this.info = info
    this.docCount = info.docCount
    this.sumTotalTermFreq = info.sumTotalTermFreq
    this.#streams = streams
    this.dictionary = new DictionaryReader(streams.terms, info.dictionary, numbersPerTerm)
    this.#docs = new DocSetReader(streams.fieldNorms, info.docs, docCount)
  }

  postings(term: string): PostingsIterator | null {
    const ord = this.dictionary.ordOf(term)
    return ord < 0 ? null : this.postingsAt(ord)
  }

  docFreq(term: string): number {
    const ord = this.dictionary.ordOf(term)
    return ord < 0 ? 0 : this.dictionary.numberAt(ord, 0)
  }

  /** Postings of the term with this ordinal. */
  postingsAt(ord: number): PostingsIterator {
    const docFreq = this.dictionary.numberAt(ord, 0)
    const { withPositions } = this.info
    if (docFreq === 1 && !withPositions)
      return new ArrayIterator([this.dictionary.numberAt(ord, 1)], 1)
    return new PostingsReader(this.#streams.postings, docFreq, this.#reference(ord), withPositions)
  }

  visitTerms(from: string, visit: (term: string, docFreq: number) => boolean): void {
    const found = this.dictionary.ordOf(from)
    const first = found < 0 ? -1 - found : found
    for (let ord = first; ord < this.dictionary.count; ord++) {
      if (!visit(this.dictionary.termAt(ord), this.dictionary.numberAt(ord, 0))) return
    }
  }

  *entries(): Iterable<TermEntry> {
    for (let ord = 0; ord < this.dictionary.count; ord++)
      yield { term: this.dictionary.termAt(ord), postings: () => this.postingsAt(ord) }
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

  /** References of a leaf are kept as differences: they are summed from its first term on. */
  #reference(ord: number): number {
    const leaf = Math.floor(ord / termsPerLeaf)
    const { numbers } = this.dictionary.leafAt(leaf)
    const { withPositions } = this.info
    const last = (ord % termsPerLeaf) * numbersPerTerm
    let reference = 0
    for (let at = 0; at <= last; at += numbersPerTerm) {
      if (withPositions || numbers[at]! > 1) reference += numbers[at + 1]!
    }
    return reference
  }
}
