/**
 * What a manifest says of a segment, format 2: plain data, enough to know of every page whether it must be there. Where the
 * parts lie in their streams is said here and nowhere else.
 */
import type { BloomInfo } from './bloom-format.ts'
import type { ColumnInfo } from './column-format.ts'
import type { DictionaryInfo } from './dictionary-format.ts'
import type { DocIdsInfo } from './doc-ids-format.ts'
import type { DocSetInfo } from './doc-set-format.ts'
import type { OrdsInfo } from './ords-format.ts'
import type { PackedInfo } from './packed-format.ts'
import type { StreamKind } from './page-stream-format.ts'
import type { TermsInfo } from './postings-format.ts'
import type { StoredInfo } from './stored-format.ts'
import type { FieldInfo } from './types.ts'
import { chooseFormat } from '../vector/index.ts'
import type { VectorIndexMeta } from '../vector/index.ts'

/** Raised with every change of a format of this folder; segments of others are refused. 2: ids by document in slots. */
export const segmentFormat = 2

export type VectorsInfo = {
  readonly field: number
  readonly meta: VectorIndexMeta
  readonly ords: OrdsInfo
}

export type PresentInfo = { readonly name: string; readonly docs: DocSetInfo }

export type SegmentInfo = {
  readonly format: number
  readonly generation: number
  readonly docCount: number
  readonly rootCount: number
  /** Whether any document of the sources had a routing. */
  readonly hasRouting: boolean
  /** Payload bytes of all records. */
  readonly bytes: number
  /** Records of the segment. */
  readonly recordCount: number
  readonly fields: readonly FieldInfo[]
  /** Lengths of the page streams; absent: the segment has none. */
  readonly streams: Readonly<Partial<Record<StreamKind, number>>>
  readonly ids: DictionaryInfo
  readonly bloom: BloomInfo
  readonly docIds: DocIdsInfo
  readonly stored: StoredInfo
  /** null: every document is a root. */
  readonly parents: DocSetInfo | null
  /** Nested paths by number, and each document's number. */
  readonly paths: { readonly names: readonly string[]; readonly numbers: PackedInfo } | null
  readonly present: readonly PresentInfo[]
  readonly columns: readonly ColumnInfo[]
  readonly terms: readonly TermsInfo[]
  readonly vectors: readonly VectorsInfo[]
}

/**
 * Bytes of vectors that are scanned though there are enough of them for a graph: a merge will build it.
 *
 * @param isDamaged  Whether the graph of a field cannot be read.
 */
export function unindexedBytes(info: SegmentInfo, isDamaged: (field: number) => boolean): number {
  let bytes = 0
  for (const { field, meta } of info.vectors) {
    const isLeft = meta.format === 'flat' && chooseFormat(meta.spec, meta.count).name !== 'flat'
    const pages = meta.pageCounts.vectors ?? meta.pageCounts.codes ?? 0 // codes that are the rows
    if (isLeft || isDamaged(field)) bytes += pages * vectorPageBytes
  }
  return bytes
}

/** What a page of rows holds at most, and nearly. */
const vectorPageBytes = 16_384
