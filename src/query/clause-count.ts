import { VectorStoreError } from '../util/index.ts'
import { childrenOf } from './visit.ts'
import type { Query } from './types.ts'

/**
 * Clauses that one tree may have. Elasticsearch computes its limit from heap and threads, 1024 at least; 4096 is what a node
 * with 1 GiB and 8 threads gives. Smaller would refuse lists that a cluster takes, larger would let one request hold the thread.
 */
export const clauseCountMax = 4096

/**
 * Leaves of a tree, as Lucene counts clauses; terms of a set are one clause.
 *
 * @param enough  Where it need not be known how many more there are.
 */
export function countClauses(query: Query, enough: number = Infinity): number {
  const isLeaf = query.type !== 'bool' && query.type !== 'disMax' && query.type !== 'boosting'
  let count = isLeaf ? (query.type === 'phrase' ? query.terms.length : 1) : 0
  for (const child of childrenOf(query)) {
    if (count > enough) break
    count += countClauses(child, enough - count)
  }
  return count
}

/** Errors  QUERY_LIMIT when the tree has more clauses than `max`. */
export function checkClauseCount(query: Query, max: number = clauseCountMax): void {
  if (countClauses(query, max) <= max) return
  throw new VectorStoreError(
    'QUERY_LIMIT',
    `Query contains too many nested clauses; maxClauseCount is set to ${max}`,
    { details: { max } }
  )
}
