/** A view of the write buffer: its structures up to a watermark, as a segment. */
import { fieldDocs } from './field-docs.ts'
import type { MemoryBodies } from './memory-bodies.ts'
import type { MemoryStructures, MemoryVectors } from './memory-segment.ts'
import type { IdEntry, MergeSource, TermEntry } from './merge-source.ts'
import { segmentName } from './segment-name.ts'
import { sliceSort } from './slice-sort.ts'
import { storedDocument } from './source-text.ts'
import type {
  ColumnReader,
  FieldInfo,
  PostingsIterator,
  StoredDocument,
  TermsReader,
  VectorReader
} from './types.ts'
import { assert, BitSet, compareTerms } from '../util/index.ts'

export class MemoryReader implements MergeSource {
  readonly name: string
  readonly generation: number
  readonly docCount: number
  readonly rootCount: number
  readonly parents: BitSet | null
  readonly hasRouting: boolean
  readonly #structures: MemoryStructures
  readonly #columns = new Map<number, ColumnReader>()
  readonly #terms = new Map<number, TermsReader>()
  readonly #vectors = new Map<number, VectorReader>()
  #fields: readonly FieldInfo[] | null = null
  /** Root documents in the order of their ids, once a merge has sorted them. */
  #roots: Int32Array | null = null

  constructor(
    structures: MemoryStructures,
    docCount: number,
    rootCount: number,
    parents: BitSet | null
  ) {
    this.#structures = structures
    this.generation = structures.generation
    this.name = segmentName(structures.generation)
    this.docCount = docCount
    this.rootCount = rootCount
    this.parents = parents
    this.hasRouting = structures.hasRouting
  }

  get fields(): readonly FieldInfo[] {
    this.#fields ??= [...this.#structures.fields.values()].sort((a, b) => a.number - b.number)
    return this.#fields
  }

  get presentNames(): readonly string[] {
    return [...this.#structures.present.keys()].sort(compareTerms)
  }

  pathOf(docId: number): string {
    return this.#structures.paths[this.#structures.pathNumbers.array[docId]!]!
  }

  column(field: number): ColumnReader | null {
    const column = this.#structures.columns.get(field)
    return column === undefined
      ? null
      : cached(this.#columns, field, () => column.reader(this.docCount))
  }

  terms(field: number): TermsReader | null {
    const terms = this.#structures.terms.get(field)
    return terms === undefined
      ? null
      : cached(this.#terms, field, () => terms.reader(this.docCount))
  }

  vectors(field: number): VectorReader | null {
    const vectors = this.#structures.vectors.get(field)
    return vectors === undefined
      ? null
      : cached(this.#vectors, field, () => memoryVectorReader(vectors, this.docCount))
  }

  columnDocs(field: number): PostingsIterator | null {
    return this.#structures.columns.get(field)?.docs.ranks(this.docCount).iterator() ?? null
  }

  vectorDocs(field: number): PostingsIterator | null {
    return this.#structures.vectors.get(field)?.docs.ranks(this.docCount).iterator() ?? null
  }

  presentDocs(name: string): PostingsIterator | null {
    return this.#structures.present.get(name)?.ranks(this.docCount).iterator() ?? null
  }

  docsWithField(field: FieldInfo): PostingsIterator {
    return fieldDocs(this, field)
  }

  stored(rootDocId: number): StoredDocument {
    return storedDocument(this, rootDocId, this.#bodies(rootDocId).body(rootDocId))
  }

  idOf(rootDocId: number): string {
    return this.#bodies(rootDocId).ids[rootDocId]!
  }

  idsOf(rootDocIds: ArrayLike<number>): string[] {
    return Array.from(rootDocIds, (docId) => this.idOf(docId))
  }

  readOnce<T>(work: () => T): T {
    return work()
  }

  storedBody(rootDocId: number): Uint8Array {
    return this.#bodies(rootDocId).encoded(rootDocId)
  }

  /** @param rootDocId  One that is there. */
  #bodies(rootDocId: number): MemoryBodies {
    const { bodies } = this.#structures
    const isRoot = rootDocId < this.docCount && (bodies.ids[rootDocId] ?? null) !== null
    assert(isRoot, 'stored documents are those of roots')
    return bodies
  }

  docIdOf(id: string): number {
    let docId = this.#structures.docIds.get(id) ?? -1
    while (docId >= this.docCount) docId = this.#structures.olderDocIds.get(docId) ?? -1
    return docId
  }

  async prepare(pause: () => Promise<void> | null): Promise<void> {
    const { columns, terms } = this.#structures
    for (const { dictionary } of [...columns.values(), ...terms.values()])
      await dictionary?.sortAhead(dictionary.countAt(this.docCount), pause)
    this.#roots = await sliceSort(this.#unsortedRoots(), this.#byId, pause)
  }

  *ids(): Iterable<IdEntry> {
    const { ids } = this.#structures.bodies
    for (const docId of this.#roots ?? this.#unsortedRoots().sort(this.#byId))
      yield { id: ids[docId]!, docId }
  }

  #unsortedRoots(): Int32Array {
    const { ids } = this.#structures.bodies
    const roots = new Int32Array(this.rootCount)
    let count = 0
    for (let docId = 0; docId < this.docCount; docId++)
      if (ids[docId] !== null) roots[count++] = docId
    assert(count === this.rootCount, 'every root document has a body')
    return roots
  }

  readonly #byId = (a: number, b: number): number => {
    const { ids } = this.#structures.bodies
    return compareTerms(ids[a]!, ids[b]!) || a - b
  }

  termEntries(field: number): Iterable<TermEntry> {
    return this.#structures.terms.get(field)?.entries(this.docCount) ?? []
  }

  sizeInBytes(): number {
    const { bodies, listBytes, vectors } = this.#structures
    let total = bodies.byteLength + listBytes
    for (const { index } of vectors.values()) {
      const sizes = index.sizeInBytes()
      total += sizes.codes + sizes.lists + sizes.vectors + sizes.hashes
    }
    return total
  }
}

function memoryVectorReader(vectors: MemoryVectors, docCount: number): VectorReader {
  const ranks = vectors.docs.ranks(docCount)
  const docOf = (ord: number): number => {
    assert(ord >= 0 && ord < ranks.count, 'ord < vector count')
    return ranks.docAt(ord)
  }
  return {
    index: vectors.index.at(ranks.count),
    docOf,
    docsOf: (ords) => Int32Array.from(ords, docOf),
    ordOf: (docId) => ranks.rankOf(docId),
    ordsOf(docs) {
      const ords = new BitSet(ranks.count)
      for (let ord = 0; ord < ranks.count; ord++) if (docs.has(ranks.docAt(ord))) ords.add(ord)
      return ords
    }
  }
}

function cached<V>(map: Map<number, V>, key: number, create: () => V): V {
  let value = map.get(key)
  if (value === undefined) {
    value = create()
    map.set(key, value)
  }
  return value
}
