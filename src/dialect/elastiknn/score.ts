/** Scores of Elastiknn from raw comparison values; float32 at the end. */
import type { ScoreFormula } from '../../query/index.ts'
import type { Similarity } from './models.ts'

const { fround } = Math

/**
 * Raw value to score, higher is nearer.
 *
 * Source   spec section 5. l2 takes the root: its raw value is the squared distance.
 * Units    raw: as vector's RawValue has it for cosine, l1, l2; jaccard: the share itself; hamming: differing indices.
 */
export function scoreFormula(similarity: Similarity, dims: number): ScoreFormula {
  if (similarity === 'hamming') return (raw) => fround((dims - raw) / dims)
  return formulas[similarity]
}

const formulas: Readonly<Record<Exclude<Similarity, 'hamming'>, ScoreFormula>> = {
  // Rounding can bring a cosine a little below -1.
  cosine: (raw) => Math.max(fround(1 + raw), 0),
  l1: (raw) => fround(1 / (1 + raw)),
  l2: (raw) => fround(1 / (1 + Math.sqrt(raw))),
  jaccard: fround
}

/** Score of a vector compared with itself. */
export function scoreMax(similarity: Similarity): number {
  return similarity === 'cosine' ? 2 : 1
}
