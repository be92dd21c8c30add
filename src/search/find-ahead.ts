/**
 * The neighbours of knn clauses, found in steps or by other threads before a search asks for them, which it does in one piece: the
 * search is the same, and finds them where it would ask vector indices. Whatever is not there it asks itself.
 */
import { visitQuery } from '../query/index.ts'
import type { KnnQuery, Query } from '../query/index.ts'
import type { VectorReader } from '../segment/index.ts'
import { valueOf, VectorStoreError } from '../util/index.ts'
import type { Steps } from '../util/index.ts'
import { NearestSoFar } from '../vector/index.ts'
import type { VectorSearchRequest, VectorSearchResult } from '../vector/index.ts'
import { rootContext } from './create-weight.ts'
import { Deadline } from './deadline.ts'
import { findNeighbors } from './knn-search.ts'
import { filtersAhead, firstRequest, isGrouped, segmentSearches } from './knn-segments.ts'
import type { AskedSearch, SegmentSearch } from './knn-segments.ts'
import { termsMs } from './neighbors-weight.ts'
import { openTargetSearch } from './target-search.ts'
import type { SearchTarget } from './types.ts'
import type { TargetSearch, WeightContext } from './weight.ts'

/** A vector of an index that does not estimate: a write buffer of sets. A guess. */
const unknownMs = 0.001

/** Searches vector indices in other threads; threads/ is one. */
export type VectorThreads = {
  /** null at once: not worth it. A promise of null: the caller is to ask the index himself. */
  search(
    vectors: VectorReader,
    request: VectorSearchRequest
  ): Promise<VectorSearchResult | null> | null
}

/**
 * Finds the neighbours of all clauses of a search.
 *
 * Errors   DEADLINE_EXCEEDED; what ends a thread. What else goes wrong the search meets again, where it is told whose it is.
 *
 * @param threads  null: there are none.
 */
export function* findAhead(
  searches: readonly TargetSearch[],
  threads: VectorThreads | null
): Steps<void> {
  if (threads !== null) yield* askThreads(searches, threads)
  for (const search of searches)
    for (const clause of clausesOf(search.target))
      yield* unlessRefused(findNeighbors(clause, rootContext(search, true)))
}

/**
 * Whether a search takes less than a turn of the event loop may, as most do: its neighbours are all that is wanted, and they are
 * found in so many milliseconds.
 */
export function isShort(targets: readonly SearchTarget[], msMax: number): boolean {
  let ms = 0
  for (const target of targets) {
    const { query, filter, postFilter, knn, rescore, sort, segments } = target
    const isPlain = filter === null && postFilter === null && sort.length === 0
    if (!isPlain || (rescore !== undefined && rescore.length > 0)) return false
    if (query !== null) ms += query.type === 'neighbors' ? termsMs(query, segments) : Infinity
    const context = rootContext(openTargetSearch(target, new Deadline()), true)
    for (const clause of knn) if (clause !== null) ms += neighborsMs(clause, context)
    if (ms > msMax) return false
  }
  return true
}

/** Infinity: it cannot be said. */
function neighborsMs(clause: KnnQuery, context: WeightContext): number {
  if (clause.filter !== null && clause.filter.type !== 'matchAll') return Infinity
  let ms = 0
  for (const segment of segmentSearches(clause, context)) {
    const { index } = segment.vectors
    const estimate = index.estimate?.(firstRequest(segment, clause)) ?? null
    ms += estimate === null ? index.size * unknownMs : estimate.ms
  }
  return ms
}

/** Asks threads for all clauses, and waits until they have answered. */
function* askThreads(searches: readonly TargetSearch[], threads: VectorThreads): Steps<void> {
  const asked: Promise<void>[] = []
  try {
    for (const search of searches)
      for (const clause of clausesOf(search.target))
        yield* unlessRefused(askForClause(clause, search, threads, asked))
  } finally {
    // Even where one fails: a thread may still read a segment that its caller would let go.
    if (asked.length > 0) yield* valueOf(Promise.allSettled(asked))
  }
  if (asked.length > 0) yield* valueOf(Promise.all(asked))
}

function* unlessRefused(work: Steps<void>): Steps<void> {
  try {
    yield* work
  } catch (error) {
    if (!(error instanceof VectorStoreError) || error.code === 'DEADLINE_EXCEEDED') throw error
  }
}

function* askForClause(
  clause: KnnQuery,
  search: TargetSearch,
  threads: VectorThreads,
  asked: Promise<void>[]
): Steps<void> {
  const context = rootContext(search, true)
  const filters = clause.filter === null ? null : yield* filtersAhead(clause, context)
  const found = segmentSearches(clause, context, filters)
  const nearest =
    found.length > 1
      ? NearestSoFar.shared(clause.k, Math.max(clause.k, clause.candidates))
      : undefined
  const segments: AskedSearch[] = []
  for (const segment of found) {
    // The k best vectors may have fewer than k holders.
    const shared = isGrouped(segment, context.level) ? undefined : nearest
    segments.push(askForSegment(segment, firstRequest(segment, clause, shared), threads, asked))
  }
  search.asked ??= new Map()
  search.asked.set(clause, segments)
}

function askForSegment(
  segment: SegmentSearch,
  request: VectorSearchRequest,
  threads: VectorThreads,
  asked: Promise<void>[]
): AskedSearch {
  const search: SegmentSearch & { answer: VectorSearchResult | null } = { ...segment, answer: null }
  const answer = threads.search(segment.vectors, request)
  if (answer !== null) asked.push(answer.then((found) => void (search.answer = found)))
  return search
}

/** Clauses of a target that ask vector indices for their nearest, but for those that speak of nested documents. */
function clausesOf({ knn, query, filter, postFilter, rescore = [] }: SearchTarget): KnnQuery[] {
  const clauses: KnnQuery[] = knn.filter((clause) => clause !== null)
  for (const one of [query, filter, postFilter, ...rescore.map((each) => each.query)])
    if (one !== null) addClauses(one, clauses)
  return clauses
}

function addClauses(query: Query, clauses: KnnQuery[]): void {
  visitQuery(query, (node) => {
    if (node.type === 'knn' && !node.exhaustive) clauses.push(node)
    return node.type !== 'nested' && node.type !== 'knn'
  })
}
