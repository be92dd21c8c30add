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
 * Cost     About two ns a value.
 */
export function nthValue(values: Float32Array, nth: number): number {
  assert(nth >= 1 && nth <= values.length, 'values have an nth')
  let patterns: Uint32Array = new Uint32Array(values.buffer, values.byteOffset, values.length)
  let left = nth
  for (const shift of shifts) {
    bins.fill(0)
    for (let at = 0; at < patterns.length; at++) bins[binOf(patterns[at]!, shift)]!++
    let bin = 0
    while (bins[bin]! < left) left -= bins[bin++]!
    patterns = patternsIn(patterns, shift, bin)
  }
  // All that are left are the same.
  return new Float32Array(patterns.buffer, 0, 1)[0]!
}

/** What is above is the same for all. */
function binOf(pattern: number, shift: number): number {
  return (pattern >>> shift) & (bins.length - 1)
}

function patternsIn(patterns: Uint32Array, shift: number, bin: number): Uint32Array<ArrayBuffer> {
  const found = new Uint32Array(bins[bin]!)
  let count = 0
  for (let at = 0; at < patterns.length; at++) {
    const pattern = patterns[at]!
    if (binOf(pattern, shift) === bin) found[count++] = pattern
  }
  return found
}
