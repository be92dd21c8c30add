/** Reads a set of documents (doc-set-format.ts). */
import { blockBytes, docsPerBlock, wordsPerBlock } from './doc-set-format.ts'
import type { DocSetInfo } from './doc-set-format.ts'
import { PlainIterator, RangeIterator, RankedIterator, rankOfFirst } from './doc-iterator.ts'
import type { PageStream } from './page-stream-reader.ts'
import { noMoreDocs } from './types.ts'
import type { PostingsIterator } from './types.ts'
import { BitSet, popcount } from '../util/index.ts'

export class DocSetReader {
  readonly info: DocSetInfo
  readonly #stream: PageStream
  readonly #docCount: number

  constructor(stream: PageStream, info: DocSetInfo, docCount: number) {
    this.info = info
    this.#stream = stream
    this.#docCount = docCount
  }

  /** Rank of a document, -1 when it is not a member. */
  rankOf(docId: number): number {
    if (docId < 0 || docId >= this.#docCount) return -1
    const { form } = this.info
    if (form === 'all') return docId
    return form === 'bits' ? this.#rankInBits(docId) : this.#rankInList(docId)
  }

  #rankInBits(docId: number): number {
    const block = Math.floor(docId / docsPerBlock)
    const bit = docId - block * docsPerBlock
    const start = this.info.offset + block * blockBytes
    const word = bit >>> 5
    const bits = this.#stream.u32(start + 4 + word * 4)
    if ((bits & (1 << (bit & 31))) === 0) return -1
    let rank = this.#stream.u32(start) + popcount(bits & ((1 << (bit & 31)) - 1))
    for (let at = 0; at < word; at++) rank += popcount(this.#stream.u32(start + 4 + at * 4))
    return rank
  }

  #rankInList(docId: number): number {
    const at = rankOfFirst(this, docId, this.info.count)
    return at < this.info.count && this.docAt(at) === docId ? at : -1
  }

  /** 'list' only: the member of a rank. */
  docAt(rank: number): number {
    return this.#stream.u32(this.info.offset + rank * 4)
  }

  /** 'bits' only: copies the words of a block. */
  wordsOf(block: number, words: Uint32Array): void {
    const start = this.info.offset + block * blockBytes + 4
    for (let at = 0; at < wordsPerBlock; at++) words[at] = this.#stream.u32(start + at * 4)
  }

  iterator(): PostingsIterator {
    if (this.info.form === 'all') return new RangeIterator(this.#docCount)
    return this.info.form === 'bits'
      ? new BitsIterator(this, this.#docCount)
      : new RankedIterator(this, this.info.count)
  }

  toBitSet(): BitSet {
    const docs = new BitSet(this.#docCount)
    if (this.info.form === 'all') docs.addRange(this.#docCount)
    else {
      const members = this.iterator()
      for (let doc = members.next(); doc !== noMoreDocs; doc = members.next()) docs.add(doc)
    }
    return docs
  }
}

class BitsIterator extends PlainIterator implements PostingsIterator {
  readonly cost: number
  readonly #set: DocSetReader
  readonly #docCount: number
  readonly #words = new Uint32Array(wordsPerBlock)
  #block = -1
  #doc = -1

  constructor(set: DocSetReader, docCount: number) {
    super()
    this.#set = set
    this.#docCount = docCount
    this.cost = set.info.count
  }

  docId(): number {
    return this.#doc
  }

  next(): number {
    return this.advance(this.#doc + 1)
  }

  advance(target: number): number {
    let doc = target
    while (doc < this.#docCount) {
      const block = Math.floor(doc / docsPerBlock)
      if (block !== this.#block) {
        this.#set.wordsOf(block, this.#words)
        this.#block = block
      }
      const bit = this.#nextBit(doc - block * docsPerBlock)
      if (bit >= 0) {
        this.#doc = block * docsPerBlock + bit
        return this.#doc
      }
      doc = (block + 1) * docsPerBlock
    }
    this.#doc = noMoreDocs
    return noMoreDocs
  }

  /** First set bit of the block at or after `from`, -1 when there is none. */
  #nextBit(from: number): number {
    let word = from >>> 5
    let bits = this.#words[word]! & (0xffffffff << (from & 31))
    while (bits === 0) {
      word += 1
      if (word === wordsPerBlock) return -1
      bits = this.#words[word]!
    }
    return (word << 5) + (31 - Math.clz32(bits & -bits))
  }
}
