import { describe } from '../query/index.ts'
import { finishAtOnce, MadeList } from '../util/index.ts'
import type { Steps } from '../util/index.ts'
import { collectDocs, collectOptions, collectRanked, isByScore } from './collect-target.ts'
import type { Collected, CollectOptions } from './collect-target.ts'
import { createRootWeight, rootContext } from './create-weight.ts'
import { Deadline } from './deadline.ts'
import { findAhead } from './find-ahead.ts'
import type { FoundDoc } from './found-doc.ts'
import { runKnnSections } from './knn-sections.ts'
import { matchedQueries } from './matched-queries.ts'
import { rescoreDocs } from './rescore.ts'
import { noneMatched, SearchHits } from './search-hits.ts'
import type { NamesOf, Page } from './search-hits.ts'
import { checkComparable, compareSortValues } from './sort-keys.ts'
import { namedClauses, openTargetSearch, planTarget } from './target-search.ts'
import type { TargetPlan } from './target-search.ts'
import type { SearchProfile, SearchRequest, SearchResult, SortKey } from './types.ts'
import type { TargetSearch, Weight, WeightContext } from './weight.ts'

/** One target's part of a request, done. */
type TargetResult = Collected & {
  readonly search: TargetSearch
  readonly plan: TargetPlan
  readonly timeNs: number
}

/**
 * Searches the segments of one or more indices: the page from .. from + size of the best documents, with their number.
 *
 * Ties go to the earlier target, then segment, then document. Nothing is fetched.
 *
 * Cost     Per target: its knn sections, one pass over the documents that match, rescoring, one look at each named clause for
 *          each hit of the page. Memory: from + size documents per target.
 * Errors   DEADLINE_EXCEEDED; SCRIPT_RUNTIME and REQUEST_ARGUMENT from scripts; what the segments throw.
 */
export function executeSearch(request: SearchRequest): SearchResult {
  // Not finishAtOnce(searchSteps(request)): a generator costs 0.3 µs, and all of a search may take 4.
  const searches = openSearches(request)
  const sections = runKnnSections(searches, scoringContext)
  const results: TargetResult[] = []
  for (let at = 0; at < searches.length; at++) {
    const search = searches[at]!
    const bound = bindTarget(request, search, planTarget(search.target, sections[at]!))
    const ranked = isRescored(search) ? null : collectRanked(bound.weight, bound.options)
    results.push(ranked === null ? finishAtOnce(runTarget(bound)) : targetResult(bound, ranked))
  }
  const page =
    results.length === 1 ? onlyPage(request, results[0]!) : finishAtOnce(pageOf(request, results))
  const namesOf = isNamed(results) ? finishAtOnce(matchedNames(page, results)) : null
  return resultOf(request, results, page, namesOf)
}

/**
 * The same in steps, for a request with a slice: the result is that of one piece, bit for bit. The segments must stay open until
 * it has ended, whatever way.
 *
 * In one piece remain  the walk of a graph, the ordinals of a filter's documents, the candidates of hash terms, a knn clause below
 *                      a nested one.
 */
export function* searchSteps(request: SearchRequest): Steps<SearchResult> {
  const searches = openSearches(request)
  yield* findAhead(searches, request.threads ?? null)
  const sections = runKnnSections(searches, scoringContext)
  const results: TargetResult[] = []
  for (const [at, search] of searches.entries()) {
    const plan = planTarget(search.target, sections[at]!)
    // Terms of a thousand clauses are looked up in one piece, for their weights here and in each segment: ten milliseconds.
    yield* pauseWhereDue(search)
    results.push(yield* runTarget(bindTarget(request, search, plan)))
    yield* pauseWhereDue(search)
  }
  const page =
    results.length === 1 ? onlyPage(request, results[0]!) : yield* pageOf(request, results)
  const namesOf = isNamed(results) ? yield* matchedNames(page, results) : null
  return resultOf(request, results, page, namesOf)
}

function* pauseWhereDue({ deadline }: TargetSearch): Steps<void> {
  deadline.check()
  if (deadline.isDue) yield* deadline.pause()
}

function openSearches(request: SearchRequest): TargetSearch[] {
  const deadline = new Deadline(request.signal, request.deadlineMs, request.slice)
  deadline.check()
  const searches: TargetSearch[] = []
  for (const target of request.targets) searches.push(openTargetSearch(target, deadline, request))
  return searches
}

function resultOf(
  request: SearchRequest,
  results: readonly TargetResult[],
  page: Page,
  namesOf: NamesOf | null
): SearchResult {
  return {
    hits: new SearchHits(
      page,
      results.map(({ search }) => search.target),
      namesOf
    ),
    total: totalOf(results, request.trackTotalHits),
    maxScore: maxScoreOf(request, results),
    profile: request.profile ? results.map(profileOf) : []
  }
}

const scoringContext = (search: TargetSearch): WeightContext => rootContext(search, true)

/** One target's part of a request, about to begin. */
type BoundTarget = {
  readonly search: TargetSearch
  readonly plan: TargetPlan
  readonly options: CollectOptions
  readonly weight: Weight
  /** null: nobody asks how long it takes. */
  readonly startedMs: number | null
}

function bindTarget(request: SearchRequest, search: TargetSearch, plan: TargetPlan): BoundTarget {
  const startedMs = request.profile ? performance.now() : null
  const options = collectOptions(request, search.target)
  const weight = createRootWeight(plan.whole, search, options.needsScores)
  return { search, plan, options, weight, startedMs }
}

function* runTarget(bound: BoundTarget): Steps<TargetResult> {
  const { search, options, weight } = bound
  const collected = collectRanked(weight, options) ?? (yield* collectDocs(weight, search, options))
  let { found, maxScore } = collected
  for (const rescore of search.target.rescore ?? []) {
    if (found.length === 0) break
    found = yield* rescoreDocs(found, rescore, search)
    maxScore = found.at(0)!.score!
  }
  return targetResult(bound, { ...collected, found, maxScore })
}

const isRescored = ({ target }: TargetSearch): boolean => (target.rescore?.length ?? 0) > 0

const isNamed = (results: readonly TargetResult[]): boolean =>
  results.some(({ plan }) => plan.isNamed)

function targetResult(
  { search, plan, startedMs }: BoundTarget,
  { found, maxScore, total }: Collected
): TargetResult {
  const timeNs = startedMs === null ? 0 : Math.round((performance.now() - startedMs) * 1e6)
  return { found, maxScore, total, search, plan, timeNs }
}

function onlyPage({ from, size }: SearchRequest, { found }: TargetResult): Page {
  const end = size === 0 ? 0 : from + size
  const isAll = from === 0 && found.length <= end
  return { docs: isAll ? found : found.slice(from, end), targets: null }
}

/** Takes the best head of the targets' lists again and again. */
function* pageOf(
  { from, size, targets: asked }: SearchRequest,
  results: readonly TargetResult[]
): Steps<Page> {
  const end = size === 0 ? 0 : from + size
  const sort = asked[0]?.sort ?? []
  const withDocs = results.filter(({ found }) => found.length > 0)
  checkComparable(withDocs.map(({ search }) => search.target.sort))
  const heads = results.map(({ found }) => found.at(0))
  const taken = results.map(() => 0)
  const targets: number[] = []
  const places: number[] = []
  for (let rank = 0; rank < end; rank++) {
    const target = bestHead(heads, sort)
    if (target === -1) break
    const { found, search } = results[target]!
    const place = taken[target]!++
    heads[target] = found.at(place + 1)
    if (rank >= from) {
      targets.push(target)
      places.push(place)
    }
    search.deadline.step()
    if (search.deadline.isDue) yield* search.deadline.pause()
  }
  const docAt = (at: number): FoundDoc => results[targets[at]!]!.found.at(places[at]!)!
  const docs = new MadeList(targets.length, docAt)
  return { docs: targets.length > madeAtOnceMax ? docs : [...docs], targets }
}

/** More hits are made when they are asked for. */
const madeAtOnceMax = 512

/** The target whose next document is the best; ties go to the earlier one. -1: none has one left. */
function bestHead(heads: readonly (FoundDoc | undefined)[], sort: readonly SortKey[]): number {
  let best = -1
  let leader: FoundDoc | undefined
  for (let target = 0; target < heads.length; target++) {
    const doc = heads[target]
    if (doc === undefined) continue
    if (leader !== undefined && compareFound(doc, leader, sort) >= 0) continue
    best = target
    leader = doc
  }
  return best
}

function compareFound(a: FoundDoc, b: FoundDoc, sort: readonly SortKey[]): number {
  if (sort.length === 0) return b.score! - a.score!
  return compareSortValues(sort, a.sort!, b.sort!)
}

function totalOf(
  results: readonly TargetResult[],
  trackTotalHits: boolean | number
): SearchResult['total'] {
  if (trackTotalHits === false) return null
  let value = 0
  for (const { total } of results) value += total
  if (trackTotalHits === true || value <= trackTotalHits) return { value, relation: 'eq' }
  return { value: trackTotalHits, relation: 'gte' }
}

function maxScoreOf(request: SearchRequest, results: readonly TargetResult[]): number | null {
  const byScore = isByScore(request.targets[0]?.sort ?? [])
  if (request.size === 0 || (!byScore && !request.trackScores)) return null
  let best: number | null = null
  for (const { maxScore } of results)
    if (maxScore !== null && (best === null || maxScore > best)) best = maxScore
  return best
}

function* matchedNames({ docs, targets }: Page, results: readonly TargetResult[]): Steps<NamesOf> {
  const namesOf: (NamesOf | null)[] = []
  const places = new Int32Array(docs.length)
  for (let target = 0; target < results.length; target++) {
    const { search, plan } = results[target]!
    namesOf.push(null)
    if (!plan.isNamed) continue
    const own: number[] = []
    for (let at = 0; at < docs.length; at++)
      if ((targets?.[at] ?? 0) === target) places[at] = own.push(at) - 1
    const ownDocs = new MadeList(own.length, (place) => docs.at(own[place]!)!)
    namesOf[target] = yield* matchedQueries(ownDocs, namedClauses(search.target, plan), search)
  }
  return (at) => namesOf[targets?.[at] ?? 0]?.(places[at]!) ?? noneMatched
}

function profileOf({ search, plan, timeNs }: TargetResult): SearchProfile {
  return {
    target: search.target.index,
    knn: search.knnProfiles ?? [],
    query: { description: describe(plan.whole), timeNs }
  }
}
