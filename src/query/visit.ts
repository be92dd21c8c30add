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
    ...query.functions.flatMap(({ filter }) => (filter === null ? [] : [filter]))
  ],
  nested: (query) => [query.query],
  knn: (query) => (query.filter === null ? [] : [query.filter]),
  fieldKnn: (query) => (query.filter === null ? [] : [query.filter])
}

/** The nodes directly below a node, in the order in which they are written. */
export function childrenOf(query: Query): readonly Query[] {
  const children = childrenByType[query.type] as ((query: Query) => readonly Query[]) | undefined
  return children === undefined ? [] : children(query)
}

/** Visits a tree depth first, parents before children; a visit that returns false leaves out the node's children. */
export function visitQuery(query: Query, visit: (query: Query) => boolean | undefined): void {
  if (visit(query) === false) return
  for (const child of childrenOf(query)) visitQuery(child, visit)
}
