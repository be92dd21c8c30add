import { visitQuery } from './visit.ts'
import type { Query } from './types.ts'

const uncacheable: ReadonlySet<Query['type']> = new Set([
  'knn', // depends on the other segments and on what the walk sees
  'neighbors', // candidates depend on what is live
  'docScores',
  'scriptScore',
  'functionScore'
] as const)

/**
 * A text that is equal for two lowered queries exactly if they match the same documents of a segment, or null when the
 * answer of one segment does not follow from the query alone. Boosts and names count as differences; that costs a second entry.
 */
export function cacheKeyOf(query: Query): string | null {
  let isCacheable = true
  visitQuery(query, (node) => {
    if (uncacheable.has(node.type)) isCacheable = false
    return isCacheable
  })
  return isCacheable ? JSON.stringify(query, keyValue) : null
}

/** JSON has no bigint and one null for NaN and the infinities; a field is its number. */
function keyValue(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'number' && !Number.isFinite(value)) return `#${value}`
  // Thousands of terms, ids or numbers are printed at once: the walk through them would take ten times as long.
  if (Array.isArray(value) && typeof value[0] !== 'object')
    return typeof value[0] === 'string' ? JSON.stringify(value) : value.join()
  const isField = typeof value === 'object' && value !== null && 'postings' in value
  return isField && 'number' in value ? value.number : value
}
