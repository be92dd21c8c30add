/** Orders of sets and the nearest of them, judged by float64 and by sorting. */
import test from 'ava'
import { createKernelMemory, sparseRowKernels } from '../../../src/simd/index.ts'
import { uniformOf } from '../../support/vector-sets.ts'

const seed = 20_261_128
const memory = createKernelMemory(4 << 20)
const kernels = sparseRowKernels({ memory, fault: () => 0 })
const words = new Uint32Array(memory.buffer)
const floats = new Float32Array(memory.buffer)
const [commons, lengths, orders, ords, best] = [1 << 18, 1 << 19, 1 << 20, 2 << 20, 3 << 20]

/** The order that a pair of sets has, by float64. */
function orderOf(query: number, common: number, length: number, isJaccard: boolean): number {
  const either = query + length - common
  if (!isJaccard) return Math.fround(either - common)
  return 0 - Math.fround(either === 0 ? 1 : common / either)
}

test('setOrders: the float64 quotient rounded once, of sets of any length', (t) => {
  const uniform = uniformOf(seed)
  const sizes = [0, 1, 255, 256, 65_535, 65_536, 2 ** 24, 2 ** 24 + 1, 2 ** 30]
  for (const query of sizes) {
    for (const isJaccard of [true, false]) {
      for (const isSharing of [true, false]) {
        const pairs = Array.from({ length: 1001 }, () => {
          const most = sizes[Math.floor(uniform() * sizes.length)]!
          const length = uniform() < 0.3 ? most : Math.floor(uniform() * most)
          const shared = Math.min(length, query)
          const common = uniform() < 0.2 ? shared : Math.floor(uniform() * (shared + 1))
          return { length, common }
        })
        for (const [at, { length, common }] of pairs.entries()) {
          words[commons / 4 + at] = common
          words[lengths / 4 + at] = length
        }
        kernels.bindQuery(query, isJaccard, isSharing)
        kernels.setOrders(commons, lengths, pairs.length, orders)
        const wrong = pairs.findIndex(({ length, common }, at) => {
          const isOut = isSharing && common === 0
          const wanted = isOut ? Infinity : orderOf(query, common, length, isJaccard)
          return !Object.is(floats[orders / 4 + at], wanted)
        })
        t.is(wrong, -1, `query of ${query}, ${JSON.stringify(pairs[wrong])}`)
      }
    }
  }
})

/** Orders of all kinds: many that are equal, falling ones, rising ones, some that are left out. */
function someOrders(kind: number, count: number, uniform: () => number): number[] {
  return Array.from({ length: count }, (_, at) => {
    if (uniform() < 0.05) return Infinity
    if (kind === 0) return Math.fround(-uniform())
    if (kind === 1) return Math.floor(uniform() * 4)
    if (kind === 2) return count - at
    return kind === 3 ? at : 0 - Math.floor(uniform() * 2)
  })
}

test('offerOrders: the worst of the best is the one that sorting finds', (t) => {
  const uniform = uniformOf(seed + 1)
  for (let round = 0; round < 300; round++) {
    const counts = [1, 5, 64, 700, 5000]
    const first = someOrders(round % 5, counts[Math.floor(uniform() * 5)]!, uniform)
    const second = someOrders(round % 5, counts[Math.floor(uniform() * 5)]!, uniform)
    const wanted = 1 + Math.floor(uniform() * [3, 100, 1000][round % 3]!)
    const worstOf = (all: readonly number[]): number =>
      all.toSorted((a, b) => a - b)[wanted - 1] ?? Infinity
    floats.set(first, orders / 4)
    const label = `seed ${seed}, round ${round}`
    kernels.startBest(best, wanted + 4 + Math.floor(uniform() * wanted * 2), wanted)
    t.is(kernels.offerOrders(orders, first.length), worstOf(first), label)
    floats.set(second, orders / 4)
    const both = worstOf([...first, ...second])
    t.is(kernels.offerOrders(orders, second.length), both, label)
    t.is(kernels.finiteOrders(orders, second.length), second.filter(Number.isFinite).length, label)
    const kept = kernels.keepOrders(orders, second.length, both, 40, ords)
    const near = [...second.entries()].filter(([, each]) => each <= both && each < Infinity)
    t.deepEqual(
      [...words.subarray(ords / 4, ords / 4 + kept)],
      near.map(([at]) => at + 40),
      label
    )
    t.deepEqual(
      [...floats.subarray(orders / 4, orders / 4 + kept)],
      near.map(([, each]) => each),
      label
    )
  }
})

test('refuseOrders: who has no bit is left out', (t) => {
  const uniform = uniformOf(seed + 2)
  for (const count of [1, 31, 32, 33, 1000]) {
    const accepted = Array.from({ length: count }, () => uniform() < 0.7)
    words.fill(0, commons / 4, commons / 4 + 40)
    for (const [at, is] of accepted.entries()) if (is) words[commons / 4 + (at >> 5)]! |= 1 << at
    floats.fill(-0.5, orders / 4, orders / 4 + count + 1)
    kernels.refuseOrders(orders, count, commons)
    const own = [...floats.subarray(orders / 4, orders / 4 + count + 1)]
    t.deepEqual(own, [...accepted.map((is) => (is ? -0.5 : Infinity)), -0.5])
  }
})
