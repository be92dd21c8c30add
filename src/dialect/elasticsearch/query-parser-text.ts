/** Queries on analysed text: match, match_phrase, multi_match. */
import type { JsonScalar, Query } from '../../query/index.ts'
import type { BodyNode } from '../body-node.ts'
import { booleanOf, doubleOf, intOf, textOf } from '../body-values.ts'
import { illegalArgument } from '../wire-failure.ts'
import { finiteBoost, setBoost } from './query-context.ts'
import type { QueryBase, QueryContext, QueryReader } from './query-context.ts'
import { singleField } from './query-parser-term.ts'

type MatchQuery = Extract<Query, { type: 'fieldMatch' }>

export function textQueries(): readonly (readonly [string, QueryReader])[] {
  return [
    ['match', readMatch],
    ['match_phrase', readMatchPhrase],
    ['multi_match', readMultiMatch]
  ]
}

type MatchOptions = {
  operator: 'and' | 'or'
  minimumShouldMatch: string | number | null
  analyzer: string | null
  lenient: boolean
  zeroTermsQuery: 'none' | 'all'
  slop: number
}

function defaultOptions(): MatchOptions {
  return {
    operator: 'or',
    minimumShouldMatch: null,
    analyzer: null,
    lenient: false,
    zeroTermsQuery: 'none',
    slop: 0
  }
}

/** Options that change nothing while `fuzziness` is not there. */
const idleOptions = new Set([
  'prefix_length',
  'max_expansions',
  'fuzzy_transpositions',
  'fuzzy_rewrite',
  'auto_generate_synonyms_phrase_query'
])

/** Sets one option by its name; false: there is no such option. */
function setOption(options: MatchOptions, key: string, member: BodyNode): boolean {
  if (key === 'operator') options.operator = operatorOf(member)
  else if (key === 'minimum_should_match')
    options.minimumShouldMatch =
      typeof member.value === 'number' ? member.value : textOf(member.value)
  else if (key === 'analyzer') options.analyzer = textOf(member.value)
  else if (key === 'lenient') options.lenient = booleanOf(member.value)
  else if (key === 'zero_terms_query') options.zeroTermsQuery = zeroTermsOf(member)
  else if (key === 'slop') options.slop = intOf(member.value)
  else return idleOptions.has(key)
  return true
}

function operatorOf(node: BodyNode): 'and' | 'or' {
  const name = textOf(node.value).toLowerCase()
  if (name === 'and' || name === 'or') return name
  throw illegalArgument(
    `No enum constant org.elasticsearch.index.query.Operator.${name.toUpperCase()}`
  )
}

function zeroTermsOf(node: BodyNode): 'none' | 'all' {
  const name = textOf(node.value).toLowerCase()
  if (name === 'none' || name === 'all') return name
  throw node.parseFault(`Unsupported zero_terms_query value [${textOf(node.value)}]`)
}

function queryText(node: BodyNode, query: string): JsonScalar {
  if (node.token === 'START_OBJECT' || node.token === 'START_ARRAY')
    throw node.parseFault(`[${query}] unknown token [${node.token}] after [query]`)
  return node.value as JsonScalar
}

function readMatch(node: BodyNode): Query {
  const base: QueryBase = {}
  const [name, body] = singleField(node, 'match', base)
  const options = defaultOptions()
  let text: JsonScalar = null
  if (body.token === 'START_ARRAY')
    throw body.parseFault(`[match] unknown token [START_ARRAY] after [${name}]`)
  if (body.token !== 'START_OBJECT') text = queryText(body, 'match')
  for (const [key, member] of body.members()) {
    if (key === 'query') text = queryText(member, 'match')
    else if (key === 'boost') setBoost(base, doubleOf(member.value), 'match')
    else if (key === '_name') base.name = textOf(member.value)
    else if (key === 'slop' || !setOption(options, key, member))
      throw member.parseFault(`[match] query does not support [${key}]`)
  }
  if (text === null) throw illegalArgument('[match] requires query value')
  return { ...matchOf(name, text, options), ...base }
}

function matchOf(name: string, text: JsonScalar, options: MatchOptions): MatchQuery {
  const { slop: _slop, ...rest } = options
  return { type: 'fieldMatch', field: name, text, ...rest }
}

function phraseOf(name: string, text: JsonScalar, options: MatchOptions): Query {
  const { slop, analyzer } = options
  return { type: 'fieldMatchPhrase', field: name, text, slop, analyzer }
}

function readMatchPhrase(node: BodyNode): Query {
  const base: QueryBase = {}
  const [name, body] = singleField(node, 'match_phrase', base)
  const options = defaultOptions()
  let text: JsonScalar = null
  if (body.token === 'START_ARRAY')
    throw body.parseFault(`[match_phrase] unknown token [START_ARRAY] after [${name}]`)
  if (body.token !== 'START_OBJECT') text = queryText(body, 'match_phrase')
  const known = ['slop', 'analyzer', 'zero_terms_query']
  for (const [key, member] of body.members()) {
    if (key === 'query') text = queryText(member, 'match_phrase')
    else if (key === 'boost') setBoost(base, doubleOf(member.value), 'match_phrase')
    else if (key === '_name') base.name = textOf(member.value)
    else if (!known.includes(key) || !setOption(options, key, member))
      throw member.parseFault(`[match_phrase] query does not support [${key}]`)
  }
  if (options.slop < 0) throw illegalArgument('No negative slop allowed.')
  if (text === null) throw illegalArgument('[match_phrase] requires query value')
  return { ...phraseOf(name, text, options), ...base }
}

const matchTypes = ['best_fields', 'most_fields', 'phrase'] as const

function readMultiMatch(node: BodyNode, context: QueryContext): Query {
  const base: QueryBase = {}
  // Over all fields, values that do not fit one are no error, unless said otherwise.
  const options = { ...defaultOptions(), lenient: node.member('fields') === undefined }
  let text: JsonScalar = null
  let fields: readonly string[] = ['*']
  let type: (typeof matchTypes)[number] = 'best_fields'
  let tieBreaker: number | null = null
  for (const [key, member] of node.members()) {
    if (key === 'query') text = queryText(member, 'multi_match')
    else if (key === 'fields') fields = member.elements().map((element) => textOf(element.value))
    else if (key === 'tie_breaker') tieBreaker = doubleOf(member.value)
    else if (key === 'boost') setBoost(base, doubleOf(member.value), 'multi_match')
    else if (key === '_name') base.name = textOf(member.value)
    else if (key === 'type') {
      const found = matchTypes.find((name) => name === textOf(member.value))
      if (found === undefined)
        throw member.parseFault(
          `failed to parse [multi_match] query type [${textOf(member.value)}]. unknown type.`
        )
      type = found
    } else if (!setOption(options, key, member))
      throw member.parseFault(`[multi_match] query does not support [${key}]`)
  }
  if (text === null) throw node.parseFault('No text specified for multi_match query')
  const value = text
  const names = weightedFields(fields, context, type === 'phrase')
  const queries = names.map(({ name, weight }): Query => {
    const query = type === 'phrase' ? phraseOf(name, value, options) : matchOf(name, value, options)
    return weight === 1 ? query : { ...query, boost: weight }
  })
  return joinFields(queries, type, tieBreaker, base)
}

/** `title^2`, `name.*`: concrete fields, each once, with the weight of the last pattern that names it. */
export function weightedFields(
  patterns: readonly string[],
  context: QueryContext,
  wordsOnly = false
): readonly { readonly name: string; readonly weight: number }[] {
  const weights = new Map<string, number>()
  for (const pattern of patterns) {
    const caret = pattern.lastIndexOf('^')
    const weight = caret < 0 ? 1 : finiteBoost(doubleOf(pattern.slice(caret + 1)))
    const name = caret < 0 ? pattern : pattern.slice(0, caret)
    const names = name.includes('*') ? context.expandFields(name, wordsOnly) : [name]
    for (const field of names) weights.set(field, weight)
  }
  return [...weights].map(([name, weight]) => ({ name, weight }))
}

function joinFields(
  queries: readonly Query[],
  type: (typeof matchTypes)[number],
  tieBreaker: number | null,
  base: QueryBase
): Query {
  if (queries.length === 0) return { type: 'matchNone', ...base }
  if (type === 'most_fields') {
    const lists = { must: [], filter: [], mustNot: [] }
    return { type: 'bool', should: queries, ...lists, minimumShouldMatch: 1, ...base }
  }
  return { type: 'disMax', queries, tieBreaker: tieBreaker ?? 0, ...base }
}

/** Fields of a query that was written without any, each asked alike; unfit values are no error there. */
export function matchAnyField(
  names: readonly string[],
  text: JsonScalar,
  operator: 'and' | 'or'
): Query {
  const options = { ...defaultOptions(), operator, lenient: true }
  const queries = names.map((name) => matchOf(name, text, options))
  return joinFields(queries, 'best_fields', null, {})
}
