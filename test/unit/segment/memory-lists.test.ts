import test from 'ava'
import { NumberLists } from '../../../src/segment/memory-lists.ts'
import { below, randomOf } from '../../support/segment-documents.ts'

const numbersOf = (lists: NumberLists, list: number, length: number): number[] => {
  const start = lists.startOf(list)
  return [...lists.arrayOf(list).subarray(start, start + length)]
}

test('push: lists of any length hold what plain arrays hold, and stay where they were found', (t) => {
  const seed = 30
  const random = randomOf(seed)
  const lists = new NumberLists()
  const wanted: number[][] = []
  const found: { readonly list: number; readonly length: number; readonly array: Int32Array }[] = []
  for (let step = 0; step < 400_000; step++) {
    // Every tenth number goes to the first list: it outgrows a slab.
    const list = step > 0 && step % 10 === 0 ? 0 : below(random, 30_000)
    const known = wanted[list]
    const value = (known?.at(-1) ?? -5) + 1 + below(random, 3)
    if (known === undefined) {
      lists.add(value)
      wanted.push([value])
    } else {
      lists.push(list, value)
      known.push(value)
    }
    if (step % 1000 === 0) {
      const at = below(random, wanted.length)
      const [length, start] = [lists.lengthOf(at), lists.startOf(at)]
      found.push({ list: at, length, array: lists.arrayOf(at).subarray(start, start + length) })
    }
    if (step === 300_000) for (let more = 0; more < 150_000; more++) pushNext(0)
  }
  function pushNext(list: number): void {
    const value = lists.lastOf(list) + 1
    lists.push(list, value)
    wanted[list]!.push(value)
  }
  t.is(lists.count, wanted.length)
  t.true(wanted[0]!.length > 2 ** 17)
  for (const [list, numbers] of wanted.entries()) {
    if (list % 50 !== 0) continue
    t.is(lists.lengthOf(list), numbers.length)
    t.deepEqual(numbersOf(lists, list, numbers.length), numbers, `seed ${seed}, list ${list}`)
    t.deepEqual([lists.firstOf(list), lists.lastOf(list)], [numbers[0], numbers.at(-1)])
    const end = numbers[below(random, numbers.length)]! + below(random, 3) - 1
    t.is(lists.countBelow(list, end), numbers.filter((number) => number < end).length)
  }
  for (const { list, length, array } of found)
    t.deepEqual([...array], wanted[list]!.slice(0, length), `seed ${seed}, list ${list}`)
})

test('bytes: 8 of a list of one number, at most twice the next power of two of a long one', (t) => {
  const singles = new NumberLists()
  for (let list = 0; list < 2 ** 10; list++) singles.add(list)
  t.is(singles.bytes, 8 * 2 ** 10)
  for (const length of [5, 100, 2 ** 10 + 1, 2 ** 16, 2 ** 17 + 1]) {
    const one = new NumberLists()
    one.add(0)
    for (let at = 1; at < length; at++) one.push(0, at)
    const power = 2 ** Math.ceil(Math.log2(length))
    t.true(one.bytes >= 4 * length)
    t.true(one.bytes <= 4 * (3 * power + 2 ** 7), `${length}: ${one.bytes}`)
  }
})
