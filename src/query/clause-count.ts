import { VectorStoreError } from '../util/index.ts'
import { visitQuery } from './visit.ts'
import type { Query } from './types.ts'

/**
 * Clauses that one tree may have. Elasticsearch computes its limit from heap and threads, 1024 at least; 4096 is what a node
 * with 1 GiB and 8 threads gives. Smaller would refuse lists that a cluster takes, larger would let one request hold the thread.
 */
const clauseCountMax = 4096

/** Leaves of a tree, as Lucene counts clauses; terms of a set are one clause. */
export function countClauses(query: Query): number {
  let count = 0
  const visit = (node: Query): boolean | undefined => {
    const isLeaf = node.type !== 'bool' && node.type !== 'disMax' && node.type !== 'boosting'
    if (isLeaf) count += node.type === 'phrase' ? node.terms.length : 1
    return undefined
  }
  visitQuery(query, visit)
  return count
}

/** Errors  QUERY_LIMIT when the tree has more clauses than `max`. */
export function checkClauseCount(query: Query, max: number = clauseCountMax): void {
  const count = countClauses(query)
  if (count <= max) return
  throw new VectorStoreError(
    'QUERY_LIMIT',
    `Query contains too many nested clauses; maxClauseCount is set to ${max}`,
    { details: { count, max } }
  )
}
