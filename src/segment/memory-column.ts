/** Values of one field in the write buffer: the documents that have some, where theirs end, and the values. */
import type { MemoryDictionary } from './memory-dictionary.ts'
import { MemoryDocs } from './memory-docs.ts'
import type { DocRanks } from './memory-docs.ts'
import type { MemoryTerms } from './memory-terms.ts'
import type { ColumnKind, ColumnReader, ColumnValues } from './types.ts'
import { assert, Growable } from '../util/index.ts'
import type { Steps } from '../util/index.ts'

export type MemoryColumn = {
  readonly docs: MemoryDocs
  readonly bytes: number
  /** Keywords only: what to sort before they are read in order. */
  readonly dictionary: MemoryDictionary | null
  /** Of keywords that are looked up: the values, in the same dictionary. */
  readonly terms: MemoryTerms | null
  append(docId: number, values: ColumnValues): void
  /** As append. Until the last step the document has no value. */
  appendInSteps(docId: number, values: ColumnValues): Steps<void>
  reader(docCount: number): ColumnReader
}

/** What the three kinds share: which values belong to which document. */
export class Ends {
  readonly docs: MemoryDocs = new MemoryDocs()
  readonly array: Growable<Int32Array> = new Growable((length) => new Int32Array(length))

  close(docId: number, valueCount: number): void {
    this.docs.add(docId)
    this.array.push(valueCount)
  }

  startOf(rank: number): number {
    return rank === 0 ? 0 : this.array.array[rank - 1]!
  }

  countOf(rank: number): number {
    return rank < 0 ? 0 : this.array.array[rank]! - this.startOf(rank)
  }

  /** Number of values of the documents with ranks below `rank`. */
  total(rank: number): number {
    return this.startOf(rank)
  }

  get bytes(): number {
    return this.docs.bytes + this.array.byteLength
  }
}

/** Of a value of a document, among those of all. */
export function placeOf(ends: Ends, ranks: DocRanks, docId: number, at: number): number {
  const rank = ranks.rankOf(docId)
  assert(at >= 0 && at < ends.countOf(rank), 'value < count of the document')
  return ends.startOf(rank) + at
}

export function wrongKind(kind: ColumnKind, method: string): never {
  assert(false, `${method} is not asked of a ${kind} column`)
}
