/** What a hash model is: a vector goes in, terms come out; near vectors have more terms in common than far ones. */
import type { HashTerms } from './hash-terms.ts'

/** True indices of a boolean vector: ascending, each once. */
export type TrueIndices = Int32Array

/** Models over boolean vectors. `tables` hash tables, of which each joins `functions` hash functions into a term. */
export type SparseHashSpec =
  | {
      readonly model: 'minHash' | 'bitSampling'
      readonly dims: number
      readonly tables: number
      readonly functions: number
    }
  | { readonly model: 'trueIndices'; readonly dims: number }

/** Models over float32 vectors. */
export type DenseHashSpec =
  | {
      readonly model: 'randomProjection'
      readonly dims: number
      readonly tables: number
      readonly functions: number
    }
  | {
      readonly model: 'stableDistributions'
      readonly dims: number
      readonly tables: number
      readonly functions: number
      /** Of a bucket, in units of the projected vectors. */
      readonly width: number
    }
  | {
      readonly model: 'permutation'
      readonly dims: number
      /** Largest components that become terms. */
      readonly functions: number
      /** Whether the larger components get the larger frequencies. */
      readonly repeating: boolean
    }

/** A model with its parameters drawn. A pure function of its spec: the same terms in every process and version. */
export type HashModel<V extends Float32Array | TrueIndices> = {
  /** Bytes that the drawn parameters take. */
  readonly sizeInBytes: number
  /** Writes the terms of a stored vector into `terms`, over what was there. */
  hash(vector: V, terms: HashTerms): void
  /** The same for a query, which may look into `probes` more buckets a table, on average. */
  hashQuery(vector: V, probes: number, terms: HashTerms): void
}
