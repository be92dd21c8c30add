/** The dense_vector field type of Elasticsearch: its definition, its documents, its queries. */
import { conflictText, createFieldTypeRegistry, mapperConflict } from '../../mapping/index.ts'
import type {
  DefinitionContext,
  FieldQueries,
  FieldType,
  FieldTypeRegistry,
  KnnFieldQuery,
  LeafField,
  MappedField,
  MappingJson,
  WholeValue
} from '../../mapping/index.ts'
import type { Query } from '../../query/index.ts'
import type { FieldInfo } from '../../segment/index.ts'
import { VectorStoreError, shortestFloat32 } from '../../util/index.ts'
import type { DenseVector, Element, VectorSpec } from '../../vector/index.ts'
import { encodeBase64 } from './dense-vector-bytes.ts'
import { argument, checkMagnitude } from './dense-vector-checks.ts'
import {
  defaultEfConstruction,
  defaultM,
  isFlat,
  isUpdatable,
  printIndexOptions
} from './dense-vector-options.ts'
import type { ElementType } from './dense-vector-options.ts'
import { readDefinition } from './dense-vector-definition.ts'
import type { DenseVectorDefinition } from './dense-vector-definition.ts'
import { parseQueryVector } from './dense-vector-query.ts'
import { rawLimit, scoreFormula, spaceOf } from './dense-vector-score.ts'
import { inferDims, readVector } from './dense-vector-values.ts'

/** Arrays of decimal numbers of this length become vectors by dynamic mapping. */
const dynamicDimsMin = 128
const dynamicDimsMax = 4096
/** Vectors compared again with the originals, at most. */
const rescoreMax = 10_000

const denseVectorType: FieldType = {
  typeName: 'dense_vector',
  parseDefinition: createDenseVector
}

/** The field types of Elasticsearch: the core ones, dense_vector with vectors by dynamic mapping, those of plugins. */
export function elasticsearchFieldTypes(plugins: readonly FieldType[] = []): FieldTypeRegistry {
  return createFieldTypeRegistry([denseVectorType, ...plugins], {
    vectorTypeName: 'dense_vector',
    dynamicFloatArray: (count) =>
      count >= dynamicDimsMin && count <= dynamicDimsMax
        ? { type: 'dense_vector', dims: count }
        : null
  })
}

function createDenseVector(context: DefinitionContext): LeafField {
  const { name } = context
  if (context.isSubField) {
    throw new VectorStoreError(
      'MAPPING_PARSE',
      `Field [${name}] of type [dense_vector] can't be used in multifields`
    )
  }
  const definition = readDefinition(name, context.definition)
  checkUpdate(context, definition)
  const info = fieldInfo(context, definition)
  const vector = vectorOf(definition)
  return {
    name,
    typeName: 'dense_vector',
    info,
    copyTo: definition.copyTo,
    queries: queriesOf(name, knnQueries(name, definition, info, vector)),
    nullValue: null,
    ignoreMalformed: false,
    parseScalar: null,
    parseWhole: (value) => parseValue(name, definition, info, value),
    toJson: () => print(definition),
    existsQuery: () => (info === null ? { type: 'matchNone' } : { type: 'exists', fields: [info] }),
    fetchValues: (value, format) => fetchValues(name, value, format),
    columnValue: () => refuse(name, 'has no column'),
    sortValue: () => refuse(name, "doesn't support sorting"),
    vector
  }
}

function checkUpdate(context: DefinitionContext, next: DenseVectorDefinition): void {
  if (context.previous === null) return
  const { type: _type, ...before } = context.previous
  const old = readDefinition(context.name, before)
  const conflicts: string[] = []
  const compare = (parameter: string, from: unknown, to: unknown): void => {
    if (from !== to) conflicts.push(conflictText(parameter, from, to))
  }
  compare('element_type', old.elementType, next.elementType)
  if (old.dims !== null) compare('dims', old.dims, next.dims)
  compare('index', old.isIndexed, next.isIndexed)
  compare('similarity', old.similarity, next.similarity)
  if (!isUpdatable(old.indexOptions, next.indexOptions)) {
    const shown = [old, next].map(({ indexOptions }) =>
      indexOptions === null ? null : printIndexOptions(indexOptions)
    )
    conflicts.push(conflictText('index_options', shown[0], shown[1]))
  }
  if (conflicts.length > 0) throw mapperConflict(context.name, conflicts)
}

/** null while dims are not known: nothing is stored under the field yet. */
function fieldInfo(
  context: DefinitionContext,
  definition: DenseVectorDefinition
): FieldInfo | null {
  const { dims } = definition
  if (dims === null) return null
  return {
    number: context.number,
    name: context.name,
    column: null,
    postings: 'none',
    vector: vectorSpec(definition, dims)
  }
}

const elements: Readonly<Record<ElementType, Element>> = {
  float: 'float32',
  bfloat16: 'float32',
  byte: 'int8',
  bit: 'bit'
}

/** Index types that are not built are served by the nearest that is: flat for the flat ones, HNSW for the others. */
function vectorSpec(definition: DenseVectorDefinition, dims: number): VectorSpec {
  const { elementType, indexOptions } = definition
  const isQuantized =
    indexOptions !== null && indexOptions.type !== 'hnsw' && indexOptions.type !== 'flat'
  const isScanned = indexOptions !== null && isFlat(indexOptions)
  return {
    dims,
    element: elements[elementType],
    space: spaceOf(definition.similarity ?? 'cosine', elementType),
    index: definition.isIndexed ? (isScanned ? 'flat' : 'hnsw') : 'none',
    m: indexOptions?.m ?? defaultM,
    efConstruction: indexOptions?.efConstruction ?? defaultEfConstruction,
    codes: isQuantized ? 'auto' : 'float32'
  }
}

function print(definition: DenseVectorDefinition): MappingJson {
  const { dims, indexOptions } = definition
  return {
    type: 'dense_vector',
    ...(definition.isElementTypeGiven ? { element_type: definition.elementType } : {}),
    ...(dims === null ? {} : { dims }),
    index: definition.isIndexed,
    ...(definition.similarity === null ? {} : { similarity: definition.similarity }),
    ...(indexOptions === null ? {} : { index_options: printIndexOptions(indexOptions) }),
    ...Object.fromEntries(definition.others)
  }
}

function parseValue(
  name: string,
  definition: DenseVectorDefinition,
  info: FieldInfo | null,
  value: WholeValue
): MappingJson | null {
  const { elementType, similarity, dims } = definition
  if (value.scanner.token === 'null') return null
  if (dims === null || info === null) {
    return { ...print(definition), dims: inferDims(value, elementType) }
  }
  if (value.sink.hasVector(info)) {
    throw argument(
      `Field [${name}] of type [dense_vector] doesn't support indexing multiple values for the same field in the same document`
    )
  }
  const { vector, text } = readVector(value, { name, elementType, dims })
  if (similarity !== null && !(vector instanceof Uint8Array)) {
    checkMagnitude(vector, similarity, elementType)
  }
  value.sink.addVector(info, vector, text)
  return null
}

function vectorOf(definition: DenseVectorDefinition): MappedField['vector'] {
  const { dims, elementType, indexOptions } = definition
  if (dims === null) return null
  const similarity = definition.similarity ?? (elementType === 'bit' ? 'l2_norm' : 'cosine')
  const oversample = indexOptions?.oversample ?? 0
  return {
    parseQuery: (value) => parseQueryVector(value, { elementType, dims, similarity }),
    score: scoreFormula(similarity, elementType, dims),
    rawLimit: (threshold) => rawLimit(similarity, elementType, threshold),
    oversample: oversample === 0 ? null : oversample,
    exhaustive: indexOptions !== null && isFlat(indexOptions) && oversample === 0
  }
}

function queriesOf(name: string, knn: FieldQueries['knn']): FieldQueries {
  return {
    term: () => refuse(name, "doesn't support term queries"),
    terms: () => refuse(name, "doesn't support term queries"),
    match: () => refuse(name, "doesn't support term queries"),
    matchPhrase: () => refuse(name, "doesn't support term queries"),
    range: () => refuse(name, 'does not support range queries'),
    pattern(query) {
      throw argument(
        `Can only use ${query.kind} queries on keyword, text and wildcard fields - not on [${name}] which is of type [dense_vector]`
      )
    },
    knn
  }
}

function knnQueries(
  name: string,
  { isIndexed, indexOptions }: DenseVectorDefinition,
  info: FieldInfo | null,
  vector: MappedField['vector']
): (query: KnnFieldQuery, filter: Query | null) => Query {
  const isFlatType = indexOptions !== null && isFlat(indexOptions)
  // 0 turns the mapping's oversampling off. Types that keep the numbers as they are have nothing to rescore.
  const isQuantized =
    indexOptions !== null && indexOptions.type !== 'flat' && indexOptions.type !== 'hnsw'
  return (query, filter) => {
    if (!isIndexed) {
      throw argument(
        `to perform knn search on field [${name}], its mapping must have [index] set to [true]`
      )
    }
    if (vector === null || info === null) return { type: 'matchNone' }
    const oversample = isQuantized ? (query.oversample ?? vector.oversample ?? 0) : 0
    return {
      type: 'knn',
      field: info,
      vector: vector.parseQuery(query.vector),
      k: query.k,
      candidates: query.candidates,
      filter,
      rawLimit: query.similarity === null ? null : vector.rawLimit(query.similarity),
      score: vector.score,
      exhaustive: isFlatType && oversample === 0 && !query.section,
      rescore: oversample === 0 ? null : Math.min(rescoreMax, Math.ceil(query.k * oversample))
    }
  }
}

/** Values of a source, or of a stored vector (a typed array): the latter as docvalue_fields prints it. */
function fetchValues(name: string, value: unknown, format: string | null): readonly unknown[] {
  if (isVector(value)) return [docValue(name, value, format ?? 'array')]
  if (format !== null) {
    throw argument(`Field [${name}] of type [dense_vector] doesn't support formats.`)
  }
  if (value === null || value === undefined) return []
  return Array.isArray(value) ? value : [value]
}

function isVector(value: unknown): value is DenseVector {
  return value instanceof Float32Array || value instanceof Int8Array || value instanceof Uint8Array
}

function docValue(name: string, vector: DenseVector, format: string): unknown {
  if (format === 'binary' || format === 'base64') return encodeBase64(vector)
  if (format !== 'array') {
    throw argument(
      `Field [${name}] of type [dense_vector] doesn't support format [${format}]. Supported formats are [array, binary].`
    )
  }
  if (vector instanceof Float32Array) return Array.from(vector, shortestFloat32)
  // Bits print as signed bytes.
  return [...new Int8Array(vector.buffer, vector.byteOffset, vector.byteLength)]
}

function refuse(name: string, why: string): never {
  throw argument(`Field [${name}] of type [dense_vector] ${why}`)
}
