import type { KnnClause, Query } from '../query/index.ts'
import { bySegment, searchNeighbors } from './knn-search.ts'
import type { Neighbor } from './knn-search.ts'
import { rootLevel } from './weight.ts'
import type { TargetSearch, WeightContext } from './weight.ts'

type SectionHit = Neighbor & { readonly target: number }

/**
 * Runs the knn sections of a request: each clause keeps the best k over all its targets.
 *
 * @returns For each target the clauses that found something there, as queries with the clause's boost and name.
 */
export function runKnnSections(
  searches: readonly TargetSearch[],
  contextOf: (search: TargetSearch) => WeightContext
): Query[][] {
  const queries: Query[][] = searches.map(() => [])
  const clauseCount = Math.max(0, ...searches.map(({ target }) => target.knn.length))
  for (let clause = 0; clause < clauseCount; clause++) {
    const hits = runClause(searches, clause, contextOf)
    for (const [at, search] of searches.entries()) {
      const query = search.target.knn[clause] ?? null
      if (query === null) continue
      const ours = hits.filter(({ target }) => target === at)
      queries[at]!.push(asQuery(query, ours, search))
    }
  }
  return queries
}

function runClause(
  searches: readonly TargetSearch[],
  clause: number,
  contextOf: (search: TargetSearch) => WeightContext
): SectionHit[] {
  const hits: SectionHit[] = []
  let k = 0
  for (const [target, search] of searches.entries()) {
    const query = search.target.knn[clause] ?? null
    if (query === null) continue
    k = query.k
    const context = { ...contextOf(search), level: rootLevel }
    for (const neighbor of searchNeighbors(query, context)) hits.push({ ...neighbor, target })
  }
  // Stable: equal scores stay in the order of targets, segments, documents.
  hits.sort((a, b) => b.score - a.score)
  return hits.slice(0, k)
}

function asQuery(clause: KnnClause, hits: readonly Neighbor[], search: TargetSearch): Query {
  return {
    type: 'docScores',
    bySegment: bySegment(hits, search.segments),
    ...(clause.boost === undefined ? {} : { boost: clause.boost }),
    ...(clause.name === undefined ? {} : { name: clause.name })
  }
}
