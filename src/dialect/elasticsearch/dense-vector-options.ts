/** index_options of dense_vector: what each type takes, what it prints, what it may become. */
import { readBoolean, sameJson } from '../../mapping/index.ts'
import type { MappingJson } from '../../mapping/index.ts'
import { VectorStoreError } from '../../util/index.ts'
import { argument, shown } from './dense-vector-checks.ts'

export type ElementType = 'float' | 'byte' | 'bit' | 'bfloat16'

type IndexOptionsType =
  | 'flat'
  | 'int8_flat'
  | 'int4_flat'
  | 'bbq_flat'
  | 'hnsw'
  | 'int8_hnsw'
  | 'int4_hnsw'
  | 'bbq_hnsw'
  | 'bbq_disk'

/** Read and completed; null: not given, and the type prints nothing for it. */
export type IndexOptions = {
  readonly type: IndexOptionsType
  readonly m: number | null
  readonly efConstruction: number | null
  readonly confidenceInterval: number | null
  readonly oversample: number | null
  /** Everything else that was given, echoed. */
  readonly others: ReadonlyMap<string, unknown>
}

export const defaultM = 16
export const defaultEfConstruction = 100
/** Lucene's limits of an HNSW format. */
const mMax = 512
const efConstructionMax = 3200
/** From this many dims on the default is bbq_hnsw. */
const bbqDefaultDims = 384
const bbqDimsMin = 64
const bbqOversample = 3
const clusterSizeDefault = 384

const graphKeys = ['m', 'ef_construction', 'flat_index_threshold', 'on_disk_merge'] as const

/** Keys beside `type`. on_disk_rescore is refused by name where it does not apply. */
const keysByType: Readonly<Record<IndexOptionsType, readonly string[]>> = {
  flat: [],
  int8_flat: ['confidence_interval', 'rescore_vector'],
  int4_flat: ['confidence_interval', 'rescore_vector'],
  bbq_flat: ['rescore_vector'],
  hnsw: graphKeys,
  int8_hnsw: [...graphKeys, 'confidence_interval', 'rescore_vector', 'on_disk_rescore'],
  int4_hnsw: [...graphKeys, 'confidence_interval', 'rescore_vector', 'on_disk_rescore'],
  bbq_hnsw: [...graphKeys, 'rescore_vector', 'on_disk_rescore'],
  bbq_disk: [
    'cluster_size',
    'default_visit_percentage',
    'rescore_vector',
    'on_disk_rescore',
    'bits',
    'precondition',
    'auto_calibrate',
    'flat_index_threshold'
  ]
}

const flatTypes: ReadonlySet<IndexOptionsType> = new Set([
  'flat',
  'int8_flat',
  'int4_flat',
  'bbq_flat'
])

export function isFlat(options: IndexOptions): boolean {
  return flatTypes.has(options.type)
}

function isGraph(type: IndexOptionsType): boolean {
  return !flatTypes.has(type) && type !== 'bbq_disk'
}

/**
 * Reads index_options; dims and element type are checked as far as they are known.
 *
 * Errors   MAPPING_PARSE, REQUEST_ARGUMENT with the texts of Elasticsearch.
 */
export function readIndexOptions(
  field: string,
  value: MappingJson,
  elementType: ElementType,
  dims: number | null
): IndexOptions {
  const typeName = value['type']
  if (typeName === undefined) {
    throw mappingFault('[index_options] requires field [type] to be configured')
  }
  if (typeof typeName !== 'string' || !Object.hasOwn(keysByType, typeName)) {
    throw mappingFault(
      `Unknown vector index options type [${shown(typeName)}] for field [${field}]`
    )
  }
  const type = typeName as IndexOptionsType
  const given = new Map(Object.entries(value))
  given.delete('type')
  checkKeys(field, type, given)
  checkElement(type, elementType)
  if (dims !== null) checkDims(type, dims)
  const others = readOthers(field, type, given)
  return {
    type,
    m: isGraph(type) ? (limited(given, 'm', mMax, 'maxConn') ?? defaultM) : null,
    efConstruction: isGraph(type)
      ? (limited(given, 'ef_construction', efConstructionMax, 'beamWidth') ?? defaultEfConstruction)
      : null,
    confidenceInterval: confidenceInterval(type, given),
    oversample: oversampleOf(type, given),
    others
  }
}

function checkKeys(field: string, type: IndexOptionsType, given: Map<string, unknown>): void {
  const allowed = keysByType[type]
  if (given.has('on_disk_rescore') && !allowed.includes('on_disk_rescore')) {
    if (readBoolean(field, 'on_disk_rescore', given.get('on_disk_rescore'))) {
      throw argument('on_disk_rescore is only supported for indexed and quantized vector types')
    }
    given.delete('on_disk_rescore')
  }
  const unknown = [...given].filter(([key]) => !allowed.includes(key))
  if (unknown.length === 0) return
  const list = unknown.map(([key, value]) => ` [${key} : ${shown(value)}]`).join('')
  throw mappingFault(`Mapping definition for [${field}] has unsupported parameters: ${list}`)
}

function checkElement(type: IndexOptionsType, elementType: ElementType): void {
  if (type === 'flat' || type === 'hnsw') return
  if (elementType === 'float' || elementType === 'bfloat16') return
  throw argument(`[element_type] cannot be [${elementType}] when using index type [${type}]`)
}

/** Errors REQUEST_ARGUMENT when an index of this type cannot have so many dims. */
function checkDims(type: IndexOptionsType, dims: number): void {
  if (type.startsWith('int4_') && dims % 2 !== 0) {
    throw argument(`${type} only supports even dimensions; provided=${dims}`)
  }
  if ((type === 'bbq_hnsw' || type === 'bbq_flat') && dims < bbqDimsMin) {
    throw argument(`${type} does not support dimensions fewer than ${bbqDimsMin}; provided=${dims}`)
  }
}

function limited(
  given: ReadonlyMap<string, unknown>,
  key: string,
  max: number,
  luceneName: string
): number | null {
  const value = given.get(key)
  if (value === undefined || value === null) return null
  const number = Number(value)
  if (!Number.isInteger(number)) {
    throw argument(`Property [${key}] must be an integer but got [${shown(value)}]`)
  }
  if (number < 1 || number > max) {
    throw argument(
      `${luceneName} must be positive and less than or equal to ${max}; ${luceneName}=${number}`
    )
  }
  return number
}

function confidenceInterval(
  type: IndexOptionsType,
  given: ReadonlyMap<string, unknown>
): number | null {
  const value = given.get('confidence_interval')
  if (value === undefined || value === null) return type.startsWith('int4_') ? 0 : null
  return finite('confidence_interval', value)
}

function oversampleOf(type: IndexOptionsType, given: ReadonlyMap<string, unknown>): number | null {
  const value = given.get('rescore_vector')
  if (value === undefined || value === null) return type.startsWith('bbq_') ? bbqOversample : null
  const oversample = isObject(value) ? value['oversample'] : undefined
  if (oversample === undefined) {
    throw argument('Invalid rescore_vector value. Missing required field oversample')
  }
  const number = finite('oversample', oversample)
  if (number < 1 && number !== 0) throw argument('oversample must be greater than 1 or exactly 0')
  if (number > 10) throw argument('oversample must be less than or equal to 10')
  return number
}

const readElsewhere: ReadonlySet<string> = new Set([
  'm',
  'ef_construction',
  'confidence_interval',
  'rescore_vector'
])

function readOthers(
  field: string,
  type: IndexOptionsType,
  given: ReadonlyMap<string, unknown>
): ReadonlyMap<string, unknown> {
  const others = new Map<string, unknown>()
  if (type === 'bbq_disk') {
    const size = finite('cluster_size', given.get('cluster_size') ?? clusterSizeDefault)
    if (size < 64 || size > 65536) {
      throw argument(`cluster_size must be between 64 and 65536, got: ${size}`)
    }
    others.set('cluster_size', size)
    const percentage = finite(
      'default_visit_percentage',
      given.get('default_visit_percentage') ?? 0
    )
    if (percentage < 0 || percentage > 100) {
      const written = Number.isInteger(percentage) ? percentage.toFixed(1) : String(percentage)
      throw argument(
        `default_visit_percentage must be between 0.0 and 100.0, got: ${written} for field [${field}]`
      )
    }
    others.set('default_visit_percentage', percentage)
  }
  for (const [key, value] of given) {
    if (readElsewhere.has(key) || others.has(key)) continue
    others.set(key, key === 'on_disk_rescore' ? readBoolean(field, key, value) : value)
  }
  return others
}

/** What a field gets that names no index_options; null: not decided (dims unknown) or plain HNSW. */
export function defaultIndexOptions(
  elementType: ElementType,
  dims: number | null
): IndexOptions | null {
  if (elementType !== 'float' || dims === null) return null
  const isLong = dims >= bbqDefaultDims
  return {
    type: isLong ? 'bbq_hnsw' : 'int8_hnsw',
    m: defaultM,
    efConstruction: defaultEfConstruction,
    confidenceInterval: null,
    oversample: isLong ? bbqOversample : null,
    others: new Map()
  }
}

export function printIndexOptions(options: IndexOptions): MappingJson {
  return {
    type: options.type,
    ...(options.m === null ? {} : { m: options.m }),
    ...(options.efConstruction === null ? {} : { ef_construction: options.efConstruction }),
    ...(options.confidenceInterval === null
      ? {}
      : { confidence_interval: options.confidenceInterval }),
    ...Object.fromEntries(options.others),
    ...(options.oversample === null ? {} : { rescore_vector: { oversample: options.oversample } })
  }
}

const anyFlatOrGraph: readonly IndexOptionsType[] = [
  'int8_flat',
  'int4_flat',
  'bbq_flat',
  'hnsw',
  'int8_hnsw',
  'int4_hnsw',
  'bbq_hnsw'
]

/** What each type may become; graph types ask for m besides. */
const successors: Readonly<Record<IndexOptionsType, readonly IndexOptionsType[]>> = {
  flat: ['flat', ...anyFlatOrGraph, 'bbq_disk'],
  int8_flat: anyFlatOrGraph,
  int4_flat: ['int4_flat', 'bbq_flat', 'hnsw', 'int8_hnsw', 'int4_hnsw', 'bbq_hnsw'],
  bbq_flat: ['bbq_flat', 'bbq_hnsw'],
  hnsw: ['hnsw', 'int8_hnsw', 'int4_hnsw', 'bbq_hnsw'],
  int8_hnsw: ['int8_hnsw', 'int4_hnsw', 'bbq_hnsw'],
  int4_hnsw: ['int4_hnsw', 'bbq_hnsw'],
  bbq_hnsw: ['bbq_hnsw'],
  bbq_disk: ['bbq_disk']
}

/** May a mapping update change the first into the second? */
export function isUpdatable(from: IndexOptions | null, to: IndexOptions | null): boolean {
  if (from === null || to === null) return true
  if (sameJson(printIndexOptions(from), printIndexOptions(to))) return true
  if (!successors[from.type].includes(to.type)) return false
  if (isGraph(from.type) && (to.m ?? defaultM) < (from.m ?? defaultM)) return false
  if (from.type !== to.type) return true
  const before = from.confidenceInterval
  if (from.type === 'int8_hnsw') return before === null || before === to.confidenceInterval
  if (from.type === 'int4_hnsw') return before === to.confidenceInterval
  return true
}

function finite(key: string, value: unknown): number {
  const number = typeof value === 'string' ? Number(value) : value
  if (typeof number !== 'number' || !Number.isFinite(number)) {
    throw argument(`Property [${key}] must be a number but got [${shown(value)}]`)
  }
  return number
}

function isObject(value: unknown): value is MappingJson {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function mappingFault(message: string): VectorStoreError {
  return new VectorStoreError('MAPPING_PARSE', message)
}
