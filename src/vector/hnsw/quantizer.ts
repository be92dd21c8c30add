/** The range of values that 7-bit codes divide into 127 steps. */
import type { Space } from '../types.ts'
import type { CodedDims } from './coded-dims.ts'

export type CodeRange = {
  readonly low: number
  readonly scale: number
  readonly codedDims: CodedDims
}

/** Share of the values cut off on each side: outliers would widen the steps for all. */
const cutShare = 0.0005
/** Values looked at: the cut leaves 25 beyond it, and sorting them takes about a slice. */
export const rangeSampleCount = 50_000

/**
 * Range of codes: the quantiles .05 % and 99.95 % of a sample.
 *
 * For inner products the range is symmetric: a query of the opposite sign must have codes too.
 *
 * @param sample  Values of rows as they are compared (cosine: normalised); sorted in place.
 */
export function codeRange(
  sample: Float32Array,
  space: Space,
  codedDims: CodedDims = null
): CodeRange {
  sample.sort()
  const last = sample.length - 1
  let low = sample[Math.floor(cutShare * last)]!
  let high = sample[Math.ceil((1 - cutShare) * last)]!
  if (space === 'mip') {
    high = Math.max(Math.abs(low), Math.abs(high))
    low = -high
  }
  low = Math.fround(low)
  const width = high - low
  // All alike: any step will do, the sample check decides.
  return { low, scale: width > 0 ? Math.fround(127 / width) : 1, codedDims }
}
