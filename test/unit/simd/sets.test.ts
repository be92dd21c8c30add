/** Judged by the definitions. */
import test from 'ava'
import fc from 'fast-check'
import { createKernelMemory, setKernels } from '../../../src/simd/index.ts'

const memory = createKernelMemory(1 << 20)
const kernels = setKernels(memory)
const [first, second, third, fourth] = [65_600, 200_004, 400_008, 600_012] as const

function put(at: number, numbers: readonly number[]): void {
  new Int32Array(memory.buffer, at, numbers.length).set(numbers)
}

const sets = fc
  .uniqueArray(fc.integer({ min: -50, max: 200 }), { maxLength: 120 })
  .map((members) => members.sort((a, b) => a - b))

test('intersectionCount: members that both sets have', (t) => {
  const { failed, counterexample } = fc.check(
    fc.property(sets, sets, (a, b) => {
      put(first, a)
      put(second, b)
      // What lies behind a set is not looked at.
      put(first + a.length * 4, b)
      const expected = a.filter((member) => b.includes(member)).length
      return kernels.intersectionCount(first, a.length, second, b.length) === expected
    }),
    { seed: 2, numRuns: 1000 }
  )
  t.false(failed, `counterexample ${JSON.stringify(counterexample)}`)
})

test('leastSums: least value of every function, in wrapping arithmetic', (t) => {
  const functions = fc.array(fc.tuple(fc.integer(), fc.integer()), { minLength: 1, maxLength: 9 })
  const members = fc
    .integer({ min: 1, max: 5 })
    .chain((eights) => fc.array(fc.nat(), { minLength: 8 * eights, maxLength: 8 * eights }))
  const { failed, counterexample } = fc.check(
    fc.property(members, functions, (set, pairs) => {
      put(first, set)
      put(
        second,
        pairs.map(([factor]) => factor)
      )
      put(
        third,
        pairs.map(([, offset]) => offset)
      )
      kernels.leastSums(first, set.length, second, third, pairs.length, fourth)
      const found = [...new Int32Array(memory.buffer, fourth, pairs.length)]
      const expected = pairs.map(([factor, offset]) =>
        Math.min(...set.map((member) => (Math.imul(member, factor) + offset) | 0))
      )
      return String(found) === String(expected)
    }),
    { seed: 3, numRuns: 500 }
  )
  t.false(failed, `counterexample ${JSON.stringify(counterexample)}`)
})
