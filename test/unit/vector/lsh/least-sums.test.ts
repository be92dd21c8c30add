/** Judged by the definition; sets larger than the kernel takes at once. */
import test from 'ava'
import { LeastSums } from '../../../../src/vector/lsh/least-sums.ts'
import { uniformOf } from '../../../support/vector-sets.ts'

const uniform = uniformOf(77)
const numbers = (count: number): Int32Array =>
  new Int32Array(count).map(() => Math.floor((uniform() - 0.5) * 2 ** 32))

for (const size of [1, 7, 8, 16_383, 16_384, 16_385, 40_000]) {
  test(`of: least values over ${size} members`, (t) => {
    const [factors, offsets] = [numbers(5), numbers(5)]
    const sums = new LeastSums(factors, offsets)
    // One search leaves nothing behind for the next.
    for (const set of [numbers(size), numbers(size), numbers(1)]) {
      const expected = [...factors].map((factor, at) =>
        set.reduce(
          (least, member) => Math.min(least, (Math.imul(member, factor) + offsets[at]!) | 0),
          2 ** 31 - 1
        )
      )
      t.deepEqual([...sums.of(set)], expected)
    }
  })
}
