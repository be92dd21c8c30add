/** Runs a search over pinned indices and fetches its hits, in steps. */
import type {
  SearchRequest,
  SearchResult,
  SearchTarget,
  SortValue,
  VectorThreads
} from '../search/index.ts'
import { countMatches, executeSearch, noHits, searchSteps } from '../search/index.ts'
import type { Query } from '../query/index.ts'
import { finishAtOnce, neverDue, VectorStoreError, whereDue } from '../util/index.ts'
import type { ListOf, LoopSlice, Steps } from '../util/index.ts'
import { isDamage, lowerSearchInSteps, lowerTargetsInSteps, onSound } from './fail-alone.ts'
import type { Lower, Lowered } from './fail-alone.ts'
import { fetchHits, fetchHitsIn, hitsAtOnceMax } from './fetch.ts'
import { HitTargets } from './hit-targets.ts'
import type { PinnedIndex } from './lower-search.ts'
import { searchAfterValues } from './lower-search.ts'
import type { IndexFailure, NodeCount, NodeHit, NodeSearch, NodeSearchResult } from './types.ts'

export type Ran = { readonly result: NodeSearchResult; readonly raw: SearchResult }

/** How a search is done: in slices with the help of threads, or, where both are null, in one piece. */
export type SearchPace = {
  readonly slice: LoopSlice | null
  readonly threads: VectorThreads | null
}

/**
 * One search over a moment. `resumeAfter` are raw sort values of an own earlier page (scroll), not the caller's.
 *
 * A damaged index fails alone: the others answer, and `failures` says so (ARCHITECTURE.md R22).
 *
 * @param isWhole  Whether long work is done too; else it is a ScanWanted or a StepsWanted.
 */
export function runSearch(
  targets: readonly PinnedIndex[],
  search: NodeSearch,
  bound: Lowered,
  isWhole: boolean = true
): NodeSearchResult {
  try {
    const startedMs = performance.now()
    const request = requestOf(targets, search, null, bound.accepted)
    const found = findAtOnce(search, isWhole ? request : { ...request, scans: false })
    const context = new HitTargets(targets, search)
    const fetching = fetchHits(found.raw.hits, search.fetch, context)
    const hits = isWhole ? finishAtOnce(fetching) : inOneStep(fetching)
    return ranResult(targets, found, hits, bound.failures, startedMs)
  } catch (error) {
    if (!isDamage(error)) throw error
    // Rare enough to begin anew, where it is found out whose it is.
    return finishAtOnce(runSearchSteps(targets, search, inOnePiece, { bound })).result
  }
}

/** The work of a search was not foreseen to take more than a step. */
export class StepsWanted extends Error {}

function inOneStep<T>(steps: Steps<T>): T {
  const step = steps.next()
  if (step.done !== true) throw new StepsWanted()
  return step.value
}

export const inOnePiece: SearchPace = { slice: null, threads: null }

/** The same in steps. The segments must stay pinned until it has ended. */
export function* runSearchSteps(
  targets: readonly PinnedIndex[],
  search: NodeSearch,
  pace: SearchPace,
  {
    resumeAfter = null,
    bound = null
  }: { readonly resumeAfter?: readonly SortValue[] | null; readonly bound?: Lowered | null }
): Steps<Ran> {
  const due = pace.slice ?? neverDue
  const lowered = bound ?? (yield* whereDue(lowerSearchInSteps(targets, search), due))
  return yield* onSound(targets, lowered, (searched, failures) =>
    ranSteps({ targets, search, pace, resumeAfter }, { accepted: searched, failures })
  )
}

type Run = {
  readonly targets: readonly PinnedIndex[]
  readonly search: NodeSearch
  readonly pace: SearchPace
  readonly resumeAfter: readonly SortValue[] | null
}

function* ranSteps(
  { targets, search, pace, resumeAfter }: Run,
  { accepted, failures }: Lowered
): Steps<Ran> {
  const { slice } = pace
  const startedMs = performance.now()
  const request = requestOf(targets, search, resumeAfter, accepted)
  const found =
    slice === null
      ? findAtOnce(search, request)
      : yield* findInSteps(search, withPace(request, slice, pace.threads))
  const { raw } = found
  const context = new HitTargets(targets, search)
  const hits =
    slice === null || raw.hits.length <= hitsAtOnceMax
      ? yield* whereDue(fetchHits(raw.hits, search.fetch, context), slice ?? neverDue)
      : yield* fetchHitsIn(raw.hits, search.fetch, context, slice)
  return { result: ranResult(targets, found, hits, failures, startedMs), raw }
}

function ranResult(
  targets: readonly PinnedIndex[],
  { raw, timedOut }: Found,
  hits: ListOf<NodeHit>,
  failures: readonly IndexFailure[],
  startedMs: number
): NodeSearchResult {
  return {
    tookMs: Math.floor(performance.now() - startedMs),
    timedOut,
    hits,
    total: raw.total,
    maxScore: raw.maxScore,
    indexCount: targets.length,
    failures,
    profile: raw.profile.length === 0 ? noProfile : profileOf(targets, raw)
  }
}

function withPace(
  request: SearchRequest,
  slice: LoopSlice,
  threads: VectorThreads | null
): SearchRequest {
  return threads === null ? { ...request, slice } : { ...request, slice, threads }
}

const noProfile: NodeSearchResult['profile'] = Object.freeze([])

function profileOf(
  targets: readonly PinnedIndex[],
  { profile }: SearchResult
): NodeSearchResult['profile'] {
  return profile.map((one) => ({ ...one, index: targets[one.target]?.index.metadata.name ?? '' }))
}

function requestOf(
  targets: readonly PinnedIndex[],
  search: NodeSearch,
  resumeAfter: readonly SortValue[] | null,
  searched: readonly SearchTarget[]
): SearchRequest {
  const first = searched[0] === undefined ? undefined : targets[searched[0].index]
  const request: SearchRequest = {
    targets: searched,
    from: search.from,
    size: search.size,
    minScore: search.minScore,
    searchAfter:
      resumeAfter ?? (first === undefined ? null : searchAfterValues(first.index, search)),
    trackTotalHits: search.trackTotalHits,
    trackScores: search.trackScores,
    profile: search.profile
  }
  const { timeoutMs, signal } = search
  if (timeoutMs === null && signal === undefined) return request
  const deadlineMs = timeoutMs === null ? Infinity : performance.now() + timeoutMs
  return signal === undefined ? { ...request, deadlineMs } : { ...request, deadlineMs, signal }
}

type Found = { readonly raw: SearchResult; readonly timedOut: boolean }

function findAtOnce(search: NodeSearch, request: SearchRequest): Found {
  try {
    return { raw: executeSearch(request), timedOut: false }
  } catch (error) {
    return outOfTime(search, error)
  }
}

function* findInSteps(search: NodeSearch, request: SearchRequest): Steps<Found> {
  try {
    return { raw: yield* searchSteps(request), timedOut: false }
  } catch (error) {
    return outOfTime(search, error)
  }
}

/** A search that runs out of its time has found nothing that it could vouch for: the answer says so, and is empty. */
function outOfTime({ timeoutMs, trackTotalHits }: NodeSearch, error: unknown): Found {
  const isLate = error instanceof VectorStoreError && error.code === 'DEADLINE_EXCEEDED'
  if (timeoutMs === null || !isLate) throw error
  const total = trackTotalHits === false ? null : ({ value: 0, relation: 'gte' } as const)
  return { raw: { hits: noHits, total, maxScore: null, profile: [] }, timedOut: true }
}

/**
 * Documents that match, without fetching any. An index fails alone, as in `runSearch`.
 *
 * @param leftOut  Of indices that were left out before.
 */
export function* runCount(
  targets: readonly PinnedIndex[],
  query: Query | null,
  slice: LoopSlice | null,
  leftOut: readonly IndexFailure[]
): Steps<NodeCount> {
  const lower: Lower = ({ index, aliasFilter, segments }, position, one) => ({
    index: position,
    indexName: index.metadata.name,
    segments,
    filter: aliasFilter === null ? null : one(aliasFilter),
    query: query === null ? { type: 'matchAll' as const } : one(query),
    knn: [],
    postFilter: null,
    sort: []
  })
  const options = slice === null ? {} : { slice }
  const lowering = lowerTargetsInSteps(targets, query === null ? [] : [query], lower)
  const lowered = yield* whereDue(lowering, slice ?? neverDue)
  return yield* onSound(targets, lowered, (accepted, failures) =>
    countSteps({ accepted, failures: [...leftOut, ...failures] }, options)
  )
}

function* countSteps(
  { accepted, failures }: Lowered,
  options: Parameters<typeof countMatches>[1]
): Steps<NodeCount> {
  return { count: yield* countMatches(accepted, options), failures }
}

/** What indices that were left out before the search have to say in its answer. */
export function withFailures(
  result: NodeSearchResult,
  failures: readonly IndexFailure[]
): NodeSearchResult {
  if (failures.length === 0) return result
  return changed(result, (one) => ({
    ...one,
    indexCount: one.indexCount + failures.length,
    failures: [...failures, ...one.failures]
  }))
}

/** A result that is changed, and so is the whole one that is to come. */
function changed(
  result: NodeSearchResult,
  change: (result: NodeSearchResult) => NodeSearchResult
): NodeSearchResult {
  const { whole } = result
  if (whole === undefined) return change(result)
  return { ...change(result), whole: unheard(whole.then(change)) }
}

/** A promise that nobody need wait for: its failure is told to whoever does, and ends no process. */
export function unheard<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined)
  return promise
}
