/** Writes the postings of the terms of one field (postings-format.ts). */
import { DictionaryWriter } from './dictionary-writer.ts'
import type { DictionaryInfo } from './dictionary-format.ts'
import type { PageStreamWriter } from './page-stream-writer.ts'
import { docsPerPostingsBlock, numbersPerTerm } from './postings-format.ts'
import { assert, ByteWriter } from '../util/index.ts'

type SkipEntry = { readonly lastDoc: number; readonly end: number; readonly docsBytes: number }

export class PostingsWriter {
  readonly #dictionary: DictionaryWriter
  readonly #stream: PageStreamWriter
  readonly #withPositions: boolean
  readonly #docs = new ByteWriter(1024)
  readonly #positions = new ByteWriter(1024)
  readonly #head = new ByteWriter(16)
  #skips: SkipEntry[] = []
  #start = 0
  #docFreq = 0
  #inBlock = 0
  #lastDoc = -1
  #firstDoc = -1
  #leafReference = 0

  constructor(terms: PageStreamWriter, postings: PageStreamWriter, withPositions: boolean) {
    this.#dictionary = new DictionaryWriter(terms, numbersPerTerm)
    this.#stream = postings
    this.#withPositions = withPositions
  }

  /** Documents of the current term so far. */
  get docFreq(): number {
    return this.#docFreq
  }

  /** Adds a document to the current term; documents ascend. */
  add(docId: number, positions: readonly number[]): void {
    assert(docId > this.#lastDoc, 'documents of a term ascend')
    if (this.#inBlock === docsPerPostingsBlock) this.#spillBlock()
    const delta = docId - this.#lastDoc
    if (this.#withPositions) {
      const freq = positions.length
      this.#docs.varint(delta * 2 + (freq === 1 ? 1 : 0))
      if (freq !== 1) this.#docs.varint(freq)
      let last = 0
      for (const position of positions) {
        this.#positions.varint(position - last)
        last = position
      }
    } else this.#docs.varint(delta)
    if (this.#docFreq === 0) this.#firstDoc = docId
    this.#docFreq += 1
    this.#inBlock += 1
    this.#lastDoc = docId
  }

  /** Ends the current term; a term without documents leaves nothing. */
  endTerm(term: string): void {
    if (this.#docFreq === 0) return
    if (this.#dictionary.atLeafStart) this.#leafReference = 0
    if (this.#docFreq === 1 && !this.#withPositions) this.#dictionary.add(term, 1, this.#firstDoc)
    else {
      const reference = this.#skips.length === 0 ? this.#writeSmall() : this.#writeLarge()
      this.#dictionary.add(term, this.#docFreq, reference - this.#leafReference)
      this.#leafReference = reference
    }
    this.#docs.clear()
    this.#positions.clear()
    this.#skips = []
    this.#docFreq = 0
    this.#inBlock = 0
    this.#lastDoc = -1
  }

  finish(): DictionaryInfo {
    assert(this.#docFreq === 0, 'the last term has ended')
    return this.#dictionary.finish()
  }

  #writeSmall(): number {
    const reference = this.#stream.offset
    const head = this.#head
    head.clear()
    head.varint(this.#docs.length)
    head.varint(this.#docs.length + this.#positions.length)
    this.#stream.bytes(head.view())
    this.#writeBlock()
    return reference
  }

  #writeLarge(): number {
    this.#spillBlock()
    const reference = this.#stream.align(8)
    this.#stream.f64(this.#start)
    for (const { lastDoc, end, docsBytes } of this.#skips) {
      this.#stream.u32(lastDoc)
      this.#stream.u32(end)
      this.#stream.u32(docsBytes)
    }
    return reference
  }

  #spillBlock(): void {
    if (this.#skips.length === 0) this.#start = this.#stream.offset
    const docsBytes = this.#docs.length
    this.#writeBlock()
    const end = this.#stream.offset - this.#start
    assert(end <= 0xffffffff, 'postings of a term are less than 4 GiB')
    this.#skips.push({ lastDoc: this.#lastDoc, end, docsBytes })
    this.#docs.clear()
    this.#positions.clear()
    this.#inBlock = 0
  }

  #writeBlock(): void {
    this.#stream.bytes(this.#docs.view())
    this.#stream.bytes(this.#positions.view())
  }
}
