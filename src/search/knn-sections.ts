import type { KnnClause, Query, ScoredDoc } from '../query/index.ts'
import { searchNeighbors } from './knn-search.ts'
import type { TargetSearch, WeightContext } from './weight.ts'

/**
 * Runs the knn sections of a request: each clause keeps the best k over all its targets.
 *
 * @param contextOf  Where the weights of a target begin: at its roots.
 * @returns For each target the clauses that found something there, as queries with the clause's boost and name.
 */
export function runKnnSections(
  searches: readonly TargetSearch[],
  contextOf: (search: TargetSearch) => WeightContext
): Query[][] {
  const queries: Query[][] = []
  let clauseCount = 0
  for (const { target } of searches) {
    queries.push([])
    clauseCount = Math.max(clauseCount, target.knn.length)
  }
  for (let clause = 0; clause < clauseCount; clause++) {
    const found = runClause(searches, clause, contextOf)
    for (let at = 0; at < searches.length; at++) {
      const query = searches[at]!.target.knn[clause] ?? null
      if (query !== null) queries[at]!.push(asQuery(query, found[at]!))
    }
  }
  return queries
}

/** Neighbours of a clause at each target, in the order of hits. */
function runClause(
  searches: readonly TargetSearch[],
  clause: number,
  contextOf: (search: TargetSearch) => WeightContext
): (readonly ScoredDoc[])[] {
  let k = 0
  let foundCount = 0
  const found: (readonly ScoredDoc[])[] = []
  for (const search of searches) {
    const query = search.target.knn[clause] ?? null
    if (query !== null) k = query.k
    const neighbors = query === null ? [] : searchNeighbors(query, contextOf(search))
    foundCount += neighbors.length
    found.push(neighbors)
  }
  return foundCount <= k ? found : bestOf(found, k)
}

/** The best k of all lists, each still where it was. */
function bestOf(found: readonly (readonly ScoredDoc[])[], k: number): ScoredDoc[][] {
  const hits = found.flatMap((docs, target) => docs.map((doc) => ({ doc, target })))
  // Stable: equal scores stay in the order of targets, segments, documents.
  hits.sort((a, b) => b.doc.score - a.doc.score)
  const best: ScoredDoc[][] = found.map(() => [])
  for (const { doc, target } of hits.slice(0, k)) best[target]!.push(doc)
  return best
}

function asQuery({ boost, name }: KnnClause, docs: readonly ScoredDoc[]): Query {
  const query: Query = { type: 'docScores', docs }
  if (boost === undefined && name === undefined) return query
  return {
    ...query,
    ...(boost === undefined ? {} : { boost }),
    ...(name === undefined ? {} : { name })
  }
}
