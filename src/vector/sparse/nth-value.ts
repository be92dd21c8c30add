/** The value that so many are no larger than, without sorting all. */
import { assert } from '../../util/index.ts'

const binBits = 11
const bins = new Uint32Array(2 ** binBits)
/** Non-negative float32 are in the order of their bits: 31 of them, in three parts. */
const shifts = [20, 9, 0]

/**
 * The nth least of values, counted from 1.
 *
 * Shapes   values: from 0 on, no NaN.
 * Cost     A ns or two a value.
 */
export function nthValue(values: Float32Array, nth: number): number {
  assert(nth >= 1 && nth <= values.length, 'values have an nth')
  const patterns = new Uint32Array(values.buffer, values.byteOffset, values.length)
  let left = nth
  let known = 0
  let knownShift = 31
  for (const shift of shifts) {
    const mask = 2 ** (knownShift - shift) - 1
    bins.fill(0)
    for (let at = 0; at < patterns.length; at++) {
      const pattern = patterns[at]!
      if (pattern >>> knownShift === known) bins[(pattern >>> shift) & mask]!++
    }
    let bin = 0
    while (bins[bin]! < left) left -= bins[bin++]!
    known = known * (mask + 1) + bin
    knownShift = shift
  }
  return new Float32Array(Uint32Array.of(known).buffer)[0]!
}
