/** Runs a search over pinned indices and fetches its hits, in steps. */
import type {
  SearchHit,
  SearchRequest,
  SearchResult,
  SearchTarget,
  SortValue,
  VectorThreads
} from '../search/index.ts'
import { countMatches, executeSearch, searchSteps } from '../search/index.ts'
import type { Query } from '../query/index.ts'
import { finishAtOnce, shortestFloat32, VectorStoreError } from '../util/index.ts'
import type { LoopSlice, Steps } from '../util/index.ts'
import { fetchHits, fetchHitsIn } from './fetch.ts'
import type { HitContext } from './fetch.ts'
import type { PinnedIndex } from './lower-search.ts'
import { lowering, lowerTarget, searchAfterValues } from './lower-search.ts'
import type { Searcher } from '../engine/index.ts'
import { indexClosed } from './resolve.ts'
import type {
  IndexFailure,
  NodeCount,
  NodeHit,
  NodeIndex,
  NodeSearch,
  NodeSearchResult,
  ResolvedIndex
} from './types.ts'

export type Pinned = {
  readonly targets: readonly PinnedIndex[]
  /** One more user, who releases as well. */
  retain(): void
  release(): void
}

/** Pins the present moment of every target. Release in a finally. */
export function pinTargets(targets: readonly ResolvedIndex[]): Pinned {
  const pinned = new PinnedTargets()
  try {
    for (const target of targets) pinned.pin(target)
    return pinned
  } catch (error) {
    pinned.release()
    throw error
  }
}

class PinnedTargets implements Pinned {
  readonly targets: (PinnedIndex & { readonly searcher: Searcher })[] = []

  pin({ index, aliasFilter }: ResolvedIndex): void {
    const { engine, fault } = index
    if (engine === null) throw fault ?? indexClosed(index)
    const searcher = engine.acquireSearcher()
    this.targets.push({ index, aliasFilter, segments: searcher.segments, searcher })
  }

  retain(): void {
    for (const { searcher } of this.targets) searcher.retain()
  }

  release(): void {
    for (const { searcher } of this.targets) searcher.release()
  }
}

/** Hits that are read at once, sources and all: about a millisecond. */
export const hitsAtOnceMax = 50

export type Ran = { readonly result: NodeSearchResult; readonly raw: SearchResult }

const isDamaged = ({ engine, fault }: NodeIndex): boolean => engine === null && fault !== null

/** Indices that cannot serve at all are failures of a search, as long as another one answers. */
export function splitDamaged(targets: readonly ResolvedIndex[]): {
  readonly serving: readonly ResolvedIndex[]
  readonly failures: readonly IndexFailure[]
} {
  const failures: IndexFailure[] = []
  for (const { index } of targets)
    if (isDamaged(index)) failures.push({ index: index.metadata.name, error: index.fault! })
  if (failures.length === 0 || failures.length === targets.length)
    return { serving: targets, failures: [] }
  return { serving: targets.filter(({ index }) => !isDamaged(index)), failures }
}

/** How a search is done: in slices with the help of threads, or, where both are null, in one piece. */
export type SearchPace = {
  readonly slice: LoopSlice | null
  readonly threads: VectorThreads | null
}

/** What each index is asked. Errors those of the first index, when none can be asked this. */
export function lowerSearch(targets: readonly PinnedIndex[], search: NodeSearch): Lowered {
  return lowerTargets(targets, (target, position) => lowerTarget(target, position, search))
}

/**
 * One search over a moment. `resumeAfter` are raw sort values of an own earlier page (scroll), not the caller's.
 *
 * A damaged index fails alone: the others answer, and `failures` says so (ARCHITECTURE.md R22).
 */
export function runSearch(
  targets: readonly PinnedIndex[],
  search: NodeSearch,
  bound: Lowered
): NodeSearchResult {
  try {
    const startedMs = performance.now()
    const found = findAtOnce(search, requestOf(targets, search, null, bound.accepted))
    const hits = fetchHits(found.raw.hits, search.fetch, new HitTargets(targets, search))
    return ranResult(targets, found, hits, bound.failures, startedMs)
  } catch (error) {
    if (!isDamage(error)) throw error
    // Rare enough to begin anew, where it is found out whose it is.
    return finishAtOnce(runSearchSteps(targets, search, inOnePiece, { bound })).result
  }
}

export const inOnePiece: SearchPace = { slice: null, threads: null }

/** The same in steps. The segments must stay pinned until it has ended. */
export function* runSearchSteps(
  targets: readonly PinnedIndex[],
  search: NodeSearch,
  pace: SearchPace,
  {
    resumeAfter = null,
    bound = lowerSearch(targets, search)
  }: { readonly resumeAfter?: readonly SortValue[] | null; readonly bound?: Lowered }
): Steps<Ran> {
  const { slice } = pace
  return yield* onSound(targets, bound, function* (searched, failed) {
    const startedMs = performance.now()
    const request = requestOf(targets, search, resumeAfter, searched)
    const found =
      slice === null
        ? findAtOnce(search, request)
        : yield* findInSteps(search, withPace(request, slice, pace.threads))
    const { raw } = found
    const context = new HitTargets(targets, search)
    const hits =
      slice === null || raw.hits.length <= hitsAtOnceMax
        ? fetchHits(raw.hits, search.fetch, context)
        : yield* fetchHitsIn(raw.hits, search.fetch, context, slice)
    return { result: ranResult(targets, found, hits, failed, startedMs), raw }
  })
}

function ranResult(
  targets: readonly PinnedIndex[],
  { raw, timedOut }: Found,
  hits: readonly NodeHit[],
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

/** Runs over the indices that accept; where one of them is damaged it fails alone and the rest run again. */
function* onSound<T>(
  targets: readonly PinnedIndex[],
  { accepted, failures }: Lowered,
  run: (searched: readonly SearchTarget[], failed: readonly IndexFailure[]) => Steps<T>
): Steps<T> {
  try {
    return yield* run(accepted, failures)
  } catch (error) {
    if (!isDamage(error)) throw error
    const damaged = new Map<SearchTarget, IndexFailure>()
    for (const one of accepted) {
      const damage = yield* damageOf(run([one], []))
      const index = targets[one.index]?.index.metadata.name ?? ''
      if (damage !== null) damaged.set(one, { index, error: damage })
    }
    const sound = accepted.filter((one) => !damaged.has(one))
    if (sound.length === 0) throw error
    return yield* run(sound, [...failures, ...damaged.values()])
  }
}

function isDamage(error: unknown): error is VectorStoreError {
  return error instanceof VectorStoreError && error.kind === 'corrupt'
}

function* damageOf(run: Steps<unknown>): Steps<VectorStoreError | null> {
  try {
    yield* run
    return null
  } catch (error) {
    if (isDamage(error)) return error
    throw error
  }
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
  return { raw: { hits: [], total, maxScore: null, profile: [] }, timedOut: true }
}

type Lower = (target: PinnedIndex, position: number) => SearchTarget

export type Lowered = {
  readonly accepted: readonly SearchTarget[]
  readonly failures: readonly IndexFailure[]
}

/**
 * An index that cannot be asked this (a field is not there, or is of another type) fails alone; the others answer.
 *
 * Errors   those of the first index, when all fail.
 */
function lowerTargets(targets: readonly PinnedIndex[], lower: Lower): Lowered {
  const accepted: SearchTarget[] = []
  const failures: IndexFailure[] = []
  for (let position = 0; position < targets.length; position++) {
    const target = targets[position]!
    try {
      accepted.push(lowered(target, position, lower))
    } catch (error) {
      if (!(error instanceof VectorStoreError)) throw error
      failures.push({ index: target.index.metadata.name, error })
    }
  }
  const first = failures[0]
  if (first !== undefined && accepted.length === 0) throw first.error
  return { accepted, failures }
}

function lowered(target: PinnedIndex, position: number, lower: Lower): SearchTarget {
  try {
    return lower(target, position)
  } catch (error) {
    if (error instanceof VectorStoreError && error.code === 'QUERY_SHARD') {
      const { name, uuid } = target.index.metadata
      throw new VectorStoreError('QUERY_SHARD', error.message, {
        details: { ...error.details, index: name, index_uuid: uuid },
        cause: error.cause
      })
    }
    throw error
  }
}

/** The hits of a search with what their targets know. */
class HitTargets implements HitContext {
  readonly #targets: readonly PinnedIndex[]
  readonly #search: NodeSearch

  constructor(targets: readonly PinnedIndex[], search: NodeSearch) {
    this.#targets = targets
    this.#search = search
  }

  indexOf(hit: SearchHit): NodeIndex {
    return this.#targetOf(hit).index
  }

  sortOf(hit: SearchHit): NodeHit['sort'] {
    const target = this.#targetOf(hit)
    const values = hit.sort?.slice(0, this.#search.sort.length)
    return values?.map((value, at) => printed(target, this.#search, value, at)) ?? null
  }

  #targetOf(hit: SearchHit): PinnedIndex {
    const target = this.#targets[hit.target]
    if (target === undefined) throw new TypeError('a hit names a target that was not searched')
    return target
  }
}

/** A sort value as the caller sees it: dates by format when asked, exact integers beyond 2^53 as bigint. */
function printed(target: PinnedIndex, search: NodeSearch, value: SortValue, at: number): unknown {
  const spec = search.sort[at]
  // Scores are float32, and are shown with as few digits as those have.
  if (spec?.type === 'score' && typeof value === 'number') return shortestFloat32(value)
  if (typeof value === 'bigint') {
    const number = Number(value)
    if (spec?.type === 'field' && spec.format !== null)
      return target.index.mapping.field(spec.field)?.fetchValues(number, spec.format)[0] ?? number
    return Number.isSafeInteger(number) ? number : value
  }
  return value
}

/** Documents that match, without fetching any. An index fails alone, as in `runSearch`. */
export function* runCount(
  targets: readonly PinnedIndex[],
  query: Query | null,
  slice: LoopSlice | null
): Steps<NodeCount> {
  const lower: Lower = ({ index, aliasFilter, segments }, position) => ({
    index: position,
    indexName: index.metadata.name,
    segments,
    filter: aliasFilter === null ? null : lowering(index)(aliasFilter),
    query: query === null ? { type: 'matchAll' as const } : lowering(index)(query),
    knn: [],
    postFilter: null,
    sort: []
  })
  const options = slice === null ? {} : { slice }
  return yield* onSound(targets, lowerTargets(targets, lower), function* (counted, failures) {
    return { count: yield* countMatches(counted, options), failures }
  })
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
