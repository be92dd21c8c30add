/** MinHash: vectors that share most of their true indices share most of their least hash values. */
import type { HashModel, TrueIndices } from './hash-model.ts'
import type { HashTerms } from './hash-terms.ts'
import { JavaRandom } from './java-random.ts'
import { LeastSums } from './least-sums.ts'

/** Modulus of the hash functions; 2^31 is less than twice as much. */
const prime = 2_038_074_743

/**
 * Sums s from 1 - prime on are moved to the least signed numbers, those below to the greatest: then the least moved sum is
 * that of the least remainder, unless a remainder that is not the sum itself is less. Those are at least
 * `otherLeast`, so that sums up to there need no remainder at all; few vectors have none that low.
 */
const move = (prime - 1 + 2 ** 31) | 0
const otherLeast = prime - 2 ** 31

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
  const count = tables * functions
  const factors = new Int32Array(count).map(() => random.nextInt(prime - 1))
  const offsets = new Int32Array(count).map(() => random.nextInt(prime - 1))
  const sums = new LeastSums(
    factors,
    // (1 + i) a + b = i a + (a + b).
    offsets.map((offset, at) => factors[at]! + offset + move)
  )

  const least = new Int32Array(count)

  function hash(vector: TrueIndices, terms: HashTerms): void {
    terms.clear()
    if (vector.length === 0) {
      for (let table = 0; table < tables; table++) {
        terms.number(prime)
        terms.end(1)
      }
      return
    }
    const moved = sums.of(vector)
    for (let at = 0; at < count; at++) {
      const sum = (moved[at]! - move) | 0
      const isLeast = sum > -prime && sum <= otherLeast
      least[at] = isLeast ? sum : leastRemainder(vector, factors[at]!, offsets[at]!)
    }
    terms.addTables(least, functions)
  }
  return {
    sizeInBytes: factors.byteLength * 3 + sums.sizeInBytes,
    hash,
    hashQuery: (vector, _probes, terms) => hash(vector, terms)
  }
}

function leastRemainder(vector: TrueIndices, factor: number, offset: number): number {
  let lowest = 2 ** 31 - 1
  for (let at = 0; at < vector.length; at++) {
    const remainder = ((Math.imul(1 + vector[at]!, factor) + offset) | 0) % prime
    if (remainder < lowest) lowest = remainder
  }
  return lowest
}
