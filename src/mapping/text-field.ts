/** text: analyzed, scored by BM25. */
import type { Analyzer, Analyzers } from '../analysis/index.ts'
import type { Query } from '../query/index.ts'
import type { FieldInfo } from '../segment/index.ts'
import { VectorStoreError } from '../util/index.ts'
import type {
  DefinitionContext,
  FieldQueries,
  FieldType,
  LeafField,
  MatchQuery,
  PhraseQuery
} from './field-type.ts'
import { termRange } from './keyword-field.ts'
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
import { booleanParameter, commonParameters, readUpdate, stringParameter } from './parameters.ts'
import type { ParameterTable } from './parameters.ts'
import { flat, scalarFacts, scalarInfo } from './scalar-field.ts'

const table: ParameterTable = {
  ...commonParameters,
  analyzer: { kind: 'string', default: 'default', updatable: false },
  search_analyzer: { kind: 'string', default: null, updatable: true },
  search_quote_analyzer: { kind: 'string', default: null, updatable: true },
  index: { kind: 'boolean', default: true, updatable: false },
  norms: { kind: 'boolean', default: true, updatable: true },
  index_options: { kind: 'string', default: 'positions', updatable: false },
  index_phrases: { kind: 'boolean', default: false, updatable: false },
  index_prefixes: { kind: 'any', default: null, updatable: false },
  fielddata: { kind: 'boolean', default: false, updatable: true },
  fielddata_frequency_filter: { kind: 'any', default: null, updatable: true },
  eager_global_ordinals: { kind: 'boolean', default: false, updatable: true },
  position_increment_gap: { kind: 'integer', default: 100, updatable: false },
  similarity: { kind: 'string', default: null, updatable: false },
  term_vector: { kind: 'string', default: 'no', updatable: false }
}

export const textType: FieldType = {
  typeName: 'text',
  parseDefinition: (context) => createText(context, 'text')
}
/** Stores no positions in Elasticsearch and scores 1; here it is text under another name. */
export const matchOnlyTextType: FieldType = {
  typeName: 'match_only_text',
  parseDefinition: (context) => createText(context, 'match_only_text')
}

function createText(context: DefinitionContext, typeName: string): LeafField {
  const { name } = context
  const parameters = readUpdate(context, typeName, table)
  const analyzer = analyzerOf(context, stringParameter(parameters, 'analyzer') ?? 'default')
  const searchName = stringParameter(parameters, 'search_analyzer')
  if (searchName !== null && !parameters.given.has('analyzer')) {
    throw new VectorStoreError(
      'MAPPING_PARSE',
      `analyzer on field [${name}] must be set when search_analyzer is set`
    )
  }
  const searchAnalyzer = searchName === null ? analyzer : analyzerOf(context, searchName)
  const quoteName = stringParameter(parameters, 'search_quote_analyzer')
  if (quoteName !== null && searchName === null) {
    throw new VectorStoreError(
      'MAPPING_PARSE',
      `analyzer and search_analyzer on field [${name}] must be set when search_quote_analyzer is set`
    )
  }
  const quoteAnalyzer = quoteName === null ? searchAnalyzer : analyzerOf(context, quoteName)
  const isIndexed = booleanParameter(parameters, 'index')
  const info = scalarInfo(context, null, isIndexed ? 'positions' : 'none')
  return {
    ...scalarFacts(parameters, info),
    queries: textQueries(info, searchAnalyzer, quoteAnalyzer),
    nullValue: null,
    parseScalar(value, sink) {
      if (isIndexed) sink.addText(info, analyzer, value.text)
      else sink.addPresent(name)
    },
    fetchValues(value, format) {
      refuseFormat(name, typeName, format)
      return flat(value).map((each) => textOf(each))
    },
    columnValue: () => refuseColumn(name),
    sortValue: () => refuseColumn(name)
  }
}

function refuseColumn(name: string): never {
  throw argument(
    `Fielddata is disabled on [${name}] in [text] fields. Text fields are not optimised for operations that require per-document field data like aggregations and sorting, so these operations are disabled by default. Please use a keyword field instead.`
  )
}

function analyzerOf(context: DefinitionContext, name: string): Analyzer {
  const analyzer = context.analyzers.get(name)
  if (analyzer === null) throw argument(`analyzer [${name}] has not been configured in mappings`)
  return analyzer
}

function textQueries(
  info: FieldInfo,
  searchAnalyzer: Analyzer,
  quoteAnalyzer: Analyzer
): FieldQueries {
  const checked = (): void => {
    if (info.postings === 'none') throw notIndexed(info.name)
  }
  return {
    term(value, caseInsensitive) {
      checked()
      const term = scalarText(value)
      if (caseInsensitive) return caseInsensitiveTerm(info, term)
      return { type: 'term', field: info, term, scored: true }
    },
    terms(values) {
      checked()
      return termSetOf(info, values.map(scalarText))
    },
    range(query) {
      checked()
      return termRange(info, query, (text) => text)
    },
    pattern(query) {
      checked()
      const { kind, pattern, caseInsensitive } = query
      return { type: 'termPattern', field: info, pattern, kind, caseInsensitive }
    },
    match(query, analyzers) {
      checked()
      return matchQuery(info, query, namedAnalyzer(analyzers, query.analyzer) ?? searchAnalyzer)
    },
    matchPhrase(query, analyzers) {
      checked()
      return phraseQuery(info, query, namedAnalyzer(analyzers, query.analyzer) ?? quoteAnalyzer)
    },
    knn: null
  }
}

function namedAnalyzer(analyzers: Analyzers, name: string | null): Analyzer | null {
  if (name === null) return null
  const analyzer = analyzers.get(name)
  if (analyzer === null) throw argument(`[match] analyzer [${name}] not found`)
  return analyzer
}

function matchQuery(field: FieldInfo, query: MatchQuery, analyzer: Analyzer): Query {
  const tokens = analyzer.analyze(scalarText(query.text))
  const terms: Query[] = tokens.map(({ term }) => ({ type: 'term', field, term, scored: true }))
  if (terms.length === 0) return query.zeroTermsQuery === 'all' ? { type: 'matchAll' } : matchNone
  if (terms.length === 1) return terms[0]!
  const isAnd = query.operator === 'and'
  return {
    type: 'bool',
    must: isAnd ? terms : [],
    should: isAnd ? [] : terms,
    filter: [],
    mustNot: [],
    minimumShouldMatch: isAnd ? null : query.minimumShouldMatch
  }
}

function phraseQuery(field: FieldInfo, query: PhraseQuery, analyzer: Analyzer): Query {
  const terms = analyzer
    .analyze(scalarText(query.text))
    .map(({ term, position }) => ({ term, position }))
  const [first] = terms
  if (first === undefined) return matchNone
  if (terms.length === 1) return { type: 'term', field, term: first.term, scored: true }
  return { type: 'phrase', field, terms, slop: query.slop }
}
