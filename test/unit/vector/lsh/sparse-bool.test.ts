import test from 'ava'
import fc from 'fast-check'
import {
  differingCount,
  intersectionCount,
  jaccard,
  sortedTrueIndices
} from '../../../../src/vector/lsh/sparse-bool.ts'
import { VectorStoreError } from '../../../../src/util/index.ts'

const dims = 400
const indices = fc.array(fc.integer({ min: 0, max: dims - 1 }), { maxLength: 200 })
/** Some so short that they are looked up in the longer. */
const few = fc.array(fc.integer({ min: 0, max: dims - 1 }), { maxLength: 5 })

function common(a: ReadonlySet<number>, b: ReadonlySet<number>): number {
  return [...a].filter((index) => b.has(index)).length
}

test('sortedTrueIndices: ascending, each once', (t) => {
  t.deepEqual(sortedTrueIndices([5, 1, 3, 1, 399], dims), Int32Array.of(1, 3, 5, 399))
  t.deepEqual(sortedTrueIndices([], dims), new Int32Array(0))
})

for (const index of [-1, 400, 1.5, Number.NaN]) {
  test(`sortedTrueIndices: ${index} of 400 is refused`, (t) => {
    const error = t.throws(() => sortedTrueIndices([1, index], dims), {
      instanceOf: VectorStoreError
    })
    t.is(error.code, 'VECTOR_VALUE')
    t.is(error.message, `true index is ${index}, wanted a whole number from 0 to 399`)
  })
}

test('intersectionCount: counts the indices that both have, whichever is longer', (t) => {
  fc.assert(
    fc.property(fc.oneof(indices, few), fc.oneof(indices, few), (a, b) => {
      const inBoth = common(new Set(a), new Set(b))
      const [first, second] = [sortedTrueIndices(a, dims), sortedTrueIndices(b, dims)]
      return (
        intersectionCount(first, second) === inBoth && intersectionCount(second, first) === inBoth
      )
    }),
    { seed: 3, numRuns: 500 }
  )
  t.pass()
})

test('jaccard, differingCount: shares and differences of sets', (t) => {
  fc.assert(
    fc.property(indices, indices, (first, second) => {
      const [a, b] = [new Set(first), new Set(second)]
      const inBoth = common(a, b)
      const either = new Set([...a, ...b]).size
      return (
        jaccard(a.size, b.size, inBoth) === (either === 0 ? 1 : inBoth / either) &&
        differingCount(a.size, b.size, inBoth) === either - inBoth
      )
    }),
    { seed: 3 }
  )
  t.is(jaccard(0, 0, 0), 1)
})
