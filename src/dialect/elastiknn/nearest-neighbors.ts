/** The query elastiknn_nearest_neighbors, and which mappings can answer it. */
import { VectorStoreError } from '../../util/index.ts'
import type { BodyNode } from '../body-node.ts'
import type { ElastiknnDefinition } from './definition.ts'
import { kindOf, modelOf, similarityOf } from './models.ts'
import type { ModelName, Similarity } from './models.ts'
import { countOf, stringOf, unable } from './tokens.ts'
import { readVectorJson } from './vector-json.ts'
import type { VectorJson } from './vector-json.ts'

export type NearestNeighbors = {
  readonly field: string
  readonly vector: VectorJson
  readonly model: ModelName
  readonly similarity: Similarity
  /** Exact comparisons a segment; null: not said, and nothing to an exact query. */
  readonly candidates: number | null
  /** Further buckets a table, of l2 only. */
  readonly probes: number
}

type Members = { -readonly [Key in keyof NearestNeighbors]?: NearestNeighbors[Key] }

/**
 * Reads the body of the query; members that are not known are ignored.
 *
 * Source   spec section 4.
 * Errors   REQUEST_FIELD with the texts of Elastiknn; VECTOR_VALUE.
 */
export function readNearestNeighbors(node: BodyNode): NearestNeighbors {
  const members: Members = {}
  for (const [name, { value }] of node.members()) readMember(members, name, value)
  const { field, vector, model, similarity, candidates = null, probes = 0 } = members
  if (
    field === undefined ||
    vector === undefined ||
    model === undefined ||
    similarity === undefined ||
    !exists(model, similarity)
  ) {
    throw unable('nearest neighbors query')
  }
  return { field, vector, model, similarity, candidates, probes }
}

function readMember(members: Members, name: string, value: unknown): void {
  if (name === 'field') members.field = stringOf(name, value)
  else if (name === 'vec') members.vector = readVectorJson(value)
  else if (name === 'model') members.model = modelOf(value)
  else if (name === 'similarity') members.similarity = similarityOf(value)
  else if (name === 'candidates') members.candidates = countOf(name, value, 0)
  else if (name === 'probes') members.probes = countOf(name, value, 0)
}

/** Whether the model has the similarity at all. */
function exists(model: ModelName, similarity: Similarity): boolean {
  if (model === 'lsh') return similarity !== 'l1'
  if (model === 'permutation_lsh') return kindOf(similarity) === 'dense float'
  return model === 'exact' || kindOf(similarity) === 'sparse bool'
}

/**
 * Whether a field can answer a query: every field answers exact queries of its kind, and those of its own model.
 *
 * Source   spec section 4.1.
 * Errors   REQUEST_ARGUMENT: no such field, a field of another type, a model or similarity that it does not have.
 *
 * @param typeName    Of the field in the mapping; null where there is none.
 * @param definition  Of the field when it is one of Elastiknn's.
 */
export function checkField(
  query: NearestNeighbors,
  typeName: string | null,
  definition: ElastiknnDefinition | null
): asserts definition is ElastiknnDefinition {
  const { field, model, similarity } = query
  if (typeName === null) throw refuse(`Could not find mapped field type for field [${field}]`)
  if (definition === null) {
    throw refuse(
      `Expected field [${field}] to have type [elastiknn_dense_float_vector] or [elastiknn_sparse_bool_vector] but had [${typeName}]`
    )
  }
  const isKind = kindOf(similarity) === definition.kind
  const isModel = model === 'exact' || model === definition.model
  const isSimilarity = model !== 'lsh' || similarity === definition.similarity
  if (isKind && isModel && isSimilarity) return
  throw refuse(
    `Query [${model} ${similarity}] is not compatible with mapping [${JSON.stringify(definition.json)}]`
  )
}

function refuse(message: string): VectorStoreError {
  return new VectorStoreError('REQUEST_ARGUMENT', message)
}
