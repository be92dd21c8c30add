/** query_string and `q=`: a query written as one text. The commonest part of Lucene's syntax; fuzzy marks and regular expressions are refused. */
import type { Query } from '../../query/index.ts'
import { VectorStoreError } from '../../util/index.ts'
import type { BodyNode } from '../body-node.ts'
import { booleanOf, doubleOf, textOf } from '../body-values.ts'
import { illegalArgument } from '../wire-failure.ts'
import type { QueryContext, QueryReader } from './query-context.ts'
import { finiteBoost, setBoost } from './query-context.ts'
import type { QueryBase } from './query-context.ts'
import { matchAnyField, weightedFields } from './query-parser-text.ts'
import { queryStringTokens, unescape } from './query-string-lexer.ts'
import type { QueryStringToken } from './query-string-lexer.ts'

export function queryStringQueries(): readonly (readonly [string, QueryReader])[] {
  return [['query_string', readQueryString]]
}

/** Options that change nothing here. */
const idleOptions = new Set([
  'analyze_wildcard',
  'allow_leading_wildcard',
  'lenient',
  'auto_generate_synonyms_phrase_query',
  'enable_position_increments',
  'rewrite',
  'escape',
  'type'
])

function readQueryString(node: BodyNode, context: QueryContext): Query {
  const base: QueryBase = {}
  let text: string | null = null
  let fields: readonly string[] = ['*']
  let operator: 'and' | 'or' = 'or'
  for (const [key, member] of node.members()) {
    if (key === 'query') text = textOf(member.value)
    else if (key === 'fields') fields = member.elements().map((element) => textOf(element.value))
    else if (key === 'default_field') fields = [textOf(member.value)]
    else if (key === 'default_operator') operator = operatorOf(textOf(member.value))
    else if (key === 'boost') setBoost(base, doubleOf(member.value), 'query_string')
    else if (key === '_name') base.name = textOf(member.value)
    else if (!idleOptions.has(key))
      throw member.parseFault(`[query_string] query does not support [${key}]`)
    else if (key === 'lenient') booleanOf(member.value)
  }
  if (text === null) throw node.parseFault('[query_string] must be provided with a [query]')
  return { ...parseQueryString(text, { fields, operator }, context), ...base }
}

export function operatorOf(text: string): 'and' | 'or' {
  const name = text.toLowerCase()
  if (name === 'and' || name === 'or') return name
  throw illegalArgument(
    `No enum constant org.elasticsearch.index.query.Operator.${text.toUpperCase()}`
  )
}

type StringOptions = { readonly fields: readonly string[]; readonly operator: 'and' | 'or' }

/** Errors REQUEST_PARSE: a text that does not close what it opens. */
export function parseQueryString(
  text: string,
  options: StringOptions,
  context: QueryContext
): Query {
  const tokens = queryStringTokens(text)
  const reader = new QueryStringReader(tokens, options, context, text)
  const query = reader.clauses(options.fields)
  if (!reader.isAtEnd) throw reader.fault()
  return query
}

/** More brackets within each other than anybody writes; each takes stack. */
const depthMax = 200

type Occur = 'must' | 'should' | 'mustNot'

class QueryStringReader {
  readonly #tokens: readonly QueryStringToken[]
  readonly #options: StringOptions
  readonly #context: QueryContext
  readonly #text: string
  #at = 0
  #depth = 0

  constructor(
    tokens: readonly QueryStringToken[],
    options: StringOptions,
    context: QueryContext,
    text: string
  ) {
    this.#tokens = tokens
    this.#options = options
    this.#context = context
    this.#text = text
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#tokens.length
  }

  fault(): VectorStoreError {
    return new VectorStoreError('REQUEST_PARSE', `Failed to parse query [${this.#text}]`)
  }

  /** Clauses up to the end or a closing bracket. AND makes both sides required, as Lucene's classic parser does. */
  clauses(fields: readonly string[]): Query {
    const found: { occur: Occur; readonly query: Query }[] = []
    while (!this.isAtEnd && !this.#isMark(')')) {
      const operator = this.#operator(found.length > 0)
      const last = found.at(-1)
      if (operator === 'and' && last?.occur === 'should') last.occur = 'must'
      if (operator === 'or' && last?.occur === 'must' && this.#options.operator === 'and')
        last.occur = 'should'
      const occur = this.#occur(operator)
      found.push({ occur, query: this.#boosted(this.#clause(fields)) })
    }
    return joined(found)
  }

  #operator(hasLeft: boolean): 'and' | 'or' | null {
    const token = this.#tokens[this.#at]
    if (token?.type !== 'operator' || token.operator === 'not') return null
    if (!hasLeft) throw this.fault()
    this.#at += 1
    return token.operator
  }

  #occur(operator: 'and' | 'or' | null): Occur {
    const token = this.#tokens[this.#at]
    const isNot =
      (token?.type === 'operator' && token.operator === 'not') ||
      (token?.type === 'mark' && (token.mark === '-' || token.mark === '!'))
    const isPlus = token?.type === 'mark' && token.mark === '+'
    if (isNot || isPlus) this.#at += 1
    if (isNot) return 'mustNot'
    const byDefault = operator ?? this.#options.operator
    return isPlus || byDefault === 'and' ? 'must' : 'should'
  }

  #clause(fields: readonly string[]): Query {
    const token = this.#tokens[this.#at++]
    if (token === undefined) throw this.fault()
    switch (token.type) {
      case 'field':
        return token.name === '_exists_' ? this.#exists() : this.#clause([token.name])
      case 'word':
        return this.#word(token.text, fields)
      case 'phrase':
        return this.#each(
          fields,
          (field) => ({
            type: 'fieldMatchPhrase',
            field,
            text: token.text,
            slop: token.slop,
            analyzer: null
          }),
          true
        )
      case 'range': {
        const { from, to, fromInclusive, toInclusive } = token
        return this.#each(fields, (field) => ({
          type: 'fieldRange',
          field,
          ...(from === null ? {} : fromInclusive ? { gte: from } : { gt: from }),
          ...(to === null ? {} : toInclusive ? { lte: to } : { lt: to }),
          format: null,
          timeZone: null
        }))
      }
      case 'mark':
        return token.mark === '(' ? this.#group(fields) : this.#throw()
      default:
        return this.#throw()
    }
  }

  #throw(): never {
    throw this.fault()
  }

  #group(fields: readonly string[]): Query {
    if (++this.#depth > depthMax)
      throw illegalArgument(`brackets of a query string are nested deeper than ${depthMax}`)
    const query = this.clauses(fields)
    if (!this.#isMark(')')) throw this.fault()
    this.#depth -= 1
    this.#at += 1
    return query
  }

  #exists(): Query {
    const token = this.#tokens[this.#at++]
    if (token?.type !== 'word') throw this.fault()
    return { type: 'fieldExists', field: unescape(token.text) }
  }

  #word(text: string, fields: readonly string[]): Query {
    const isPattern = /(?<!\\)(?:\\\\)*[*?]/.test(text)
    if (text === '*') {
      if (fields.every((field) => field === '*')) return { type: 'matchAll' }
      return this.#each(fields, (field) => ({ type: 'fieldExists', field }))
    }
    if (isPattern)
      return this.#each(
        fields,
        (field) => ({
          type: 'fieldPattern',
          field,
          kind: 'wildcard',
          pattern: text,
          caseInsensitive: false
        }),
        true
      )
    if (/(?<!\\)[~/]/.test(text))
      throw illegalArgument(
        `fuzzy terms and regular expressions are not supported in [${this.#text}]`
      )
    const names = weightedFields(fields, this.#context)
    const [only] = names
    if (names.length === 1 && only !== undefined && only.weight === 1)
      return matchAnyField([only.name], unescape(text), 'and')
    return this.#each(fields, (field) => matchAnyField([field], unescape(text), 'and'))
  }

  #each(fields: readonly string[], make: (field: string) => Query, wordsOnly = false): Query {
    const queries = weightedFields(fields, this.#context, wordsOnly).map(({ name, weight }) => {
      const query = make(name)
      return weight === 1 ? query : { ...query, boost: weight }
    })
    if (queries.length === 0) return { type: 'matchNone' }
    const [first] = queries
    return queries.length === 1 && first !== undefined
      ? first
      : { type: 'disMax', queries, tieBreaker: 0 }
  }

  #boosted(query: Query): Query {
    const token = this.#tokens[this.#at]
    if (token?.type !== 'boost') return query
    this.#at += 1
    return { ...query, boost: finiteBoost((query.boost ?? 1) * token.boost) }
  }

  #isMark(mark: string): boolean {
    const token = this.#tokens[this.#at]
    return token?.type === 'mark' && token.mark === mark
  }
}

function joined(found: readonly { readonly occur: Occur; readonly query: Query }[]): Query {
  const [first] = found
  if (first === undefined) return { type: 'matchNone' }
  if (found.length === 1 && first.occur !== 'mustNot') return first.query
  const of = (occur: Occur): Query[] =>
    found.filter((clause) => clause.occur === occur).map(({ query }) => query)
  return {
    type: 'bool',
    must: of('must'),
    should: of('should'),
    filter: [],
    mustNot: of('mustNot'),
    minimumShouldMatch: null
  }
}
