/** Queries whose score is computed: script_score, function_score. */
import type { Query, ScoreFunction } from '../../query/index.ts'
import { compileScore } from '../../script/index.ts'
import { VectorStoreError } from '../../util/index.ts'
import { isObjectValue } from '../body-node.ts'
import type { BodyNode } from '../body-node.ts'
import { field, readObject, readQueryMembers, textOf } from '../body-values.ts'
import type { FieldReader } from '../body-values.ts'
import { illegalArgument } from '../wire-failure.ts'
import { nearestNeighborsName, readNeighborsFunction } from '../elastiknn/query.ts'
import type { ParseQuery } from './query-parser.ts'
import { baseReaders } from './query-context.ts'
import { readDecay, readFieldValueFactor, readRandomScore } from './score-function.ts'
import type { QueryBase, QueryContext, QueryReader } from './query-context.ts'

type FunctionScore = Extract<Query, { type: 'functionScore' }>

const scoreModes = ['multiply', 'sum', 'avg', 'first', 'max', 'min'] as const
const boostModes = ['multiply', 'replace', 'sum', 'avg', 'max', 'min'] as const

export function functionScoreQueries(
  parse: ParseQuery
): readonly (readonly [string, QueryReader])[] {
  return [
    ['script_score', (node, context) => readScriptScore(node, context, parse)],
    ['function_score', (node, context) => readFunctionScore(node, context, parse)]
  ]
}

/** A script as text or as an object with source and parameters. */
type ScriptBody = {
  readonly source: string
  readonly params: Readonly<Record<string, unknown>>
}

function readScript(node: BodyNode): ScriptBody {
  if (node.token === 'VALUE_STRING') return { source: textOf(node.value), params: {} }
  let source: string | null = null
  let params: Readonly<Record<string, unknown>> = {}
  let id: string | null = null
  readObject(node, 'script', {
    source: field.string((value) => {
      source = value
    }),
    id: field.string((value) => {
      id = value
    }),
    lang: field.string((value) => {
      if (value !== 'painless') throw illegalArgument(`script_lang not supported [${value}]`)
    }),
    params: field.object((member) => {
      if (isObjectValue(member.value)) params = member.value
    }),
    options: field.object(() => undefined)
  })
  if (id !== null)
    throw new VectorStoreError(
      'RESOURCE_ABSENT',
      `unable to find script [${String(id)}] in cluster state`
    )
  if (source === null)
    throw illegalArgument(
      'must specify either [source] for an inline script or [id] for a stored script'
    )
  return { source, params }
}

function readScriptScore(node: BodyNode, context: QueryContext, parse: ParseQuery): Query {
  const base: QueryBase = {}
  let query: Query | null = null
  let script: ScriptBody | null = null
  let minScore: number | null = null
  readObject(node, 'script_score', {
    query: field.object((member) => {
      query = parse(member, context)
    }),
    script: field.any((member) => {
      script = readScript(member)
    }),
    min_score: field.double((value) => {
      minScore = value
    }),
    ...baseReaders(base, 'script_score')
  })
  if (query === null || script === null) {
    const missing = [query === null ? 'query' : '', script === null ? 'script' : '']
    throw illegalArgument(`Required [${missing.filter((name) => name !== '').join(', ')}]`)
  }
  const { source, params } = script as ScriptBody
  return { type: 'scriptScore', query, script: compileScore(source, params), minScore, ...base }
}

function readFunctionScore(node: BodyNode, context: QueryContext, parse: ParseQuery): Query {
  const base: QueryBase = {}
  const functions: ScoreFunction[] = []
  const parts: { query: Query; single: ScoreFunction | null } = {
    query: { type: 'matchAll' },
    single: null
  }
  let scoreMode: FunctionScore['scoreMode'] = 'multiply'
  let boostMode: FunctionScore['boostMode'] = 'multiply'
  let maxBoost = Number.POSITIVE_INFINITY
  let minScore: number | null = null
  readQueryMembers(node, 'function_score', {
    query: field.object((member) => {
      parts.query = parse(member, context)
    }),
    functions: field.array((member) => {
      for (const element of member.elements()) functions.push(readFunction(element, context, parse))
    }),
    score_mode: field.string((value) => {
      scoreMode = oneOf(value, scoreModes, 'score_mode')
    }),
    boost_mode: field.string((value) => {
      boostMode = oneOf(value, boostModes, 'boost_mode')
    }),
    max_boost: field.double((value) => {
      maxBoost = value
    }),
    min_score: field.double((value) => {
      minScore = value
    }),
    ...functionReaders(
      (part) => {
        parts.single = { filter: null, value: null, weight: 1, ...parts.single, ...part }
      },
      (found, next) =>
        `failed to parse [function_score] query. already found function [${found}], now encountering [${next}]. use [functions] array if you want to define several functions.`
    ),
    ...baseReaders(base, 'function_score')
  })
  if (parts.single !== null) {
    if (functions.length > 0)
      throw node.parseFault(
        'failed to parse [function_score] query. already found function score, now encountering [functions].'
      )
    functions.push(parts.single)
  }
  const { query } = parts
  return {
    type: 'functionScore',
    query,
    functions,
    scoreMode,
    boostMode,
    maxBoost,
    minScore,
    ...base
  }
}

function oneOf<T extends string>(value: string, allowed: readonly T[], name: string): T {
  const found = allowed.find((mode) => mode === value.toLowerCase())
  if (found === undefined) throw illegalArgument(`illegal ${name} [${value}]`)
  return found
}

type PartOf = (member: BodyNode) => Partial<ScoreFunction>

/** @param tellTwo  What to say of a second function where one is wanted. */
function functionReaders(
  set: (part: Partial<ScoreFunction>) => void,
  tellTwo: (found: string, next: string) => string
): Record<string, FieldReader> {
  let found: string | null = null
  const only = (name: string, partOf: PartOf): readonly [string, FieldReader] => [
    name,
    field.object((member) => {
      if (found !== null) throw member.parseFault(tellTwo(found, name))
      found = name
      set(partOf(member))
    })
  ]
  const functions = [
    only('script_score', (member) => {
      const script = member.member('script')
      if (script === undefined) throw illegalArgument("[script_score] requires 'script' field")
      const { source, params } = readScript(script)
      return { value: compileScore(source, params) }
    }),
    only('field_value_factor', (member) => ({ value: readFieldValueFactor(member) })),
    only('random_score', (member) => ({ value: readRandomScore(member) })),
    only('gauss', (member) => ({ value: readDecay(member, 'gauss') })),
    only('exp', (member) => ({ value: readDecay(member, 'exp') })),
    only('linear', (member) => ({ value: readDecay(member, 'linear') })),
    only(nearestNeighborsName, (member) => ({ query: readNeighborsFunction(member) }))
  ]
  return { weight: field.double((weight) => set({ weight })), ...Object.fromEntries(functions) }
}

function readFunction(node: BodyNode, context: QueryContext, parse: ParseQuery): ScoreFunction {
  let made: ScoreFunction = { filter: null, value: null, weight: 1 }
  readQueryMembers(node, 'function_score', {
    filter: field.object((member) => {
      made = { ...made, filter: parse(member, context) }
    }),
    ...functionReaders(
      (part) => {
        made = { ...made, ...part }
      },
      (found, next) =>
        `failed to parse function_score functions. already found [${found}], now encountering [${next}].`
    )
  })
  if (made.value === null && made.query === undefined && node.member('weight') === undefined)
    throw node.parseFault(
      'failed to parse [function_score] query. an entry in functions list is missing a function.'
    )
  return made
}
