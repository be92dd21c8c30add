/** Reads which document a vector belongs to and back (ords-format.ts). */
import { PlainIterator, RankedIterator, rankOfFirst } from './doc-iterator.ts'
import { noOrd, wordsPerOrdsPage } from './ords-format.ts'
import type { OrdsInfo } from './ords-format.ts'
import { touchMax, touchPlaces } from './page-stream-reader.ts'
import type { PageStream } from './page-stream-reader.ts'
import { noMoreDocs } from './types.ts'
import type { PostingsIterator } from './types.ts'
import { assert, BitSet } from '../util/index.ts'

export class OrdsReader {
  readonly #info: OrdsInfo
  readonly #stream: PageStream
  readonly #docCount: number
  /** Every document has a vector and they lie in the same order: ord and document are one. */
  readonly #isSame: boolean

  constructor(stream: PageStream, info: OrdsInfo, docCount: number) {
    this.#stream = stream
    this.#info = info
    this.#docCount = docCount
    this.#isSame = info.form === 'same' && info.ordCount === docCount
  }

  docOf(ord: number): number {
    assert(ord >= 0 && ord < this.#info.ordCount, 'ord < vector count')
    return this.#isSame ? ord : this.#stream.u32(ord * 4)
  }

  docsOf(ords: Uint32Array): Int32Array {
    if (this.#isSame) return this.#same(ords)
    const docs = new Int32Array(ords.length)
    for (let from = 0; from < ords.length; from += touchMax) {
      const count = Math.min(touchMax, ords.length - from)
      this.#touch(ords, from, count)
      for (let at = from; at < from + count; at++) docs[at] = this.docOf(ords[at]!)
    }
    return docs
  }

  /** The very numbers, not a copy. */
  #same(ords: Uint32Array): Int32Array {
    let last = -1
    for (let at = 0; at < ords.length; at++) if (ords[at]! > last) last = ords[at]!
    assert(last < this.#info.ordCount, 'ord < vector count')
    return new Int32Array(ords.buffer, ords.byteOffset, ords.length)
  }

  #touch(ords: Uint32Array, from: number, count: number): void {
    for (let at = 0; at < count; at++) touchPlaces[at] = ords[from + at]! * 4
    this.#stream.touch(count)
  }

  /** -1 when the document has no vector. */
  ordOf(docId: number): number {
    if (docId < 0 || docId >= this.#docCount) return -1
    const { form, ordCount } = this.#info
    if (form === 'table') {
      const ord = this.#stream.u32((ordCount + docId) * 4)
      return ord === noOrd ? -1 : ord
    }
    const low = rankOfFirst(this, docId, ordCount)
    if (low === ordCount) return -1
    const ord = this.ordByDoc(low)
    return this.docOf(ord) === docId ? ord : -1
  }

  /** Document of the vector with the `at`-th lowest one; not for form 'table'. */
  docAt(at: number): number {
    return this.docOf(this.ordByDoc(at))
  }

  /** Ord of the vector with the `at`-th lowest docId; not for form 'table'. */
  ordByDoc(at: number): number {
    return this.#info.form === 'same' ? at : this.#stream.u32((this.#info.ordCount + at) * 4)
  }

  /** Filters come through here: words are copied out a page at a time, not asked for one by one. */
  ordsOf(docs: BitSet): BitSet {
    const { ordCount, form } = this.#info
    if (this.#isSame) return docs.copy(ordCount)
    const ords = new BitSet(ordCount)
    if (form === 'table') this.#mapDocs(docs, ords)
    else this.#mapOrds(docs, ords)
    return ords
  }

  /** From each document to its ord. */
  #mapDocs(docs: BitSet, ords: BitSet): void {
    const table = new Uint32Array(wordsPerOrdsPage)
    for (let first = 0; first < this.#docCount; first += wordsPerOrdsPage) {
      const end = Math.min(first + wordsPerOrdsPage, this.#docCount)
      const next = docs.next(first)
      if (next < 0) return
      if (next >= end) continue
      this.#copyWords(this.#info.ordCount + first, table.subarray(0, end - first))
      for (let word = first >>> 5; word << 5 < end; word++) {
        for (let bits = docs.words[word] ?? 0; bits !== 0; bits &= bits - 1) {
          const doc = (word << 5) + 31 - Math.clz32(bits & -bits)
          const ord = doc < end ? table[doc - first]! : noOrd
          if (ord !== noOrd) ords.add(ord)
        }
      }
    }
  }

  /** From each ord to its document. */
  #mapOrds(docs: BitSet, ords: BitSet): void {
    const { ordCount } = this.#info
    const page = new Uint32Array(wordsPerOrdsPage)
    for (let first = 0; first < ordCount; first += wordsPerOrdsPage) {
      const count = Math.min(wordsPerOrdsPage, ordCount - first)
      this.#copyWords(first, page.subarray(0, count))
      for (let at = 0; at < count; at++) if (docs.has(page[at]!)) ords.add(first + at)
    }
  }

  #copyWords(first: number, words: Uint32Array): void {
    this.#stream.copy(first * 4, new Uint8Array(words.buffer, words.byteOffset, words.byteLength))
  }

  /** Documents with a vector. */
  docs(): PostingsIterator {
    const { form, ordCount } = this.#info
    return form === 'table'
      ? new TableIterator(this, this.#docCount, ordCount)
      : new RankedIterator(this, ordCount)
  }
}

/** Tries the documents one by one: at least every second has a vector. */
class TableIterator extends PlainIterator implements PostingsIterator {
  readonly cost: number
  readonly #ords: OrdsReader
  readonly #docCount: number
  #doc = -1

  constructor(ords: OrdsReader, docCount: number, ordCount: number) {
    super()
    this.#ords = ords
    this.#docCount = docCount
    this.cost = ordCount
  }

  docId(): number {
    return this.#doc
  }

  next(): number {
    return this.advance(this.#doc + 1)
  }

  advance(target: number): number {
    let doc = target
    while (doc < this.#docCount && this.#ords.ordOf(doc) < 0) doc += 1
    this.#doc = doc < this.#docCount ? doc : noMoreDocs
    return this.#doc
  }
}
