/** float32 sums in the order of the kernels (simd/assembly/lanes.ts), for rows that are not in kernel memory. */

/**
 * Sum of squares: element i in lane i % 8, the last length % 4 elements in the second four lanes; then the second four are
 * added to the first, then (0 + 1) + (2 + 3).
 */
export function squaredMagnitudeInLanes(row: Float32Array): number {
  const { fround } = Math
  const lanes = new Float32Array(8)
  const whole = row.length & ~3
  for (let i = 0; i < whole; i++) {
    const x = row[i]!
    lanes[i & 7] = lanes[i & 7]! + fround(x * x)
  }
  for (let i = whole; i < row.length; i++) {
    const x = row[i]!
    lanes[4 + (i & 3)] = lanes[4 + (i & 3)]! + fround(x * x)
  }
  const [a, b, c, d] = [0, 1, 2, 3].map((i) => fround(lanes[i]! + lanes[i + 4]!)) as [
    number,
    number,
    number,
    number
  ]
  return fround(fround(a + b) + fround(c + d))
}
