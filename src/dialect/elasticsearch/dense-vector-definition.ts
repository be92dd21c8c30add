/** The definition of a dense_vector field: parameters, defaults, and what they may not be together. */
import { readBoolean } from '../../mapping/index.ts'
import type { MappingJson } from '../../mapping/index.ts'
import { VectorStoreError } from '../../util/index.ts'
import { argument, shown } from './dense-vector-checks.ts'
import { defaultIndexOptions, readIndexOptions } from './dense-vector-options.ts'
import type { ElementType, IndexOptions } from './dense-vector-options.ts'
import { similarities } from './dense-vector-score.ts'
import type { Similarity } from './dense-vector-score.ts'

/** Completed with defaults. */
export type DenseVectorDefinition = {
  readonly elementType: ElementType
  readonly isElementTypeGiven: boolean
  /** null until the first document. */
  readonly dims: number | null
  readonly isIndexed: boolean
  /** null when not indexed. */
  readonly similarity: Similarity | null
  readonly indexOptions: IndexOptions | null
  readonly copyTo: readonly string[]
  /** meta, copy_to, inference_id: only echoed. */
  readonly others: ReadonlyMap<string, unknown>
}

const elementTypes: readonly ElementType[] = ['byte', 'float', 'bit', 'bfloat16']
const dimsMax = 4096
const bitDimsMin = 8
const bitDimsMax = 32768

const parameters: ReadonlySet<string> = new Set([
  'element_type',
  'dims',
  'index',
  'similarity',
  'index_options',
  'meta',
  'copy_to',
  'inference_id'
])
const echoed: readonly string[] = ['meta', 'copy_to', 'inference_id']

/** Errors MAPPING_PARSE, REQUEST_ARGUMENT with the texts of Elasticsearch. */
export function readDefinition(name: string, json: MappingJson): DenseVectorDefinition {
  for (const key of Object.keys(json)) {
    if (parameters.has(key)) continue
    throw new VectorStoreError(
      'MAPPING_PARSE',
      `unknown parameter [${key}] on mapper [${name}] of type [dense_vector]`
    )
  }
  const elementType = readElementType(json['element_type'])
  const dims = readDims(name, json['dims'], elementType)
  const isIndexed = json['index'] === undefined ? true : readBoolean(name, 'index', json['index'])
  const copyTo = json['copy_to']
  return {
    elementType,
    isElementTypeGiven: json['element_type'] !== undefined,
    dims,
    isIndexed,
    similarity: readSimilarity(json, elementType, isIndexed),
    indexOptions: readOptions(name, json['index_options'], elementType, dims, isIndexed),
    copyTo: typeof copyTo === 'string' ? [copyTo] : Array.isArray(copyTo) ? copyTo.map(String) : [],
    others: new Map(Object.entries(json).filter(([key]) => echoed.includes(key)))
  }
}

function readElementType(value: unknown): ElementType {
  if (value === undefined) return 'float'
  const known = elementTypes.find((each) => each === value)
  if (known !== undefined) return known
  throw new VectorStoreError(
    'MAPPING_PARSE',
    `invalid element_type [${shown(value)}]; available types are [${elementTypes.join(', ')}]`
  )
}

function readDims(name: string, value: unknown, elementType: ElementType): number | null {
  if (value === undefined || value === null) return null
  if (typeof value !== 'number' || !Number.isInteger(value)) {
    throw new VectorStoreError(
      'MAPPING_PARSE',
      `Property [dims] on field [${name}] must be an integer but got [${shown(value)}]`
    )
  }
  const [min, max] = elementType === 'bit' ? [bitDimsMin, bitDimsMax] : [1, dimsMax]
  if (value < min || value > max) {
    throw new VectorStoreError(
      'MAPPING_PARSE',
      `The number of dimensions should be in the range [${min}, ${max}] but was [${value}]`
    )
  }
  if (elementType === 'bit' && value % 8 !== 0) {
    throw new VectorStoreError(
      'MAPPING_PARSE',
      `The number of dimensions for should be a multiple of 8 but was [${value}]`
    )
  }
  return value
}

function readSimilarity(
  json: MappingJson,
  elementType: ElementType,
  isIndexed: boolean
): Similarity | null {
  const value = json['similarity']
  if (!isIndexed) {
    if (value === undefined || value === null) return null
    throw argument(
      'Field [similarity] can only be specified for a field of type [dense_vector] when it is indexed'
    )
  }
  if (value === undefined) return elementType === 'bit' ? 'l2_norm' : 'cosine'
  if (value === null) {
    throw argument('Field [index] requires field [similarity] to be configured and not null')
  }
  const known = similarities.find((each) => each === value)
  if (known === undefined) {
    throw new VectorStoreError(
      'MAPPING_PARSE',
      `Unknown value [${shown(value)}] for field [similarity] - accepted values are [${similarities.join(', ')}]`
    )
  }
  if (elementType === 'bit' && known !== 'l2_norm') {
    throw argument('The [l2_norm] similarity is the only supported similarity for bit vectors')
  }
  return known
}

function readOptions(
  name: string,
  value: unknown,
  elementType: ElementType,
  dims: number | null,
  isIndexed: boolean
): IndexOptions | null {
  if (value === undefined || value === null) {
    return isIndexed ? defaultIndexOptions(elementType, dims) : null
  }
  if (!isIndexed) {
    throw argument(
      'Field [index_options] can only be specified for a field of type [dense_vector] when it is indexed'
    )
  }
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw new VectorStoreError(
      'MAPPING_PARSE',
      '[index_options] requires field [type] to be configured'
    )
  }
  return readIndexOptions(name, value as MappingJson, elementType, dims)
}
