/** From a hit to what the caller sees: source, fields, document values. */
import type { SearchHit, SearchHits, SortValue } from '../search/index.ts'
import type { SegmentReader } from '../segment/index.ts'
import { filterText, whereDue } from '../util/index.ts'
import type { ListOf, LoopSlice, Steps, TextFilter } from '../util/index.ts'
import { fetchFields, hasFields, WantedFields } from './fetch-fields.ts'
import { HitColumns } from './hit-columns.ts'
import { PlainHits } from './plain-hits.ts'
import type { SourceFilter } from './source-filter.ts'
import { wantedOfSource } from './source-filter.ts'
import type { FetchSpec, NodeHit, NodeIndex } from './types.ts'

/** `_source` of one document as the caller wants it; null when not wanted. Untouched bytes where nothing is left out. */
export function* fetchSource(
  index: NodeIndex,
  source: Uint8Array,
  fetch: FetchSpec
): Steps<Uint8Array | null> {
  if (fetch.source === false) return null
  const wanted = wantedSource(index, fetch)
  return wanted === null ? source : yield* filtered(source, wanted)
}

const noMembers = Buffer.from('{}')

function* filtered(source: Uint8Array, wanted: TextFilter): Steps<Uint8Array> {
  return (yield* filterText(source, wanted)) ?? noMembers
}

/** null: all of it. */
function wantedSource(index: NodeIndex, fetch: FetchSpec): TextFilter | null {
  const wanted: SourceFilter =
    typeof fetch.source === 'object' ? fetch.source : { includes: [], excludes: [] }
  const setting = index.metadata.settings.get('mapping.exclude_source_vectors') === 'true'
  const vectors = (fetch.excludeVectors ?? setting) ? vectorFieldNames(index) : []
  if (wanted.includes.length === 0 && wanted.excludes.length === 0 && vectors.length === 0)
    return null
  return wantedOfSource({
    includes: wanted.includes,
    excludes: [...wanted.excludes, ...vectors]
  })
}

function vectorFieldNames(index: NodeIndex): string[] {
  return index.mapping
    .fieldsMatching('*')
    .filter((field) => field.vector !== null)
    .map((field) => field.name)
}

/** How a hit's index and sort values are found. */
export type HitContext = {
  /** Of a target by its position. */
  indexOf(target: number): NodeIndex
  /** Sort values of a hit of the target as the caller sees them. */
  sortOf(target: number, values: readonly SortValue[]): readonly unknown[]
}

/** What is wanted of some hits, found once for each index. */
class Wanted {
  readonly fetch: FetchSpec
  /** null: none are. */
  readonly fields: WantedFields | null
  readonly #sources = new Map<NodeIndex, TextFilter | null>()

  constructor(fetch: FetchSpec) {
    this.fetch = fetch
    this.fields = hasFields(fetch) ? new WantedFields(fetch) : null
  }

  /** null: all of it. */
  sourceOf(index: NodeIndex): TextFilter | null {
    let wanted = this.#sources.get(index)
    if (wanted === undefined) {
      wanted = wantedSource(index, this.fetch)
      this.#sources.set(index, wanted)
    }
    return wanted
  }
}

/** Longer ones are not read together with others in one piece. */
const sourceAtOnceBytesMax = 2 ** 16

/** Hits as the caller sees them, in the order given; with steps behind and in long sources. */
export function* fetchHits(
  hits: SearchHits,
  fetch: FetchSpec,
  context: HitContext
): Steps<ListOf<NodeHit>> {
  const all = { hits, from: 0, to: hits.length }
  if (needIdsAlone(hits, fetch)) return new PlainHits(hits, idsOf(all, fetch))
  return yield* someHits(all, new Wanted(fetch), context)
}

/** Hits from one place to another, which is left out. */
type SomeHits = { readonly hits: SearchHits; readonly from: number; readonly to: number }

function* someHits(some: SomeHits, wanted: Wanted, context: HitContext): Steps<NodeHit[]> {
  const { hits, from, to } = some
  const ids = idsOf(some, wanted.fetch)
  const fetched: NodeHit[] = []
  for (let at = from; at < to; at++) {
    const target = hits.targetAt(at).index
    const index = context.indexOf(target)
    const values = hits.sortAt(at)
    const sort = values === null ? null : context.sortOf(target, values)
    const id = ids[at - from]
    fetched.push(
      id === undefined
        ? yield* storedHit(index, hits.at(at)!, sort, wanted)
        : hitOfId(index, hits, at, sort, wanted.fields, id)
    )
  }
  return fetched
}

/** Hits that are read at once, sources and all: about a millisecond. */
export const hitsAtOnceMax = 50
/** The same where nothing is read of them but their ids, which lie together. */
export const idsAtOnceMax = 500
/** Of a page with more, these are found in one step. */
const foundTogetherMax = 128

/** Whether nothing is wanted of hits but their ids. */
export function wantsIdsAlone(fetch: FetchSpec): boolean {
  return !needsStored(fetch) && !hasFields(fetch)
}

/** Whether nothing is told of hits but their ids and scores. */
export function needIdsAlone(hits: SearchHits, fetch: FetchSpec): boolean {
  if (!wantsIdsAlone(fetch)) return false
  const { onlySegment } = hits
  // Mostly so, and it is known without a look at each.
  if (onlySegment !== null && hits.areBare) return !onlySegment.reader.hasRouting
  for (let at = 0; at < hits.length; at++) {
    if (hits.segmentAt(at).reader.hasRouting || hits.sortAt(at) !== null) return false
    if (hits.matchedAt(at).length > 0) return false
  }
  return true
}

/** The same, in steps that leave the event loop free. The segments must stay pinned until it is done. */
export function* fetchHitsIn(
  hits: SearchHits,
  fetch: FetchSpec,
  context: HitContext,
  slice: LoopSlice
): Steps<ListOf<NodeHit>> {
  if (needIdsAlone(hits, fetch)) return yield* plainHitsIn(hits, fetch, slice)
  // A document may be large, and what is wanted of it cut out of it; ids and columns are found together.
  const stepCount = needsStored(fetch) ? 1 : foundTogetherMax
  const columns = new HitColumns()
  const wanted = new Wanted(fetch)
  for (let from = 0; from < hits.length; from += stepCount) {
    const some = { hits, from, to: Math.min(from + stepCount, hits.length) }
    for (const hit of yield* whereDue(someHits(some, wanted, context), slice)) columns.add(hit)
    if (slice.due()) yield
  }
  return columns.list()
}

function* plainHitsIn(hits: SearchHits, fetch: FetchSpec, slice: LoopSlice): Steps<PlainHits> {
  const ids: string[] = []
  for (let from = 0; from < hits.length; from += foundTogetherMax) {
    const to = Math.min(from + foundTogetherMax, hits.length)
    for (const id of idsOf({ hits, from, to }, fetch)) ids.push(id)
    if (slice.due()) yield
  }
  return new PlainHits(hits, ids)
}

/** Ids of hits, found together for each segment; none where the stored document has to be read, which has it. */
function idsOf({ hits, from, to }: SomeHits, fetch: FetchSpec): readonly string[] {
  const ids: string[] = []
  if (needsStored(fetch)) return ids
  for (let first = from; first < to; first++) {
    const { reader } = hits.segmentAt(first)
    if (reader.hasRouting || ids[first - from] !== undefined) continue
    const docIds = docsIn(reader, { hits, from: first, to })
    const found = reader.idsOf(docIds)
    if (docIds.length === to - from) return found
    let next = 0
    for (let at = first; next < found.length; at++)
      if (hits.segmentAt(at).reader === reader) ids[at - from] = found[next++]!
  }
  return ids
}

/** Documents of the hits of a segment. */
function docsIn(reader: SegmentReader, { hits, from, to }: SomeHits): number[] {
  const docIds: number[] = []
  const areAll = hits.onlySegment !== null
  for (let at = from; at < to; at++)
    if (areAll || hits.segmentAt(at).reader === reader) docIds.push(hits.docIdAt(at))
  return docIds
}

/** @param wanted  null: no fields are. Those that are read from the source need the stored document, and so does its id then. */
function hitOfId(
  index: NodeIndex,
  hits: SearchHits,
  at: number,
  sort: NodeHit['sort'],
  wanted: WantedFields | null,
  id: string
): NodeHit {
  return {
    index: index.metadata.name,
    id,
    routing: null,
    score: hits.scoreAt(at),
    sort,
    source: null,
    fields: wanted === null ? null : fetchFields(index, hits.at(at)!, noMembers, wanted),
    matched: hits.matchedAt(at),
    version: null,
    seqNo: null
  }
}

function* storedHit(
  index: NodeIndex,
  hit: SearchHit,
  sort: NodeHit['sort'],
  wanted: Wanted
): Steps<NodeHit> {
  const { score, matched } = hit
  const { fetch, fields } = wanted
  const stored = hit.segment.reader.stored(hit.docId)
  const ofFields = fields?.of(index).source ?? null
  const bytes = fetch.source !== false || ofFields !== null ? stored.source() : noMembers
  if (bytes.length > sourceAtOnceBytesMax) yield
  const ofSource = fetch.source === false ? null : wanted.sourceOf(index)
  return {
    index: index.metadata.name,
    id: stored.id,
    routing: stored.routing,
    score,
    sort,
    source:
      fetch.source === false ? null : ofSource === null ? bytes : yield* filtered(bytes, ofSource),
    fields:
      fields === null
        ? null
        : fetchFields(
            index,
            hit,
            ofFields === null ? noMembers : yield* filtered(bytes, ofFields),
            fields
          ),
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
