/** From a hit to what the caller sees: source, fields, document values. */
import type { SearchHit } from '../search/index.ts'
import type { SegmentReader } from '../segment/index.ts'
import { sliceList } from '../util/index.ts'
import type { ListOf, LoopSlice, Steps } from '../util/index.ts'
import { fetchFields, hasFields, WantedFields } from './fetch-fields.ts'
import { HitColumns } from './hit-columns.ts'
import type { SourceFilter } from './source-json.ts'
import { filterSource, parseSource, printSource } from './source-json.ts'
import type { FetchSpec, NodeHit, NodeIndex } from './types.ts'

/** `_source` of one document as the caller wants it; null when not wanted. Untouched bytes where nothing is left out. */
export function fetchSource(
  index: NodeIndex,
  source: () => Uint8Array,
  fetch: FetchSpec
): Uint8Array | null {
  if (fetch.source === false) return null
  const filter = sourceFilter(index, fetch)
  if (filter === null) return source()
  return printSource(filterSource(parseSource(source()), filter))
}

function sourceFilter(index: NodeIndex, fetch: FetchSpec): SourceFilter | null {
  const wanted: SourceFilter =
    typeof fetch.source === 'object' ? fetch.source : { includes: [], excludes: [] }
  const setting = index.metadata.settings.get('mapping.exclude_source_vectors') === 'true'
  const vectors = (fetch.excludeVectors ?? setting) ? vectorFieldNames(index) : []
  if (wanted.includes.length === 0 && wanted.excludes.length === 0 && vectors.length === 0)
    return null
  return { includes: wanted.includes, excludes: [...wanted.excludes, ...vectors] }
}

function vectorFieldNames(index: NodeIndex): string[] {
  return index.mapping
    .fieldsMatching('*')
    .filter((field) => field.vector !== null)
    .map((field) => field.name)
}

/** How a hit's index and sort values are found. */
export type HitContext = {
  indexOf(hit: SearchHit): NodeIndex
  /** null: it has none. */
  sortOf(hit: SearchHit): NodeHit['sort']
}

/** Hits as the caller sees them, in the order given. */
export function fetchHits(
  hits: readonly SearchHit[],
  fetch: FetchSpec,
  context: HitContext
): NodeHit[] {
  const ids = idsOf(hits, fetch)
  const wanted = hasFields(fetch) ? new WantedFields(fetch) : null
  const fetched: NodeHit[] = []
  for (let at = 0; at < hits.length; at++) {
    const hit = hits[at]!
    const sort = hit.sort === null ? null : context.sortOf(hit)
    fetched.push(fetchHit(context.indexOf(hit), hit, sort, fetch, wanted, ids[at] ?? null))
  }
  return fetched
}

/** Hits that are read at once, sources and all: about a millisecond. */
export const hitsAtOnceMax = 50
/** The same where nothing is read of them but their ids, which lie together. */
export const idsAtOnceMax = 500

/** Whether nothing is wanted of hits but their ids. */
export function wantsIdsAlone(fetch: FetchSpec): boolean {
  return !needsStored(fetch) && !hasFields(fetch)
}

/** Whether nothing is read of hits but their ids. */
export function needIdsAlone(hits: ListOf<SearchHit>, fetch: FetchSpec): boolean {
  if (!wantsIdsAlone(fetch)) return false
  for (const { segment, sort } of hits) if (segment.reader.hasRouting || sort !== null) return false
  return true
}

/** The same, in steps that leave the event loop free. The segments must stay pinned until it is done. */
export function* fetchHitsIn(
  hits: ListOf<SearchHit>,
  fetch: FetchSpec,
  context: HitContext,
  slice: LoopSlice
): Steps<ListOf<NodeHit>> {
  // A document may be large, and what is wanted of it cut out of it; ids and columns are found together.
  const stepCount = needsStored(fetch) ? 1 : 64
  const columns = new HitColumns()
  for (let from = 0; from < hits.length; from += stepCount) {
    const some = Array.from(sliceList(hits, from, from + stepCount))
    for (const hit of fetchHits(some, fetch, context)) columns.add(hit)
    if (slice.due()) yield
  }
  return columns.list()
}

/** Ids of hits, found together for each segment; none where the stored document has to be read, which has it. */
function idsOf(hits: readonly SearchHit[], fetch: FetchSpec): readonly string[] {
  const ids: string[] = []
  if (needsStored(fetch)) return ids
  for (let first = 0; first < hits.length; first++) {
    const { reader } = hits[first]!.segment
    if (reader.hasRouting || ids[first] !== undefined) continue
    const docIds = docsIn(reader, hits, first)
    const found = reader.idsOf(docIds)
    if (docIds.length === hits.length) return found
    let next = 0
    for (let at = first; next < found.length; at++)
      if (hits[at]!.segment.reader === reader) ids[at] = found[next++]!
  }
  return ids
}

/** Documents of the hits of a segment. */
function docsIn(reader: SegmentReader, hits: readonly SearchHit[], first: number): number[] {
  const docIds: number[] = []
  for (let at = first; at < hits.length; at++) {
    const { segment, docId } = hits[at]!
    if (segment.reader === reader) docIds.push(docId)
  }
  return docIds
}

/** Fields that are read from the source need the stored document, and so does its id then. */
function noSource(): never {
  throw new TypeError('fields of columns are asked for without a source')
}

/**
 * @param wanted  null: no fields are.
 * @param id      null: it is read with the stored document.
 */
function fetchHit(
  index: NodeIndex,
  hit: SearchHit,
  sort: NodeHit['sort'],
  fetch: FetchSpec,
  wanted: WantedFields | null,
  id: string | null
): NodeHit {
  const { name } = index.metadata
  const { score, matched } = hit
  if (id !== null) {
    return {
      index: name,
      id,
      routing: null,
      score,
      sort,
      source: null,
      fields: wanted === null ? null : fetchFields(index, hit, noSource, wanted),
      matched,
      version: null,
      seqNo: null
    }
  }
  const stored = hit.segment.reader.stored(hit.docId)
  let bytes: Uint8Array | null = null
  const source = (): Uint8Array => (bytes ??= stored.source())
  return {
    index: name,
    id: stored.id,
    routing: stored.routing,
    score,
    sort,
    source: fetchSource(index, source, fetch),
    fields: wanted === null ? null : fetchFields(index, hit, source, wanted),
    matched,
    version: fetch.version ? stored.version : null,
    seqNo: fetch.seqNoPrimaryTerm ? stored.seqNo : null
  }
}

/** Something is asked for that lies in the stored document; ids and columns are found without it. */
function needsStored(fetch: FetchSpec): boolean {
  const { source, fields, storedFields = [], version, seqNoPrimaryTerm } = fetch
  return (
    source !== false || fields.length > 0 || storedFields.length > 0 || version || seqNoPrimaryTerm
  )
}
