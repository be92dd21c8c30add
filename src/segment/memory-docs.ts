/** Ascending documents of the write buffer that have something, and their ranks among themselves. */
import { ArrayIterator } from './doc-iterator.ts'
import type { PostingsIterator } from './types.ts'
import { assert, Growable, lowerBound } from '../util/index.ts'

export class MemoryDocs {
  readonly #docs = new Growable((length) => new Int32Array(length))

  add(docId: number): void {
    const { array, length } = this.#docs
    assert(length === 0 || array[length - 1]! < docId, 'a field comes once in a document')
    this.#docs.push(docId)
  }

  get length(): number {
    return this.#docs.length
  }

  get bytes(): number {
    return this.#docs.byteLength
  }

  /** The documents below `docCount`. */
  ranks(docCount: number): DocRanks {
    return new DocRanks(this.#docs, lowerBound(this.#docs.array, docCount, this.#docs.length))
  }
}

export class DocRanks {
  readonly count: number
  readonly #docs: Growable<Int32Array>
  #hint = 0

  constructor(docs: Growable<Int32Array>, count: number) {
    this.#docs = docs
    this.count = count
  }

  /** Rank of a document, -1 when it is not among them. Ascending questions are answered without a search. */
  rankOf(docId: number): number {
    const { array } = this.#docs
    const hint = this.#hint
    if (hint < this.count && array[hint] === docId) return hint
    if (hint + 1 < this.count && array[hint + 1] === docId) {
      this.#hint = hint + 1
      return hint + 1
    }
    const found = lowerBound(array, docId, this.count)
    if (found === this.count || array[found] !== docId) return -1
    this.#hint = found
    return found
  }

  docAt(rank: number): number {
    return this.#docs.array[rank]!
  }

  iterator(): PostingsIterator {
    return new ArrayIterator(this.#docs.array, this.count)
  }
}
