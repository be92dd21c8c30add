import { checkClauseCount, simplify } from '../query/index.ts'
import type { Query } from '../query/index.ts'
import type { Deadline } from './deadline.ts'
import { hasNames } from './matched-queries.ts'
import { Statistics } from './statistics.ts'
import type { SearchTarget } from './types.ts'
import type { TargetSearch } from './weight.ts'

/** Opens what the weights of one request on one index share. */
export function openTargetSearch(
  target: SearchTarget,
  deadline: Deadline,
  { profile = false, scans = true }: { readonly profile?: boolean; readonly scans?: boolean } = {}
): TargetSearch {
  const { segments } = target
  return {
    target,
    segments,
    statistics: new Statistics(segments),
    deadline,
    neighbors: { ofQuery: null },
    asked: null,
    scans,
    preparations: null,
    knnProfiles: profile ? [] : null
  }
}

/** What scores and matches at a target, and the conditions around it that do not score. */
export type TargetPlan = {
  /** All of it: a document is a hit if this matches. */
  readonly whole: Query
  /** Whether a clause has a name. */
  readonly isNamed: boolean
  /** Results of the knn sections. */
  readonly neighbors: readonly Query[]
}

/**
 * The query of a target: its own query and the neighbours of the knn sections as alternatives, then the filters.
 *
 * Errors   QUERY_LIMIT when it has too many clauses.
 *
 * @param neighbors  Results of the knn sections that found something here, with their boosts and names.
 */
export function planTarget(target: SearchTarget, neighbors: readonly Query[]): TargetPlan {
  const hasSections = target.knn.length > 0
  const scoring = hasSections ? withNeighbors(target.query, neighbors) : target.query
  const query: Query = scoring ?? { type: 'matchAll' }
  const conditions = present(null, target.filter, target.postFilter, noQueries)
  const whole: Query =
    conditions.length === 0
      ? query
      : {
          type: 'bool',
          must: [query],
          filter: conditions,
          should: [],
          mustNot: [],
          minimumShouldMatch: null
        }
  checkClauseCount(whole)
  const isNamed = hasNames(neighbors) || hasNames(clausesOf(target))
  return { whole: simplify(whole), isNamed, neighbors }
}

/** Clauses that may have names, in the order in which names are reported. */
export function namedClauses(target: SearchTarget, { neighbors }: TargetPlan): Query[] {
  return [...neighbors, ...clausesOf(target)].map(simplify)
}

const noQueries: readonly Query[] = Object.freeze([])

/** What a target asks beside its knn sections. */
function clausesOf({ query, filter, postFilter, rescore = [] }: SearchTarget): readonly Query[] {
  const rescored = rescore.length === 0 ? noQueries : rescore.map((one) => one.query)
  return present(query, filter, postFilter, rescored)
}

/** Those that are there, in order. */
function present(
  query: Query | null,
  filter: Query | null,
  postFilter: Query | null,
  others: readonly Query[]
): readonly Query[] {
  if (query === null && filter === null && postFilter === null) return others
  return [query, filter, postFilter, ...others].filter((one) => one !== null)
}

function withNeighbors(query: Query | null, neighbors: readonly Query[]): Query {
  const alternatives = query === null ? neighbors : [query, ...neighbors]
  if (alternatives.length === 0) return { type: 'matchNone' }
  if (alternatives.length === 1) return alternatives[0]!
  return {
    type: 'bool',
    must: [],
    filter: [],
    should: alternatives,
    mustNot: [],
    minimumShouldMatch: 1
  }
}
