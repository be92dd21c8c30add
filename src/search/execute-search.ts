import { describe } from '../query/index.ts'
import { collectOptions, collectTarget, isByScore } from './collect-target.ts'
import type { Collected } from './collect-target.ts'
import { createRootWeight, rootContext } from './create-weight.ts'
import { Deadline } from './deadline.ts'
import type { FoundDoc } from './found-doc.ts'
import { runKnnSections } from './knn-sections.ts'
import { hasNames, matchedQueries } from './matched-queries.ts'
import { rescoreDocs } from './rescore.ts'
import { compareSortValues } from './sort-keys.ts'
import { openTargetSearch, planTarget } from './target-search.ts'
import type { TargetPlan } from './target-search.ts'
import type {
  SearchHit,
  SearchProfile,
  SearchRequest,
  SearchResult,
  SearchTarget,
  SortKey
} from './types.ts'
import type { TargetSearch } from './weight.ts'

/** One target's part of a request, done. */
type TargetResult = Collected & {
  readonly search: TargetSearch
  readonly plan: TargetPlan
  readonly timeNs: number
}

/**
 * Searches the segments of one or more indices: the page from .. from + size of the best documents, with their number.
 *
 * Ties go to the earlier target, then segment, then document. Nothing is fetched: `stored()` of a hit does that.
 *
 * Cost     Per target: its knn sections, one pass over the documents that match, rescoring, one look at each named clause for
 *          each hit of the page. Memory: from + size documents per target.
 * Errors   DEADLINE_EXCEEDED; SCRIPT_RUNTIME and REQUEST_ARGUMENT from scripts; what the segments throw.
 */
export function executeSearch(request: SearchRequest): SearchResult {
  const deadline = new Deadline(request.signal, request.deadlineMs)
  deadline.check()
  const searches = request.targets.map((target) => openTargetSearch(target, deadline))
  const sections = runKnnSections(searches, (search) => rootContext(search, true))
  const results = searches.map((search, at) =>
    searchTarget(request, search, planTarget(search.target, sections[at]!))
  )
  const merged = mergeFound(results, request.targets[0]?.sort ?? [])
  const page = request.size === 0 ? [] : merged.slice(request.from, request.from + request.size)
  return {
    hits: openHits(page, results),
    total: totalOf(results, request.trackTotalHits),
    maxScore: maxScoreOf(request, results),
    profile: request.profile ? results.map(profileOf) : []
  }
}

function searchTarget(
  request: SearchRequest,
  search: TargetSearch,
  plan: TargetPlan
): TargetResult {
  const startedMs = performance.now()
  const options = collectOptions(request, search.target)
  const weight = createRootWeight(plan.whole, search, options.needsScores)
  const collected = collectTarget(weight, search, options)
  let { found, maxScore } = collected
  for (const rescore of search.target.rescore ?? []) {
    if (found.length === 0) break
    found = rescoreDocs(found, rescore, search)
    maxScore = found.reduce((best, doc) => Math.max(best, doc.score!), -Infinity)
  }
  const timeNs = Math.round((performance.now() - startedMs) * 1e6)
  return { found, maxScore, total: collected.total, search, plan, timeNs }
}

type MergedDoc = { readonly doc: FoundDoc; readonly target: number }

/** Takes the best head of the targets' lists again and again: a rescored list keeps its own order. */
function mergeFound(results: readonly TargetResult[], sort: readonly SortKey[]): MergedDoc[] {
  if (results.length === 1) return results[0]!.found.map((doc) => ({ doc, target: 0 }))
  const heads = results.map(() => 0)
  const merged: MergedDoc[] = []
  for (;;) {
    let best = -1
    for (const [target, { found }] of results.entries()) {
      const doc = found[heads[target]!]
      if (doc === undefined) continue
      const leader = best === -1 ? undefined : results[best]!.found[heads[best]!]
      if (leader === undefined || compareFound(doc, leader, sort) < 0) best = target
    }
    if (best === -1) return merged
    merged.push({ doc: results[best]!.found[heads[best]!]!, target: best })
    heads[best]! += 1
  }
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
  const value = results.reduce((sum, { total }) => sum + total, 0)
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

function openHits(page: readonly MergedDoc[], results: readonly TargetResult[]): SearchHit[] {
  const hits: SearchHit[] = []
  const namesOf = new Map<FoundDoc, SearchHit['matched']>()
  for (const [target, { search, plan }] of results.entries()) {
    if (!hasNames(plan.named)) continue
    const docs = page.filter((one) => one.target === target).map(({ doc }) => doc)
    const matched = matchedQueries(docs, plan.named, search)
    for (const [at, doc] of docs.entries()) namesOf.set(doc, matched[at]!)
  }
  for (const { doc, target } of page) {
    const { search } = results[target]!
    hits.push(openHit(doc, search.target, namesOf.get(doc) ?? []))
  }
  return hits
}

function openHit(doc: FoundDoc, target: SearchTarget, matched: SearchHit['matched']): SearchHit {
  const segment = target.segments[doc.segment]!
  const { docId } = doc
  return {
    target: target.index,
    segment,
    docId,
    score: doc.score,
    sort: target.sort.length === 0 ? null : doc.sort,
    matched,
    stored: () => segment.reader.stored(docId)
  }
}

function profileOf({ search, plan, timeNs }: TargetResult): SearchProfile {
  return {
    target: search.target.index,
    knn: search.knnProfiles,
    query: { description: describe(plan.whole), timeNs }
  }
}
