import type { Query } from './types.ts'

type Children = { [T in Query['type']]?: (query: Extract<Query, { type: T }>) => readonly Query[] }

/** Nodes that hold other nodes; every other node is a leaf. */
const childrenByType: Children = {
  bool: (query) => [...query.must, ...query.filter, ...query.should, ...query.mustNot],
  disMax: (query) => query.queries,
  constantScore: (query) => [query.filter],
  boosting: (query) => [query.positive, query.negative],
  scriptScore: (query) => [query.query],
  functionScore: (query) => [
    query.query,
    ...query.functions.flatMap(({ filter, query: value }) =>
      [filter, value].filter((child) => child !== null && child !== undefined)
    )
  ],
  nested: (query) => [query.query],
  knn: (query) => (query.filter === null ? noChildren : [query.filter]),
  fieldKnn: (query) => (query.filter === null ? noChildren : [query.filter])
}

const noChildren: readonly Query[] = Object.freeze([])

/** The nodes directly below a node, in the order in which they are written. */
export function childrenOf(query: Query): readonly Query[] {
  const children = childrenByType[query.type] as ((query: Query) => readonly Query[]) | undefined
  return children === undefined ? noChildren : children(query)
}

type Mappers = {
  [T in Query['type']]?: (
    query: Extract<Query, { type: T }>,
    change: (child: Query) => Query
  ) => Query
}

const mappers: Mappers = {
  bool: (query, change) => ({
    ...query,
    must: query.must.map(change),
    should: query.should.map(change),
    filter: query.filter.map(change),
    mustNot: query.mustNot.map(change)
  }),
  disMax: (query, change) => ({ ...query, queries: query.queries.map(change) }),
  constantScore: (query, change) => ({ ...query, filter: change(query.filter) }),
  boosting: (query, change) => ({
    ...query,
    positive: change(query.positive),
    negative: change(query.negative)
  }),
  scriptScore: (query, change) => ({ ...query, query: change(query.query) }),
  functionScore: (query, change) => ({
    ...query,
    query: change(query.query),
    functions: query.functions.map((each) => ({
      ...each,
      filter: each.filter === null ? null : change(each.filter),
      ...(each.query === undefined ? {} : { query: change(each.query) })
    }))
  }),
  nested: (query, change) => ({ ...query, query: change(query.query) }),
  knn: (query, change) =>
    query.filter === null ? query : { ...query, filter: change(query.filter) },
  fieldKnn: (query, change) =>
    query.filter === null ? query : { ...query, filter: change(query.filter) }
}

/** The same node with its children (those of childrenOf) changed; a leaf is given back as it is. */
export function mapChildren(query: Query, change: (child: Query) => Query): Query {
  const mapper = mappers[query.type] as
    | ((query: Query, change: (child: Query) => Query) => Query)
    | undefined
  return mapper === undefined ? query : mapper(query, change)
}

/** Visits a tree depth first, parents before children; a visit that returns false leaves out the node's children. */
export function visitQuery(query: Query, visit: (query: Query) => boolean | undefined): void {
  if (visit(query) === false) return
  for (const child of childrenOf(query)) visitQuery(child, visit)
}

/** The nodes of a tree without nodes below them, in the order in which they are written. */
export function leavesOf(query: Query): Query[] {
  const leaves: Query[] = []
  visitQuery(query, (node) => {
    if (childrenOf(node).length === 0) leaves.push(node)
    return true
  })
  return leaves
}
