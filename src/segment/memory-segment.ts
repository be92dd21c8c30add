/**
 * The write buffer's side of an index: documents that are not in a segment on disk yet, searchable as soon as they are
 * appended.
 *
 * Everything is append-only and documents have ascending numbers, so a view is a number (the watermark) and the same
 * structures: what lies at or behind the watermark is not looked at. Only live documents change; a view holds a copy of
 * theirs, taken when something changed since the last view.
 */
import { MemoryBodies } from './memory-bodies.ts'
import type { MemoryColumn } from './memory-column.ts'
import { valuesAtOnceMax } from './memory-dictionary.ts'
import { MemoryDocs } from './memory-docs.ts'
import { KeywordColumn } from './memory-keywords.ts'
import { DoubleColumn, LongColumn } from './memory-numbers.ts'
import { MemoryReader } from './memory-reader.ts'
import { ListedTerms } from './memory-terms.ts'
import type { MemoryTerms } from './memory-terms.ts'
import type { FieldInfo, IndexableDoc, IndexableDocument, SegmentView } from './types.ts'
import { assert, BitSet, Growable } from '../util/index.ts'
import type { Steps } from '../util/index.ts'
import type { Vector, VectorIndex, VectorSpec } from '../vector/index.ts'

/** Vectors that are searchable while they grow; vector/'s GrowingIndex is one. */
export type GrowingVectors = {
  readonly size: number
  append(vector: Vector): number
  /** The first `size` of them. */
  at(size: number): VectorIndex
  sizeInBytes(): ReturnType<VectorIndex['sizeInBytes']>
  close(): void
}

export type MemorySegmentOptions = {
  readonly generation: number
  /** Opens an index for a field's first vector. */
  readonly growingVectors: (spec: VectorSpec) => GrowingVectors
}

/** Vectors of one field and the documents they belong to: vector `ord` is that of the document with rank `ord`. */
export type MemoryVectors = { readonly index: GrowingVectors; readonly docs: MemoryDocs }

/** What a view reads. Append-only. */
export type MemoryStructures = {
  readonly generation: number
  readonly fields: Map<number, FieldInfo>
  readonly columns: Map<number, MemoryColumn>
  /** Of columns that are looked up, and of listed terms. */
  readonly terms: Map<number, MemoryTerms>
  readonly vectors: Map<number, MemoryVectors>
  readonly present: Map<string, MemoryDocs>
  readonly paths: string[]
  readonly pathNumbers: Growable<Int32Array>
  readonly bodies: MemoryBodies
  hasRouting: boolean
  /** Of columns and terms: to ask each of thousands took milliseconds a request. */
  listBytes: number
  /** Newest document of an id, and the one before it for a document whose id came more than once. */
  readonly docIds: Map<string, number>
  readonly olderDocIds: Map<number, number>
}

/** A field takes as long as so many values more, where it is the first document that has it. */
const fieldWorth = 8

const bytesPerDocument = 160 // id map entry, body object, path number, bits; a guess

export class MemorySegment {
  readonly generation: number
  readonly #structures: MemoryStructures
  readonly #growingVectors: MemorySegmentOptions['growingVectors']
  readonly #listedTerms = new Map<number, ListedTerms>()
  /** Set bits are live; bits behind docCount are 0. */
  #live = new BitSet(64)
  #roots = new BitSet(64)
  #docCount = 0
  #rootCount = 0
  #liveRootCount = 0
  #liveDocCount = 0
  #view: SegmentView | null = null

  constructor(options: MemorySegmentOptions) {
    this.generation = options.generation
    this.#growingVectors = options.growingVectors
    this.#structures = {
      generation: options.generation,
      fields: new Map(),
      columns: new Map(),
      terms: new Map(),
      vectors: new Map(),
      present: new Map(),
      paths: [''],
      pathNumbers: new Growable((length) => new Int32Array(length)),
      bodies: new MemoryBodies(),
      hasRouting: false,
      listBytes: 0,
      docIds: new Map(),
      olderDocIds: new Map()
    }
  }

  /** Documents, deleted and nested ones included. */
  get docCount(): number {
    return this.#docCount
  }

  get liveRootCount(): number {
    return this.#liveRootCount
  }

  /** Bytes held, estimated: what a flush by bytes and the limit of pending bytes go by. */
  get bytes(): number {
    const { bodies, vectors, listBytes } = this.#structures
    let total = bodies.byteLength + this.#docCount * bytesPerDocument + listBytes
    for (const { index, docs } of vectors.values()) {
      const sizes = index.sizeInBytes()
      total += sizes.codes + sizes.lists + sizes.vectors + sizes.hashes + docs.bytes
    }
    return total
  }

  /**
   * Appends a document with its children. It is visible in views made afterwards; an older document of the same id stays
   * until it is deleted.
   *
   * Errors   MEMORY_LIMIT when there is no room for its vectors: what was appended of it counts as deleted.
   *
   * @returns the docId of the root.
   */
  append(document: IndexableDocument, seqNo: number, version: number): number {
    const firstDoc = this.#begin(document, seqNo, version)
    const { docs } = document
    for (let at = 0; at < docs.length; at++) this.#appendDoc(docs[at]!, firstDoc + at)
    return this.enter(document)
  }

  /** As append, but it stays invisible until it is entered: a document with lists that isLongDocument says are long. */
  *appendInSteps(document: IndexableDocument, seqNo: number, version: number): Steps<void> {
    const firstDoc = this.#begin(document, seqNo, version)
    for (const [at, doc] of document.docs.entries()) {
      yield* this.#appendDocInSteps(doc, firstDoc + at)
      yield
    }
  }

  /** @returns Number of the first of its documents. */
  #begin(document: IndexableDocument, seqNo: number, version: number): number {
    const { docs } = document
    assert(
      docs.length > 0 && docs.at(-1)!.path === '',
      'the root is the last document of its group'
    )
    const firstDoc = this.#docCount
    const root = firstDoc + docs.length - 1
    this.#reserve(root + 1)
    this.#roots.add(root)
    this.#appendBody(document, seqNo, version)
    // Numbers are used up now: should a field throw, what is there already belongs to a document that is never live.
    this.#docCount = root + 1
    this.#rootCount += 1
    return firstDoc
  }

  /** Makes the document that was appended last visible. @returns the docId of the root. */
  enter({ id, docs }: IndexableDocument): number {
    const root = this.#docCount - 1
    for (let docId = root - docs.length + 1; docId <= root; docId++) this.#live.add(docId)
    this.#liveDocCount += docs.length
    this.#liveRootCount += 1
    // A view that was made while it was appended does not show it.
    this.#view = null
    const { docIds, olderDocIds } = this.#structures
    const older = docIds.get(id)
    if (older !== undefined) olderDocIds.set(root, older)
    docIds.set(id, root)
    return root
  }

  #appendBody(document: IndexableDocument, seqNo: number, version: number): void {
    const { bodies, pathNumbers } = this.#structures
    const { id, routing, source } = document
    for (const doc of document.docs) pathNumbers.push(this.#pathNumber(doc.path))
    if (routing !== null) this.#structures.hasRouting = true
    for (let child = 1; child < document.docs.length; child++) bodies.addChild()
    bodies.addRoot({ id, routing, version, seqNo, source })
  }

  #appendDoc(doc: IndexableDoc, docId: number): void {
    for (const { field, vector } of doc.vectors) this.#appendVector(field, docId, vector)
    for (const { field, values } of doc.columns) {
      const into = values.length > 0 ? this.#columnOf(field) : null
      if (into === null) continue
      const before = into.bytes
      into.append(docId, values)
      this.#structures.listBytes += into.bytes - before
    }
    for (const { field, terms, length } of doc.terms) {
      const into = this.#termsOf(field)
      if (into === null) continue
      const before = into.bytes
      into.append(docId, terms, length)
      this.#structures.listBytes += into.bytes - before
    }
    this.#appendPresent(doc, docId)
  }

  *#appendDocInSteps(doc: IndexableDoc, docId: number): Steps<void> {
    for (const { field, vector } of doc.vectors) this.#appendVector(field, docId, vector)
    for (const { field, values } of doc.columns) {
      const into = values.length > 0 ? this.#columnOf(field) : null
      if (into === null) continue
      const before = into.bytes
      yield* into.appendInSteps(docId, values)
      this.#structures.listBytes += into.bytes - before
    }
    for (const { field, terms, length } of doc.terms) {
      const into = this.#termsOf(field)
      if (into === null) continue
      const before = into.bytes
      yield* into.appendInSteps(docId, terms, length)
      this.#structures.listBytes += into.bytes - before
    }
    this.#appendPresent(doc, docId)
  }

  /** null: it has none. */
  #columnOf(field: FieldInfo): MemoryColumn | null {
    const { number } = field
    if (field.column === null) return null
    this.#know(field)
    const { columns, terms } = this.#structures
    let into = columns.get(number)
    if (into === undefined) {
      into = createColumn(field)
      columns.set(number, into)
      if (into.terms !== null) terms.set(number, into.terms)
      this.#structures.listBytes += into.bytes
    }
    return into
  }

  /** null: it has none. */
  #termsOf(field: FieldInfo): ListedTerms | null {
    const { postings, number, column } = field
    if (postings === 'none') return null
    assert(column !== 'keyword', 'terms of a field with a keyword column are its values')
    this.#know(field)
    let into = this.#listedTerms.get(number)
    if (into === undefined) {
      into = new ListedTerms(postings === 'positions')
      this.#listedTerms.set(number, into)
      this.#structures.terms.set(number, into.terms)
      this.#structures.listBytes += into.bytes
    }
    return into
  }

  #appendPresent(doc: IndexableDoc, docId: number): void {
    if (doc.present.length === 0) return
    const { present } = this.#structures
    for (const name of new Set(doc.present)) entry(present, name, () => new MemoryDocs()).add(docId)
  }

  /** Mostly the same object as before: a look costs less than to put it there again. */
  #know(field: FieldInfo): void {
    const { fields } = this.#structures
    if (fields.get(field.number) !== field) fields.set(field.number, field)
  }

  #appendVector(field: FieldInfo, docId: number, vector: Vector): void {
    const spec = field.vector
    assert(spec !== null, 'a vector belongs to a field with a vector spec')
    this.#know(field)
    const vectors = entry(this.#structures.vectors, field.number, () => ({
      index: this.#growingVectors(spec),
      docs: new MemoryDocs()
    }))
    const ord = vectors.index.append(vector)
    vectors.docs.add(docId)
    assert(ord === vectors.docs.length - 1, 'vectors are numbered as they come')
  }

  /**
   * Marks a root document and its children as deleted. Views made before do not see it.
   *
   * @returns false when it was deleted before.
   */
  delete(rootDocId: number): boolean {
    assert(rootDocId < this.#docCount && this.#roots.has(rootDocId), 'a root document is deleted')
    if (!this.#live.has(rootDocId)) return false
    let docId = rootDocId
    do {
      this.#live.remove(docId)
      this.#liveDocCount -= 1
      docId -= 1
    } while (docId >= 0 && !this.#roots.has(docId))
    this.#liveRootCount -= 1
    this.#view = null
    return true
  }

  /** All that was appended and not deleted up to now. The same object until something changes. */
  view(): SegmentView {
    if (this.#view !== null && this.#view.docCount === this.#docCount) return this.#view
    const docCount = this.#docCount
    const parents = this.#rootCount === docCount ? null : this.#roots.copy(docCount)
    this.#view = {
      reader: new MemoryReader(this.#structures, docCount, this.#rootCount, parents),
      docCount,
      liveDocs: this.#liveDocCount === docCount ? null : this.#live.copy(docCount),
      liveRootCount: this.#liveRootCount
    }
    return this.#view
  }

  /** Root document of an id, newest first, or -1; deleted ones answer too. */
  docIdOf(id: string): number {
    return this.#structures.docIds.get(id) ?? -1
  }

  /** The newest document of an id, deleted or not, as it was given. */
  newestOf(
    id: string
  ): { readonly docId: number; readonly version: number; readonly seqNo: number } | null {
    const docId = this.docIdOf(id)
    if (docId < 0) return null
    const { version, seqNo } = this.#structures.bodies.body(docId)
    return { docId, version, seqNo }
  }

  isLive(docId: number): boolean {
    return this.#live.has(docId)
  }

  /** Frees the kernels' memory. Nobody may hold a view any more. */
  close(): void {
    for (const { index } of this.#structures.vectors.values()) index.close()
    this.#structures.vectors.clear()
  }

  #pathNumber(path: string): number {
    const { paths } = this.#structures
    const known = paths.indexOf(path)
    return known >= 0 ? known : paths.push(path) - 1
  }

  #reserve(docCount: number): void {
    if (docCount <= this.#live.capacity) return
    const capacity = Math.max(docCount, this.#live.capacity * 2)
    this.#live = this.#live.copy(capacity)
    this.#roots = this.#roots.copy(capacity)
  }
}

/** Whether a document has too many terms, values and fields to be taken in one piece. */
export function isLongDocument({ docs }: IndexableDocument): boolean {
  let count = 0
  for (const { columns, terms } of docs) {
    for (const { values } of columns) count += fieldWorth + values.length
    for (const { terms: occurrences } of terms) count += fieldWorth + occurrences.length
    if (count > valuesAtOnceMax) return true
  }
  return false
}

function createColumn({ column, postings }: FieldInfo): MemoryColumn {
  if (column === 'long') return new LongColumn()
  if (column === 'double') return new DoubleColumn()
  assert(postings !== 'positions', 'keywords have no positions')
  return new KeywordColumn(postings === 'docs')
}

function entry<K, V>(map: Map<K, V>, key: K, create: () => V): V {
  let value = map.get(key)
  if (value === undefined) {
    value = create()
    map.set(key, value)
  }
  return value
}
