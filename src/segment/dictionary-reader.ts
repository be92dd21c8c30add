/** Looks up terms in a sorted dictionary (dictionary-format.ts), by term and by ord. */
import { termsPerLeaf } from './dictionary-format.ts'
import type { DictionaryInfo } from './dictionary-format.ts'
import type { PageStream } from './page-stream-reader.ts'
import { assert, ByteReader, compareTerms, VectorStoreError } from '../util/index.ts'

/** A decoded leaf: memory of its own, no frame. */
export type DictionaryLeaf = {
  readonly leaf: number
  readonly terms: readonly string[]
  /** `numbersPerTerm` of each term, one after another. */
  readonly numbers: readonly number[]
}

export class DictionaryReader {
  readonly count: number
  readonly #stream: PageStream
  readonly #info: DictionaryInfo
  readonly #numbersPerTerm: number
  readonly #leafCount: number
  #samples: readonly string[] | null = null
  /** The leaf decoded last: neighbours are often asked for. */
  #last: DictionaryLeaf | null = null

  constructor(stream: PageStream, info: DictionaryInfo, numbersPerTerm: number) {
    this.#stream = stream
    this.#info = info
    this.#numbersPerTerm = numbersPerTerm
    this.count = info.count
    this.#leafCount = Math.ceil(info.count / termsPerLeaf)
  }

  get leafCount(): number {
    return this.#leafCount
  }

  /** Bytes in memory: the samples, once they were needed. */
  get residentBytes(): number {
    return this.#samples === null ? 0 : this.#info.samplesBytes * 2
  }

  /** Ord of a term, or -(insertion point) - 1. */
  ordOf(term: string): number {
    if (this.count === 0) return -1
    const leaf = this.#leafOf(term)
    if (leaf < 0) return -1
    const { terms } = this.leafAt(leaf)
    let low = 0
    let high = terms.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (compareTerms(terms[middle]!, term) < 0) low = middle + 1
      else high = middle
    }
    const ord = leaf * termsPerLeaf + low
    return terms[low] === term ? ord : -1 - ord
  }

  termAt(ord: number): string {
    assert(ord >= 0 && ord < this.count, 'ordinal < number of terms')
    return this.leafAt(Math.floor(ord / termsPerLeaf)).terms[ord % termsPerLeaf]!
  }

  /** Number `which` of a term. */
  numberAt(ord: number, which: number): number {
    const { numbers } = this.leafAt(Math.floor(ord / termsPerLeaf))
    return numbers[(ord % termsPerLeaf) * this.#numbersPerTerm + which]!
  }

  leafAt(leaf: number): DictionaryLeaf {
    if (this.#last?.leaf === leaf) return this.#last
    const start = this.#leafStart(leaf)
    const bytes = this.#stream.bytes(start, this.#leafStart(leaf + 1) - start)
    const count = Math.min(termsPerLeaf, this.count - leaf * termsPerLeaf)
    this.#last = { leaf, ...decodeLeaf(bytes, count, this.#numbersPerTerm) }
    return this.#last
  }

  /** The last leaf whose first term is not above `term`, -1 when all are. */
  #leafOf(term: string): number {
    this.#samples ??= this.#readSamples()
    const { stride } = this.#info
    const sample = lastNotAbove(this.#samples.length, term, (at) => this.#samples![at]!)
    if (sample < 0) return -1
    const first = sample * stride
    const count = Math.min(stride, this.#leafCount - first)
    return first + lastNotAbove(count, term, (at) => this.#firstTerm(first + at))
  }

  #firstTerm(leaf: number): string {
    if (this.#last?.leaf === leaf) return this.#last.terms[0]!
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

function decodeLeaf(
  bytes: Uint8Array,
  count: number,
  numbersPerTerm: number
): { terms: string[]; numbers: number[] } {
  const reader = new ByteReader(bytes)
  const terms: string[] = []
  const numbers: number[] = []
  let term: Uint8Array = new Uint8Array(64)
  for (let at = 0; at < count; at++) {
    const shared = reader.varint()
    const rest = reader.take(reader.varint())
    const length = shared + rest.length
    if (length > term.length) {
      const grown = new Uint8Array(length * 2)
      grown.set(term)
      term = grown
    }
    term.set(rest, shared)
    terms.push(utf8(term.subarray(0, length)))
    for (let which = 0; which < numbersPerTerm; which++) numbers.push(reader.varint())
  }
  return { terms, numbers }
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
