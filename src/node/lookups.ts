/** Queries that need stored documents, before they are searched. */
import { checkClauseCount, hasLookups, resolveLookups } from '../query/index.ts'
import type { Query } from '../query/index.ts'
import { parseJson } from '../util/index.ts'
import type { JsonObject, Node, NodeSearch } from './types.ts'

/** The same query with what stored documents say now. Errors QUERY_LIMIT, INDEX_ABSENT; those of the dialect. */
export function queryWithLookups(query: Query, node: Pick<Node, 'get'>): Query {
  if (isPlain(query)) return query
  return resolveLookups(query, (index, id) => {
    const found = node.get(index, id)
    return found === null ? null : (parseJson(found.source) as JsonObject)
  })
}

/** All queries of a search; the search itself where none needs a document. */
export function searchWithLookups(search: NodeSearch, node: Pick<Node, 'get'>): NodeSearch {
  const { query, knn, postFilter, rescore } = search
  const isWhole =
    isPlain(query) &&
    isPlain(postFilter) &&
    knn.every(({ filter }) => isPlain(filter)) &&
    rescore.every((one) => isPlain(one.query))
  return isWhole ? search : withoutLookups(search, node)
}

/** Errors  QUERY_LIMIT: before anybody goes through all of it. */
function isPlain(one: Query | null): boolean {
  if (one === null) return true
  checkClauseCount(one)
  return !hasLookups(one)
}

function withoutLookups(search: NodeSearch, node: Pick<Node, 'get'>): NodeSearch {
  const { query, knn, postFilter, rescore } = search
  const resolve = (one: Query | null): Query | null =>
    one === null ? null : queryWithLookups(one, node)
  return {
    ...search,
    query: resolve(query),
    knn: knn.map((one) => ({ ...one, filter: resolve(one.filter) })),
    postFilter: resolve(postFilter),
    rescore: rescore.map((one) => ({ ...one, query: queryWithLookups(one.query, node) }))
  }
}
