/** elastiknn_nearest_neighbors as a query and as a function of function_score. */
import { checkTermsCount } from '../../query/index.ts'
import type { BoundField, NeighborsQuery, Query } from '../../query/index.ts'
import { VectorStoreError } from '../../util/index.ts'
import type { BodyNode } from '../body-node.ts'
import { isObjectValue } from '../body-node.ts'
import { illegalArgument } from '../wire-failure.ts'
import { definitionOf } from './field-types.ts'
import { checkField, readNearestNeighbors } from './nearest-neighbors.ts'
import type { NearestNeighbors } from './nearest-neighbors.ts'
import { scoreFormula, scoreMax } from './score.ts'
import { readVectorJson, vectorOfKind } from './vector-json.ts'
import type { VectorJson } from './vector-json.ts'

type Pointer = Extract<VectorJson, { type: 'pointer' }>

export const nearestNeighborsName = 'elastiknn_nearest_neighbors'

const arrays: readonly (string | undefined)[] = ['values', 'true_indices']

/** Whether an array below these members is the vector of a query: `vec`, its `values` or its `true_indices`. */
export function isQueryVector(path: readonly string[]): boolean {
  const vec = arrays.includes(path.at(-1)) ? path.length - 2 : path.length - 1
  return path[vec] === 'vec' && path[vec - 1] === nearestNeighborsName
}

/** What the Python client of Elastiknn asks for when it is not told. */
const candidatesDefault = 1000

/**
 * Reads the query. Its candidates are chosen in each segment before other clauses see them.
 *
 * Errors   REQUEST_FIELD, VECTOR_VALUE, as readNearestNeighbors; those of the field come when an index is asked.
 *
 * @param size  Of the request: so many candidates at least, where the query does not say.
 */
export function readNeighborsQuery(node: BodyNode, size: number): Query {
  const query = readNearestNeighbors(node)
  const by = strategyOf(query, query.candidates ?? Math.max(candidatesDefault, size))
  const { vector } = query
  if (vector.type !== 'pointer') return boundQuery(query, by)
  const { index, id } = vector
  return {
    type: 'lookup',
    index,
    id,
    read: (source) => boundQuery({ ...query, vector: pointedAt(vector, source) }, by)
  }
}

/**
 * Reads the function: the exact similarity, or, of models with hashes, the share of hash terms in common.
 *
 * Source   spec section 8.1.
 * Errors   as readNeighborsQuery; REQUEST_ARGUMENT for a stored vector.
 */
export function readNeighborsFunction(node: BodyNode): Query {
  const query = readNearestNeighbors(node)
  if (query.vector.type === 'pointer') {
    throw illegalArgument(
      'The score function does not support indexed vectors. Provide a literal vector instead.'
    )
  }
  const isHashed = query.model === 'lsh' || query.model === 'permutation_lsh'
  return boundQuery(query, isHashed ? { type: 'share', probes: query.probes } : { type: 'scan' })
}

function strategyOf({ model, probes }: NearestNeighbors, candidates: number): NeighborsQuery['by'] {
  if (model === 'exact') return { type: 'scan' }
  // True indices as terms leave nobody out who has one in common.
  const isExact = model === 'sparse_indexed'
  return { type: 'terms', candidates: isExact ? Infinity : candidates, probes }
}

function boundQuery(query: NearestNeighbors, by: NeighborsQuery['by']): Query {
  const { field } = query
  return {
    type: 'fieldBound',
    field,
    bind: (bound, termsMax) => bindQuery(query, by, bound, termsMax)
  }
}

function bindQuery(
  query: NearestNeighbors,
  by: NeighborsQuery['by'],
  field: BoundField | null,
  termsMax: number
): Query {
  const definition = field === null ? null : definitionOf(field)
  checkField(query, field === null ? null : field.typeName, definition)
  const { kind, dims } = definition
  const { model, similarity } = query
  const vector = vectorOfKind(query.vector, kind, dims)
  // True indices are terms of their own, hashes are not the user's.
  if (model === 'sparse_indexed') checkTermsCount(vector.length, termsMax)
  const most = scoreMax(similarity)
  return {
    type: 'neighbors',
    field: field!.info!,
    vector,
    space: similarity,
    score: by.type === 'share' ? (share) => most * share : scoreFormula(similarity, dims),
    by
  }
}

/**
 * The vector of a stored document: a member of its source, or one below objects by its path.
 *
 * Source   spec section 4.2.
 * Errors   RESOURCE_ABSENT: no document, no such member, no vector in it; REQUEST_FIELD.
 */
function pointedAt(
  { index, id, field }: Pointer,
  source: Readonly<Record<string, unknown>> | null
): VectorJson {
  const subject = `Document with id [${id}] in index [${index}]`
  if (source === null) throw absent(`${subject} not found`)
  const value = memberAt(source, field)
  if (value === undefined) throw absent(`${subject} exists, but does not have field [${field}]`)
  if (!isObjectValue(value) && !Array.isArray(value)) {
    throw absent(`${subject} exists, but the field [${field}] has an unexpected type`)
  }
  return readVectorJson(value)
}

function memberAt(source: Readonly<Record<string, unknown>>, path: string): unknown {
  if (Object.hasOwn(source, path)) return source[path]
  for (let dot = path.indexOf('.'); dot !== -1; dot = path.indexOf('.', dot + 1)) {
    const inner = Object.hasOwn(source, path.slice(0, dot)) ? source[path.slice(0, dot)] : undefined
    if (!isObjectValue(inner)) continue
    const value = memberAt(inner, path.slice(dot + 1))
    if (value !== undefined) return value
  }
  return undefined
}

function absent(message: string): VectorStoreError {
  return new VectorStoreError('RESOURCE_ABSENT', message)
}
