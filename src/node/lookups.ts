/** Queries that need stored documents, before they are searched. */
import { resolveLookups } from '../query/index.ts'
import type { Query } from '../query/index.ts'
import { parseJson } from '../util/index.ts'
import type { JsonObject, Node, NodeSearch } from './types.ts'

/** The same query with what stored documents say now. Errors INDEX_ABSENT; those of the dialect. */
export function queryWithLookups(query: Query, node: Pick<Node, 'get'>): Query {
  return resolveLookups(query, (index, id) => {
    const found = node.get(index, id)
    return found === null ? null : (parseJson(found.source) as JsonObject)
  })
}

/** All queries of a search. */
export function searchWithLookups(search: NodeSearch, node: Pick<Node, 'get'>): NodeSearch {
  const resolve = (query: Query | null): Query | null =>
    query === null ? null : queryWithLookups(query, node)
  return {
    ...search,
    query: resolve(search.query),
    knn: search.knn.map((one) => ({ ...one, filter: resolve(one.filter) })),
    postFilter: resolve(search.postFilter),
    rescore: search.rescore.map((one) => ({ ...one, query: queryWithLookups(one.query, node) }))
  }
}
