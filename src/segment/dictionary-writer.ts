/** Writes a sorted dictionary (dictionary-format.ts). */
import { samplesBytesMax, termsPerLeaf } from './dictionary-format.ts'
import type { DictionaryInfo } from './dictionary-format.ts'
import type { PageStreamWriter } from './page-stream-writer.ts'
import { assert, ByteWriter, compareTerms } from '../util/index.ts'

const encoder = new TextEncoder()

export class DictionaryWriter {
  readonly #stream: PageStreamWriter
  readonly #numbersPerTerm: number
  readonly #leafStarts: number[] = []
  readonly #leaf = new ByteWriter(4096)
  #samples: Uint8Array[] = []
  #samplesBytes = 0
  #stride = 1
  #lastTerm = ''
  #last = new TermBytes()
  /** Where the bytes of the next term go; the two take turns. */
  #next = new TermBytes()
  #count = 0

  constructor(stream: PageStreamWriter, numbersPerTerm: number) {
    this.#stream = stream
    this.#numbersPerTerm = numbersPerTerm
  }

  get count(): number {
    return this.#count
  }

  /** True when the next term opens a leaf: numbers that are kept relative to the one before start anew. */
  get atLeafStart(): boolean {
    return this.#count % termsPerLeaf === 0
  }

  /** Terms come in byte order, each once. Returns the ord. */
  add(term: string, ...numbers: readonly number[]): number {
    assert(numbers.length === this.#numbersPerTerm, 'every term has its numbers')
    assert(
      this.#count === 0 || compareTerms(this.#lastTerm, term) < 0,
      'terms come in byte order, each once'
    )
    const next = this.#next
    next.set(term)
    const shared = this.atLeafStart ? 0 : next.sharedLength(this.#last)
    if (this.atLeafStart) this.#openLeaf(next.view().slice())
    this.#leaf.varint(shared)
    this.#leaf.varint(next.length - shared)
    next.writeFrom(shared, this.#leaf)
    for (const number of numbers) this.#leaf.varint(number)
    this.#lastTerm = term
    this.#next = this.#last
    this.#last = next
    return this.#count++
  }

  finish(): DictionaryInfo {
    this.#writeLeaf()
    const end = this.#stream.offset
    const leaves = this.#stream.align(8)
    for (const start of this.#leafStarts) this.#stream.f64(start)
    this.#stream.f64(end)
    const samples = this.#stream.offset
    const text = new ByteWriter(this.#samplesBytes + 1)
    for (const sample of this.#samples) {
      text.varint(sample.length)
      text.bytes(sample)
    }
    this.#stream.bytes(text.view())
    const samplesBytes = this.#stream.offset - samples
    return { count: this.#count, leaves, samples, samplesBytes, stride: this.#stride }
  }

  #openLeaf(first: Uint8Array): void {
    this.#writeLeaf()
    const leaf = this.#leafStarts.length
    this.#leafStarts.push(this.#stream.offset)
    if (leaf % this.#stride !== 0) return
    this.#samples.push(first)
    this.#samplesBytes += first.length
    if (this.#samplesBytes > samplesBytesMax && this.#samples.length > 1) this.#thinSamples()
  }

  /** Every second sample goes; the others still stand for every `stride`-th leaf. */
  #thinSamples(): void {
    this.#samples = this.#samples.filter((_, at) => at % 2 === 0)
    this.#stride *= 2
    this.#samplesBytes = 0
    for (const sample of this.#samples) this.#samplesBytes += sample.length
  }

  #writeLeaf(): void {
    this.#stream.bytes(this.#leaf.view())
    this.#leaf.clear()
  }
}

/** UTF-8 of one term after another, in memory that is used again: a buffer for each took longer than all the rest. */
class TermBytes {
  length = 0
  #bytes = new Uint8Array(64)

  set(term: string): void {
    if (term.length * 3 > this.#bytes.length) this.#bytes = new Uint8Array(term.length * 6)
    const bytes = this.#bytes
    const { length } = term
    for (let at = 0; at < length; at++) {
      const unit = term.charCodeAt(at)
      if (unit > 0x7f) {
        this.length = encoder.encodeInto(term, bytes).written
        return
      }
      bytes[at] = unit
    }
    this.length = length
  }

  view(): Uint8Array {
    return this.#bytes.subarray(0, this.length)
  }

  sharedLength(other: TermBytes): number {
    const [a, b] = [this.#bytes, other.#bytes]
    const end = Math.min(this.length, other.length)
    let at = 0
    while (at < end && a[at] === b[at]) at += 1
    return at
  }

  writeFrom(start: number, out: ByteWriter): void {
    for (let at = start; at < this.length; at++) out.u8(this.#bytes[at]!)
  }
}
