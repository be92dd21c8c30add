/**
 * `vector`: the vector type of the embedded API. It knows every space and says what is wrong in words of its own; the
 * products' vector types are their dialects' business.
 *
 *   { type: 'vector', dims: 384, element: 'float32', space: 'cosine', index: 'hnsw', m: 16, efConstruction: 100, codes: 'auto' }
 *
 * `dims` may be left out: the first vector sets it.
 */
import type { FieldQuery, Query } from '../query/index.ts'
import type { FieldInfo } from '../segment/index.ts'
import { FloatSlab, VectorStoreError } from '../util/index.ts'
import type { DenseElement as Element, Space, Vector, VectorSpec } from '../vector/index.ts'
import type {
  DefinitionContext,
  FieldQueries,
  FieldType,
  LeafField,
  VectorText,
  WholeValue
} from './field-type.ts'
import { argument, matchNone } from './leaf-queries.ts'
import {
  conflictText,
  mapperConflict,
  parameter,
  printParameters,
  readUpdate
} from './parameters.ts'
import type { Parameters, ParameterTable } from './parameters.ts'
import { vectorRawLimit, vectorScore } from './vector-score.ts'
import { decodeVector } from './vector-value.ts'
import type { VectorShape } from './vector-value.ts'

const typeName = 'vector'

/** Of documents: they go when their batch is written. */
const copies = new FloatSlab()

const spacesByElement: Readonly<Record<Element, readonly Space[]>> = {
  float32: ['cosine', 'l2', 'dot', 'mip', 'l1', 'linf'],
  int8: ['cosine', 'l2', 'dot', 'mip', 'l1', 'linf', 'hamming'],
  bit: ['hamming']
}
const elements = Object.keys(spacesByElement) as readonly Element[]
const indexKinds: readonly VectorSpec['index'][] = ['hnsw', 'flat', 'none']
const codeKinds: readonly VectorSpec['codes'][] = ['auto', 'float32']

/** A row is one page of 16 KiB at most. */
const dimsMax: Readonly<Record<Element, number>> = { float32: 4096, int8: 16_384, bit: 131_072 }
/** Lucene's limits, so that a definition can move to a cluster. */
const mMax = 512
const efConstructionMax = 3200

/** dims may be added once, which is checked here; everything else is fixed. */
const table: ParameterTable = {
  dims: { kind: 'integer', default: null, updatable: true },
  element: { kind: 'string', default: 'float32', updatable: false },
  space: { kind: 'string', default: null, updatable: false },
  index: { kind: 'string', default: 'hnsw', updatable: false },
  m: { kind: 'integer', default: 16, updatable: false },
  efConstruction: { kind: 'integer', default: 100, updatable: false },
  codes: { kind: 'string', default: 'auto', updatable: false },
  meta: { kind: 'any', default: null, updatable: true }
}

export const vectorType: FieldType = { typeName, parseDefinition: createVector }

/** A definition, read; dims null: not known yet. */
type Definition = Omit<VectorSpec, 'dims' | 'element'> & {
  readonly element: Element
  readonly dims: number | null
}

function createVector(context: DefinitionContext): LeafField {
  const { name } = context
  if (context.isSubField) throw fault(name, `cannot be a further field of another field`)
  const parameters = readParametersOf(context)
  const definition = readDefinition(name, parameters)
  const info: FieldInfo = {
    number: context.number,
    name,
    column: null,
    postings: 'none',
    vector: definition.dims === null ? null : { ...definition, dims: definition.dims }
  }
  const shape: VectorShape = { name, ...definition }
  const printed = printParameters(parameters)
  return {
    name,
    typeName,
    info,
    copyTo: [],
    queries: vectorQueries(info, definition, shape),
    nullValue: null,
    ignoreMalformed: false,
    parseScalar: null,
    parseWhole: (value) => parseValue(value, info, shape, printed),
    toJson: () => printed,
    existsQuery: () => ({ type: 'exists', fields: [info] }),
    fetchValues: (value) => (Array.isArray(value) ? value : [value]),
    columnValue: () => refuse(name, 'has no column values'),
    sortValue: () => refuse(name, 'has no order to sort by'),
    vector: {
      parseQuery: (value) => decodeVector(value, shape),
      score: vectorScore(definition.space, definition.element, definition.dims ?? 1),
      rawLimit: (similarity) => vectorRawLimit(definition.space, similarity),
      oversample: null,
      exhaustive: false
    }
  }
}

/** Errors MAPPING_PARSE, MAPPING_CONFLICT. */
function readParametersOf(context: DefinitionContext): Parameters {
  const before = context.previous
  const dimsBefore = before?.['dims'] ?? null
  const definition = withDefaults(context.definition)
  const parameters = readUpdate({ ...context, definition }, typeName, table)
  const dims = parameter(parameters, 'dims')
  if (dimsBefore === null || dims === dimsBefore) return parameters
  // Definitions that leave dims out stay valid after the first vector has set them.
  if (dims !== null) throw mapperConflict(context.name, [conflictText('dims', dimsBefore, dims)])
  return { ...parameters, given: new Map([...parameters.given, ['dims', dimsBefore]]) }
}

/** The space is printed always, as it depends on the element. */
function withDefaults(
  definition: DefinitionContext['definition']
): DefinitionContext['definition'] {
  const space = definition['space'] ?? (definition['element'] === 'bit' ? 'hamming' : 'cosine')
  return { ...definition, space }
}

function readDefinition(name: string, parameters: Parameters): Definition {
  const element = oneOf(name, parameters, 'element', elements)
  const space = oneOf(name, parameters, 'space', spacesByElement[element])
  const dims = parameter(parameters, 'dims') as number | null
  if (dims !== null) checkDims(name, element, dims)
  return {
    dims,
    element,
    space,
    index: oneOf(name, parameters, 'index', indexKinds),
    m: within(name, parameters, 'm', 2, mMax),
    efConstruction: within(name, parameters, 'efConstruction', 1, efConstructionMax),
    codes: oneOf(name, parameters, 'codes', codeKinds)
  }
}

function checkDims(name: string, element: Element, dims: number): void {
  const max = dimsMax[element]
  if (dims < 1 || dims > max) {
    throw fault(name, `has dims ${dims}, wanted 1 to ${max} for ${element} elements`)
  }
  if (element === 'bit' && dims % 8 !== 0) {
    throw fault(name, `has dims ${dims}, wanted a multiple of 8 for bit elements`)
  }
}

function oneOf<Value extends string>(
  name: string,
  parameters: Parameters,
  key: string,
  allowed: readonly Value[]
): Value {
  const value = parameter(parameters, key)
  const found = allowed.find((each) => each === value)
  if (found !== undefined) return found
  const about = key === 'space' ? ` for ${String(parameter(parameters, 'element'))} elements` : ''
  throw fault(name, `has ${key} ${String(value)}, wanted ${allowed.join(', ')}${about}`)
}

function within(
  name: string,
  parameters: Parameters,
  key: string,
  min: number,
  max: number
): number {
  const value = Number(parameter(parameters, key))
  if (value >= min && value <= max) return value
  throw fault(name, `has ${key} ${value}, wanted ${min} to ${max}`)
}

function fault(name: string, rest: string): VectorStoreError {
  return new VectorStoreError('MAPPING_PARSE', `vector field [${name}] ${rest}`)
}

function refuse(name: string, rest: string): never {
  throw argument(`vector field [${name}] ${rest}`)
}

/** The scanner stands at the value; a definition comes back when the field learns its dims from it. */
function parseValue(
  { scanner, sink, vectors }: WholeValue,
  info: FieldInfo,
  shape: VectorShape,
  printed: Readonly<Record<string, unknown>>
): Readonly<Record<string, unknown>> | null {
  if (scanner.token === 'null') return null
  let value: unknown
  let text: VectorText
  if (scanner.token === 'cut') {
    value = vectors[scanner.cut]
    text = { cut: scanner.cut }
  } else {
    if (scanner.token !== 'arrayStart') {
      const what = scanner.token === 'objectStart' ? 'an object' : `a ${scanner.token}`
      throw vectorFault(shape, `is ${what}, wanted an array of numbers`)
    }
    const from = scanner.start
    value = scanner.peekNumbers()
    if (value === null)
      throw vectorFault(shape, 'holds a value that is no finite number, wanted numbers only')
    scanner.takeNumbers()
    text = { from, to: scanner.end, form: 'numbers' }
  }
  const vector = decodeVector(value, shape, copies)
  if (sink.hasVector(info)) throw vectorFault(shape, 'is there twice, wanted one in a document')
  if (info.vector !== null) {
    sink.addVector(info, vector, text)
    return null
  }
  const dims = shape.element === 'bit' ? vector.length * 8 : vector.length
  checkDims(shape.name, shape.element, dims)
  return { ...printed, dims }
}

function vectorFault(shape: VectorShape, rest: string): VectorStoreError {
  return new VectorStoreError('VECTOR_VALUE', `vector of field [${shape.name}] ${rest}`)
}

function vectorQueries(info: FieldInfo, definition: Definition, shape: VectorShape): FieldQueries {
  const unsupported = (): never => refuse(info.name, 'answers knn and exists queries only')
  return {
    term: unsupported,
    terms: unsupported,
    range: unsupported,
    pattern: unsupported,
    match: unsupported,
    matchPhrase: unsupported,
    knn: (query, filter) => lowerKnn(query, filter, info, definition, shape)
  }
}

function lowerKnn(
  query: Extract<FieldQuery, { type: 'fieldKnn' }>,
  filter: Query | null,
  info: FieldInfo,
  definition: Definition,
  shape: VectorShape
): Query {
  if (definition.index === 'none')
    refuse(info.name, 'has index none, wanted hnsw or flat to search it')
  const vector: Vector = decodeVector(query.vector, shape)
  if (info.vector === null) return matchNone
  const { space, element } = definition
  return {
    type: 'knn',
    field: info,
    vector,
    k: query.k,
    candidates: query.candidates,
    filter,
    rawLimit: query.similarity === null ? null : vectorRawLimit(space, query.similarity),
    score: vectorScore(space, element, info.vector.dims),
    exhaustive: false,
    rescore: query.oversample === null ? null : Math.ceil(query.k * query.oversample)
  }
}
