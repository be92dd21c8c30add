/** Writes a sorted dictionary (dictionary-format.ts). */
import { samplesBytesMax, termsPerLeaf } from './dictionary-format.ts'
import type { DictionaryInfo } from './dictionary-format.ts'
import type { PageStreamWriter } from './page-stream-writer.ts'
import { assert, ByteWriter, compareTerms } from '../util/index.ts'

export class DictionaryWriter {
  readonly #stream: PageStreamWriter
  readonly #numbersPerTerm: number
  readonly #leafStarts: number[] = []
  readonly #leaf = new ByteWriter(4096)
  #samples: Uint8Array[] = []
  #samplesBytes = 0
  #stride = 1
  #lastTerm = ''
  #lastBytes: Uint8Array = new Uint8Array(0)
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
    const bytes = Buffer.from(term)
    const shared = this.atLeafStart ? 0 : sharedLength(this.#lastBytes, bytes)
    if (this.atLeafStart) this.#openLeaf(bytes)
    this.#leaf.varint(shared)
    this.#leaf.varint(bytes.length - shared)
    this.#leaf.bytes(bytes.subarray(shared))
    for (const number of numbers) this.#leaf.varint(number)
    this.#lastTerm = term
    this.#lastBytes = bytes
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

function sharedLength(a: Uint8Array, b: Uint8Array): number {
  const end = Math.min(a.length, b.length)
  let at = 0
  while (at < end && a[at] === b[at]) at += 1
  return at
}
