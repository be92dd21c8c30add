import test from 'ava'
import { mergeSorted } from '../../../src/segment/merge-sorted.ts'
import { sliceSort } from '../../../src/segment/slice-sort.ts'
import { below, randomOf } from '../../support/segment-documents.ts'

test('sliceSort: sorts as Array.sort does, stable, and asks for pauses', async (t) => {
  const random = randomOf(40)
  for (const length of [0, 1, 255, 256, 257, 3000, 10_000]) {
    const keys = Array.from({ length }, () => below(random, length / 2 + 1))
    const numbers = Int32Array.from(keys.keys())
    let calls = 0
    const pause = (): Promise<void> | null => (++calls % 1000 === 0 ? Promise.resolve() : null)
    const sorted = await sliceSort(numbers, (a, b) => keys[a]! - keys[b]!, pause)
    t.deepEqual(
      [...sorted],
      [...keys.keys()].sort((a, b) => keys[a]! - keys[b]!)
    )
    t.deepEqual([...numbers], [...keys.keys()])
    t.true(calls >= length / 256)
  }
})

test('mergeSorted: terms come once, in byte order, with all who have them in order', (t) => {
  const sources = [['a', 'c', '\ue000', '😀'], [], ['a', 'b', '😀'], ['c']]
  const merged = mergeSorted(sources.map((terms) => terms.map((term) => ({ term }))))
  const told = Array.from(merged, ({ term, found }) => [term, ...found.map(({ source }) => source)])
  t.deepEqual(told, [
    ['a', 0, 2],
    ['b', 2],
    ['c', 0, 3],
    ['\ue000', 0],
    ['😀', 0, 2]
  ])
})
