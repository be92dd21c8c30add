/**
 * Walks the postings of one term (postings-format.ts). A block is copied out of its frames and decoded at once, so that
 * several walks may go on side by side whatever the cache evicts.
 */
import type { PageStream } from './page-stream-reader.ts'
import { docsPerPostingsBlock, skipEntryBytes } from './postings-format.ts'
import { noMoreDocs } from './types.ts'
import type { PostingsIterator } from './types.ts'
import { ByteReader, VectorStoreError } from '../util/index.ts'

const noPositions: readonly number[] = []
/** Two varints at the head of small postings. */
const headBytesMax = 16

export class PostingsReader implements PostingsIterator {
  readonly cost: number
  readonly #stream: PageStream
  readonly #reference: number
  readonly #blockCount: number
  readonly #docs = new Int32Array(docsPerPostingsBlock)
  readonly #freqs: Int32Array | null
  #start = -1
  #block = -1
  #filled = 0
  #at = -1
  #doc = -1
  /** Positions of the block, and of which document the next ones are. */
  #positionsOffset = 0
  #positionsBytes = 0
  #positions: ByteReader | null = null
  #positionsAt = 0
  #currentPositions: readonly number[] = noPositions

  constructor(stream: PageStream, docFreq: number, reference: number, withPositions: boolean) {
    this.#stream = stream
    this.cost = docFreq
    this.#reference = reference
    this.#blockCount = Math.ceil(docFreq / docsPerPostingsBlock)
    this.#freqs = withPositions ? new Int32Array(docsPerPostingsBlock) : null
  }

  docId(): number {
    return this.#doc
  }

  next(): number {
    this.#at += 1
    if (this.#at >= this.#filled && !this.#load(this.#block + 1)) return this.#end()
    this.#doc = this.#docs[this.#at]!
    return this.#doc
  }

  advance(target: number): number {
    if (target <= this.#doc) return this.#doc === noMoreDocs ? noMoreDocs : this.next()
    if (this.#filled === 0 || this.#docs[this.#filled - 1]! < target) {
      const block = this.#blockOf(target)
      if (block !== this.#block && !this.#load(block)) return this.#end()
      if (block === this.#block && this.#docs[this.#filled - 1]! < target) return this.#end()
    } else this.#at += 1
    while (this.#docs[this.#at]! < target) this.#at += 1
    this.#doc = this.#docs[this.#at]!
    return this.#doc
  }

  freq(): number {
    return this.#freqs === null ? 1 : this.#freqs[this.#at]!
  }

  positions(): readonly number[] {
    if (this.#freqs === null) return noPositions
    const reader = (this.#positions ??= new ByteReader(
      this.#stream.bytes(this.#positionsOffset, this.#positionsBytes)
    ))
    if (this.#positionsAt > this.#at) return this.#currentPositions
    for (; this.#positionsAt < this.#at; this.#positionsAt++)
      for (let left = this.#freqs[this.#positionsAt]!; left > 0; left--) reader.varint()
    const positions: number[] = []
    let last = 0
    for (let left = this.#freqs[this.#at]!; left > 0; left--) {
      last += reader.varint()
      positions.push(last)
    }
    this.#positionsAt = this.#at + 1
    this.#currentPositions = positions
    return positions
  }

  #end(): number {
    this.#doc = noMoreDocs
    this.#at = this.#filled
    this.#block = this.#blockCount
    return noMoreDocs
  }

  /** First block whose last document is not below `target`; the block count when there is none. */
  #blockOf(target: number): number {
    if (this.#blockCount === 1) return 0
    let low = Math.max(0, this.#block)
    let high = this.#blockCount
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#stream.u32(this.#skip(middle)) < target) low = middle + 1
      else high = middle
    }
    return low
  }

  #skip(block: number): number {
    return this.#reference + 8 + block * skipEntryBytes
  }

  /** Decodes a block and stands at its first document; false behind the last. */
  #load(block: number): boolean {
    if (block >= this.#blockCount) return false
    const { offset, docsBytes, bytes, before } = this.#locate(block)
    const count = Math.min(docsPerPostingsBlock, this.cost - block * docsPerPostingsBlock)
    this.#decode(new ByteReader(this.#stream.bytes(offset, docsBytes)), count, before)
    this.#positionsOffset = offset + docsBytes
    this.#positionsBytes = bytes - docsBytes
    this.#positions = null
    this.#positionsAt = 0
    this.#block = block
    this.#filled = count
    this.#at = 0
    return true
  }

  #locate(block: number): { offset: number; docsBytes: number; bytes: number; before: number } {
    const stream = this.#stream
    if (this.#blockCount === 1) {
      const length = Math.min(headBytesMax, stream.byteCount - this.#reference)
      const head = new ByteReader(stream.bytes(this.#reference, length))
      const docsBytes = head.varint()
      const bytes = head.varint()
      return { offset: this.#reference + head.offset, docsBytes, bytes, before: -1 }
    }
    if (this.#start < 0) this.#start = stream.f64(this.#reference)
    const skip = this.#skip(block)
    const from = block === 0 ? 0 : stream.u32(skip - skipEntryBytes + 4)
    const before = block === 0 ? -1 : stream.u32(skip - skipEntryBytes)
    const bytes = stream.u32(skip + 4) - from
    return { offset: this.#start + from, docsBytes: stream.u32(skip + 8), bytes, before }
  }

  #decode(reader: ByteReader, count: number, before: number): void {
    const docs = this.#docs
    const freqs = this.#freqs
    let doc = before
    for (let at = 0; at < count; at++) {
      const code = reader.varint()
      if (freqs === null) doc += code
      else {
        doc += Math.floor(code / 2)
        freqs[at] = (code & 1) === 1 ? 1 : reader.varint()
      }
      docs[at] = doc
    }
    if (reader.atEnd) return
    throw new VectorStoreError(
      'STORE_CHECKSUM',
      `a block of ${count} documents ends at byte ${reader.offset}, wanted ${reader.bytes.length}`
    )
  }
}
