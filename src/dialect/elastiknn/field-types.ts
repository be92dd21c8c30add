/** The field types of Elastiknn: their definitions, their documents, and what other queries find in them. */
import { conflictText, mapperConflict } from '../../mapping/index.ts'
import type {
  DefinitionContext,
  FieldQueries,
  FieldType,
  KnnFieldQuery,
  LeafField,
  WholeValue
} from '../../mapping/index.ts'
import type { BoundField, JsonScalar, Query } from '../../query/index.ts'
import type { FieldInfo } from '../../segment/index.ts'
import { VectorStoreError } from '../../util/index.ts'
import type { VectorSpec } from '../../vector/index.ts'
import { parseQueryVector } from '../elasticsearch/dense-vector-query.ts'
import { rawLimit, scoreFormula } from '../elasticsearch/dense-vector-score.ts'
import { denseTypeName, readDefinition, sparseTypeName } from './definition.ts'
import type { ElastiknnDefinition, ElastiknnTypeName } from './definition.ts'
import { readDocumentVector } from './vector-document.ts'

/** Definitions of fields in use: queries find theirs without reading it again. */
const definitions: WeakMap<object, ElastiknnDefinition> = new WeakMap()

/** The definition of a field of these types; null: it is of another type. */
export function definitionOf(field: BoundField): ElastiknnDefinition | null {
  return definitions.get(field) ?? null
}

export const elastiknnTypes: readonly FieldType[] = ([denseTypeName, sparseTypeName] as const).map(
  (typeName) => ({ typeName, parseDefinition: (context) => createField(typeName, context) })
)

function createField(typeName: ElastiknnTypeName, context: DefinitionContext): LeafField {
  const { name } = context
  if (context.isSubField) {
    throw new VectorStoreError(
      'MAPPING_PARSE',
      `Field [${name}] of type [${typeName}] can't be used in multifields`
    )
  }
  const definition = readDefinition(typeName, context.definition)
  checkUpdate(typeName, context, definition)
  const info: FieldInfo = {
    number: context.number,
    name,
    column: null,
    postings: 'none',
    vector: vectorSpec(definition)
  }
  const field: LeafField = {
    name,
    typeName,
    info,
    copyTo: [],
    queries: queriesOf(name, typeName, info, definition),
    nullValue: null,
    ignoreMalformed: false,
    parseScalar: null,
    parseWhole(value) {
      addVector(value, info, definition)
      return null
    },
    toJson: () => definition.json,
    existsQuery: () => ({ type: 'exists', fields: [info] }),
    fetchValues: () => [],
    columnValue: () => refuse(name, typeName, 'has no column'),
    sortValue: () => refuse(name, typeName, "doesn't support sorting"),
    vector: null
  }
  definitions.set(field, definition)
  return field
}

function checkUpdate(
  typeName: ElastiknnTypeName,
  context: DefinitionContext,
  next: ElastiknnDefinition
): void {
  if (context.previous === null) return
  const before = readDefinition(typeName, context.previous).json['elastiknn']
  const after = next.json['elastiknn']
  if (JSON.stringify(before) === JSON.stringify(after)) return
  throw mapperConflict(context.name, [conflictText('elastiknn', before, after)])
}

/** Every similarity can be asked of the rows as they are; `space` is that of a knn query, where the mapping says one. */
function vectorSpec({ kind, dims, similarity, hash }: ElastiknnDefinition): VectorSpec {
  const isSparse = kind === 'sparse bool'
  const denseSpace = similarity === 'cosine' ? 'cosine' : 'l2'
  return {
    dims,
    element: isSparse ? 'sparse-bool' : 'float32',
    space: isSparse ? 'jaccard' : denseSpace,
    index: 'flat',
    m: 16,
    efConstruction: 100,
    codes: 'float32',
    ...(hash === null ? {} : { hashes: hash })
  }
}

function addVector(value: WholeValue, info: FieldInfo, definition: ElastiknnDefinition): void {
  const { kind, dims } = definition
  const { vector, text } = readDocumentVector(value, kind, dims)
  if (value.sink.hasVector(info)) {
    throw argument(`Field [${info.name}] has more than one vector in the same document`)
  }
  value.sink.addVector(info, vector, text)
}

function queriesOf(
  name: string,
  typeName: string,
  info: FieldInfo,
  definition: ElastiknnDefinition
): FieldQueries {
  const refuseTerm = (value: JsonScalar): never =>
    refuse(name, typeName, `doesn't support term queries with value of type [${javaType(value)}]`)
  const { kind, similarity } = definition
  const isKnnKnown = kind === 'dense float' && similarity !== null
  return {
    term: (value) => refuseTerm(value),
    terms: (values) => refuseTerm(values[0] ?? null),
    match: ({ text }) => refuseTerm(text),
    matchPhrase: ({ text }) => refuseTerm(text),
    range: () => refuse(name, typeName, 'does not support range queries'),
    pattern({ kind: pattern }) {
      throw argument(
        `Can only use ${pattern} queries on keyword, text and wildcard fields - not on [${name}] which is of type [${typeName}]`
      )
    },
    knn: isKnnKnown ? (query, filter) => knnQuery(info, definition, query, filter) : null
  }
}

/** Elasticsearch's own query: exact, by the similarity of the mapping, with Elasticsearch's scores. */
function knnQuery(
  info: FieldInfo,
  { dims, similarity }: ElastiknnDefinition,
  query: KnnFieldQuery,
  filter: Query | null
): Query {
  const elementType = 'float'
  const asElasticsearch = similarity === 'cosine' ? 'cosine' : 'l2_norm'
  return {
    type: 'knn',
    field: info,
    vector: parseQueryVector(query.vector, { elementType, dims, similarity: asElasticsearch }),
    k: query.k,
    candidates: query.candidates,
    filter,
    rawLimit:
      query.similarity === null ? null : rawLimit(asElasticsearch, elementType, query.similarity),
    score: scoreFormula(asElasticsearch, elementType, dims),
    exhaustive: false,
    rescore: null
  }
}

/** The class that Java has for a scalar of a body. */
function javaType(value: JsonScalar): string {
  switch (typeof value) {
    case 'string':
      return 'java.lang.String'
    case 'boolean':
      return 'java.lang.Boolean'
    case 'bigint':
      return 'java.math.BigInteger'
    case 'number':
      if (!Number.isInteger(value)) return 'java.lang.Double'
      return Math.abs(value) < 2 ** 31 ? 'java.lang.Integer' : 'java.lang.Long'
    default:
      return 'null'
  }
}

function refuse(name: string, typeName: string, why: string): never {
  throw argument(`Field [${name}] of type [${typeName}] ${why}`)
}

function argument(message: string): VectorStoreError {
  return new VectorStoreError('REQUEST_ARGUMENT', message)
}
