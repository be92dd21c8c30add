/** Queries made of queries: bool, dis_max, boosting, constant_score, nested; and match_all, match_none. */
import type { Query } from '../../query/index.ts'
import type { BodyNode } from '../body-node.ts'
import { field, readObject, readQueryMembers, textOf } from '../body-values.ts'
import { illegalArgument } from '../wire-failure.ts'
import { parseQueryList } from './query-list.ts'
import type { ParseQuery } from './query-parser.ts'
import { baseReaders } from './query-context.ts'
import type { QueryBase, QueryContext, QueryReader } from './query-context.ts'

const scoreModes = ['avg', 'max', 'min', 'sum', 'none'] as const

export function compoundQueries(parse: ParseQuery): readonly (readonly [string, QueryReader])[] {
  return [
    ['match_all', (node) => readEmpty(node, 'match_all', 'matchAll')],
    ['match_none', (node) => readEmpty(node, 'match_none', 'matchNone')],
    ['bool', (node, context) => readBool(node, context, parse)],
    ['dis_max', (node, context) => readDisMax(node, context, parse)],
    ['boosting', (node, context) => readBoosting(node, context, parse)],
    ['constant_score', (node, context) => readConstantScore(node, context, parse)],
    ['nested', (node, context) => readNested(node, context, parse)]
  ]
}

function readEmpty(node: BodyNode, name: string, type: 'matchAll' | 'matchNone'): Query {
  const base: QueryBase = {}
  readObject(node, name, baseReaders(base, name))
  return { type, ...base }
}

function readBool(node: BodyNode, context: QueryContext, parse: ParseQuery): Query {
  const base: QueryBase = {}
  const clauses: Record<'must' | 'should' | 'filter' | 'mustNot', Query[]> = {
    must: [],
    should: [],
    filter: [],
    mustNot: []
  }
  let minimumShouldMatch: string | number | null = null
  const list = (into: Query[]): ReturnType<typeof field.objectOrArray> =>
    field.objectOrArray((member) => {
      into.push(...parseQueryList(member, context, parse))
    })
  readObject(node, 'bool', {
    must: list(clauses.must),
    should: list(clauses.should),
    filter: list(clauses.filter),
    must_not: list(clauses.mustNot),
    minimum_should_match: field.any((member) => {
      minimumShouldMatch = typeof member.value === 'number' ? member.value : textOf(member.value)
    }),
    adjust_pure_negative: field.boolean(() => undefined),
    ...baseReaders(base, 'bool')
  })
  const isEmpty = Object.values(clauses).every((queries) => queries.length === 0)
  if (isEmpty) return { type: 'matchAll', ...base }
  return { type: 'bool', ...clauses, minimumShouldMatch, ...base }
}

function readDisMax(node: BodyNode, context: QueryContext, parse: ParseQuery): Query {
  const base: QueryBase = {}
  const queries: Query[] = []
  let tieBreaker = 0
  readQueryMembers(node, 'dis_max', {
    queries: field.objectOrArray((member) => {
      queries.push(...parseQueryList(member, context, parse))
    }),
    tie_breaker: field.double((value) => {
      tieBreaker = value
    }),
    ...baseReaders(base, 'dis_max')
  })
  if (queries.length === 0)
    throw node.parseFault("[dis_max] requires 'queries' field with at least one clause")
  return { type: 'disMax', queries, tieBreaker, ...base }
}

function readBoosting(node: BodyNode, context: QueryContext, parse: ParseQuery): Query {
  const base: QueryBase = {}
  let positive: Query | null = null
  let negative: Query | null = null
  let negativeBoost = -1
  readQueryMembers(node, 'boosting', {
    positive: field.object((member) => {
      positive = parse(member, context)
    }),
    negative: field.object((member) => {
      negative = parse(member, context)
    }),
    negative_boost: field.double((value) => {
      negativeBoost = value
    }),
    ...baseReaders(base, 'boosting')
  })
  if (positive === null)
    throw node.parseFault("[boosting] query requires 'positive' query to be set'")
  if (negative === null)
    throw node.parseFault("[boosting] query requires 'negative' query to be set'")
  if (negativeBoost < 0)
    throw node.parseFault(
      "[boosting] query requires 'negative_boost' to be set to be a positive value'"
    )
  return { type: 'boosting', positive, negative, negativeBoost, ...base }
}

function readConstantScore(node: BodyNode, context: QueryContext, parse: ParseQuery): Query {
  const base: QueryBase = {}
  let filter: Query | null = null
  const given = node.member('filter')
  if (given?.token === 'START_ARRAY') throw given.parseFault('unexpected token [START_ARRAY]')
  readQueryMembers(node, 'constant_score', {
    filter: field.object((member) => {
      filter = parse(member, context)
    }),
    ...baseReaders(base, 'constant_score')
  })
  if (filter === null) throw node.parseFault("[constant_score] requires a 'filter' element")
  return { type: 'constantScore', filter, ...base }
}

function readNested(node: BodyNode, context: QueryContext, parse: ParseQuery): Query {
  const base: QueryBase = {}
  let path: string | null = null
  let query: Query | null = null
  let scoreMode: (typeof scoreModes)[number] = 'avg'
  let ignoreUnmapped = false
  readQueryMembers(node, 'nested', {
    path: field.string((value) => {
      path = value
    }),
    query: field.object((member) => {
      query = parse(member, context)
    }),
    score_mode: field.string((value) => {
      const found = scoreModes.find((mode) => mode === value)
      if (found === undefined)
        throw illegalArgument(`No score mode for child query [${value}] found`)
      scoreMode = found
    }),
    ignore_unmapped: field.boolean((value) => {
      ignoreUnmapped = value
    }),
    inner_hits: field.object(() => {
      throw illegalArgument('[inner_hits] of [nested] queries is not supported by this version')
    }),
    ...baseReaders(base, 'nested')
  })
  if (query === null) throw node.parseFault("[nested] requires 'query' field")
  if (path === null) throw node.parseFault("[nested] requires 'path' field")
  return { type: 'nested', path, query, scoreMode, ignoreUnmapped, ...base }
}
