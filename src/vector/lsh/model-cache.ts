/** Models by their specs, drawn once and kept while they fit. */
import { assert } from '../../util/index.ts'
import type { DenseHashSpec, HashModel, SparseHashSpec, TrueIndices } from './hash-model.ts'
import { bitSampling } from './bit-sampling.ts'
import { HashTerms } from './hash-terms.ts'
import { minHash } from './min-hash.ts'
import { permutation } from './permutation.ts'
import { randomProjection } from './random-projection.ts'
import { stableDistributions } from './stable-distributions.ts'
import { trueIndices } from './true-indices.ts'

/** Of all parameters that are kept; L2 with 175 tables of 7 functions over 784 dims takes 3.8 MB. */
const modelBytesMax = 256 * 2 ** 20
/** Most models have a memory of their own, which takes gigabytes of addresses. */
const modelCountMax = 32

export class ModelCache<
  S extends SparseHashSpec | DenseHashSpec,
  M extends { sizeInBytes: number }
> {
  readonly #create: (spec: S) => M
  readonly #bytesMax: number
  /** Least recently used first. */
  readonly #models = new Map<string, M>()
  #bytes = 0
  /** Asked last, and so the last that is evicted: a field asks for the same one again and again. */
  #last: { readonly spec: S; readonly model: M } | null = null

  constructor(create: (spec: S) => M, bytesMax: number = modelBytesMax) {
    this.#create = create
    this.#bytesMax = bytesMax
  }

  /**
   * The model of a spec.
   *
   * Cost   A map look-up when it is kept, else drawing it: 50 ns a parameter. The newest is kept whatever it takes.
   */
  get(spec: S): M {
    if (this.#last?.spec === spec) return this.#last.model
    const key = Object.entries(spec)
      .map(([name, value]) => `${name}=${value}`)
      .toSorted()
      .join(' ')
    const known = this.#models.get(key)
    const model = known ?? this.#create(spec)
    if (known === undefined) this.#bytes += model.sizeInBytes
    this.#models.delete(key)
    this.#models.set(key, model)
    if (known === undefined) this.#evict()
    this.#last = { spec, model }
    return model
  }

  #evict(): void {
    for (const [key, model] of this.#models) {
      const isFull = this.#bytes > this.#bytesMax || this.#models.size > modelCountMax
      if (!isFull || this.#models.size === 1) return
      this.#models.delete(key)
      this.#bytes -= model.sizeInBytes
    }
  }
}

function createSparse(spec: SparseHashSpec): HashModel<TrueIndices> {
  if (spec.model === 'trueIndices') return trueIndices()
  if (spec.model === 'minHash') return minHash(spec.tables, spec.functions)
  return bitSampling(spec.dims, spec.tables, spec.functions)
}

function createDense(spec: DenseHashSpec): HashModel<Float32Array> {
  const { dims, functions } = spec
  if (spec.model === 'permutation') return permutation(dims, functions, spec.repeating)
  if (spec.model === 'randomProjection') return randomProjection(dims, spec.tables, functions)
  return stableDistributions(dims, spec.tables, functions, spec.width)
}

const sparseModels = new ModelCache(createSparse)
const denseModels = new ModelCache(createDense)

/** The model of a spec over boolean vectors, drawn once while it is kept. */
export function sparseHashModel(spec: SparseHashSpec): HashModel<TrueIndices> {
  return sparseModels.get(spec)
}

/** The model of a spec over float32 vectors, drawn once while it is kept. */
export function denseHashModel(spec: DenseHashSpec): HashModel<Float32Array> {
  return denseModels.get(spec)
}

function isSparse(spec: DenseHashSpec | SparseHashSpec): spec is SparseHashSpec {
  const { model } = spec
  return model === 'minHash' || model === 'bitSampling' || model === 'trueIndices'
}

/** Writes the terms of a stored vector, or those of a query with its probes, into `terms`. */
export function hashVector(
  spec: DenseHashSpec | SparseHashSpec,
  vector: Float32Array | TrueIndices,
  terms: HashTerms,
  probes: number | null = null
): void {
  if (isSparse(spec)) {
    assert(vector instanceof Int32Array, 'boolean vectors are Int32Array')
    const model = sparseHashModel(spec)
    if (probes === null) model.hash(vector, terms)
    else model.hashQuery(vector, probes, terms)
    return
  }
  assert(vector instanceof Float32Array, 'float32 vectors are Float32Array')
  const model = denseHashModel(spec)
  if (probes === null) model.hash(vector, terms)
  else model.hashQuery(vector, probes, terms)
}

/**
 * The terms by which a query finds vectors (HashPostings.candidates).
 *
 * Shapes   vector: f32[dims], or ascending true indices. probes: of stableDistributions only, further buckets a table.
 * Cost     As HashModel.hash; the model is drawn at its first use.
 * Errors   QUERY_LIMIT when there would be more than 2^20 terms.
 */
export function hashQuery(
  spec: DenseHashSpec | SparseHashSpec,
  vector: Float32Array | TrueIndices,
  probes: number
): HashTerms {
  const terms = new HashTerms()
  hashVector(spec, vector, terms, probes)
  return terms
}
