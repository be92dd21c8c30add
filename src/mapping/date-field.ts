/** date: milliseconds since 1970 in a long column; text by the field's format. */
import type { JsonScalar, Query } from '../query/index.ts'
import type { FieldInfo } from '../segment/index.ts'
import { dateFormat, defaultDateFormat } from './date-format.ts'
import type { DateFormat } from './date-format.ts'
import { dateFault, parseDateMath } from './date-math.ts'
import type { DefinitionContext, FieldType, LeafField, RangeQuery } from './field-type.ts'
import { argument, matchNone, notIndexed, scalarQueries, textOf } from './leaf-queries.ts'
import { cutToWhole, isGiven } from './number-value.ts'
import {
  booleanParameter,
  commonParameters,
  parameter,
  readUpdate,
  stringParameter
} from './parameters.ts'
import type { ParameterTable } from './parameters.ts'
import { flat, scalarFacts, scalarInfo } from './scalar-field.ts'
import type { LowerContext } from './types.ts'
import { longMax, longMin, VectorStoreError } from '../util/index.ts'

const table: ParameterTable = {
  ...commonParameters,
  format: { kind: 'string', default: defaultDateFormat, updatable: false },
  locale: { kind: 'string', default: null, updatable: false },
  index: { kind: 'boolean', default: true, updatable: false },
  doc_values: { kind: 'boolean', default: true, updatable: false },
  null_value: { kind: 'string', default: null, updatable: false },
  ignore_malformed: { kind: 'boolean', default: false, updatable: true }
}

export const dateType: FieldType = { typeName: 'date', parseDefinition: createDate }

function createDate(context: DefinitionContext): LeafField {
  const { name } = context
  const parameters = readUpdate(context, 'date', table)
  const format = dateFormat(stringParameter(parameters, 'format') ?? defaultDateFormat)
  const hasColumn =
    booleanParameter(parameters, 'doc_values') || booleanParameter(parameters, 'index')
  const info = scalarInfo(context, hasColumn ? 'long' : null, 'none')
  const nullValue = parameter(parameters, 'null_value')
  if (nullValue !== null) checkNull(name, textOf(nullValue), format)
  const formatOr = (text: string | null): DateFormat => (text === null ? format : dateFormat(text))
  return {
    ...scalarFacts(parameters, info),
    queries: scalarQueries(name, 'date', {
      term: (value) => dayRange(info, { gte: value, lte: value }, format, null),
      terms: (values) =>
        anyOf(values.map((each) => dayRange(info, { gte: each, lte: each }, format, null))),
      range: (query, lower) => dayRange(info, query, formatOr(query.format), lower, query.timeZone)
    }),
    nullValue: nullValue === null ? null : { kind: 'string', text: textOf(nullValue) },
    parseScalar(value, sink) {
      const ms = documentDate(value.text, format)
      if (hasColumn) sink.addLong(info, BigInt(ms))
      else sink.addPresent(name)
    },
    fetchValues: (value, wanted) =>
      flat(value).map((each) => formatOr(wanted).print(documentDate(textOf(each), format))),
    columnValue: (reader, docId, at, wanted) =>
      formatOr(wanted).print(Number(reader.longAt(docId, at))),
    sortValue: (value) => dateSortValue(value, format)
  }
}

/** Errors MAPPING_PARSE. */
function checkNull(name: string, text: string, format: DateFormat): void {
  try {
    documentDate(text, format)
  } catch (cause) {
    if (!(cause instanceof VectorStoreError)) throw cause
    throw new VectorStoreError(
      'MAPPING_PARSE',
      `Error parsing [null_value] on field [${name}]: ${cause.message}`,
      { cause }
    )
  }
}

function documentDate(text: string, format: DateFormat): number {
  const ms = format.parse(text, false, null)
  if (ms === null || Number.isNaN(ms)) throw dateFault(text, format)
  return ms
}

function dateSortValue(value: unknown, format: DateFormat): bigint | null {
  if (value === null) return null
  const text = textOf(value)
  if (typeof value === 'number' || typeof value === 'bigint') return cutToWhole(text)
  if (/^-?\d{5,}$/.test(text)) return BigInt(text)
  return BigInt(parseDateMath(text, format, { nowMs: Date.now(), roundUp: false, timeZone: null }))
}

/** `gt` and `lte` go to the end of the unit that is named, `gte` and `lt` to its start. */
function dayRange(
  field: FieldInfo,
  range: Pick<RangeQuery, 'gt' | 'gte' | 'lt' | 'lte'>,
  format: DateFormat,
  context: LowerContext | null,
  timeZone: string | null = null
): Query {
  if (field.column === null) throw notIndexed(field.name)
  const nowMs = context?.nowMs ?? Date.now()
  const millis = (value: JsonScalar, roundUp: boolean): bigint => {
    const text = textOf(value)
    if (value === null) throw argument('value cannot be null')
    return BigInt(parseDateMath(text, format, { nowMs, roundUp, timeZone }))
  }
  let from = longMin
  let to = longMax
  if (isGiven(range.gte)) from = millis(range.gte, false)
  if (isGiven(range.gt)) from = millis(range.gt, true) + 1n
  if (isGiven(range.lte)) to = millis(range.lte, true)
  if (isGiven(range.lt)) to = millis(range.lt, false) - 1n
  return from > to ? matchNone : { type: 'longRange', field, from, to }
}

function anyOf(queries: readonly Query[]): Query {
  const [first] = queries
  if (first === undefined) return matchNone
  if (queries.length === 1) return first
  const disjunction: Query = {
    type: 'bool',
    must: [],
    should: queries,
    filter: [],
    mustNot: [],
    minimumShouldMatch: 1
  }
  return { type: 'constantScore', filter: disjunction }
}
