/** Definitions of Elastiknn's two field types, in the spellings of 2020 and of today. */
import type { MappingJson } from '../../mapping/index.ts'
import { VectorStoreError } from '../../util/index.ts'
import type { DenseHashSpec, SparseHashSpec } from '../../vector/index.ts'
import { isObjectValue } from '../body-node.ts'
import { kindOf, modelOf, similarityOf } from './models.ts'
import type { ModelName, Similarity, VectorKind } from './models.ts'
import { booleanOf, countOf, expectToken, unable } from './tokens.ts'

export const denseTypeName = 'elastiknn_dense_float_vector'
export const sparseTypeName = 'elastiknn_sparse_bool_vector'
export type ElastiknnTypeName = typeof denseTypeName | typeof sparseTypeName

export type ElastiknnDefinition = {
  readonly kind: VectorKind
  readonly dims: number
  readonly model: ModelName
  /** Of an lsh model. */
  readonly similarity: Similarity | null
  /** How documents become hash terms; null: they do not (exact). */
  readonly hash: DenseHashSpec | SparseHashSpec | null
  /** The definition as it is printed, with today's words. */
  readonly json: MappingJson
}

/** Values of a dense vector: its row is one page at most. */
const denseDimsMax = 4096

/** Frequencies of permutations, which begin at k, are kept in two bytes. */
const frequencyMax = 2 ** 16 - 1

/**
 * Numbers of the hash functions of one dense field, drawn all in one turn of the event loop when the first document or query comes:
 * a second and 100 MB. 400 tables of 7 functions over 4,096 dims are 11 million.
 */
const hashNumbersMax = 2 ** 24
/** Of functions of sets, each of which is computed for each set. */
const setHashNumbersMax = 2 ** 22

/** Members by today's names; the first that is there counts. */
const spellings = {
  L: ['L', 'bands'],
  k: ['k', 'rows'],
  w: ['w', 'width', 'r']
} as const

/**
 * Reads a definition without its `type`. Members that are not known are ignored, among those of `elastiknn` and beside it: the
 * plugin clears what is left of a definition, so that Elasticsearch finds nothing to refuse.
 *
 * Source   spec section 3; VectorMapper.TypeParser.parse.
 * Errors   REQUEST_FIELD with the texts of Elastiknn; REQUEST_ARGUMENT when the hash functions take too much memory.
 */
export function readDefinition(
  typeName: ElastiknnTypeName,
  definition: MappingJson
): ElastiknnDefinition {
  const kind = typeName === denseTypeName ? 'dense float' : 'sparse bool'
  const given = definition['elastiknn']
  if (given === undefined) throw unable('mapping')
  expectToken('elastiknn', given, 'START_OBJECT')
  const members = isObjectValue(given) ? readMembers(given) : {}
  const { dims } = members
  if (dims === undefined) throw unable('mapping')
  const model = members.model ?? 'exact'
  const described = describe(kind, model, dims, members)
  if (described === null) throw unable('mapping')
  checkSize(kind, dims, described.hash)
  const options = { dims, model, ...described.shown }
  const sorted = Object.entries(options).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return {
    kind,
    dims,
    model,
    similarity: described.similarity,
    hash: described.hash,
    json: { type: typeName, elastiknn: Object.fromEntries(sorted) }
  }
}

type Members = {
  dims?: number
  model?: ModelName
  similarity?: Similarity
  L?: number
  k?: number
  w?: number
  bits?: number
  repeating?: boolean
}

/** Values of the wrong kind are told in the order in which they stand. */
function readMembers(given: Readonly<Record<string, unknown>>): Members {
  const counts: Partial<Record<string, number>> = {}
  const members: Members = {}
  const countNames = ['dims', 'bits', ...Object.values(spellings).flat()]
  for (const [name, value] of Object.entries(given)) {
    if (countNames.includes(name)) counts[name] = countOf(name, value, 1)
    else if (name === 'model') members.model = modelOf(value)
    else if (name === 'similarity') members.similarity = similarityOf(value)
    else if (name === 'repeating') members.repeating = booleanOf(name, value)
  }
  for (const name of ['dims', 'bits'] as const) {
    const count = counts[name]
    if (count !== undefined) members[name] = count
  }
  for (const name of ['L', 'k', 'w'] as const) {
    const spelling = spellings[name].find((each) => counts[each] !== undefined)
    if (spelling !== undefined) members[name] = counts[spelling]!
  }
  return members
}

type Described = Pick<ElastiknnDefinition, 'similarity' | 'hash'> & { readonly shown: MappingJson }

/** null: something is missing, or the model is of the other type. */
function describe(
  kind: VectorKind,
  model: ModelName,
  dims: number,
  members: Members
): Described | null {
  switch (model) {
    case 'exact':
      return { similarity: null, hash: null, shown: {} }
    case 'sparse_indexed':
      if (kind !== 'sparse bool') return null
      return { similarity: null, hash: { model: 'trueIndices', dims }, shown: {} }
    case 'permutation_lsh': {
      const { k, repeating = true } = members
      if (kind !== 'dense float' || k === undefined) return null
      const hash = { model: 'permutation', dims, functions: k, repeating } as const
      return { similarity: null, hash, shown: { k, repeating } }
    }
    default:
      return describeLsh(kind, dims, members)
  }
}

const lshModels = {
  jaccard: 'minHash',
  hamming: 'bitSampling',
  cosine: 'randomProjection'
} as const

function describeLsh(kind: VectorKind, dims: number, members: Members): Described | null {
  const { similarity, w } = members
  if (similarity === undefined || similarity === 'l1' || kindOf(similarity) !== kind) return null
  // Hamming of 2020 has tables of one function each.
  const bits = similarity === 'hamming' ? members.bits : undefined
  const L = members.L ?? bits
  const k = members.k ?? (bits === undefined ? undefined : 1)
  if (L === undefined || k === undefined) return null
  const shape = { dims, tables: L, functions: k }
  if (similarity !== 'l2') {
    const hash = { model: lshModels[similarity], ...shape }
    return { similarity, hash, shown: { L, k, similarity } }
  }
  if (w === undefined) return null
  const hash = { model: 'stableDistributions', ...shape, width: w } as const
  return { similarity, hash, shown: { L, k, similarity, w } }
}

function checkSize(
  kind: VectorKind,
  dims: number,
  hash: DenseHashSpec | SparseHashSpec | null
): void {
  if (kind === 'dense float' && dims > denseDimsMax) {
    throw new VectorStoreError(
      'REQUEST_ARGUMENT',
      `dims of a dense vector is ${dims}, wanted at most ${denseDimsMax}`,
      { details: { dims, dimsMax: denseDimsMax } }
    )
  }
  if (hash?.model === 'permutation' && hash.functions > frequencyMax) {
    throw new VectorStoreError(
      'REQUEST_ARGUMENT',
      `k of a permutation is ${hash.functions}, wanted at most ${frequencyMax}`,
      { details: { k: hash.functions, kMax: frequencyMax } }
    )
  }
  if (hash === null || !('tables' in hash)) return
  const { model, tables, functions } = hash
  const isProjected = model === 'randomProjection' || model === 'stableDistributions'
  const numbers = tables * functions * (isProjected ? dims : 1)
  const numbersMax = isProjected ? hashNumbersMax : setHashNumbersMax
  if (numbers <= numbersMax) return
  throw new VectorStoreError(
    'REQUEST_ARGUMENT',
    `hash functions have ${numbers} numbers, wanted at most ${numbersMax}`,
    { details: { numbers, numbersMax } }
  )
}
