import { childrenOf, visitQuery } from '../query/index.ts'
import type { Query } from '../query/index.ts'
import type { ListOf, Steps } from '../util/index.ts'
import { createRootWeight } from './create-weight.ts'
import type { FoundDoc } from './found-doc.ts'
import { indexOrder } from './index-order.ts'
import { scoresOf } from './rescore.ts'
import type { GivenScores } from './rescore.ts'
import type { TargetSearch } from './weight.ts'

type Matched = { readonly name: string; readonly score: number }

/**
 * Names of the clauses that match each of the documents, with the score that the clause alone gives; in the order of the
 * clauses. Clauses below a nested query speak of other documents and are left out.
 *
 * Result   of a document by its place, made anew when it is asked for.
 */
export function* matchedQueries(
  docs: ListOf<FoundDoc>,
  named: readonly Query[],
  search: TargetSearch
): Steps<(place: number) => Matched[]> {
  const order = yield* indexOrder(docs, search.deadline)
  const clauses: { readonly name: string; readonly scores: GivenScores }[] = []
  for (const [name, query] of namedNodes(named)) {
    const weight = createRootWeight(query, search, true)
    const scores = yield* scoresOf(order, search, (at) => weight.scorer(search.segments[at]!))
    clauses.push({ name, scores })
  }
  return (place) => {
    const matched: Matched[] = []
    for (const { name, scores } of clauses) {
      const score = scores.at(place)
      if (score !== null) matched.push({ name, score })
    }
    return matched
  }
}

/** False when no clause has a name, so that matchedQueries has nothing to do. */
export function hasNames(queries: readonly Query[]): boolean {
  for (const query of queries)
    if (query.name !== undefined || hasNames(childrenOf(query))) return true
  return false
}

/** A name that is given twice means the clause that has it last, as in Elasticsearch; its place is the first. */
function namedNodes(queries: readonly Query[]): ReadonlyMap<string, Query> {
  const nodes = new Map<string, Query>()
  for (const root of queries) {
    visitQuery(root, (query) => {
      if (query.name !== undefined) nodes.set(query.name, query)
      return query.type !== 'nested' && query.type !== 'knn'
    })
  }
  return nodes
}
