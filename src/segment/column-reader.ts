/** Reads a column (column-format.ts). */
import type { ColumnInfo } from './column-format.ts'
import { DictionaryReader } from './dictionary-reader.ts'
import { DocSetReader } from './doc-set-reader.ts'
import { PackedReader } from './packed-reader.ts'
import type { PageStream } from './page-stream-reader.ts'
import type { ColumnKind, ColumnReader } from './types.ts'
import { assert } from '../util/index.ts'

export class DiskColumn implements ColumnReader {
  readonly kind: ColumnKind
  readonly valueCount: number
  readonly docs: DocSetReader
  readonly #ends: PackedReader | null
  readonly #values: PackedReader
  readonly #dictionary: DictionaryReader | null
  /** Document asked last: a reader of values asks for its count first. */
  #doc = -1
  #start = 0
  #count = 0

  constructor(stream: PageStream, info: ColumnInfo, docCount: number) {
    this.kind = info.kind
    this.docs = new DocSetReader(stream, info.docs, docCount)
    this.#ends = info.ends === null ? null : new PackedReader(stream, info.ends)
    this.#values = new PackedReader(stream, info.values)
    this.#dictionary =
      info.dictionary === null ? null : new DictionaryReader(stream, info.dictionary, 0)
    this.valueCount = this.#dictionary?.count ?? info.values.count
  }

  count(docId: number): number {
    if (docId !== this.#doc) this.#seek(docId)
    return this.#count
  }

  longAt(docId: number, at: number): bigint {
    assert(this.kind === 'long', 'longAt is asked of long columns')
    return this.#values.longAt(this.#place(docId, at))
  }

  doubleAt(docId: number, at: number): number {
    assert(this.kind !== 'keyword', 'doubleAt is asked of columns of numbers')
    return this.#values.numberAt(this.#place(docId, at))
  }

  ordAt(docId: number, at: number): number {
    assert(this.kind === 'keyword', 'ordAt is asked of keyword columns')
    return this.#values.numberAt(this.#place(docId, at))
  }

  keywordOf(ord: number): string {
    return this.#words().termAt(ord)
  }

  ordOf(value: string): number {
    return this.#words().ordOf(value)
  }

  #words(): DictionaryReader {
    assert(this.#dictionary !== null, 'ordinals are those of keyword columns')
    return this.#dictionary
  }

  #place(docId: number, at: number): number {
    if (docId !== this.#doc) this.#seek(docId)
    assert(at >= 0 && at < this.#count, 'value < count of the document')
    return this.#start + at
  }

  #seek(docId: number): void {
    const rank = this.docs.rankOf(docId)
    let start = rank
    let count = rank < 0 ? 0 : 1
    if (rank >= 0 && this.#ends !== null) {
      start = rank === 0 ? 0 : this.#ends.numberAt(rank - 1)
      count = this.#ends.numberAt(rank) - start
    }
    this.#start = start
    this.#count = count
    this.#doc = docId
  }
}
