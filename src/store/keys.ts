/**
 * Every key in the database. Nothing else in src/ builds or parses a key.
 *
 * Three layouts, all integers big-endian, so that byte order is number order:
 *   store    [0 u32][kind u8][index u32][number u64]                       store-wide records, each kind and index a range
 *   page     [index u32][generation u64][kind u8][field u16][page u32]     a segment is one range
 *   number   [index u32][generation u64][kind u8][number u64][page u32]    operation rows and live documents
 * Index numbers of users' indices start at 1. Keys are written once and never again (ARCHITECTURE.md R1): what changes
 * gets a new number or generation, and what counts is named by the newest manifest or catalogue, not by presence.
 * Store-wide kinds come before their number (not after it, as in segments), so that the newest is one seek backwards.
 * Kinds are stored: add rows, never renumber, never reuse a retired one. 0 and 1 are kept free; the format of the store
 * stands in the file LEVERET (marker.ts), which is read before the database is opened.
 *
 * | kind | name             | layout | number, field, page                        | value                       | written     | read       |
 * | ---- | ---------------- | ------ | ------------------------------------------ | --------------------------- | ----------- | ---------- |
 * | 0x02 | catalogue        | store  | index 0, number version                    | record, all indices         | create/drop | open       |
 * | 0x03 | indexMetadata    | store  | index, number version                      | record, settings, mapping   | put mapping | open       |
 * | 0x04 | manifest         | store  | index, number generation                   | record, commit point        | flush/merge | open       |
 * | 0x05 | batch            | store  | index 0, number n                          | batch record (see chain.ts) | each batch  | open       |
 * | 0x06 | task             | store  | index 0, number of the task                | record, resumable jobs      | import      | resume     |
 * | 0x08 | operation        | number | seqNo, page part (0 unless split)          | operation row               | each write  | replay     |
 * | 0x10 | segment          | page   | 0, 0                                       | record SegmentInfo          | flush/merge | open       |
 * | 0x11 | vectorMeta       | page   | field, 0                                   | record VectorIndexMeta      | flush/merge | open       |
 * | 0x12 | codes            | page   | field, page                                | codes of vectors            | flush/merge | walk       |
 * | 0x13 | lists            | page   | field, page                                | neighbour lists, level 0    | flush/merge | walk       |
 * | 0x14 | upper            | page   | field, page                                | neighbour lists above       | flush/merge | walk       |
 * | 0x15 | vectors          | page   | field, page                                | original vectors            | flush/merge | rescore    |
 * | 0x16 | ords             | page   | field, page                                | ord to docId and back       | flush/merge | search     |
 * | 0x17 | norms            | page   | field, page                                | norms of vectors            | flush/merge | walk       |
 * | 0x18 | rowStarts        | page   | field, page                                | where sparse vectors start  | flush/merge | rescore    |
 * | 0x20 | parents          | page   | 0, page                                    | bits of root documents      | flush/merge | open       |
 * | 0x21 | paths            | page   | 0, page                                    | nested path by document     | flush/merge | search     |
 * | 0x22 | ids              | page   | 0, page                                    | sorted ids                  | flush/merge | lookup     |
 * | 0x23 | idIndex          | page   | 0, page                                    | first id of each page       | flush/merge | lookup     |
 * | 0x24 | bloom            | page   | 0, page                                    | Bloom filter of the ids     | flush/merge | lookup     |
 * | 0x25 | stored           | page   | 0, document or block                       | stored document, any size   | flush/merge | fetch      |
 * | 0x26 | storedIndex      | page   | 0, page                                    | where a document is stored  | flush/merge | fetch      |
 * | 0x27 | present          | page   | field, page                                | documents that have a field | flush/merge | exists     |
 * | 0x28 | docIds           | page   | 0, page                                    | ids by document             | flush/merge | hits       |
 * | 0x30 | columns          | page   | field, page                                | column values               | flush/merge | sort       |
 * | 0x31 | columnIndex      | page   | field, page                                | where values of a doc start | flush/merge | sort       |
 * | 0x32 | columnDictionary | page   | field, page                                | keyword values by ordinal   | flush/merge | sort       |
 * | 0x38 | terms            | page   | field, page                                | term dictionary             | flush/merge | search     |
 * | 0x39 | termIndex        | page   | field, page                                | first term of each page     | flush/merge | search     |
 * | 0x3a | postings         | page   | field, page                                | documents and frequencies   | flush/merge | search     |
 * | 0x3b | positions        | page   | field, page                                | positions                   | flush/merge | phrase     |
 * | 0x3c | fieldNorms       | page   | field, page                                | field lengths               | flush/merge | BM25       |
 * | 0x40 | live             | number | number live generation, page               | live documents              | delete      | open       |
 * | 0x48 | hashTerms        | page   | field, page                                | hash terms of vectors (LSH) | flush/merge | search     |
 * | 0x49 | hashPostings     | page   | field, page                                | vectors by hash term        | flush/merge | search     |
 * | 0x4a | sketches         | page   | field, page                                | vectors along 64 axes       | flush/merge | search     |
 * | 0x4b | sketchAxes       | page   | field, page                                | the axes                    | flush/merge | search     |
 * | 0x4c | rowLists         | page   | field, page                                | sparse vectors by index     | flush/merge | search     |
 * | 0x4d | rowListStarts    | page   | field, page                                | where those lists start     | flush/merge | search     |
 *
 * History: format 1.0 first release.
 */
import {
  getU32,
  getU64,
  kindOffset,
  numberKeyBytes,
  numberLayout,
  pageKeyBytes,
  pageLayout,
  prefixOf,
  setPage,
  storeKeyBytes,
  storeLayout,
  storeRange
} from './key-layout.ts'
import type { KeyRange } from './types.ts'

/**
 * Raised with every change that code of another number would misread; stores of other numbers are refused. 2: pages of 4 KiB,
 * hash terms, ids by document in slots, packed rows. What has 1 was never released, so nothing reads it.
 */
export const formatMajor = 2
/** Raised when older code still reads what is there. */
export const formatMinor = 0

/** Payload of a page, at most. Pages fill one 16 KiB frame of the cache. Rows, documents and records may be larger. */
export const pageBytesMax = 16384

/** The byte in every key that says what the record is. Stored on disk. */
export const kind = {
  catalogue: 0x02,
  indexMetadata: 0x03,
  manifest: 0x04,
  batch: 0x05,
  task: 0x06,
  operation: 0x08,
  segment: 0x10,
  vectorMeta: 0x11,
  codes: 0x12,
  lists: 0x13,
  upper: 0x14,
  vectors: 0x15,
  ords: 0x16,
  norms: 0x17,
  rowStarts: 0x18,
  parents: 0x20,
  paths: 0x21,
  ids: 0x22,
  idIndex: 0x23,
  bloom: 0x24,
  stored: 0x25,
  storedIndex: 0x26,
  present: 0x27,
  docIds: 0x28,
  columns: 0x30,
  columnIndex: 0x31,
  columnDictionary: 0x32,
  terms: 0x38,
  termIndex: 0x39,
  postings: 0x3a,
  positions: 0x3b,
  fieldNorms: 0x3c,
  live: 0x40,
  hashTerms: 0x48,
  hashPostings: 0x49,
  sketches: 0x4a,
  sketchAxes: 0x4b,
  rowLists: 0x4c,
  rowListStarts: 0x4d
} as const

export type KindName = keyof typeof kind
/** Kinds whose key has the store layout. */
export type StoreKind = 'catalogue' | 'indexMetadata' | 'manifest' | 'batch' | 'task'
/** Kinds of a segment that are addressed by field and page. */
export type SegmentKind = Exclude<KindName, StoreKind | 'operation' | 'live'>

const storeKindLast = kind.task
const segmentKindFirst = kind.segment

const nameOfKind: ReadonlyMap<number, KindName> = new Map(
  (Object.keys(kind) as KindName[]).map((name) => [kind[name], name])
)

/** A key taken apart. What a layout does not have is 0. */
export type KeyParts = {
  readonly kind: KindName
  /** Index number; 0 for records of the whole store. */
  readonly index: number
  readonly generation: number
  readonly field: number
  readonly page: number
  /** Version, manifest generation, batch number, seqNo or live generation. */
  readonly number: number
}

// ---- Store-wide keys -------------------------------------------------------------------------------------------

/** The list of all indices, written whole under the next version; the newest counts. */
export function catalogueKey(version: number): Uint8Array {
  return storeLayout(kind.catalogue, 0, version)
}

/** Settings and mapping of one index, written whole under the next version; the newest counts. */
export function indexMetadataKey(index: number, version: number): Uint8Array {
  return storeLayout(kind.indexMetadata, index, version)
}

/** Commit point of one index; the newest generation counts. */
export function manifestKey(index: number, generation: number): Uint8Array {
  return storeLayout(kind.manifest, index, generation)
}

/** Batch record number `batch` of the chain, 1 or more. */
export function batchKey(batch: number): Uint8Array {
  return storeLayout(kind.batch, 0, batch)
}

export function taskKey(task: number): Uint8Array {
  return storeLayout(kind.task, 0, task)
}

export function catalogueRange(): KeyRange {
  return storeRange(kind.catalogue, 0)
}

/** All versions of one index's metadata. */
export function indexMetadataRange(index: number): KeyRange {
  return storeRange(kind.indexMetadata, index)
}

/** All manifests of one index, oldest first. */
export function manifestRange(index: number): KeyRange {
  return storeRange(kind.manifest, index)
}

/** Batch records from number `from` up to, not including, `to`. */
export function batchRange(from: number = 0, to?: number): KeyRange {
  const { lt } = storeRange(kind.batch, 0)
  return { gte: batchKey(from), lt: to === undefined ? lt : batchKey(to) }
}

export function taskRange(): KeyRange {
  return storeRange(kind.task, 0)
}

// ---- Keys of an index ------------------------------------------------------------------------------------------

/**
 * Key of one page or record of a segment.
 *
 * @param index       Index number, u32, 1 or more.
 * @param generation  Generation of the segment, below 2^53, never reused within the index.
 * @param field       Field number, u16; 0 for kinds of the whole segment.
 * @param page        Page number, u32; 0 for records.
 * @returns 19 bytes.
 */
export function pageKey(
  index: number,
  generation: number,
  name: SegmentKind,
  field: number,
  page: number
): Uint8Array {
  return pageLayout(index, generation, kind[name], field, page)
}

/** Keys of the pages of one kind and field, in one buffer: each is valid until the next. */
export function pageKeys(
  index: number,
  generation: number,
  name: SegmentKind,
  field: number
): (page: number) => Uint8Array {
  const key = pageKey(index, generation, name, field, 0)
  return (page) => {
    setPage(key, page)
    return key
  }
}

/** The record that describes a whole segment. */
export function segmentKey(index: number, generation: number): Uint8Array {
  return pageKey(index, generation, 'segment', 0, 0)
}

/**
 * Key of one operation row. Rows of a buffer generation sort before the pages of a segment of that generation.
 *
 * @param bufferGeneration  Generation of the write buffer; shares its numbers with the segments of the index.
 * @returns 25 bytes.
 */
export function opKey(index: number, bufferGeneration: number, seqNo: number): Uint8Array {
  return numberLayout(index, bufferGeneration, kind.operation, seqNo, 0)
}

/** Page of the live documents of a segment; every change of them gets the next live generation. */
export function liveKey(
  index: number,
  generation: number,
  liveGeneration: number,
  page: number
): Uint8Array {
  return numberLayout(index, generation, kind.live, liveGeneration, page)
}

/** Everything of one index but its store-wide records (manifests, metadata). */
export function indexRange(index: number): KeyRange {
  return { gte: prefixOf(index, 0, 0), lt: prefixOf(index + 1, 0, 0) }
}

/** Pages and records of one segment, without the operation rows of a buffer of the same generation. */
export function segmentRange(index: number, generation: number): KeyRange {
  return {
    gte: prefixOf(index, generation, segmentKindFirst),
    lt: prefixOf(index, generation + 1, 0)
  }
}

/** One kind of a segment. */
export function kindRange(index: number, generation: number, name: SegmentKind | 'live'): KeyRange {
  return {
    gte: prefixOf(index, generation, kind[name]),
    lt: prefixOf(index, generation, kind[name] + 1)
  }
}

/** Live documents of a segment older than `liveGeneration`. */
export function liveRangeBefore(
  index: number,
  generation: number,
  liveGeneration: number
): KeyRange {
  return {
    gte: prefixOf(index, generation, kind.live),
    lt: liveKey(index, generation, liveGeneration, 0)
  }
}

/** Operation rows of one buffer generation. */
export function opRange(index: number, bufferGeneration: number): KeyRange {
  return {
    gte: prefixOf(index, bufferGeneration, kind.operation),
    lt: prefixOf(index, bufferGeneration, kind.operation + 1)
  }
}

/** Operation rows of one buffer generation with sequence numbers `first` to `last`, both included. */
export function opRunRange(
  index: number,
  bufferGeneration: number,
  first: number,
  last: number
): KeyRange {
  return {
    gte: opKey(index, bufferGeneration, first),
    lt: numberLayout(index, bufferGeneration, kind.operation, last, 0xffff_ffff)
  }
}

/** Everything of one index from a generation on: operation rows and segments, interleaved by generation. */
export function generationRange(index: number, fromGeneration: number): KeyRange {
  return { gte: prefixOf(index, fromGeneration, 0), lt: prefixOf(index + 1, 0, 0) }
}

// ---- Taking apart ----------------------------------------------------------------------------------------------

/** Sequence number of an operation row of the same index and generation as the operation row `other`; -1 for any other key. */
export function seqNoBeside(key: Uint8Array, other: Uint8Array): number {
  if (key.length !== numberKeyBytes) return -1
  for (let at = 0; at <= kindOffset; at++) if (key[at] !== other[at]) return -1
  return getU64(key, 13)
}

/** Takes a key apart; null when it is none of ours. */
export function parseKey(key: Uint8Array): KeyParts | null {
  if (key.length < storeKeyBytes) return null
  const index = getU32(key, 0)
  const name = nameOfKind.get(kindOf(key))
  if (name === undefined) return null
  if (index === 0) {
    if (key.length !== storeKeyBytes || !isStoreKind(name)) return null
    return {
      kind: name,
      index: getU32(key, 5),
      generation: 0,
      field: 0,
      page: 0,
      number: getU64(key, 9)
    }
  }
  if (isStoreKind(name)) return null
  const generation = getU64(key, 4)
  if (name === 'operation' || name === 'live') {
    if (key.length !== numberKeyBytes) return null
    const number = getU64(key, 13)
    return { kind: name, index, generation, field: 0, page: getU32(key, 21), number }
  }
  if (key.length !== pageKeyBytes) return null
  return {
    kind: name,
    index,
    generation,
    field: (key[13]! << 8) | key[14]!,
    page: getU32(key, 15),
    number: 0
  }
}

/** The kind byte of a key, 0 when it is too short to have one. */
export function kindOf(key: Uint8Array): number {
  const ofStore = key[0] === 0 && key[1] === 0 && key[2] === 0 && key[3] === 0
  return (ofStore ? key[4] : key[kindOffset]) ?? 0
}

/** A key as details of an error and as a line of `inspect`. */
export function describeKey(key: Uint8Array): Record<string, string | number> {
  const parts = parseKey(key)
  if (parts === null) return { key: Buffer.from(key).toString('hex') }
  const { index, generation, field, page, number } = parts
  return { kind: parts.kind, index, generation, field, page, number }
}

function isStoreKind(name: KindName): name is StoreKind {
  return kind[name] <= storeKindLast
}
