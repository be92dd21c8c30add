/** Number types: whole numbers as exact 64-bit columns, decimal ones as doubles (float and half_float rounded to float32). */
import type { JsonScalar, Query } from '../query/index.ts'
import type { FieldInfo } from '../segment/index.ts'
import { shortestFloat32 } from '../util/index.ts'
import type {
  DefinitionContext,
  FieldQueries,
  FieldType,
  LeafField,
  RangeQuery,
  Scalar
} from './field-type.ts'
import {
  argument,
  matchNone,
  notIndexed,
  refuseFormat,
  scalarQueries,
  textOf
} from './leaf-queries.ts'
import {
  cutToWhole,
  doubleBounds,
  doubleOf,
  doubleOrInfinity,
  longBounds,
  longOf,
  wholeTypes
} from './number-value.ts'
import type { WholeType } from './number-value.ts'
import { booleanParameter, commonParameters, parameter, readUpdate } from './parameters.ts'
import type { Parameters, ParameterTable } from './parameters.ts'
import { flat, scalarFacts, scalarInfo } from './scalar-field.ts'

const table: ParameterTable = {
  ...commonParameters,
  index: { kind: 'boolean', default: true, updatable: false },
  doc_values: { kind: 'boolean', default: true, updatable: false },
  coerce: { kind: 'boolean', default: true, updatable: true },
  ignore_malformed: { kind: 'boolean', default: false, updatable: true },
  null_value: { kind: 'number', default: null, updatable: false },
  time_series_dimension: { kind: 'boolean', default: false, updatable: false },
  time_series_metric: { kind: 'string', default: null, updatable: false }
}

/** Of one number type: how values are read, printed and searched. */
type Numeric = {
  readonly column: 'long' | 'double'
  read(text: string, coerce: boolean): bigint | number
  term(field: FieldInfo, values: readonly JsonScalar[]): Query
  range(field: FieldInfo, query: RangeQuery): Query
  /** Of a sort: any number of the column, as documents without a value have the ends of its range. */
  sortValue(text: string): bigint | number
  /** As `fields` prints it. */
  print(value: bigint | number): unknown
  /** Float32 only. */
  readonly shownSortValue?: (value: number) => number
}

export const numberTypes: readonly FieldType[] = [
  ...wholeTypes.map((type) => numberType(type.name, whole(type))),
  numberType('double', decimal('double', false)),
  numberType('float', decimal('float', true)),
  numberType('half_float', decimal('half_float', true))
]

function numberType(typeName: string, numeric: Numeric): FieldType {
  return { typeName, parseDefinition: (context) => createNumber(context, typeName, numeric) }
}

function createNumber(context: DefinitionContext, typeName: string, numeric: Numeric): LeafField {
  const { name } = context
  const parameters = readUpdate(context, typeName, table)
  const coerce = booleanParameter(parameters, 'coerce')
  const isIndexed = booleanParameter(parameters, 'index')
  const hasColumn = booleanParameter(parameters, 'doc_values') || isIndexed
  const info = scalarInfo(context, hasColumn ? numeric.column : null, 'none')
  return {
    ...scalarFacts(parameters, info),
    queries: numberQueries(name, typeName, info, numeric),
    nullValue: nullScalar(parameters, numeric),
    parseScalar(value, sink) {
      if (value.kind === 'boolean') throw argument(`For input string: "${value.text}"`)
      if (value.kind === 'string' && value.text === '' && coerce) return
      if (value.kind === 'string' && !coerce) throw argument('Integer value passed as String')
      const number = numeric.read(value.text, coerce)
      if (!hasColumn) sink.addPresent(name)
      else if (typeof number === 'bigint') sink.addLong(info, number)
      else sink.addDouble(info, number)
    },
    fetchValues(value, format) {
      refuseFormat(name, typeName, format)
      return flat(value)
        .filter((each) => each !== '')
        .map((each) => numeric.print(numeric.read(textOf(each), true)))
    },
    columnValue: (reader, docId, at) =>
      numeric.column === 'double'
        ? reader.doubleAt(docId, at)
        : numberOrLong(reader.longAt(docId, at)),
    sortValue: (value) => (value === null ? null : numeric.sortValue(textOf(value))),
    ...(numeric.shownSortValue === undefined ? {} : { shownSortValue: numeric.shownSortValue })
  }
}

/** Errors REQUEST_ARGUMENT: a value that no document may have. */
function nullScalar(parameters: Parameters, numeric: Numeric): Scalar | null {
  const value = parameter(parameters, 'null_value')
  if (value === null) return null
  const text = textOf(value)
  numeric.read(text, false)
  return { kind: 'number', text }
}

function numberQueries(
  name: string,
  typeName: string,
  info: FieldInfo,
  numeric: Numeric
): FieldQueries {
  const checked = (): void => {
    if (info.column === null) throw notIndexed(name)
  }
  return scalarQueries(name, typeName, {
    term(value) {
      checked()
      return numeric.term(info, [value])
    },
    terms(values) {
      checked()
      return numeric.term(info, values)
    },
    range(query) {
      checked()
      return numeric.range(info, query)
    }
  })
}

/** A number where it is exact, else a bigint. */
function numberOrLong(value: bigint): number | bigint {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

/** Each once, ascending. */
function inOrder(values: readonly number[]): number[] {
  const distinct: number[] = []
  for (const value of new Float64Array(values).sort())
    if (value !== distinct[distinct.length - 1]) distinct.push(value === 0 ? 0 : value)
  return distinct
}

function whole(type: WholeType): Numeric {
  const [least, most] = [Number(type.min), Number(type.max)]
  return {
    column: 'long',
    read: (text, coerce) => longOf(text, type, coerce),
    sortValue: cutToWhole,
    term(field, values) {
      const wanted = new Set<bigint>()
      // Tens of thousands of numbers are put in order before they are bigints: a tenth of the time.
      const exact: number[] = []
      for (const value of values) {
        // A value with a fraction or beyond the type's range matches nothing.
        if (typeof value === 'number' && Number.isSafeInteger(value)) {
          if (value >= least && value <= most) exact.push(value)
          continue
        }
        const bounds = longBounds({ gte: value, lte: value }, type)
        if (bounds !== null) wanted.add(bounds.from)
      }
      const sorted =
        wanted.size === 0
          ? inOrder(exact).map((value) => BigInt(value))
          : [...new Set([...wanted, ...exact.map((value) => BigInt(value))])].sort((one, other) =>
              one < other ? -1 : 1
            )
      return sorted.length === 0 ? matchNone : { type: 'longSet', field, values: sorted }
    },
    range(field, query) {
      const bounds = longBounds(query, type)
      return bounds === null ? matchNone : { type: 'longRange', field, ...bounds }
    },
    print: (value) => (typeof value === 'bigint' ? numberOrLong(value) : value)
  }
}

function decimal(typeName: string, isFloat: boolean): Numeric {
  return {
    column: 'double',
    read: (text) => doubleOf(text, typeName, isFloat),
    sortValue: (text) => doubleOrInfinity(text, isFloat),
    term(field, values) {
      const wanted = values.map((value) => {
        const number =
          typeof value === 'number' ? value : doubleOf(textOf(value), typeName, isFloat)
        // What is not finite, also as a float, is refused.
        const stored = isFloat ? Math.fround(number) : number
        return Number.isFinite(stored) ? stored : doubleOf(textOf(value), typeName, isFloat)
      })
      return { type: 'doubleSet', field, values: inOrder(wanted) }
    },
    range(field, query) {
      const bounds = doubleBounds(query, typeName, isFloat)
      return bounds === null ? matchNone : { type: 'doubleRange', field, ...bounds }
    },
    print: (value) => (isFloat ? shortestFloat32(Number(value)) : value),
    ...(isFloat ? { shownSortValue: shortestFloat32 } : {})
  }
}
