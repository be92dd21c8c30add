/**
 * Nearest neighbours of one index. Per segment: filter and live documents become ordinals, the vector index answers, the
 * cut by similarity follows; then the best k of all segments together.
 *
 * Vectors in nested documents: k counts the documents that hold them. The index is asked for more vectors until k holders are
 * found or no vectors are left; each holder keeps its best vector.
 */
import type { KnnQuery, ScoredDoc } from '../query/index.ts'
import type { SegmentView } from '../segment/index.ts'
import type { Steps } from '../util/index.ts'
import { joinScans, NearestSoFar, scanRanges, ScanWanted, smallIsNear } from '../vector/index.ts'
import type { Space, VectorSearchRequest, VectorSearchResult } from '../vector/index.ts'
import type { Deadline } from './deadline.ts'
import {
  filtersAhead,
  firstRequest,
  isGrouped,
  requestFor,
  segmentSearches
} from './knn-segments.ts'
import type { AskedSearch, SegmentSearch } from './knn-segments.ts'
import { holderOf, levelBits } from './levels.ts'
import { rank } from './ranking.ts'
import type { KnnSegmentProfile } from './types.ts'
import type { Level, WeightContext } from './weight.ts'

/** A part of a scan that is done in one piece, as estimated. */
const rangeMs = 0.5

/** What the segments of one search share. */
type Gathered = {
  readonly query: KnnQuery
  readonly level: Level
  readonly found: ScoredDoc[]
  /** false: a scan that was not foreseen is not begun: ScanWanted. */
  readonly scans: boolean
  /** null: not wanted. */
  readonly profiles: KnnSegmentProfile[] | null
  /** What the segments before have; undefined: there is only one. */
  readonly nearest: NearestSoFar | undefined
  readonly startedMs: number
}

/**
 * The k best documents of an index, best first; ties go to the earlier segment, then the lower document.
 *
 * Cost     One search of the vector index per segment; with nested vectors more, each twice as wide. None where they were found
 *          ahead.
 * Errors   DEADLINE_EXCEEDED between segments; what the vector index throws.
 */
export function searchNeighbors(query: KnnQuery, context: WeightContext): readonly ScoredDoc[] {
  const { deadline, neighbors } = context.search
  const known = neighbors.ofQuery?.get(query)
  if (known !== undefined) return known
  const gathered = gatheredFor(query, context, context.search.scans)
  for (const search of segmentSearches(query, context)) {
    deadline.check()
    searchSegment(search, null, gathered)
  }
  return bestOf(gathered, context)
}

/** The same in steps, for the search that will ask for them. Errors those of searchNeighbors. */
export function* findNeighbors(query: KnnQuery, context: WeightContext): Steps<void> {
  const { deadline, neighbors, asked } = context.search
  const gathered = gatheredFor(query, context, false)
  const searches = asked?.get(query) ?? (yield* unaskedSearches(query, context))
  for (const search of searches) {
    deadline.check()
    if (deadline.isDue) yield* deadline.pause()
    const { answer } = search
    const isOurs = answer === null && isLongScan(search, query)
    if (isOurs || !isWalked(search, answer, gathered))
      yield* scanInSlices(search, gathered, deadline)
  }
  neighbors.ofQuery ??= new Map()
  neighbors.ofQuery.set(query, bestOf(gathered, context))
}

function* unaskedSearches(query: KnnQuery, context: WeightContext): Steps<readonly AskedSearch[]> {
  const filters = query.filter === null ? null : yield* filtersAhead(query, context)
  return segmentSearches(query, context, filters).map((one) => ({ ...one, answer: null }))
}

/** False: it is to be scanned. */
function isWalked(
  search: SegmentSearch,
  answer: VectorSearchResult | null,
  gathered: Gathered
): boolean {
  try {
    searchSegment(search, answer, gathered)
    return true
  } catch (error) {
    if (error instanceof ScanWanted) return false
    throw error
  }
}

function gatheredFor(query: KnnQuery, { search, level }: WeightContext, scans: boolean): Gathered {
  const { knnProfiles, segments } = search
  const profiles: KnnSegmentProfile[] | null = knnProfiles === null ? null : []
  const nearest = segments.length > 1 ? new NearestSoFar(query.k) : undefined
  const startedMs = profiles === null ? 0 : performance.now()
  return { query, level, found: [], scans, profiles, nearest, startedMs }
}

function bestOf(
  { query, found, profiles, startedMs }: Gathered,
  { search }: WeightContext
): readonly ScoredDoc[] {
  rank(found)
  if (found.length > query.k) found.length = query.k
  if (profiles !== null) {
    const timeNs = Math.round((performance.now() - startedMs) * 1e6)
    search.knnProfiles?.push({ field: query.field.name, segments: profiles, timeNs })
  }
  return found
}

function isLongScan(search: SegmentSearch, query: KnnQuery): boolean {
  const estimate = search.vectors.index.estimate?.(firstRequest(search, query)) ?? null
  return estimate !== null && estimate.isScan && estimate.ms > rangeMs
}

/** searchSegment of an index that will scan, range by range. */
function* scanInSlices(search: SegmentSearch, gathered: Gathered, deadline: Deadline): Steps<void> {
  const { index } = search.vectors
  const request: VectorSearchRequest = {
    ...firstRequest(search, gathered.query),
    strategy: 'exact'
  }
  const ms = index.estimate?.(request)?.ms ?? 0
  const parts: VectorSearchResult[] = []
  for (const range of scanRanges(index.size, Math.ceil(ms / rangeMs))) {
    parts.push(index.search({ ...request, range }))
    deadline.check()
    if (deadline.isDue) yield* deadline.pause()
  }
  searchSegment(search, joinScans(parts, request.k, index.spec.space), gathered)
}

/** True when a raw value is at least as near as the limit. */
export function reaches(space: Space, raw: number, limit: number | null): boolean {
  if (limit === null) return true
  const largeIsNear = space === 'cosine' || space === 'dot' || space === 'mip'
  return largeIsNear ? raw >= limit : raw <= limit
}

/**
 * Adds a segment's neighbours to those that were found before.
 *
 * @param answer  What firstRequest gets, where it is known.
 */
function searchSegment(
  search: SegmentSearch,
  answer: VectorSearchResult | null,
  { query, level, found, scans, profiles, nearest }: Gathered
): void {
  const { index } = search.vectors
  const groups = isGrouped(search, level)
  // The k best vectors may have fewer than k holders.
  const shared = groups ? undefined : nearest
  let k = Math.min(query.k, search.acceptCount)
  if (answer !== null) shared?.addHits(answer.values, smallIsNear(index.spec.space))
  let result = answer ?? index.search(requestFor(k, search, query, shared, scans))
  for (;;) {
    const foundBefore = found.length
    const reachedCount = addNeighbors(search, query, result, found)
    if (groups) keepBestByHolder(found, foundBefore, search.segment, level)
    const isDone =
      !groups ||
      found.length - foundBefore >= query.k ||
      k >= search.acceptCount ||
      reachedCount < result.ords.length // the limit cut: further vectors are farther still
    if (isDone) {
      profiles?.push(profileOf(search.segment, result))
      return
    }
    found.length = foundBefore
    k = Math.min(2 * k, search.acceptCount)
    result = index.search(requestFor(k, search, query))
  }
}

/** Gives the number of those that reach the query's limit. */
function addNeighbors(
  { position, vectors }: SegmentSearch,
  { rawLimit, score }: KnnQuery,
  { ords, values }: VectorSearchResult,
  found: ScoredDoc[]
): number {
  const { space } = vectors.index.spec
  const foundBefore = found.length
  const docs = vectors.docsOf(ords)
  for (let at = 0; at < ords.length; at++) {
    const raw = values[at]!
    if (rawLimit !== null && !reaches(space, raw, rawLimit)) continue
    found.push({ segment: position, docId: docs[at]!, score: Math.fround(score(raw)) })
  }
  return found.length - foundBefore
}

/**
 * Of all vectors below one holder only the best stays, reported for the document of the level that has it. `found` from
 * `start` on is best first and stays so.
 */
function keepBestByHolder(
  found: ScoredDoc[],
  start: number,
  { reader }: SegmentView,
  level: Level
): void {
  const ours = levelBits(reader, level.path)
  const outer = level.outer === null ? null : levelBits(reader, level.outer.path)
  const seen = new Set<number>()
  let end = start
  for (let at = start; at < found.length; at++) {
    const neighbor = found[at]!
    const docId = holderOf(ours, neighbor.docId)
    const holder = level.outer === null ? docId : holderOf(outer, docId)
    if (docId === -1 || seen.has(holder)) continue
    seen.add(holder)
    found[end++] = { ...neighbor, docId }
  }
  found.length = end
}

function profileOf({ reader }: SegmentView, result: VectorSearchResult): KnnSegmentProfile {
  return {
    name: reader.name,
    strategy: result.strategy,
    visitedCount: result.visitedCount,
    rescoredCount: result.rescoredCount,
    pagesRead: result.pagesRead
  }
}
