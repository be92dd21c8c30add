/** The segments that a search for neighbours goes through, what their filters let pass, and what each vector index is asked. */
import type { KnnQuery } from '../query/index.ts'
import type { SegmentReader, SegmentView, VectorReader } from '../segment/index.ts'
import { finishAtOnce } from '../util/index.ts'
import type { BitSet, Steps } from '../util/index.ts'
import type { NearestSoFar, VectorSearchRequest, VectorSearchResult } from '../vector/index.ts'
import { acceptAhead, acceptedOrds } from './accepted-ords.ts'
import { bindFilter } from './filter-bits.ts'
import type { DocFilter } from './filter-bits.ts'
import type { Level, WeightContext } from './weight.ts'

export type SegmentSearch = {
  readonly segment: SegmentView
  readonly position: number
  readonly vectors: VectorReader
  /** null: all. */
  readonly accept: BitSet | null
  readonly acceptCount: number
  /** Nested path of the documents that the vectors lie in. */
  readonly path: string
}

/** A segment that other threads were asked for. */
export type AskedSearch = SegmentSearch & {
  /** What firstRequest gets; null: it is the caller's to find. */
  readonly answer: VectorSearchResult | null
}

/**
 * The segments that have vectors which the filter accepts.
 *
 * @param known  Filters of the query that are bound already; null: none.
 */
export function segmentSearches(
  query: KnnQuery,
  context: WeightContext,
  known: PathFilters | null = null
): SegmentSearch[] {
  const { segments } = context.search
  const searches: SegmentSearch[] = []
  const filters: PathFilters | null = query.filter === null ? null : (known ?? new Map())
  for (let position = 0; position < segments.length; position++) {
    const segment = segments[position]!
    const vectors = vectorsOf(segment, query)
    if (vectors === null) continue
    const path = vectorPath(segment.reader, vectors)
    const filter = filters === null ? null : finishAtOnce(filterAt(path, query, filters, context))
    const { accept, acceptCount } = acceptedOrds(segment, vectors, filter, query.field)
    if (acceptCount > 0) searches.push({ segment, position, vectors, accept, acceptCount, path })
  }
  return searches
}

/** Finds what the filter of a query lets pass in all segments, in steps. */
export function* filtersAhead(query: KnnQuery, context: WeightContext): Steps<PathFilters> {
  const filters: PathFilters = new Map()
  for (const segment of context.search.segments) {
    const vectors = vectorsOf(segment, query)
    if (vectors === null) continue
    const filter = yield* filterAt(vectorPath(segment.reader, vectors), query, filters, context)
    if (filter !== null) yield* acceptAhead(segment, filter, query.field)
  }
  return filters
}

function vectorsOf({ reader }: SegmentView, { field }: KnnQuery): VectorReader | null {
  const vectors = reader.vectors(field.number)
  return vectors === null || vectors.index.size === 0 ? null : vectors
}

/**
 * What a segment's vector index is asked first.
 *
 * @param nearest  What threads share that search several segments at the same time.
 */
export function firstRequest(
  search: SegmentSearch,
  query: KnnQuery,
  nearest?: NearestSoFar
): VectorSearchRequest {
  return requestFor(Math.min(query.k, search.acceptCount), search, query, nearest)
}

/** Whether several vectors may have one holder. */
export function isGrouped(search: SegmentSearch, level: Level): boolean {
  return search.path !== level.path || level.outer !== null
}

export function requestFor(
  k: number,
  { accept, acceptCount }: SegmentSearch,
  query: KnnQuery,
  nearest?: NearestSoFar,
  scans: boolean = true
): VectorSearchRequest {
  return {
    query: query.vector,
    k,
    candidates: Math.max(query.candidates, k),
    rescore: query.rescore ?? 0,
    accept,
    acceptCount,
    strategy: query.exhaustive ? 'exact' : 'planned',
    scans,
    nearest
  }
}

/** Nested path of the documents that a segment's vectors lie in. */
export function vectorPath(reader: SegmentReader, vectors: VectorReader): string {
  return reader.parents === null ? '' : reader.pathOf(vectors.docOf(0))
}

export type PathFilters = Map<string, DocFilter>

/** The filter of the query for vectors of a path, bound once. */
function* filterAt(
  path: string,
  { filter }: KnnQuery,
  filters: PathFilters,
  context: WeightContext
): Steps<DocFilter | null> {
  if (filter === null) return null
  let bound = filters.get(path)
  if (bound === undefined) {
    bound = yield* bindFilter(filter, path, context)
    filters.set(path, bound)
  }
  return bound
}
