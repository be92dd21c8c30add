/** Documents and positions of the terms of one field in the write buffer, by the numbers of its dictionary. */
import { gallop } from './doc-iterator.ts'
import { NumberLists } from './memory-lists.ts'
import { noMoreDocs } from './types.ts'
import type { PostingsIterator } from './types.ts'
import { assert, Growable } from '../util/index.ts'

/** Append-only, so that an iterator over the first so many documents stays right while they grow. */
export class MemoryPostings {
  readonly #docs = new NumberLists()
  /** null for fields without positions. */
  readonly #positions: Positions | null

  constructor(withPositions: boolean) {
    this.#positions = withPositions ? new Positions() : null
  }

  get bytes(): number {
    return this.#docs.bytes + (this.#positions?.bytes ?? 0)
  }

  get withPositions(): boolean {
    return this.#positions !== null
  }

  /** One more document of a term: the first of one whose number is the next. Documents of a term ascend. */
  add(number: number, docId: number, found: readonly number[]): void {
    if (number === this.#docs.count) this.#docs.add(docId)
    else {
      assert(this.#docs.lastOf(number) < docId, 'a term comes once in a document')
      this.#docs.push(number, docId)
    }
    this.#positions?.add(number, this.#docs.lengthOf(number), found)
  }

  /** How many of the documents 0 .. docCount - 1 have a term. */
  docFreq(number: number, docCount: number): number {
    return this.#docs.countBelow(number, docCount)
  }

  /** @param docFreq  So many documents of the term. */
  iterator(number: number, docFreq: number): PostingsIterator {
    const docs = this.#docs
    const positions = this.#positions
    if (docFreq === 1 && (positions?.comesOnce(number) ?? true))
      return new OncePostings(docs.firstOf(number), positions?.firstOf(number) ?? -1)
    const found = positions?.listsOf(number) ?? null
    return new ListPostings(docs.arrayOf(number), docs.startOf(number), docFreq, found)
  }
}

/** Of one term: as they lie in arrays, from a place on. */
type PositionLists = {
  readonly positions: Int32Array
  readonly start: number
  /** Where those of each document end; null as long as each has one: most terms of short texts. */
  readonly ends: Int32Array | null
  readonly endsStart: number
}

class Positions {
  readonly #all = new NumberLists()
  readonly #ends = new NumberLists()
  /** By term: the list of its ends, or -1. */
  readonly #endsOf = new Growable((length) => new Int32Array(length))

  get bytes(): number {
    return this.#all.bytes + this.#ends.bytes + this.#endsOf.byteLength
  }

  /** @param docFreq  Documents of the term, with this one. */
  add(number: number, docFreq: number, found: readonly number[]): void {
    const { length } = found
    assert(length > 0, 'a term of a field with positions has one')
    const isNew = number === this.#all.count
    if (isNew) {
      this.#all.add(found[0]!)
      this.#endsOf.push(-1)
    }
    for (let at = isNew ? 1 : 0; at < length; at++) this.#all.push(number, found[at]!)
    if (this.#endsOf.array[number]! >= 0) this.#addEnd(number)
    // From here on they are told one by one: what was there has one each.
    else if (length > 1) this.#beginEnds(number, docFreq)
  }

  comesOnce(number: number): boolean {
    return this.#endsOf.array[number]! < 0
  }

  firstOf(number: number): number {
    return this.#all.firstOf(number)
  }

  listsOf(number: number): PositionLists {
    const list = this.#endsOf.array[number]!
    return {
      positions: this.#all.arrayOf(number),
      start: this.#all.startOf(number),
      ends: list < 0 ? null : this.#ends.arrayOf(list),
      endsStart: list < 0 ? 0 : this.#ends.startOf(list)
    }
  }

  #beginEnds(number: number, docFreq: number): void {
    const list = this.#ends.count
    this.#endsOf.array[number] = list
    if (docFreq > 1) this.#ends.add(1)
    for (let end = 2; end < docFreq; end++) this.#ends.push(list, end)
    this.#addEnd(number)
  }

  #addEnd(number: number): void {
    const list = this.#endsOf.array[number]!
    const end = this.#all.lengthOf(number)
    if (list === this.#ends.count) this.#ends.add(end)
    else this.#ends.push(list, end)
  }
}

/** Of one document, where the term came once. Most terms of a merge are such: no list is opened for them. */
class OncePostings implements PostingsIterator {
  readonly cost = 1
  readonly #only: number
  readonly #position: number
  #doc = -1

  /** @param position  -1 for fields without positions. */
  constructor(doc: number, position: number) {
    this.#only = doc
    this.#position = position
  }

  docId(): number {
    return this.#doc
  }

  next(): number {
    this.#doc = this.#doc < 0 ? this.#only : noMoreDocs
    return this.#doc
  }

  advance(target: number): number {
    this.#doc = this.#doc < 0 && target <= this.#only ? this.#only : noMoreDocs
    return this.#doc
  }

  freq(): number {
    return 1
  }

  positions(): readonly number[] {
    return this.#position < 0 ? [] : [this.#position]
  }
}

class ListPostings implements PostingsIterator {
  readonly cost: number
  readonly #docs: Int32Array
  readonly #start: number
  readonly #end: number
  readonly #found: PositionLists | null
  /** Place in #docs; before #start: before the first. */
  #at: number

  constructor(docs: Int32Array, start: number, docFreq: number, found: PositionLists | null) {
    this.#docs = docs
    this.#start = start
    this.#end = start + docFreq
    this.#found = found
    this.#at = start - 1
    this.cost = docFreq
  }

  docId(): number {
    if (this.#at < this.#start) return -1
    return this.#at < this.#end ? this.#docs[this.#at]! : noMoreDocs
  }

  next(): number {
    if (this.#at < this.#end) this.#at += 1
    return this.docId()
  }

  advance(target: number): number {
    if (this.#at + 1 >= this.#end) {
      this.#at = this.#end
      return noMoreDocs
    }
    this.#at = gallop(this.#docs, target, this.#at + 1, this.#end)
    return this.docId()
  }

  freq(): number {
    const ends = this.#found?.ends ?? null
    return ends === null ? 1 : this.#endOf(ends, 0) - this.#endOf(ends, -1)
  }

  positions(): readonly number[] {
    if (this.#found === null) return []
    const { positions, start, ends } = this.#found
    if (ends === null) return [positions[start + this.#at - this.#start]!]
    const found: number[] = []
    for (let from = this.#endOf(ends, -1); from < this.#endOf(ends, 0); from++)
      found.push(positions[start + from]!)
    return found
  }

  /** Of the current document, or of the one before it. */
  #endOf(ends: Int32Array, before: 0 | -1): number {
    const rank = this.#at - this.#start + before
    return rank < 0 ? 0 : ends[this.#found!.endsStart + rank]!
  }
}
