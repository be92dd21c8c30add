import { parseMinimumShouldMatch } from './minimum-should-match.ts'
import type { Query } from './types.ts'

type Bool = Extract<Query, { type: 'bool' }>
type Rules = { [T in Query['type']]?: (query: Extract<Query, { type: T }>) => Query }

const matchNone: Query = { type: 'matchNone' }

/** What a node becomes when its children are simplified already; nodes without a rule stay. */
const ruleByType: Rules = {
  bool: (query) => simplifyBool(query),
  disMax: (query) => {
    const queries = query.queries.map(simplify).filter((child) => child.type !== 'matchNone')
    return queries.length === 0 ? matchNone : { ...query, queries }
  },
  constantScore: (query) => wrap(simplify(query.filter), (filter) => ({ ...query, filter })),
  boosting: (query) =>
    wrap(simplify(query.positive), (positive) => ({
      ...query,
      positive,
      negative: simplify(query.negative)
    })),
  scriptScore: (query) => wrap(simplify(query.query), (child) => ({ ...query, query: child })),
  functionScore: (query) =>
    wrap(simplify(query.query), (child) => ({
      ...query,
      query: child,
      functions: query.functions.map((one) => ({
        ...one,
        filter: one.filter === null ? null : simplify(one.filter),
        ...(one.query === undefined ? {} : { query: simplify(one.query) })
      }))
    })),
  nested: (query) => wrap(simplify(query.query), (child) => ({ ...query, query: child })),
  // The node itself stays (its neighbours are kept by it); its filter is simplified where it is bound.
  knn: (query) => (query.filter?.type === 'matchNone' ? matchNone : query),
  termSet: (query) => (query.terms.length === 0 ? matchNone : query),
  longSet: (query) => (query.values.length === 0 ? matchNone : query),
  doubleSet: (query) => (query.values.length === 0 ? matchNone : query),
  longRange: (query) => (query.from > query.to ? matchNone : query),
  doubleRange: (query) => (query.from > query.to ? matchNone : query),
  ids: (query) => (query.ids.length === 0 ? matchNone : query),
  exists: (query) => (query.fields.length === 0 ? matchNone : query),
  phrase: (query) => (query.terms.length === 0 ? matchNone : query)
}

/**
 * The same query with fewer nodes: matches and scores stay equal, bit for bit.
 *
 * An empty bool matches all. What cannot match is taken out, or takes its parent with it. Filters inside filters are one list.
 */
export function simplify(query: Query): Query {
  const rule = ruleByType[query.type] as ((query: Query) => Query) | undefined
  return rule === undefined ? query : rule(query)
}

/** A node that matches only where `child` does. */
function wrap(child: Query, make: (child: Query) => Query): Query {
  return child.type === 'matchNone' ? matchNone : make(child)
}

function simplifyBool(query: Bool): Query {
  const clauses = [query.must, query.filter, query.should, query.mustNot]
  if (clauses.every((list) => list.length === 0)) return { ...common(query), type: 'matchAll' }
  const must = query.must.map(simplify)
  const filter = query.filter.map(simplify).flatMap(flattenFilter)
  const should = query.should.map(simplify)
  const mustNot = query.mustNot.map(simplify).flatMap(flattenExclusion)
  const isNone = (child: Query): boolean => child.type === 'matchNone'
  if (must.some(isNone) || filter.some(isNone)) return matchNone
  if (mustNot.some((child) => child.type === 'matchAll')) return matchNone

  // The count is taken before clauses are dropped: a percentage speaks of the clauses as they were written.
  const required = must.length + filter.length > 0
  const least = parseMinimumShouldMatch(query.minimumShouldMatch, should.length, required)
  const optional = should.filter((child) => !isNone(child))
  if (least > optional.length) return matchNone
  const excluded = mustNot.filter((child) => !isNone(child))
  const kept = dropMatchAll(filter, must.length > 0)
  const isEmpty = must.length + kept.length + optional.length + excluded.length === 0
  return {
    ...query,
    must,
    // Nothing was forbidden after all: every document, still without a score.
    filter: isEmpty ? [{ type: 'matchAll' }] : kept,
    should: optional,
    mustNot: excluded,
    minimumShouldMatch: optional.length === 0 ? null : least
  }
}

/** A filter's own filters: scores do not count there, so boosts may go; names may not. */
function flattenFilter(query: Query): readonly Query[] {
  const isPlain =
    query.type === 'bool' &&
    query.name === undefined &&
    query.should.length === 0 &&
    query.mustNot.length === 0 &&
    query.must.length + query.filter.length > 0
  return isPlain ? [...query.must, ...query.filter] : [query]
}

function flattenExclusion(query: Query): readonly Query[] {
  const isPlain =
    query.type === 'bool' &&
    query.must.length === 0 &&
    query.filter.length === 0 &&
    query.mustNot.length === 0 &&
    query.should.length > 0 &&
    query.minimumShouldMatch === 1
  return isPlain ? query.should : [query]
}

/** `matchAll` says nothing beside another required clause. */
function dropMatchAll(filter: readonly Query[], hasMust: boolean): readonly Query[] {
  const kept = filter.filter((child) => child.type !== 'matchAll' || child.name !== undefined)
  return kept.length > 0 || hasMust ? kept : filter.slice(0, 1)
}

function common(query: Query): { boost?: number; name?: string } {
  return {
    ...(query.boost === undefined ? {} : { boost: query.boost }),
    ...(query.name === undefined ? {} : { name: query.name })
  }
}
