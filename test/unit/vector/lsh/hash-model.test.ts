/**
 * Goal     the terms of every model are those of its definition.
 * Method   golden values of the spec (6.1, 6.3); each definition written out once more, slowly, over the same generator.
 */
import test from 'ava'
import { bitSampling } from '../../../../src/vector/lsh/bit-sampling.ts'
import { HashTerms } from '../../../../src/vector/lsh/hash-terms.ts'
import type { HashModel } from '../../../../src/vector/lsh/hash-model.ts'
import { JavaRandom } from '../../../../src/vector/lsh/java-random.ts'
import { minHash } from '../../../../src/vector/lsh/min-hash.ts'
import { permutation } from '../../../../src/vector/lsh/permutation.ts'
import { randomProjection } from '../../../../src/vector/lsh/random-projection.ts'
import { stableDistributions } from '../../../../src/vector/lsh/stable-distributions.ts'
import { trueIndices } from '../../../../src/vector/lsh/true-indices.ts'
import { readTerms } from '../../../support/posting-map.ts'
import { uniformOf } from '../../../support/vector-sets.ts'

const prime = 2038074743

function termsOf<V extends Float32Array | Int32Array>(
  model: HashModel<V>,
  vector: V
): { bytes: Buffer; frequency: number }[] {
  const terms = new HashTerms()
  model.hash(vector, terms)
  return readTerms(terms).map(([term, frequency]) => ({
    bytes: Buffer.from(term, 'latin1'),
    frequency
  }))
}

/** Terms that are lists of four-byte numbers. */
function int32sOf<V extends Float32Array | Int32Array>(model: HashModel<V>, vector: V): number[][] {
  return termsOf(model, vector).map(({ bytes }) =>
    Array.from({ length: bytes.length / 4 }, (_none, at) => bytes.readInt32LE(4 * at))
  )
}

/** Terms that are numbers. */
function numberOf(bytes: Buffer): number {
  return bytes.readIntLE(0, bytes.length)
}

function randomIndices(seed: number, dims: number, share: number): Int32Array {
  const uniform = uniformOf(seed)
  return Int32Array.from(Array.from({ length: dims }, (_none, at) => at)).filter(
    () => uniform() < share
  )
}

function randomVector(seed: number, dims: number, scale: number): Float32Array {
  const uniform = uniformOf(seed)
  return new Float32Array(dims).map(() => scale * (2 * uniform() - 1))
}

test('minHash: terms are the table and the least values of its functions', (t) => {
  const [tables, functions] = [7, 3]
  const random = new JavaRandom(0)
  const draw = (): bigint[] =>
    Array.from({ length: tables * functions }, () => BigInt(random.nextInt(prime - 1)))
  const factors = draw()
  const offsets = draw()
  // Small vectors have no low sums; large indices wrap around.
  const vectors = [1, 2, 3, 4, 5, 6, 7, 8].map((seed) =>
    randomIndices(seed, seed < 4 ? 5000 : 20, 0.05 + seed / 40)
  )
  vectors.push(Int32Array.of(7), Int32Array.of(5, 2 ** 31 - 2, 2 ** 31 - 1))
  for (const vector of vectors.filter(({ length }) => length > 0)) {
    const expected = Array.from({ length: tables }, (_none, table) => [
      table,
      ...[0, 1, 2].map((at) => {
        const f = table * functions + at
        const values = Array.from(vector, (index) =>
          Number(BigInt.asIntN(32, BigInt(1 + index) * factors[f]! + offsets[f]!) % BigInt(prime))
        )
        return Math.min(...values)
      })
    ])
    t.deepEqual(int32sOf(minHash(tables, functions), vector), expected)
  }
})

test('minHash: an empty vector has the prime as its only term, once a table', (t) => {
  const terms = termsOf(minHash(4, 2), new Int32Array(0))
  t.deepEqual(
    terms.map(({ bytes }) => numberOf(bytes)),
    [prime, prime, prime, prime]
  )
})

for (const [tables, functions] of [
  [8, 4],
  [50, 3],
  [300, 12]
] as const) {
  test(`bitSampling: terms of ${tables} tables are the bits at the sampled positions, ascending`, (t) => {
    const dims = 64
    const random = new JavaRandom(0)
    const sample = (count: number): number[] => {
      const drawn: number[] = []
      while (drawn.length < count) {
        const next = random.nextInt(dims)
        if (!drawn.includes(next)) drawn.push(next)
      }
      return drawn
    }
    const all = tables * functions <= dims ? sample(tables * functions) : null
    const positions = Array.from({ length: tables }, (_none, table) =>
      (all === null ? sample(functions) : all.filter((_at, n) => n % tables === table)).sort(
        (a, b) => a - b
      )
    )
    const vector = randomIndices(5, dims, 0.4)
    const model = bitSampling(dims, tables, functions)
    const prefixBytes = (table: number): number => (tables > 128 ? 4 : table <= 127 ? 1 : 2)
    t.deepEqual(
      termsOf(model, vector).map(({ bytes }, table) => [
        bytes.readIntLE(0, prefixBytes(table)),
        numberOf(bytes.subarray(prefixBytes(table)))
      ]),
      positions.map((sampled, table) => [
        table,
        sampled.reduce((bits, at, bit) => bits + (vector.includes(at) ? 2 ** bit : 0), 0)
      ])
    )
  })
}

test('bitSampling: memory goes by the samples, not by dims', (t) => {
  const dims = 2 ** 31 - 1
  const model = bitSampling(dims, 4, 2)
  t.true(model.sizeInBytes < 1000)
  const random = new JavaRandom(0)
  const sampled = Array.from({ length: 8 }, () => random.nextInt(dims))
  const vector = Int32Array.from([0, ...sampled, dims - 1]).sort()
  t.deepEqual(
    termsOf(model, vector).map(({ bytes }) => [...bytes]),
    [0, 1, 2, 3].map((table) => [table, 3])
  )
  t.deepEqual(
    termsOf(model, Int32Array.of(sampled[5]!)).map(({ bytes }) => [...bytes]),
    [
      [0, 0],
      [1, sampled[5]! < sampled[1]! ? 1 : 2],
      [2, 0],
      [3, 0]
    ]
  )
})

test('bitSampling: a table samples no more positions than there are', (t) => {
  const full = Int32Array.of(0, 1, 2)
  t.deepEqual(
    termsOf(bitSampling(3, 2, 8), full).map(({ bytes }) => [...bytes]),
    [
      [0, 7],
      [1, 7]
    ]
  )
})

/** Directions as drawn, and inner products in float64. */
function products(random: JavaRandom, count: number, vector: Float32Array): number[] {
  return Array.from({ length: count }, () => {
    let sum = 0
    for (const value of vector) sum += Math.fround(random.nextGaussian()) * value
    return sum
  })
}

test('randomProjection: terms are the table and the sides of its planes, whatever the length', (t) => {
  const [dims, tables, functions] = [33, 20, 5]
  const model = randomProjection(dims, tables, functions)
  const vector = randomVector(9, dims, 1)
  const sides = products(new JavaRandom(0), tables * functions, vector)
  const expected = Array.from({ length: tables }, (_none, table) => {
    const bits = sides.slice(table * functions, (table + 1) * functions)
    return [table, bits.reduce((sum, side, at) => sum + (side > 0 ? 2 ** at : 0), 0)]
  })
  for (const scale of [1, 1000, 0.001]) {
    t.deepEqual(
      termsOf(
        model,
        vector.map((value) => value * scale)
      ).map(({ bytes }) => [...bytes]),
      expected
    )
  }
})

test('stableDistributions: terms are the table and the buckets along its directions', (t) => {
  const [dims, tables, functions, width] = [50, 12, 4, 3]
  const random = new JavaRandom(0)
  const vector = randomVector(11, dims, 10)
  const reaches = products(random, tables * functions, vector)
  const buckets = reaches.map((reach) =>
    Math.floor((reach + Math.fround(random.nextFloat() * width)) / width)
  )
  t.deepEqual(
    int32sOf(stableDistributions(dims, tables, functions, width), vector),
    Array.from({ length: tables }, (_none, table) => [
      table,
      ...buckets.slice(table * functions, (table + 1) * functions)
    ])
  )
})

const permutations: [string, number[], number, [number, number][]][] = [
  [
    'ten components',
    [10, -2, 0, 99, 0.1, -8, 42, -13, 6, 0.1],
    4,
    [
      [4, 4],
      [7, 3],
      [-8, 2],
      [1, 1]
    ]
  ],
  [
    'five components',
    [0.1, -0.3, -0.4, 0, 0.2],
    4,
    [
      [-3, 4],
      [-2, 3],
      [5, 2],
      [1, 1]
    ]
  ],
  [
    'equal magnitudes share a rank',
    [2, 2, 0, 0, 1, 4],
    4,
    [
      [6, 4],
      [1, 3],
      [2, 3],
      [5, 1]
    ]
  ],
  [
    'no more components than there are',
    [0, -1],
    4,
    [
      [-2, 4],
      [1, 3]
    ]
  ]
]
for (const [what, values, functions, expected] of permutations) {
  test(`permutation: terms and frequencies of the spec, ${what}`, (t) => {
    const vector = Float32Array.from(values)
    for (const repeating of [true, false]) {
      t.deepEqual(
        termsOf(permutation(vector.length, functions, repeating), vector).map(
          ({ bytes, frequency }) => [numberOf(bytes), frequency]
        ),
        expected.map(([term, frequency]) => [term, repeating ? frequency : 1])
      )
    }
  })
}

test('permutation: the largest of many components, as a sort finds them', (t) => {
  for (const seed of [1, 2, 3]) {
    const vector = randomVector(seed, 300, 5).map((value) => Math.round(value * 20) / 20)
    const order = [...vector.keys()].sort(
      (a, b) => Math.abs(vector[b]!) - Math.abs(vector[a]!) || a - b
    )
    t.deepEqual(
      termsOf(permutation(300, 40, false), vector).map(({ bytes }) => numberOf(bytes)),
      order.slice(0, 40).map((at) => (vector[at]! >= 0 ? at + 1 : -1 - at))
    )
  }
})

test('trueIndices: every true index is a term', (t) => {
  const vector = Int32Array.of(0, 127, 128, 32767, 32768, 1_000_000)
  t.deepEqual(
    termsOf(trueIndices(), vector).map(({ bytes }) => numberOf(bytes)),
    [...vector]
  )
})

test('hashQuery: without probes a query has the terms of a stored vector', (t) => {
  const dense = randomVector(3, 16, 4)
  const sparse = randomIndices(3, 16, 0.5)
  const asked = new HashTerms()
  const check = <V extends Float32Array | Int32Array>(model: HashModel<V>, vector: V): void => {
    model.hashQuery(vector, 0, asked)
    t.deepEqual(
      readTerms(asked),
      termsOf(model, vector).map(({ bytes, frequency }) => [bytes.toString('latin1'), frequency])
    )
  }
  for (const model of [minHash(3, 2), bitSampling(16, 3, 2), trueIndices()]) check(model, sparse)
  for (const model of [
    randomProjection(16, 3, 2),
    stableDistributions(16, 3, 2, 2),
    permutation(16, 3, true)
  ]) {
    check(model, dense)
  }
})
