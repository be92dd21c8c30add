import { childrenOf } from './visit.ts'
import type { Query } from './types.ts'

/**
 * Freezes every node of a tree with its lists of clauses, so that a query can be shared between indices and requests.
 * Vectors (typed arrays cannot be frozen) and fields (the mapping's) stay as they are.
 */
export function freezeQuery(query: Query): Query {
  if (Object.isFrozen(query)) return query
  for (const child of childrenOf(query)) freezeQuery(child)
  for (const value of Object.values(query)) if (Array.isArray(value)) Object.freeze(value)
  return Object.freeze(query)
}
