/**
 * The vectors of one field of a segment, opened: the index over its pages, ordinals to documents and back, and what search
 * threads must know to open the same pages. No page is read.
 */
import { OrdsReader } from './ords-reader.ts'
import { PageStream } from './page-stream-reader.ts'
import type { MemoryViews } from './page-stream-reader.ts'
import { ResilientIndex } from './resilient-index.ts'
import type { VectorsInfo } from './segment-info.ts'
import type { SharedVectors, VectorReader } from './types.ts'
import { isChecked } from '../cache/index.ts'
import type { PageCache, SharedTable } from '../cache/index.ts'
import { kind as kindTable, pageKeys } from '../store/index.ts'
import type { SegmentKind } from '../store/index.ts'
import { assert } from '../util/index.ts'
import type { VectorStoreError } from '../util/index.ts'
import { formatOf } from '../vector/index.ts'
import type { VectorIndex } from '../vector/index.ts'

export type OpenVectors = {
  readonly reader: VectorReader
  readonly ords: OrdsReader
  close(): void
}

export type VectorsPlace = {
  /** Number of the index. */
  readonly index: number
  readonly generation: number
  readonly docCount: number
  readonly cache: PageCache
  readonly views: MemoryViews
  /** Told once, when the graph turns out not to be readable. */
  readonly onDamage: (error: VectorStoreError) => void
}

export function openVectors(
  { field, meta, ords: ordsInfo }: VectorsInfo,
  place: VectorsPlace
): OpenVectors {
  const { index: indexNumber, generation, docCount, cache, views, onDamage } = place
  const keysOf = (kind: SegmentKind): ((page: number) => Uint8Array) =>
    pageKeys(indexNumber, generation, kind, field)
  const source = cache.source((kind) => keysOf(pageKindOf(kind)), indexNumber)
  const keyOf = keysOf('ords')
  const stream = new PageStream(ordsInfo.byteCount, views, (pageCount) =>
    cache.table({ kind: 'ords', pageCount, index: indexNumber, keyOf })
  )
  const ords = new OrdsReader(stream, ordsInfo, docCount)
  const opened = openIndex(meta, source)
  const index = new ResilientIndex(opened, () => source.pagesRead, onDamage)
  const close = (): void => {
    index.close()
    stream.close()
  }
  const shared = sharedVectors(meta, source.tables, { index: indexNumber, generation, field })
  return { reader: { ...vectorReader(index, ords), ...shared }, ords, close }
}

/** Gives back what was taken where there is no room for all. */
function openIndex(
  meta: VectorsInfo['meta'],
  source: ReturnType<PageCache['source']>
): VectorIndex {
  try {
    return formatOf(meta.format, meta.version).open(meta, source)
  } catch (error) {
    source.close()
    throw error
  }
}

/** The kinds of pages that vector formats write are kinds of the key table. */
export function pageKindOf(name: string): SegmentKind {
  assert(isPageKind(name), 'pages of vectors have a kind of the key table')
  return name
}

function isPageKind(name: string): name is SegmentKind {
  return name in kindTable
}

/** Formats that read all they search through the kernels and rows that look at the eviction counter (cache/page-frames.ts). */
const sharedFormats: ReadonlySet<string> = new Set(['flat', 'hnsw'])

function sharedVectors(
  { hashes: _postings, ...meta }: VectorsInfo['meta'],
  tables: readonly SharedTable[],
  place: Pick<SharedVectors, 'index' | 'generation' | 'field'>
): Pick<VectorReader, 'shared'> {
  if (!sharedFormats.has(meta.format)) return {}
  return { shared: { meta, tables: tables.filter(({ kind }) => isChecked(kind)), ...place } }
}

function vectorReader(index: ResilientIndex, ords: OrdsReader): VectorReader {
  return {
    index,
    docOf: (ord) => ords.docOf(ord),
    docsOf: (several) => ords.docsOf(several),
    ordOf: (docId) => ords.ordOf(docId),
    ordsOf: (docs) => ords.ordsOf(docs)
  }
}
