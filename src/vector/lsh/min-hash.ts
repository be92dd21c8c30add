/** MinHash: vectors that share most of their true indices share most of their least hash values. */
import type { HashModel, TrueIndices } from './hash-model.ts'
import type { HashTerms } from './hash-terms.ts'
import { JavaRandom } from './java-random.ts'

/** Modulus of the hash functions; 2^31 is less than twice as much. */
const prime = 2_038_074_743
const int32Max = 2 ** 31 - 1

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
  const moved = (leastSum(vector, factor, (offset + move) | 0) - move) | 0
  const isSum = moved > -prime && moved <= otherLeast
  return isSum ? moved : leastRemainder(vector, factor, offset)
}

/** Four minima at once, as each waits for the one before; comparisons that hardly ever hold are cheaper than Math.min. */
function leastSum(vector: TrueIndices, factor: number, offset: number): number {
  let a = int32Max
  let b = int32Max
  let c = int32Max
  let d = int32Max
  const whole = vector.length - (vector.length % 4)
  for (let at = 0; at < whole; at += 4) {
    const first = (Math.imul(1 + vector[at]!, factor) + offset) | 0
    if (first < a) a = first
    const second = (Math.imul(1 + vector[at + 1]!, factor) + offset) | 0
    if (second < b) b = second
    const third = (Math.imul(1 + vector[at + 2]!, factor) + offset) | 0
    if (third < c) c = third
    const fourth = (Math.imul(1 + vector[at + 3]!, factor) + offset) | 0
    if (fourth < d) d = fourth
  }
  for (let at = whole; at < vector.length; at++) {
    const sum = (Math.imul(1 + vector[at]!, factor) + offset) | 0
    if (sum < a) a = sum
  }
  return Math.min(a, b, c, d)
}

function leastRemainder(vector: TrueIndices, factor: number, offset: number): number {
  let lowest = int32Max
  for (let at = 0; at < vector.length; at++) {
    const remainder = ((Math.imul(1 + vector[at]!, factor) + offset) | 0) % prime
    if (remainder < lowest) lowest = remainder
  }
  return lowest
}
