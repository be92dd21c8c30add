/** Queries on exact values: term, terms, range, prefix, wildcard, exists, ids. */
import type { JsonScalar, Query } from '../../query/index.ts'
import { BodyNode, tokenOf } from '../body-node.ts'
import { booleanOf, doubleOf, field, readObject, textOf } from '../body-values.ts'
import { illegalArgument } from '../wire-failure.ts'
import { baseReaders, setBoost } from './query-context.ts'
import type { QueryBase, QueryReader } from './query-context.ts'

export function termQueries(): readonly (readonly [string, QueryReader])[] {
  return [
    ['term', readTerm],
    ['terms', readTerms],
    ['range', readRange],
    ['prefix', (node) => readPattern(node, 'prefix')],
    ['wildcard', (node) => readPattern(node, 'wildcard')],
    ['exists', readExists],
    ['ids', readIds]
  ]
}

/**
 * The one field of `{ "<query>": { "<field>": … } }`, with boost and name that may stand beside it.
 *
 * Errors   REQUEST_PARSE for two fields, REQUEST_ARGUMENT for none.
 */
export function singleField(node: BodyNode, query: string, base: QueryBase): [string, BodyNode] {
  let found: [string, BodyNode] | null = null
  for (const [key, member] of node.members()) {
    if (isBaseKey(key, base, query, member)) continue
    if (found !== null)
      throw member.parseFault(
        `[${query}] query doesn't support multiple fields, found [${found[0]}] and [${key}]`,
        { isName: true }
      )
    if (key === '') break
    found = [key, member]
  }
  if (found === null) throw illegalArgument('field name is null or empty')
  return found
}

/** `boost` and `_name` with a scalar beside the field; a field of that name has an object. */
function isBaseKey(key: string, base: QueryBase, query: string, member: BodyNode): boolean {
  if (member.token === 'START_OBJECT' || member.token === 'START_ARRAY') return false
  if (key === 'boost') setBoost(base, doubleOf(member.value), query)
  else if (key === '_name') base.name = textOf(member.value)
  else return false
  return true
}

function scalarOf(node: BodyNode, query: string): JsonScalar {
  if (node.token === 'START_ARRAY' || node.token === 'START_OBJECT')
    throw node.parseFault(
      `[${query}] query does not support ${node.token === 'START_ARRAY' ? 'array of values' : 'objects as values'}`
    )
  return node.value as JsonScalar
}

function unsupported(member: BodyNode, query: string): Error {
  return member.parseFault(`[${query}] query does not support [${String(member.step)}]`)
}

function readTerm(node: BodyNode): Query {
  const base: QueryBase = {}
  const [name, body] = singleField(node, 'term', base)
  let value: JsonScalar = null
  let caseInsensitive = false
  if (body.token !== 'START_OBJECT') value = scalarOf(body, 'term')
  for (const [key, member] of body.members()) {
    if (key === 'value' || key === 'term') value = scalarOf(member, 'term')
    else if (key === 'case_insensitive') caseInsensitive = booleanOf(member.value)
    else if (key === 'boost') setBoost(base, doubleOf(member.value), 'term')
    else if (key === '_name') base.name = textOf(member.value)
    else throw unsupported(member, 'term')
  }
  if (value === null) throw illegalArgument('value cannot be null')
  return { type: 'fieldTerm', field: name, value, caseInsensitive, ...base }
}

function readTerms(node: BodyNode): Query {
  const base: QueryBase = {}
  let found: { readonly name: string; readonly values: readonly JsonScalar[] } | null = null
  for (const [key, member] of node.members()) {
    if (member.token === 'START_ARRAY') {
      if (found !== null)
        throw member.parseFault('[terms] query does not support multiple fields', { isName: true })
      found = { name: key, values: termValues(member) }
    } else if (member.token === 'START_OBJECT') {
      throw illegalArgument('[terms] lookup of another document is not supported by this version')
    } else if (key === 'boost') setBoost(base, doubleOf(member.value), 'terms')
    else if (key === '_name') base.name = textOf(member.value)
    else throw unsupported(member, 'terms')
  }
  if (found === null)
    throw node.parseFault(
      '[terms] query requires a field name, followed by array of terms or a document lookup specification'
    )
  return { type: 'fieldTerms', field: found.name, values: found.values, ...base }
}

function termValues(node: BodyNode): JsonScalar[] {
  const { value: values } = node
  if (!Array.isArray(values)) return [scalarOf(node, 'terms')]
  // Tens of thousands of terms may be asked for: a node is made of those that are wrong.
  for (let at = 0; at < values.length; at++) {
    const value: unknown = values[at]
    if (typeof value === 'object' || value === undefined) refuseTerm(new BodyNode(value, node, at))
  }
  return values as JsonScalar[]
}

function refuseTerm(element: BodyNode): void {
  if (element.token === 'VALUE_NULL') throw element.parseFault('No value specified for terms query')
  scalarOf(element, 'terms')
}

type RangeDraft = {
  gt?: JsonScalar
  gte?: JsonScalar
  lt?: JsonScalar
  lte?: JsonScalar
  /** The old form: from, to, include_lower, include_upper. */
  from: JsonScalar
  to: JsonScalar
  lower: boolean
  upper: boolean
  format: string | null
  timeZone: string | null
}

const rangeReaders: Readonly<Record<string, (draft: RangeDraft, node: BodyNode) => void>> = {
  gt: (draft, node) => setBound(draft, 'gt', node),
  gte: (draft, node) => setBound(draft, 'gte', node),
  lt: (draft, node) => setBound(draft, 'lt', node),
  lte: (draft, node) => setBound(draft, 'lte', node),
  from: (draft, node) => {
    draft.from = scalarOf(node, 'range')
  },
  to: (draft, node) => {
    draft.to = scalarOf(node, 'range')
  },
  include_lower: (draft, node) => {
    draft.lower = booleanOf(node.value)
  },
  include_upper: (draft, node) => {
    draft.upper = booleanOf(node.value)
  },
  format: (draft, node) => {
    draft.format = textOf(node.value)
  },
  time_zone: (draft, node) => {
    draft.timeZone = textOf(node.value)
  },
  relation: (_draft, node) => checkRelation(textOf(node.value))
}

/** A bound of null is none. */
function setBound(draft: RangeDraft, key: 'gt' | 'gte' | 'lt' | 'lte', node: BodyNode): void {
  const value = scalarOf(node, 'range')
  if (value !== null) draft[key] = value
}

function readRange(node: BodyNode): Query {
  const base: QueryBase = {}
  const [name, body] = singleField(node, 'range', base)
  if (body.token !== 'START_OBJECT')
    throw body.parseFault(`[range] query does not support [${name}]`)
  const draft: RangeDraft = {
    from: null,
    to: null,
    lower: true,
    upper: true,
    format: null,
    timeZone: null
  }
  for (const [key, member] of body.members()) {
    const reader = Object.hasOwn(rangeReaders, key) ? rangeReaders[key] : undefined
    if (reader !== undefined) reader(draft, member)
    else if (key === 'boost') setBoost(base, doubleOf(member.value), 'range')
    else if (key === '_name') base.name = textOf(member.value)
    else throw unsupported(member, 'range')
  }
  const { from, to, lower, upper, ...rest } = draft
  const lowerBound = from === null ? {} : { [lower ? 'gte' : 'gt']: from }
  const upperBound = to === null ? {} : { [upper ? 'lte' : 'lt']: to }
  return { type: 'fieldRange', field: name, ...rest, ...lowerBound, ...upperBound, ...base }
}

/** Only range fields tell the relations apart, and there are none: on single values all three are the same. */
function checkRelation(relation: string): void {
  if (!['intersects', 'contains', 'within'].includes(relation.toLowerCase()))
    throw illegalArgument(`[range] query does not support relation [${relation}]`)
}

function readPattern(node: BodyNode, kind: 'prefix' | 'wildcard'): Query {
  const base: QueryBase = {}
  const [name, body] = singleField(node, kind, base)
  let pattern: string | null = null
  let caseInsensitive = false
  if (body.token !== 'START_OBJECT') pattern = patternText(body, kind)
  for (const [key, member] of body.members()) {
    if (key === 'value' || key === kind) pattern = patternText(member, kind)
    else if (key === 'case_insensitive') caseInsensitive = booleanOf(member.value)
    else if (key === 'rewrite') textOf(member.value)
    else if (key === 'boost') setBoost(base, doubleOf(member.value), kind)
    else if (key === '_name') base.name = textOf(member.value)
    else throw unsupported(member, kind)
  }
  if (pattern === null) throw illegalArgument('value cannot be null')
  return { type: 'fieldPattern', field: name, kind, pattern, caseInsensitive, ...base }
}

function patternText(node: BodyNode, kind: string): string | null {
  const value = scalarOf(node, kind)
  return value === null ? null : textOf(value)
}

function readExists(node: BodyNode): Query {
  const base: QueryBase = {}
  let name: string | null = null
  for (const [key, member] of node.members()) {
    if (member.token === 'START_OBJECT' || member.token === 'START_ARRAY')
      throw member.parseFault(`[exists] unknown token [${member.token}] after [${key}]`)
    if (key === 'field') name = textOf(member.value)
    else if (key === 'boost') setBoost(base, doubleOf(member.value), 'exists')
    else if (key === '_name') base.name = textOf(member.value)
    else throw unsupported(member, 'exists')
  }
  if (name === null) throw node.parseFault('[exists] must be provided with a [field]')
  return { type: 'fieldExists', field: name, ...base }
}

function idOf(value: unknown): string {
  if (typeof value === 'string') return value
  const token = tokenOf(value)
  if (token !== 'VALUE_STRING' && token !== 'VALUE_NUMBER')
    throw illegalArgument(`Illegal value for id, expecting a string or number, got: ${token}`)
  return String(value)
}

function readIds(node: BodyNode): Query {
  const base: QueryBase = {}
  const ids: string[] = []
  readObject(node, 'ids', {
    values: field.any((member) => {
      const values: readonly unknown[] = Array.isArray(member.value) ? member.value : [member.value]
      // Tens of thousands may be asked for.
      for (let at = 0; at < values.length; at++) ids.push(idOf(values[at]))
    }),
    ...baseReaders(base, 'ids')
  })
  return { type: 'ids', ids, ...base }
}
