import { childrenOf, mapChildren } from './visit.ts'
import type { Query } from './types.ts'

/**
 * The same tree with what stored documents say in the place of lookups, each document being read once for each lookup.
 *
 * Errors   what `source` and the lookups throw.
 *
 * @param source  `_source` of a document as it is now; null where there is none.
 */
export function resolveLookups(
  query: Query,
  source: (index: string, id: string) => Readonly<Record<string, unknown>> | null
): Query {
  if (query.type !== 'lookup') {
    return hasLookups(query) ? mapChildren(query, (child) => resolveLookups(child, source)) : query
  }
  const found = query.read(source(query.index, query.id))
  return {
    ...found,
    ...(query.boost === undefined ? {} : { boost: query.boost }),
    ...(query.name === undefined ? {} : { name: query.name })
  }
}

/** Whether a tree has a lookup in it. */
export function hasLookups(query: Query): boolean {
  if (query.type === 'lookup') return true
  for (const child of childrenOf(query)) if (hasLookups(child)) return true
  return false
}
