/** MinHash: vectors that share most of their true indices share most of their least hash values. */
import type { HashModel, TrueIndices } from './hash-model.ts'
import type { HashTerms } from './hash-terms.ts'
import { JavaRandom } from './java-random.ts'

/** Modulus of the hash functions; 2^31 is less than twice as much. */
const prime = 2_038_074_743
const int32Max = 2 ** 31 - 1

/**
 * Draws the functions h(i) = ((1 + i) a + b) mod prime, in wrapping 32-bit arithmetic.
 *
 * Source   Elastiknn's Jaccard model: Mining of Massive Datasets, chapter 3; a and b from java.util.Random(0).
 * Shapes   Of a vector: one term a table, its least value of every function. An empty vector: one and the same term in
 *          every table.
 * Cost     hash: tables * functions * true indices multiplications, nothing allocated.
 */
export function minHash(tables: number, functions: number): HashModel<TrueIndices> {
  const random = new JavaRandom(0)
  const factors = new Int32Array(tables * functions).map(() => random.nextInt(prime - 1))
  const offsets = new Int32Array(tables * functions).map(() => random.nextInt(prime - 1))

  function hash(vector: TrueIndices, terms: HashTerms): void {
    terms.clear()
    for (let table = 0; table < tables; table++) {
      if (vector.length === 0) {
        terms.number(prime)
        terms.end(1)
        continue
      }
      terms.int32(table)
      for (let at = table * functions; at < (table + 1) * functions; at++) {
        terms.int32(least(vector, factors[at]!, offsets[at]!))
      }
      terms.end(1)
    }
  }
  return {
    sizeInBytes: factors.byteLength + offsets.byteLength,
    hash,
    hashQuery: (vector, _probes, terms) => hash(vector, terms)
  }
}

function least(vector: TrueIndices, factor: number, offset: number): number {
  let lowest = int32Max
  for (let at = 0; at < vector.length; at++) {
    const sum = (Math.imul(1 + vector[at]!, factor) + offset) | 0
    // The remainder with the sign of the dividend, without a division.
    const value = sum >= prime ? sum - prime : sum <= -prime ? sum + prime : sum
    if (value < lowest) lowest = value
  }
  return lowest
}
