/** Scores of the embedded API's vector type: raw comparison values to scores, higher is nearer, rounded to float32 once. */
import type { ScoreFormula } from '../query/index.ts'
import type { Element, Space } from '../vector/index.ts'

const { fround } = Math

/** Units   raw: see vector's RawValue. */
export function vectorScore(space: Space, element: Element, dims: number): ScoreFormula {
  if (space === 'cosine') return half
  if (space === 'mip') return unbounded
  if (space !== 'dot') return near // Of l2 the raw value is squared already.
  if (element !== 'int8') return half
  // Bytes cannot be of unit length: both vectors have components of at most 2^7.
  const scale = dims * 2 ** 15
  return (raw) => fround(0.5 + raw / scale)
}

function near(raw: number): number {
  return fround(1 / (1 + raw))
}

function unbounded(raw: number): number {
  return fround(raw < 0 ? 1 / (1 - raw) : raw + 1)
}

/** Rounding can bring a cosine a little below -1. */
function half(raw: number): number {
  return Math.max(fround((1 + raw) / 2), 0)
}

/** Threshold as users say it to raw value: greatest distance (l2, l1, linf, hamming) or least similarity. */
export function vectorRawLimit(space: Space, similarity: number): number {
  return space === 'l2' ? fround(fround(similarity) * fround(similarity)) : similarity
}
