/** Random vectors and their nearest by brute force: what searches are judged by. */

/** Numbers from 0 to 1 by a linear congruence: the same in every run. */
function randomNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

export function vectors(count: number, dims: number, seed: number): Float32Array[] {
  const random = randomNumbers(seed)
  return Array.from({ length: count }, () =>
    Float32Array.from({ length: dims }, () => random() * 2 - 1)
  )
}

/** Ids of the nearest by brute force in float64, ties by position. */
export function nearest(
  rows: readonly Float32Array[],
  query: Float32Array,
  k: number,
  accept: (at: number) => boolean = () => true
): number[] {
  const distances = rows.map((row) => row.reduce((sum, x, i) => sum + (x - query[i]!) ** 2, 0))
  return [...rows.keys()]
    .filter((at) => accept(at))
    .toSorted((a, b) => distances[a]! - distances[b]! || a - b)
    .slice(0, k)
}
