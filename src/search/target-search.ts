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
  isProfiled = false
): TargetSearch {
  return {
    target,
    segments: target.segments,
    statistics: new Statistics(target.segments),
    deadline,
    neighbors: { ofQuery: null },
    knnProfiles: isProfiled ? [] : null
  }
}

/** What scores and matches at a target, and the conditions around it that do not score. */
export type TargetPlan = {
  /** All of it: a document is a hit if this matches. */
  readonly whole: Query
  /** Whether a clause has a name. */
  readonly isNamed: boolean
  /** Clauses that may have names, in the order in which names are reported. */
  named(): readonly Query[]
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
  const conditions: Query[] = []
  if (target.filter !== null) conditions.push(target.filter)
  if (target.postFilter !== null) conditions.push(target.postFilter)
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
  const rescored = (target.rescore ?? []).map((rescore) => rescore.query)
  const own = target.query === null ? [] : [target.query]
  const clauses = [neighbors, own, conditions, rescored]
  return {
    whole: simplify(whole),
    isNamed: clauses.some(hasNames),
    named: () => clauses.flat().map(simplify)
  }
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
