/**
 * A segment: documents 0 .. docCount - 1 with their stored sources, columns, terms and vectors, immutable but for deletes.
 * The write buffer answers through the same type as a segment on disk, so search and merge know one thing only.
 *
 * Children of a nested document come directly before their parent; `parents` has a bit for each root document.
 */
import type { BitSet, ListOf } from '../util/index.ts'
import type { SharedTable } from '../cache/index.ts'
import type { Vector, VectorIndex, VectorIndexMeta, VectorSpec } from '../vector/index.ts'

export type ColumnKind = 'long' | 'double' | 'keyword'

/** One field of an index, wherever its values are kept. `number` is never reused within the index. */
export type FieldInfo = {
  readonly number: number // u16
  readonly name: string // full path, 'a.b.c'
  /** Sortable, multi-valued values by document. Dates are long milliseconds, booleans long 0 and 1. */
  readonly column: ColumnKind | null
  /** docs: who has the term (keyword). positions: frequencies, positions and norms too (text). */
  readonly postings: 'none' | 'docs' | 'positions'
  readonly vector: VectorSpec | null
}

/** Values of one document for one column, in the order given; stored sorted ascending. */
export type ColumnValues = readonly bigint[] | readonly number[] | readonly string[]

export type TermOccurrences = {
  readonly term: string
  /** Ascending; [] for postings: 'docs'. The frequency is their number (1 for 'docs'). */
  readonly positions: readonly number[]
}

/** One document as the index sees it. Nested objects are documents of their own, before their parent. */
export type IndexableDoc = {
  /** '' for the root, else the path of the nested object. */
  readonly path: string
  readonly columns: readonly { readonly field: FieldInfo; readonly values: ColumnValues }[]
  /** length: tokens of the field in this document, for norms. None of a field with a keyword column: its values are its terms. */
  readonly terms: readonly {
    readonly field: FieldInfo
    readonly terms: ListOf<TermOccurrences>
    readonly length: number
  }[]
  readonly vectors: readonly { readonly field: FieldInfo; readonly vector: Vector }[]
  /** Names of fields that are there without column, terms or vector (for `exists`); mostly empty. */
  readonly present: readonly string[]
}

/**
 * `_source`: the bytes that came in. The text of a vector may be cut out where printing the stored vector gives the
 * same bytes again.
 */
export type StoredSource = {
  readonly text: Uint8Array
  readonly cuts: readonly SourceCut[]
}
export type SourceCut = {
  /** Where the vector's text goes, in bytes of `text`; ascending. */
  readonly offset: number
  readonly field: number
  /** Which document of the group (children first); the root is the last. */
  readonly docOffset: number
  /**
   * float64: JSON of the float32 values widened to double, no blanks. float32: shortest float32 text. int: integers. base64: the float32
   * values big-endian, padded, in quotes.
   */
  readonly form: 'float64' | 'float32' | 'int' | 'base64'
}

export type IndexableDocument = {
  readonly id: string
  readonly routing: string | null
  readonly source: StoredSource
  /** Children first, the root last. */
  readonly docs: readonly IndexableDoc[]
}

/** What is kept beside a root document. */
export type StoredDocument = {
  readonly id: string
  readonly routing: string | null
  readonly version: number
  readonly seqNo: number
  /** The bytes that came in, with the cut vectors printed in again. */
  source(): Uint8Array
}

export type ColumnReader = {
  readonly kind: ColumnKind
  /** Number of values of a document, 0 when it has none. */
  count(docId: number): number
  /** Values of a document, ascending. long: exact. */
  longAt(docId: number, at: number): bigint
  /** long columns answer as number too (exact up to 2^53). */
  doubleAt(docId: number, at: number): number
  /** keyword: ordinal of the value in this segment; ordinals are in byte order of the terms. */
  ordAt(docId: number, at: number): number
  readonly valueCount: number // keyword: distinct values
  keywordOf(ord: number): string
  /** keyword: ordinal of the value, or -(insertion point) - 1. */
  ordOf(value: string): number
}

export type PostingsIterator = {
  /** Current document, -1 before the first next(), noMoreDocs after the last. */
  docId(): number
  next(): number
  /** First document >= target. */
  advance(target: number): number
  freq(): number
  /** Positions in the current document, ascending; only for 'positions' fields. Valid until the next move. */
  positions(): readonly number[]
  readonly cost: number // documents in the list
}
export const noMoreDocs = 0x7fffffff

export type TermsReader = {
  /** Documents that have the field (BM25's N) and tokens over all of them. Deleted ones count until merged. */
  readonly docCount: number
  readonly sumTotalTermFreq: number
  /** null when the term is not there. */
  postings(term: string): PostingsIterator | null
  docFreq(term: string): number
  /** Terms in byte order from `from` on, until the callback returns false. `postings` are those of the term that is visited. */
  visitTerms(
    from: string,
    visit: (term: string, docFreq: number, postings: () => PostingsIterator) => boolean
  ): void
  /** Field length as Lucene's one-byte norm decodes it (exact up to 39); 1 for fields without norms. */
  lengthOf(docId: number): number
  /** Every document that has the field. */
  docsWithField(): PostingsIterator
}

/** Pages of an open vector index, as other threads are told of them to open it too. Plain data. */
export type SharedVectors = {
  readonly meta: VectorIndexMeta
  readonly tables: readonly SharedTable[]
  readonly index: number
  readonly generation: number
  readonly field: number
}

export type VectorReader = {
  readonly index: VectorIndex
  /** Left out: no other thread can open it (a write buffer, sets). The same object each time. */
  readonly shared?: SharedVectors
  docOf(ord: number): number
  /**
   * Documents of several vectors, in the order given: costs half of asking for one after another. They may lie in the memory of
   * `ords`, and change with those.
   */
  docsOf(ords: Uint32Array): Int32Array
  /** -1 when the document has no vector. */
  ordOf(docId: number): number
  /** Ordinals of the documents in `docs`. */
  ordsOf(docs: BitSet): BitSet
}

export type SegmentReader = {
  /** '_a': the generation in base 36, as Lucene names segments. */
  readonly name: string
  readonly generation: number
  /** Documents, deleted and nested ones included. */
  readonly docCount: number
  readonly rootCount: number
  /** null: every document is a root. */
  readonly parents: BitSet | null
  /** Nested path of a child document, '' for a root. */
  pathOf(docId: number): string
  readonly fields: readonly FieldInfo[]
  column(field: number): ColumnReader | null
  terms(field: number): TermsReader | null
  vectors(field: number): VectorReader | null
  /** Documents that have the field in any form (column, terms, vector, present). */
  docsWithField(field: FieldInfo): PostingsIterator
  stored(rootDocId: number): StoredDocument
  /** Id of a root document, without its stored document: what a hit without source needs. */
  idOf(rootDocId: number): string
  /** Ids of several, in the order given: costs half of asking for one after another. */
  idsOf(rootDocIds: ArrayLike<number>): string[]
  /** false: no document was stored with a routing, so nobody need read one to know. */
  readonly hasRouting: boolean
  /** Root document of an id, or -1. Deleted documents answer too: ask liveDocs. The newest wins. */
  docIdOf(id: string): number
  sizeInBytes(): number
}

/** One segment as a searcher sees it: pinned, with the deletes of one moment. */
export type SegmentView = {
  readonly reader: SegmentReader
  /** Documents 0 .. docCount - 1 are visible (a write buffer grows behind it). */
  readonly docCount: number
  /** null: all are live. Children of a deleted root are deleted too. Never changes once it is here. */
  readonly liveDocs: BitSet | null
  readonly liveRootCount: number
}
