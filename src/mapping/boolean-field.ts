/** boolean: column 0 and 1, terms F and T (term queries are scored by how rare the value is). */
import type { JsonScalar, Query } from '../query/index.ts'
import type { FieldInfo } from '../segment/index.ts'
import type { DefinitionContext, FieldType, LeafField } from './field-type.ts'
import { argument, notIndexed, refuseFormat, scalarQueries, textOf } from './leaf-queries.ts'
import { cutToWhole } from './number-value.ts'
import { booleanParameter, commonParameters, parameter, readUpdate } from './parameters.ts'
import type { ParameterTable } from './parameters.ts'
import { flat, scalarFacts, scalarInfo } from './scalar-field.ts'

const table: ParameterTable = {
  ...commonParameters,
  index: { kind: 'boolean', default: true, updatable: false },
  doc_values: { kind: 'boolean', default: true, updatable: false },
  null_value: { kind: 'any', default: null, updatable: false },
  ignore_malformed: { kind: 'boolean', default: false, updatable: true },
  time_series_dimension: { kind: 'boolean', default: false, updatable: false }
}

export const booleanType: FieldType = { typeName: 'boolean', parseDefinition: createBoolean }

function createBoolean(context: DefinitionContext): LeafField {
  const { name } = context
  const parameters = readUpdate(context, 'boolean', table)
  const info = scalarInfo(
    context,
    booleanParameter(parameters, 'doc_values') ? 'long' : null,
    booleanParameter(parameters, 'index') ? 'docs' : 'none'
  )
  const nullValue = parameter(parameters, 'null_value')
  if (nullValue !== null) documentBoolean(textOf(nullValue))
  return {
    ...scalarFacts(parameters, info),
    queries: scalarQueries(name, 'boolean', {
      term: (value) => termQuery(info, value),
      terms: (values) => anyOf(info, values.map(queryBoolean)),
      range: (query) => {
        const low = queryBoolean(query.gt ?? query.gte ?? false)
        const high = queryBoolean(query.lt ?? query.lte ?? true)
        const from = Number(low) + (query.gt === undefined ? 0 : 1)
        const to = Number(high) - (query.lt === undefined ? 0 : 1)
        return anyOf(
          info,
          [false, true].filter((each) => Number(each) >= from && Number(each) <= to)
        )
      }
    }),
    nullValue: nullValue === null ? null : { kind: 'boolean', text: textOf(nullValue) },
    parseScalar(value, sink) {
      const isTrue = documentBoolean(value.text)
      if (info.column !== null) sink.addLong(info, isTrue ? 1n : 0n)
      if (info.postings === 'docs') sink.addTerm(info, isTrue ? 'T' : 'F')
      if (info.column === null && info.postings === 'none') sink.addPresent(name)
    },
    fetchValues(value, format) {
      refuseFormat(name, 'boolean', format)
      return flat(value).map((each) => documentBoolean(textOf(each)))
    },
    columnValue: (reader, docId, at) => reader.longAt(docId, at) === 1n,
    sortValue: (value) => (value === null ? null : sortBoolean(value))
  }
}

function documentBoolean(text: string): boolean {
  if (text === 'true') return true
  if (text === 'false' || text === '') return false
  throw argument(`Failed to parse value [${text}] as only [true] or [false] are allowed.`)
}

function queryBoolean(value: JsonScalar): boolean {
  const text = textOf(value)
  if (text === 'true' || text === 'T') return true
  if (text === 'false' || text === 'F' || text === '') return false
  throw argument(`Can't parse boolean value [${text}], expected [true] or [false]`)
}

/** A number as it is: sorts print 0 and 1, and of documents without a value the ends of a long's range. */
function sortBoolean(value: unknown): bigint {
  if (typeof value === 'number' || typeof value === 'bigint') return cutToWhole(textOf(value))
  return queryBoolean(textOf(value)) ? 1n : 0n
}

function termQuery(field: FieldInfo, value: JsonScalar): Query {
  const isTrue = queryBoolean(value)
  if (field.postings === 'docs') {
    return { type: 'term', field, term: isTrue ? 'T' : 'F', scored: true }
  }
  return anyOf(field, [isTrue])
}

/** By the column, else by the terms. Errors REQUEST_ARGUMENT: the field has neither. */
function anyOf(field: FieldInfo, values: readonly boolean[]): Query {
  const wanted = [false, true].filter((each) => values.includes(each))
  if (field.column !== null)
    return { type: 'longSet', field, values: wanted.map((each) => (each ? 1n : 0n)) }
  if (field.postings === 'none') throw notIndexed(field.name)
  return { type: 'termSet', field, terms: wanted.map((each) => (each ? 'T' : 'F')) }
}
