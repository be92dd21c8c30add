/** Looks up terms in a sorted dictionary (dictionary-format.ts), by term and by ord. */
import { numbersPerTermMax, termsPerLeaf } from './dictionary-format.ts'
import type { DictionaryInfo } from './dictionary-format.ts'
import { decodeLeaf, decodeTerm, leafSearch } from './dictionary-leaf.ts'
import type { DictionaryLeaf } from './dictionary-leaf.ts'
import type { PageStream } from './page-stream-reader.ts'
import { assert, ByteReader, compareTerms, VectorStoreError } from '../util/index.ts'

/** A leaf in which a term was looked up. */
type SearchedLeaf = {
  readonly leaf: number
  readonly reader: ByteReader
}

export class DictionaryReader {
  readonly count: number
  readonly #stream: PageStream
  readonly #info: DictionaryInfo
  readonly #numbersPerTerm: number
  readonly #leafCount: number
  #samples: readonly string[] | null = null
  /** The leaf decoded last: who walks through the terms asks for neighbours. */
  #last: DictionaryLeaf | null = null
  #askedLeaf = -1
  /** Who looks up many terms does it in their order: the next one is mostly in the same leaf. */
  #searched: SearchedLeaf | null = null

  constructor(stream: PageStream, info: DictionaryInfo, numbersPerTerm: number) {
    this.#stream = stream
    this.#info = info
    this.#numbersPerTerm = numbersPerTerm
    assert(numbersPerTerm <= numbersPerTermMax, 'a term has few numbers')
    this.count = info.count
    this.#leafCount = Math.ceil(info.count / termsPerLeaf)
  }

  /** Bytes in memory: the samples, once they were needed. */
  get residentBytes(): number {
    return this.#samples === null ? 0 : this.#info.samplesBytes * 2
  }

  /** Ord of a term, or -(insertion point) - 1. */
  ordOf(term: string): number {
    const leaf = this.#place(term.toWellFormed())
    if (leaf < 0) return -1
    const ord = leaf * termsPerLeaf + leafSearch.at
    return leafSearch.found ? ord : -1 - ord
  }

  /** The numbers of a term are the last there, until the next lookup in any dictionary; null when it is not there. */
  find(term: string): Pick<typeof leafSearch, 'numbers' | 'numberCount'> | null {
    const leaf = this.#place(term.toWellFormed())
    return leaf >= 0 && leafSearch.found ? leafSearch : null
  }

  /** The term of an ord. One alone is cut out of its leaf; with the second of a leaf the whole leaf is decoded and kept. */
  termAt(ord: number): string {
    assert(ord >= 0 && ord < this.count, 'ordinal < number of terms')
    const leaf = Math.floor(ord / termsPerLeaf)
    const at = ord - leaf * termsPerLeaf
    if (this.#last?.leaf === leaf || this.#askedLeaf === leaf) return this.leafAt(leaf).terms[at]!
    this.#askedLeaf = leaf
    return decodeTerm(this.#leafBytes(leaf), at, this.#numbersPerTerm)
  }

  leafAt(leaf: number): DictionaryLeaf {
    if (this.#last?.leaf === leaf) return this.#last
    const bytes = this.#leafBytes(leaf)
    this.#last = { leaf, ...decodeLeaf(bytes, this.#termsIn(leaf), this.#numbersPerTerm) }
    return this.#last
  }

  /** The leaf where a term is, or would be, which leafSearch tells; -1: before all of them. */
  #place(term: string): number {
    if (this.count === 0) return -1
    const samples = (this.#samples ??= this.#readSamples())
    const sample = lastNotAbove(samples.length, term, (at) => samples[at]!)
    if (sample < 0) return -1
    const from = sample * this.#info.stride
    const count = Math.min(this.#info.stride, this.#leafCount - from)
    const searched = this.#searched
    if (searched !== null && searched.leaf >= from && searched.leaf < from + count) {
      this.#searchIn(searched, term)
      const { at, found } = leafSearch
      // Before its first term is another leaf, and behind its last one may be.
      if (found || (at > 0 && at < termsPerLeaf)) return searched.leaf
    }
    const leaf = from + lastNotAbove(count, term, (at) => this.#firstTerm(from + at))
    this.#searched = { leaf, reader: new ByteReader(this.#leafBytes(leaf)) }
    this.#searchIn(this.#searched, term)
    return leaf
  }

  #searchIn({ leaf, reader }: SearchedLeaf, term: string): void {
    const isShort = term.length * bytesPerUnitMax <= wantedBytes.length
    const wanted = isShort ? wantedBytes : Buffer.from(term)
    const length = isShort ? wantedBytes.write(term) : wanted.length
    leafSearch.find(reader, this.#termsIn(leaf), this.#numbersPerTerm, wanted, length)
  }

  #termsIn(leaf: number): number {
    return Math.min(termsPerLeaf, this.count - leaf * termsPerLeaf)
  }

  #leafBytes(leaf: number): Uint8Array {
    const start = this.#leafStart(leaf)
    return this.#stream.bytes(start, this.#leafStart(leaf + 1) - start)
  }

  #firstTerm(leaf: number): string {
    const start = this.#leafStart(leaf)
    const length = Math.min(64, this.#leafStart(leaf + 1) - start)
    const reader = new ByteReader(this.#stream.bytes(start, length))
    reader.varint() // shares nothing
    const termBytes = reader.varint()
    if (reader.offset + termBytes <= length) return utf8(reader.take(termBytes))
    return utf8(this.#stream.bytes(start + reader.offset, termBytes))
  }

  #leafStart(leaf: number): number {
    return this.#stream.f64(this.#info.leaves + leaf * 8)
  }

  #readSamples(): readonly string[] {
    const { samples, samplesBytes } = this.#info
    const reader = new ByteReader(this.#stream.bytes(samples, samplesBytes))
    const terms: string[] = []
    while (!reader.atEnd) terms.push(utf8(reader.take(reader.varint())))
    if (terms.length === Math.ceil(this.#leafCount / this.#info.stride)) return terms
    throw new VectorStoreError(
      'STORE_CHECKSUM',
      `a dictionary of ${this.#leafCount} leaves has ${terms.length} samples, wanted one in ${this.#info.stride}`
    )
  }
}

/** The last of `count` ascending terms that is not above `term`, -1 when all are. */
function lastNotAbove(count: number, term: string, termAt: (at: number) => string): number {
  let low = 0
  let high = count
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compareTerms(termAt(middle), term) <= 0) low = middle + 1
    else high = middle
  }
  return low - 1
}

function utf8(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8')
}

/** A unit of UTF-16 is at most three bytes. */
const bytesPerUnitMax = 3
/** Bytes of the term that is looked up. Buffers of their own for 100,000 terms kept an event loop for 10 ms now and then. */
const wantedBytes = Buffer.alloc(4096)
