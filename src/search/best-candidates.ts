/**
 * The best of the candidates that hash terms propose, without comparing each of them to its end.
 *
 * 1. Those with the most common terms are compared first: most of the best are among them.
 * 2. What is farther than the last of the best so far is not compared to its end, and never looked at again.
 * 3. Raw values alone decide nothing: two of them may round to one score, and then the document decides. So all stay that score
 *    as the last of the best does.
 */
import type { HashHits, NearestValues } from '../vector/index.ts'

/** How candidates are compared and what is thought of it. */
export type CandidateScores = {
  readonly compare: (ords: Uint32Array) => Float32Array | Float64Array
  /** null: there is no way that is shorter. */
  readonly nearest: (hits: HashHits, wanted: number) => NearestValues | null
  /** Raw values that are farther never score higher. */
  readonly score: (raw: number) => number
}

export type BestCandidates = {
  /** Ascending. */
  readonly ords: Uint32Array
  readonly scores: Float32Array
}

/**
 * The candidates that score no lower than the best `wanted` do: these, and who ties with the last of them. null: it is not known
 * without comparing all.
 *
 * Cost   A candidate that is far is compared until its distance is above that of the worst of the best.
 */
export function bestCandidates(
  hits: HashHits,
  wanted: number,
  { nearest, score }: CandidateScores
): BestCandidates | null {
  const found = nearest(hits, wanted)
  if (found === null) return null
  const { values, smallIsNear, worst, limit } = found
  // What float32 cannot hold is told apart only where all are compared.
  if (!Number.isFinite(worst)) return null
  const last = lastScoring(score(worst), score, smallIsNear)
  if (smallIsNear ? last > limit : last < limit) return null
  const places = placesWithin(values, last, smallIsNear)
  const best = { ords: new Uint32Array(places.length), scores: new Float32Array(places.length) }
  for (let at = 0; at < places.length; at++) {
    const place = places[at]!
    best.ords[at] = hits.ords[place]!
    best.scores[at] = score(values[place]!)
  }
  return best
}

const infinityBits = 0x7f_80_00_00
const floats = new Float32Array(1)
const bits = new Int32Array(floats.buffer)

/** The farthest float32 from 0 on that scores `least` or more: floats are in the order of their bits. */
export function lastScoring(
  least: number,
  score: (raw: number) => number,
  smallIsNear: boolean
): number {
  const floatOf = (pattern: number): number => {
    bits[0] = pattern
    return floats[0]!
  }
  let low = 0
  let high = infinityBits
  while (low < high) {
    const middle = smallIsNear ? (low + high + 1) >>> 1 : (low + high) >>> 1
    const isEnough = score(floatOf(middle)) >= least
    if (smallIsNear) {
      if (isEnough) low = middle
      else high = middle - 1
    } else if (isEnough) high = middle
    else low = middle + 1
  }
  return floatOf(low)
}

function placesWithin(values: Float32Array, last: number, smallIsNear: boolean): number[] {
  const places: number[] = []
  for (let at = 0; at < values.length; at++) {
    if (smallIsNear ? values[at]! <= last : values[at]! >= last) places.push(at)
  }
  return places
}
