/** keyword: the whole text as one term, sortable. */
import type { Query } from '../query/index.ts'
import type { FieldInfo } from '../segment/index.ts'
import { compareTerms } from '../util/index.ts'
import type {
  DefinitionContext,
  FieldQueries,
  FieldSink,
  FieldType,
  LeafField,
  Scalar
} from './field-type.ts'
import {
  argument,
  caseInsensitiveTerm,
  matchNone,
  notIndexed,
  refuseFormat,
  scalarText,
  textOf,
  termSetOf
} from './leaf-queries.ts'
import {
  booleanParameter,
  commonParameters,
  parameter,
  readUpdate,
  stringParameter
} from './parameters.ts'
import type { ParameterTable } from './parameters.ts'
import { flat, scalarFacts, scalarInfo } from './scalar-field.ts'

/** Lucene's longest term. */
const termBytesMax = 32766

const table: ParameterTable = {
  ...commonParameters,
  ignore_above: { kind: 'integer', default: 2147483647, updatable: true },
  null_value: { kind: 'string', default: null, updatable: false },
  normalizer: { kind: 'string', default: null, updatable: false },
  index: { kind: 'boolean', default: true, updatable: false },
  doc_values: { kind: 'boolean', default: true, updatable: false },
  norms: { kind: 'boolean', default: false, updatable: true },
  eager_global_ordinals: { kind: 'boolean', default: false, updatable: true },
  split_queries_on_whitespace: { kind: 'boolean', default: false, updatable: true },
  index_options: { kind: 'string', default: 'docs', updatable: false },
  similarity: { kind: 'string', default: null, updatable: false },
  time_series_dimension: { kind: 'boolean', default: false, updatable: false }
}

export const keywordType: FieldType = { typeName: 'keyword', parseDefinition: createKeyword }

function createKeyword(context: DefinitionContext): LeafField {
  const { name } = context
  const parameters = readUpdate(context, 'keyword', table)
  const ignoreAbove = Number(parameter(parameters, 'ignore_above'))
  const nullValue = stringParameter(parameters, 'null_value')
  const isIndexed = booleanParameter(parameters, 'index')
  const hasColumn = booleanParameter(parameters, 'doc_values')
  const normalize = normalizerOf(context, stringParameter(parameters, 'normalizer'))
  const info = scalarInfo(context, hasColumn ? 'keyword' : null, isIndexed ? 'docs' : 'none')
  return {
    ...scalarFacts(parameters, info),
    queries: keywordQueries(info, normalize),
    nullValue: nullValue === null ? null : { kind: 'string', text: nullValue },
    parseScalar(value: Scalar, sink: FieldSink): void {
      if (value.text.length > ignoreAbove) return
      const term = normalize(value.text)
      checkTermBytes(name, term)
      if (hasColumn || isIndexed) sink.addKeyword(info, term)
      else sink.addPresent(name)
    },
    fetchValues(value, format) {
      refuseFormat(name, 'keyword', format)
      return flat(value)
        .map((each) => textOf(each))
        .filter((text) => text.length <= ignoreAbove)
        .map(normalize)
    },
    columnValue: (reader, docId, at) => reader.keywordOf(reader.ordAt(docId, at)),
    sortValue: (value) => (value === null ? null : textOf(value))
  }
}

function normalizerOf(context: DefinitionContext, name: string | null): (text: string) => string {
  if (name === null) return (text) => text
  const normalize = context.analyzers.normalizer(name)
  if (normalize === null)
    throw argument(`normalizer [${name}] not found for field [${context.name}]`)
  return normalize
}

function keywordQueries(info: FieldInfo, normalize: (text: string) => string): FieldQueries {
  const checked = (): void => {
    if (info.postings === 'none' && info.column === null) throw notIndexed(info.name)
  }
  const term = (text: string, caseInsensitive: boolean): Query => {
    checked()
    if (caseInsensitive) return caseInsensitiveTerm(info, normalize(text))
    return { type: 'term', field: info, term: normalize(text), scored: true }
  }
  return {
    term: (value, caseInsensitive) => term(scalarText(value), caseInsensitive),
    terms(values) {
      checked()
      return termSetOf(
        info,
        values.map((value) => normalize(scalarText(value)))
      )
    },
    range(query) {
      checked()
      return termRange(info, query, normalize)
    },
    pattern(query) {
      checked()
      const pattern = query.kind === 'prefix' ? normalize(query.pattern) : query.pattern
      const { kind, caseInsensitive } = query
      return { type: 'termPattern', field: info, pattern, kind, caseInsensitive }
    },
    match: (query) => term(scalarText(query.text), false),
    matchPhrase: (query) => term(scalarText(query.text), false),
    knn: null
  }
}

/** Terms between two others, in byte order. */
export function termRange(
  field: FieldInfo,
  query: Parameters<FieldQueries['range']>[0],
  normalize: (text: string) => string
): Query {
  const bound = (value: Parameters<typeof scalarText>[0] | undefined): string | null =>
    value === undefined || value === null ? null : normalize(scalarText(value))
  const gt = bound(query.gt)
  const lt = bound(query.lt)
  const from = gt ?? bound(query.gte)
  const to = lt ?? bound(query.lte)
  if (from !== null && to !== null && compareTerms(from, to) > 0) return matchNone
  return {
    type: 'termRange',
    field,
    from,
    to,
    fromInclusive: gt === null,
    toInclusive: lt === null
  }
}

function checkTermBytes(name: string, term: string): void {
  // A UTF-16 unit takes at most three bytes.
  if (term.length * 3 <= termBytesMax) return
  const bytes = Buffer.from(term)
  if (bytes.length <= termBytesMax) return
  const prefix = [...new Int8Array(bytes.subarray(0, 30))].join(', ')
  throw argument(
    `Document contains at least one immense term in field="${name}" (whose UTF8 encoding is longer than the max length ${termBytesMax}), ` +
      `all of which were skipped. Please correct the analyzer to not produce such terms. ` +
      `The prefix of the first immense term is: '[${prefix}]...'`
  )
}
