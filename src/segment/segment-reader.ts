/**
 * A segment on disk. Opening it reads nothing: the manifest has said what there is (segment-info.ts), and every page comes
 * through the cache when it is asked for. What stays in memory once it was needed: the Bloom filter of the ids, the samples
 * of dictionaries, parent bits.
 */
import { BloomFilter } from './bloom-format.ts'
import { DiskColumn } from './column-reader.ts'
import { termsPerLeaf } from './dictionary-format.ts'
import { DictionaryReader } from './dictionary-reader.ts'
import { docIdsReader } from './doc-ids-reader.ts'
import type { DocIdsReader } from './doc-ids-reader.ts'
import { DocSetReader } from './doc-set-reader.ts'
import { fieldDocs } from './field-docs.ts'
import type { IdEntry, MergeSource, TermEntry } from './merge-source.ts'
import { PackedReader } from './packed-reader.ts'
import { streamKinds, streamPageBytes, streamPageCount } from './page-stream-format.ts'
import type { StreamKind } from './page-stream-format.ts'
import { memoryViews, PageStream } from './page-stream-reader.ts'
import type { MemoryViews } from './page-stream-reader.ts'
import { segmentFormat, unindexedBytes } from './segment-info.ts'
import type { SegmentInfo } from './segment-info.ts'
import { segmentName } from './segment-name.ts'
import { openVectors, pageKindOf } from './segment-vectors.ts'
import type { OpenVectors, VectorsPlace } from './segment-vectors.ts'
import { storedDocument } from './source-text.ts'
import { decodeStoredBody } from './stored-format.ts'
import { StoredReader } from './stored-reader.ts'
import { DiskTerms } from './terms-reader.ts'
import type {
  ColumnReader,
  FieldInfo,
  PostingsIterator,
  StoredDocument,
  TermsReader,
  VectorReader
} from './types.ts'
import type { PageCache } from '../cache/index.ts'
import { pageKey, pageKeys } from '../store/index.ts'
import type { SegmentKind, Store } from '../store/index.ts'
import { assert, BitSet, VectorStoreError } from '../util/index.ts'

export type OpenSegmentOptions = {
  readonly info: SegmentInfo
  /** Number of the index. */
  readonly index: number
  readonly store: Pick<Store, 'get'>
  readonly cache: PageCache
  /** Told once for each field whose graph cannot be read, in the middle of a search. */
  readonly onDamage?: (damage: SegmentDamage) => void
}

/** Damage that was met and worked around. */
export type SegmentDamage = { readonly field: number; readonly error: VectorStoreError }

/**
 * Opens a segment.
 *
 * Cost     no page is read.
 * Errors   STORE_FORMAT when it is of another format. Its readers throw STORE_MISSING and STORE_CHECKSUM for
 *          pages that are not there or not what was written, MEMORY_LIMIT when the cache has no room for a page table.
 */
export function openSegment(options: OpenSegmentOptions): DiskSegment {
  const { info } = options
  if (info.format !== segmentFormat) {
    throw new VectorStoreError(
      'STORE_FORMAT',
      `segment ${segmentName(info.generation)} has format ${info.format}, wanted ${segmentFormat}`
    )
  }
  return new DiskSegment(options)
}

export class DiskSegment implements MergeSource {
  readonly info: SegmentInfo
  readonly name: string
  readonly generation: number
  readonly docCount: number
  readonly rootCount: number
  readonly hasRouting: boolean
  readonly fields: readonly FieldInfo[]
  readonly #index: number
  readonly #store: Pick<Store, 'get'>
  readonly #cache: PageCache
  readonly #views: MemoryViews
  readonly #place: Omit<VectorsPlace, 'onDamage'>
  readonly #streams = new Map<StreamKind, PageStream>()
  readonly #columns = new Map<number, DiskColumn | null>()
  readonly #terms = new Map<number, DiskTerms | null>()
  readonly #vectors = new Map<number, OpenVectors | null>()
  readonly #ids: DictionaryReader
  readonly #stored: StoredReader
  readonly #docIds: DocIdsReader
  readonly #onDamage: (damage: SegmentDamage) => void
  readonly #damage: SegmentDamage[] = []
  #bloom: BloomFilter | null = null
  #parents: BitSet | null = null
  #paths: PackedReader | null = null

  constructor({ info, index, store, cache, onDamage }: OpenSegmentOptions) {
    this.#onDamage = onDamage ?? ((): void => {})
    this.info = info
    this.name = segmentName(info.generation)
    this.generation = info.generation
    this.docCount = info.docCount
    this.rootCount = info.rootCount
    this.hasRouting = info.hasRouting
    this.fields = info.fields
    this.#index = index
    this.#store = store
    this.#cache = cache
    this.#views = memoryViews(cache.memory)
    const { generation, docCount } = info
    this.#place = { index, generation, docCount, cache, views: this.#views }
    this.#ids = new DictionaryReader(this.stream('ids'), info.ids, 1)
    this.#docIds = docIdsReader(this.stream('docIds'), info.docIds)
    const index32 = this.stream('storedIndex')
    this.#stored = new StoredReader(info.stored, index32, (record) =>
      store.get(this.#key('stored', 0, record))
    )
  }

  /** Graphs and codes that could not be read; their fields are scanned instead. */
  get damaged(): readonly SegmentDamage[] {
    return this.#damage
  }

  /** Of vectors that are scanned until a merge builds their graph. */
  get unindexedBytes(): number {
    return unindexedBytes(this.info, (field) => this.#damage.some((one) => one.field === field))
  }

  get parents(): BitSet | null {
    const { parents } = this.info
    if (parents === null) return null
    this.#parents ??= new DocSetReader(this.stream('parents'), parents, this.docCount).toBitSet()
    return this.#parents
  }

  pathOf(docId: number): string {
    const { paths } = this.info
    if (paths === null) return ''
    this.#paths ??= new PackedReader(this.stream('paths'), paths.numbers)
    return paths.names[this.#paths.numberAt(docId)]!
  }

  column(field: number): ColumnReader | null {
    return this.#column(field)
  }

  #column(field: number): DiskColumn | null {
    const known = this.#columns.get(field)
    if (known !== undefined) return known
    const info = this.info.columns.find((each) => each.field === field)
    const column =
      info === undefined ? null : new DiskColumn(this.stream('columns'), info, this.docCount)
    this.#columns.set(field, column)
    return column
  }

  terms(field: number): TermsReader | null {
    return this.diskTerms(field)
  }

  /** Beyond the contract: for merge and verify. */
  diskTerms(field: number): DiskTerms | null {
    const known = this.#terms.get(field)
    if (known !== undefined) return known
    const info = this.info.terms.find((each) => each.field === field)
    const streams = {
      terms: this.stream('terms'),
      postings: this.stream('postings'),
      fieldNorms: this.stream('fieldNorms')
    }
    const terms = info === undefined ? null : new DiskTerms(streams, info, this.docCount)
    this.#terms.set(field, terms)
    return terms
  }

  vectors(field: number): VectorReader | null {
    return this.#openVectors(field)?.reader ?? null
  }

  #openVectors(field: number): OpenVectors | null {
    const known = this.#vectors.get(field)
    if (known !== undefined) return known
    const info = this.info.vectors.find((each) => each.field === field)
    const onDamage = (error: VectorStoreError): void => {
      this.#damage.push({ field, error })
      this.#onDamage({ field, error })
    }
    const vectors = info === undefined ? null : openVectors(info, { ...this.#place, onDamage })
    this.#vectors.set(field, vectors)
    return vectors
  }

  columnDocs(field: number): PostingsIterator | null {
    return this.#column(field)?.docs.iterator() ?? null
  }

  vectorDocs(field: number): PostingsIterator | null {
    const vectors = this.#openVectors(field)
    if (vectors === null) return null
    return vectors.ords.docs()
  }

  get presentNames(): readonly string[] {
    return this.info.present.map(({ name }) => name)
  }

  presentDocs(name: string): PostingsIterator | null {
    const info = this.info.present.find((each) => each.name === name)
    if (info === undefined) return null
    return new DocSetReader(this.stream('present'), info.docs, this.docCount).iterator()
  }

  docsWithField(field: FieldInfo): PostingsIterator {
    return fieldDocs(this, field)
  }

  stored(rootDocId: number): StoredDocument {
    return storedDocument(this, rootDocId, decodeStoredBody(this.#stored.body(rootDocId)))
  }

  idOf(rootDocId: number): string {
    assert(this.parents?.has(rootDocId) ?? true, 'root documents have ids')
    return this.#docIds.idOf(rootDocId)
  }

  idsOf(rootDocIds: ArrayLike<number>): string[] {
    const { parents } = this
    if (parents !== null)
      for (let at = 0; at < rootDocIds.length; at++)
        assert(parents.has(rootDocIds[at]!), 'root documents have ids')
    return this.#docIds.idsOf(rootDocIds)
  }

  readOnce<T>(work: () => T): T {
    return this.#cache.inPassing(work, true)
  }

  storedBody(rootDocId: number): Uint8Array {
    return this.#stored.body(rootDocId)
  }

  docIdOf(id: string): number {
    this.#bloom ??= this.#readBloom()
    if (!this.#bloom.mayHave(id)) return -1
    const hit = this.#ids.find(id)
    return hit === null ? -1 : hit.numbers[hit.numberCount - 1]!
  }

  /** Its terms and ids are sorted already. */
  prepare(): Promise<void> {
    return Promise.resolve()
  }

  *ids(): Iterable<IdEntry> {
    for (let leaf = 0; leaf * termsPerLeaf < this.#ids.count; leaf++) {
      const { terms, numbers } = this.#ids.leafAt(leaf)
      for (const [at, id] of terms.entries()) yield { id, docId: numbers[at]! }
    }
  }

  termEntries(field: number): Iterable<TermEntry> {
    return this.diskTerms(field)?.entries() ?? []
  }

  sizeInBytes(): number {
    return this.info.bytes
  }

  /** Bytes on the heap, outside the cache's budget. */
  get residentBytes(): number {
    const bits = (this.#bloom?.bits.words.byteLength ?? 0) + (this.#parents?.words.byteLength ?? 0)
    return bits + this.#ids.residentBytes
  }

  /** A page stream of the segment; opened when it is first read. */
  stream(kind: StreamKind): PageStream {
    let stream = this.#streams.get(kind)
    if (stream === undefined) {
      stream = new PageStream(this.info.streams[kind] ?? 0, this.#views, (pageCount) =>
        this.#cache.table({ kind, pageCount, index: this.#index, keyOf: this.#keys(kind, 0) })
      )
      this.#streams.set(kind, stream)
    }
    return stream
  }

  /** Reads everything that the info names, part by part, past the cache where it can; for verify. */
  *parts(): Iterable<{ readonly part: string; readonly read: () => void }> {
    for (const kind of streamKinds) {
      const pageCount = streamPageCount(this.info.streams[kind] ?? 0)
      yield { part: kind, read: () => this.#readPages(kind, 0, pageCount) }
    }
    yield { part: 'bloom', read: () => void this.#readBloom() }
    const { recordCount } = this.info.stored
    yield { part: 'stored', read: () => this.#readPages('stored', 0, recordCount) }
    for (const { field, meta, ords } of this.info.vectors) {
      const ordsPageCount = streamPageCount(ords.byteCount)
      yield { part: 'ords', read: () => this.#readPages('ords', field, ordsPageCount) }
      for (const [part, pageCount] of Object.entries(meta.pageCounts))
        yield { part, read: () => this.#readPages(pageKindOf(part), field, pageCount) }
    }
  }

  #readPages(kind: SegmentKind, field: number, pageCount: number): void {
    for (let page = 0; page < pageCount; page++) this.#store.get(this.#key(kind, field, page))
  }

  /** Gives back what it holds of the cache. No reader of it may be used any more. */
  close(): void {
    for (const stream of this.#streams.values()) stream.close()
    for (const vectors of this.#vectors.values()) vectors?.close()
    this.#streams.clear()
    this.#vectors.clear()
  }

  #readBloom(): BloomFilter {
    const { bitCount } = this.info.bloom
    const bits = new BitSet(bitCount)
    const bytes = new Uint8Array(bits.words.buffer)
    for (let page = 0; page < streamPageCount(bytes.length); page++) {
      const payload = this.#store.get(this.#key('bloom', 0, page))
      const wanted = Math.min(streamPageBytes, bytes.length - page * streamPageBytes)
      if (payload.length !== wanted) {
        throw new VectorStoreError(
          'STORE_CHECKSUM',
          `page ${page} of a Bloom filter has ${payload.length} bytes, wanted ${wanted}`
        )
      }
      bytes.set(payload, page * streamPageBytes)
    }
    return new BloomFilter(bits)
  }

  /** Keys of a stream of pages; each is valid until the next. */
  #keys(kind: SegmentKind, field: number): (page: number) => Uint8Array {
    return pageKeys(this.#index, this.generation, kind, field)
  }

  #key(kind: SegmentKind, field: number, page: number): Uint8Array {
    return pageKey(this.#index, this.generation, kind, field, page)
  }
}
