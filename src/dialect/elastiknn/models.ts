/** Words of Elastiknn for models and similarities, in mappings and queries alike. */
import { wordOf } from './tokens.ts'

export type ModelName = 'exact' | 'lsh' | 'permutation_lsh' | 'sparse_indexed'
export type Similarity = 'cosine' | 'hamming' | 'jaccard' | 'l1' | 'l2'
export type VectorKind = 'sparse bool' | 'dense float'

const modelNames: readonly ModelName[] = ['exact', 'lsh', 'permutation_lsh', 'sparse_indexed']
/** Those that today's plugin names; sparse_indexed is of 2020. */
const shownModelNames: readonly ModelName[] = ['exact', 'lsh', 'permutation_lsh']

const similarities: readonly Similarity[] = ['cosine', 'hamming', 'jaccard', 'l1', 'l2']

/** Errors REQUEST_FIELD. */
export function modelOf(value: unknown): ModelName {
  return wordOf('model', value, modelNames, shownModelNames)
}

/** `angular` is the older word for cosine. Errors REQUEST_FIELD. */
export function similarityOf(value: unknown): Similarity {
  const word = wordOf(null, value, [...similarities, 'angular'], similarities)
  return word === 'angular' ? 'cosine' : word
}

/** The kind of vector that a similarity compares. */
export function kindOf(similarity: Similarity): VectorKind {
  return similarity === 'jaccard' || similarity === 'hamming' ? 'sparse bool' : 'dense float'
}
