/**
 * Scores of dense_vector: raw comparison values, float32 as the kernels give them, to `_score`, rounded to float32 once, as
 * scripts that write the same formula are.
 */
import type { ScoreFormula } from '../../query/index.ts'
import type { Space } from '../../vector/index.ts'
import type { ElementType } from './dense-vector-options.ts'

export type Similarity = 'l2_norm' | 'cosine' | 'dot_product' | 'max_inner_product'

export const similarities: readonly Similarity[] = [
  'l2_norm',
  'cosine',
  'dot_product',
  'max_inner_product'
]

const { fround } = Math

export function spaceOf(similarity: Similarity, elementType: ElementType): Space {
  return elementType === 'bit' ? 'hamming' : spaces[similarity]
}

const spaces: Readonly<Record<Similarity, Space>> = {
  l2_norm: 'l2',
  cosine: 'cosine',
  dot_product: 'dot',
  max_inner_product: 'mip'
}

/**
 * Units    raw: squared distance (l2), cosine, inner product, differing bits. Score: higher is nearer.
 */
export function scoreFormula(
  similarity: Similarity,
  elementType: ElementType,
  dims: number
): ScoreFormula {
  if (elementType === 'bit') return (raw) => fround((dims - raw) / dims)
  switch (similarity) {
    case 'l2_norm':
      return (raw) => fround(1 / (1 + raw))
    case 'cosine':
      return half
    case 'dot_product': {
      if (elementType !== 'byte') return half
      // Both vectors have components of at most 2^7.
      const scale = dims * 32768
      return (raw) => fround(0.5 + raw / scale)
    }
    default:
      return (raw) => fround(raw < 0 ? 1 / (1 - raw) : raw + 1)
  }
}

/** Rounding can bring a cosine a little below -1. */
function half(raw: number): number {
  return Math.max(fround((1 + raw) / 2), 0)
}

/** Raw value of a `similarity` threshold: l2 is given as a distance, kept squared; the others are raw already. */
export function rawLimit(
  similarity: Similarity,
  elementType: ElementType,
  threshold: number
): number {
  return similarity === 'l2_norm' && elementType !== 'bit'
    ? fround(fround(threshold) * fround(threshold))
    : threshold
}
