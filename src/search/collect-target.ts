import type { ScoredDoc } from '../query/index.ts'
import type { SegmentView } from '../segment/index.ts'
import { isList } from '../util/index.ts'
import type { ListOf, Steps } from '../util/index.ts'
import type { Deadline } from './deadline.ts'
import type { FoundDoc } from './found-doc.ts'
import type { ScoredList, Scorer } from './scorer.ts'
import { prepare } from './prepared-weight.ts'
import { TopScores } from './top-scores.ts'
import { TopSorted } from './top-sorted.ts'
import type { SearchRequest, SearchTarget, SortKey, SortValue } from './types.ts'
import { visitDocs, visitListed } from './visit-docs.ts'
import type { TargetSearch, Weight } from './weight.ts'

/** What a request wants of each of its targets. */
export type CollectOptions = {
  /** Best documents to keep. */
  readonly capacity: number
  readonly sort: readonly SortKey[]
  readonly after: readonly SortValue[] | null
  readonly needsScores: boolean
  /** Hits carry their scores. */
  readonly withScores: boolean
  readonly minScore: number | null
  /** Matches to count exactly; beyond, some more may be left out. */
  readonly countMax: number
}

export type Collected = {
  /** Best first, at most `capacity`. */
  readonly found: ListOf<FoundDoc>
  readonly total: number
  /** Best score of all matches; null when there is none or no scores were computed. */
  readonly maxScore: number | null
}

/** True when documents are ordered by falling score and nothing else. */
export function isByScore(sort: readonly SortKey[]): boolean {
  const first = sort[0]
  return first === undefined || (sort.length === 1 && first.type === 'score' && first.descending)
}

/** How a request collects at one target. */
export function collectOptions(request: SearchRequest, target: SearchTarget): CollectOptions {
  let window = 0
  for (const { windowSize } of target.rescore ?? []) window = Math.max(window, windowSize)
  const page = request.size === 0 ? 0 : request.from + request.size
  const byScore = isByScore(target.sort)
  const sortsByScore = byScore || target.sort.some(({ type }) => type === 'score')
  const { trackTotalHits } = request
  const isExact = trackTotalHits === true
  const withScores = page > 0 && (sortsByScore || request.trackScores)
  return {
    capacity: page === 0 ? 0 : Math.max(page, window),
    sort: target.sort,
    after: request.searchAfter,
    needsScores: withScores || request.minScore !== null,
    withScores,
    minScore: request.minScore,
    countMax: isExact ? Infinity : Number(trackTotalHits)
  }
}

/** What is wanted of a query whose matches are known in the order of hits; null: they are not. */
export function collectRanked(weight: Weight, options: CollectOptions): Collected | null {
  const wantsRanks = options.sort.length === 0 && options.after === null
  const ranked = (wantsRanks ? weight.ranked?.() : null) ?? null
  return ranked === null ? null : bestOfRanked(ranked, options)
}

function bestOfRanked(ranked: readonly ScoredDoc[], options: CollectOptions): Collected {
  const { capacity, minScore, withScores } = options
  let total = ranked.length
  if (minScore !== null) while (total > 0 && ranked[total - 1]!.score < minScore) total -= 1
  const count = Math.min(total, capacity)
  const found = count === ranked.length ? ranked : ranked.slice(0, count)
  return { found, total, maxScore: withScores && total > 0 ? ranked[0]!.score : null }
}

/**
 * Runs a query over the segments of an index.
 *
 * Cost     Every matching document is looked at once, unless all that is wanted is known before: matches that come in the
 *          order that is wanted, or can be counted without it and have equal scores (or need none), and the best are full.
 */
export function* collectDocs(
  weight: Weight,
  search: TargetSearch,
  options: CollectOptions
): Steps<Collected> {
  const { deadline } = search
  const top = openTop(search, options)
  const isOrdered = !options.needsScores
  const start = options.countMax === 0 ? startOf(options, search) : 0
  let base = 0
  let total = 0
  let maxScore: number | null = null
  for (const [position, segment] of search.segments.entries()) {
    deadline.check()
    if (deadline.isDue) yield* deadline.pause()
    const firstDoc = Math.max(0, start - base)
    base += segment.docCount
    if (firstDoc >= segment.docCount) continue
    const known = knownCount(weight, segment, options)
    // With equal scores nothing later gets in once the best are full.
    const canStop = (): boolean => top.isFull && (isOrdered || weight.isConstant)
    if (canStop() && (known !== -1 || total > options.countMax)) {
      total += Math.max(known, 0)
      continue
    }
    if (search.preparations !== null) yield* prepare(search, segment)
    const scorer = weight.scorer(segment)
    if (scorer === null) continue
    let counted = 0
    const take = (docId: number, score: number): void => {
      if (options.minScore !== null && score < options.minScore) return
      counted += 1
      if (maxScore === null || score > maxScore) maxScore = score
      top.collect(docId, score)
    }
    top.startSegment(position)
    const list = yield* listOf(scorer, firstDoc, options, deadline)
    if (list !== null) {
      visitListed(list, segment, take)
      counted += list.leftOutCount
    } else {
      yield* visitDocs(scorer, segment, deadline, firstDoc, (docId) => {
        take(docId, options.needsScores ? scorer.score() : 0)
        return !(canStop() && (known !== -1 || total + counted > options.countMax))
      })
    }
    const ending = top.endSegment(deadline)
    if (ending !== null) yield* ending
    total += known === -1 ? counted : known
  }
  const listed = top.list(deadline)
  const found = isSteps(listed) ? yield* listed : listed
  return { found, total, maxScore: options.withScores ? maxScore : null }
}

function isSteps(
  listed: ListOf<FoundDoc> | Steps<ListOf<FoundDoc>>
): listed is Steps<ListOf<FoundDoc>> {
  return !isList(listed)
}

/** Matches in a segment, where that is known and all of them count; else -1. */
function knownCount(weight: Weight, segment: SegmentView, { minScore }: CollectOptions): number {
  return minScore === null ? weight.count(segment) : -1
}

/** null: matches come one by one. */
function* listOf(
  scorer: Scorer,
  firstDoc: number,
  options: CollectOptions,
  deadline: Deadline
): Steps<ScoredList | null> {
  if (!options.needsScores || firstDoc > 0) return null
  const wanted = bestWanted(options)
  const steps = deadline.isSliced ? scorer.listedSteps(wanted, deadline) : null
  return steps === null ? scorer.listed(wanted) : yield* steps
}

/** So many of the best are all that is looked at; Infinity: all matches are. */
function bestWanted({ sort, after, minScore, capacity }: CollectOptions): number {
  return sort.length === 0 && after === null && minScore === null && capacity > 0
    ? capacity
    : Infinity
}

/** Position from which documents can be hits: in index order, nothing before the search_after value is. */
function startOf({ sort, after }: CollectOptions, { target }: TargetSearch): number {
  const [key] = sort
  const [value] = after ?? []
  if (key === undefined || !isIndexOrder(sort) || value === undefined || value === null) return 0
  const first = key.type === 'shardDoc' ? target.index * 2 ** 32 : 0
  return Number(value) - first
}

/** True when documents are wanted in the order in which they are visited. */
function isIndexOrder(sort: readonly SortKey[]): boolean {
  const [key] = sort
  return key !== undefined && (key.type === 'doc' || key.type === 'shardDoc') && !key.descending
}

type Top = {
  readonly isFull: boolean
  startSegment(segment: number): void
  collect(docId: number, score: number): void
  /** null: nothing is left to do. */
  endSegment(deadline: Deadline): Steps<void> | null
  /** Best first. It is empty then. */
  list(deadline: Deadline): ListOf<FoundDoc> | Steps<ListOf<FoundDoc>>
}

function openTop(search: TargetSearch, options: CollectOptions): Top {
  if (options.sort.length === 0 && options.after === null) return new TopScores(options.capacity)
  const keys: readonly SortKey[] =
    options.sort.length === 0 ? [{ type: 'score', descending: true }] : options.sort
  return new TopSorted({
    capacity: options.capacity,
    keys,
    segments: search.segments,
    target: search.target.index,
    after: options.after,
    withScores: options.withScores,
    isIndexOrder: isIndexOrder(keys)
  })
}
