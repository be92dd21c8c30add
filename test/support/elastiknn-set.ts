/**
 * The random sets on which Elastiknn measures its recall: 5,000 vectors of 1,024 dims and 50 queries, drawn one set after the
 * other from java.util.Random(0): boolean (an index is true with probability 0.2), dense Gaussian, dense of unit length.
 */
import { JavaRandom } from '../../src/vector/lsh/java-random.ts'

export const elastiknnDims = 1024
const rowCount = 5_000
const queryCount = 50
const share = 0.2

export type ElastiknnSet<V> = { readonly base: readonly V[]; readonly queries: readonly V[] }

export type ElastiknnSets = {
  /** True indices, ascending. */
  readonly sparse: ElastiknnSet<Int32Array>
  readonly dense: ElastiknnSet<Float32Array>
  readonly unit: ElastiknnSet<Float32Array>
}

/** Cost: 10 million Gaussians, a second. */
export function elastiknnSets(): ElastiknnSets {
  const random = new JavaRandom(0)
  const set = <V>(draw: () => V): ElastiknnSet<V> => ({
    base: Array.from({ length: rowCount }, draw),
    queries: Array.from({ length: queryCount }, draw)
  })
  return {
    sparse: set(() => sparse(random)),
    dense: set(() => dense(random)),
    unit: set(() => unit(dense(random)))
  }
}

function sparse(random: JavaRandom): Int32Array {
  const indices: number[] = []
  for (let index = 0; index < elastiknnDims; index++) {
    if (random.nextDouble() <= share) indices.push(index)
  }
  return Int32Array.from(indices)
}

function dense(random: JavaRandom): Float32Array {
  return new Float32Array(elastiknnDims).map(() => random.nextGaussian())
}

function unit(vector: Float32Array): Float32Array {
  let squares = 0
  for (const value of vector) squares = Math.fround(squares + Math.fround(value * value))
  const norm = Math.fround(Math.sqrt(squares))
  return vector.map((value) => value / norm)
}
