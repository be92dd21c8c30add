/**
 * The distance kernels again in plain TypeScript over typed arrays: what the kernels must answer, bit for bit, and the
 * judge of the tests. Float32 sums go in the order that assembly/lanes.ts tells, rounded after every step.
 */

const { fround } = Math

/** Eight lanes of float32 sums; `combine` adds one element into a lane, `fold` joins two lanes. */
function inLanes(
  dims: number,
  combine: (sum: number, at: number) => number,
  fold: (a: number, b: number) => number
): number {
  const lanes = new Float32Array(8)
  const whole = dims - (dims % 4)
  for (let at = 0; at < whole; at++) lanes[at % 8] = combine(lanes[at % 8]!, at)
  for (let at = whole; at < dims; at++) lanes[4 + at - whole] = combine(lanes[4 + at - whole]!, at)
  const [a, b, c, d] = [0, 1, 2, 3].map((lane) => fold(lanes[lane]!, lanes[lane + 4]!))
  return fold(fold(a!, b!), fold(c!, d!))
}

const sum = (a: number, b: number): number => fround(a + b)
const squared = (d: number): number => fround(d * d)
/** As the instruction pmax: b where a < b, else a. */
const larger = (a: number, b: number): number => (a < b ? b : a)

/** Inner product of two float32 rows. */
export function dotF32(a: Float32Array, b: Float32Array): number {
  return inLanes(a.length, (lane, at) => sum(lane, fround(a[at]! * b[at]!)), sum)
}

/** Squared distance of two float32 rows. */
export function l2F32(a: Float32Array, b: Float32Array): number {
  return inLanes(a.length, (lane, at) => sum(lane, squared(fround(a[at]! - b[at]!))), sum)
}

/** Sum of the absolute differences of two float32 rows. */
export function l1F32(a: Float32Array, b: Float32Array): number {
  return inLanes(a.length, (lane, at) => sum(lane, Math.abs(fround(a[at]! - b[at]!))), sum)
}

/** Largest absolute difference of two float32 rows. */
export function linfF32(a: Float32Array, b: Float32Array): number {
  return inLanes(a.length, (lane, at) => larger(lane, Math.abs(fround(a[at]! - b[at]!))), larger)
}

/** Root of the inner product of a float32 row with itself. */
export function normF32(a: Float32Array): number {
  return fround(Math.sqrt(dotF32(a, a)))
}

/** Inner product of two rows of bytes, exact. */
export function dotBytes(a: Int8Array | Uint8Array, b: Int8Array | Uint8Array): number {
  let total = 0
  for (let at = 0; at < a.length; at++) total += a[at]! * b[at]!
  return total
}

/** Squared distance of two rows of bytes, exact. */
export function l2Bytes(a: Int8Array | Uint8Array, b: Int8Array | Uint8Array): number {
  let total = 0
  for (let at = 0; at < a.length; at++) total += (a[at]! - b[at]!) ** 2
  return total
}

/** Root of the inner product of a row of bytes with itself. */
export function normI8(a: Int8Array): number {
  return fround(Math.sqrt(fround(dotBytes(a, a))))
}

/** Differing bits of two rows. */
export function hamming(a: Uint8Array, b: Uint8Array): number {
  let total = 0
  for (let at = 0; at < a.length; at++) {
    for (let bits = a[at]! ^ b[at]!; bits !== 0; bits &= bits - 1) total++
  }
  return total
}
