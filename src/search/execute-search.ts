import { describe } from '../query/index.ts'
import { collectOptions, collectTarget, isByScore } from './collect-target.ts'
import type { Collected } from './collect-target.ts'
import { createRootWeight, rootContext } from './create-weight.ts'
import { Deadline } from './deadline.ts'
import type { FoundDoc } from './found-doc.ts'
import { runKnnSections } from './knn-sections.ts'
import { matchedQueries } from './matched-queries.ts'
import { rescoreDocs } from './rescore.ts'
import { compareSortValues } from './sort-keys.ts'
import { namedClauses, openTargetSearch, planTarget } from './target-search.ts'
import type { TargetPlan } from './target-search.ts'
import type {
  SearchHit,
  SearchProfile,
  SearchRequest,
  SearchResult,
  SearchTarget,
  SortKey
} from './types.ts'
import type { TargetSearch, WeightContext } from './weight.ts'

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
  const deadline = new Deadline(request.signal, request.deadlineMs)
  deadline.check()
  const searches: TargetSearch[] = []
  for (const target of request.targets)
    searches.push(openTargetSearch(target, deadline, request.profile))
  const sections = runKnnSections(searches, scoringContext)
  const results: TargetResult[] = []
  for (let at = 0; at < searches.length; at++) {
    const search = searches[at]!
    results.push(searchTarget(request, search, planTarget(search.target, sections[at]!)))
  }
  return {
    hits: openHits(pageOf(request, results), results),
    total: totalOf(results, request.trackTotalHits),
    maxScore: maxScoreOf(request, results),
    profile: request.profile ? results.map(profileOf) : []
  }
}

const scoringContext = (search: TargetSearch): WeightContext => rootContext(search, true)

function searchTarget(
  request: SearchRequest,
  search: TargetSearch,
  plan: TargetPlan
): TargetResult {
  const startedMs = request.profile ? performance.now() : 0
  const options = collectOptions(request, search.target)
  const weight = createRootWeight(plan.whole, search, options.needsScores)
  const collected = collectTarget(weight, search, options)
  let { found, maxScore } = collected
  for (const rescore of search.target.rescore ?? noRescores) {
    if (found.length === 0) break
    found = rescoreDocs(found, rescore, search)
    maxScore = found.reduce((best, doc) => Math.max(best, doc.score!), -Infinity)
  }
  const timeNs = request.profile ? Math.round((performance.now() - startedMs) * 1e6) : 0
  return { found, maxScore, total: collected.total, search, plan, timeNs }
}

const noRescores: NonNullable<SearchTarget['rescore']> = Object.freeze([])

/** Documents of a page, and the position of the target of each; targets null: all are of the first. */
type Page = { readonly docs: readonly FoundDoc[]; readonly targets: readonly number[] | null }

/** Takes the best head of the targets' lists again and again: a rescored list keeps its own order. */
function pageOf({ from, size, targets }: SearchRequest, results: readonly TargetResult[]): Page {
  const end = size === 0 ? 0 : from + size
  if (results.length === 1) {
    const { found } = results[0]!
    const isAll = from === 0 && found.length <= end
    return { docs: isAll ? found : found.slice(from, end), targets: null }
  }
  const sort = targets[0]?.sort ?? []
  const heads = results.map(() => 0)
  const page = { docs: [] as FoundDoc[], targets: [] as number[] }
  for (let rank = 0; rank < end; rank++) {
    const target = bestHead(results, heads, sort)
    if (target === -1) break
    if (rank >= from) {
      page.docs.push(results[target]!.found[heads[target]!]!)
      page.targets.push(target)
    }
    heads[target]! += 1
  }
  return page
}

/** The target whose next document is the best; ties go to the earlier one. -1: none has one left. */
function bestHead(
  results: readonly TargetResult[],
  heads: readonly number[],
  sort: readonly SortKey[]
): number {
  let best = -1
  let leader: FoundDoc | undefined
  for (let target = 0; target < results.length; target++) {
    const doc = results[target]!.found[heads[target]!]
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

type Matched = SearchHit['matched']
const noneMatched: Matched = Object.freeze([])

function openHits(page: Page, results: readonly TargetResult[]): SearchHit[] {
  const { docs, targets } = page
  const namesOf = matchedNames(page, results)
  const hits: SearchHit[] = []
  for (let at = 0; at < docs.length; at++) {
    const doc = docs[at]!
    const { target } = results[targets === null ? 0 : targets[at]!]!.search
    hits.push(openHit(doc, target, namesOf?.get(doc) ?? noneMatched))
  }
  return hits
}

/** null: no clause has a name. */
function matchedNames(
  page: Page,
  results: readonly TargetResult[]
): ReadonlyMap<FoundDoc, Matched> | null {
  let namesOf: Map<FoundDoc, Matched> | null = null
  for (let target = 0; target < results.length; target++) {
    const { search, plan } = results[target]!
    if (!plan.isNamed) continue
    const docs = page.docs.filter((_, at) => (page.targets?.[at] ?? 0) === target)
    const matched = matchedQueries(docs, namedClauses(search.target, plan), search)
    namesOf ??= new Map()
    for (const [at, doc] of docs.entries()) namesOf.set(doc, matched[at]!)
  }
  return namesOf
}

function openHit(doc: FoundDoc, target: SearchTarget, matched: Matched): SearchHit {
  return {
    target: target.index,
    segment: target.segments[doc.segment]!,
    docId: doc.docId,
    score: doc.score,
    sort: target.sort.length === 0 ? null : (doc.sort ?? null),
    matched
  }
}

function profileOf({ search, plan, timeNs }: TargetResult): SearchProfile {
  return {
    target: search.target.index,
    knn: search.knnProfiles ?? [],
    query: { description: describe(plan.whole), timeNs }
  }
}
