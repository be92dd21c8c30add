/**
 * Goal     blocks never overlap, and what is free joins up again.
 * Method   random takes and gives against a list of the live blocks.
 */
import test from 'ava'
import * as fc from 'fast-check'
import { Heap } from '../../../src/cache/heap.ts'
import { AssertionFailure } from '../../../src/util/index.ts'

const seed = 20_260_102
const end = 1 << 20

function heapOf(bytes: number): Heap {
  const heap = new Heap(end)
  heap.moveStart(end - bytes)
  return heap
}

test('Heap: live blocks are inside, aligned and apart, and all are one free block again at the end', (t) => {
  const step = fc.record({
    take: fc.boolean(),
    bytes: fc.integer({ min: 0, max: 9_000 }),
    at: fc.nat()
  })
  fc.assert(
    fc.property(fc.array(step, { minLength: 50, maxLength: 400, size: 'max' }), (steps) => {
      const heap = heapOf(200_000 - (200_000 % 64))
      let live: { address: number; bytes: number }[] = []
      for (const { take, bytes, at } of steps) {
        if (take) {
          const address = heap.take(bytes)
          const apart = live.every(
            (block) => address + bytes <= block.address || block.address + block.bytes <= address
          )
          if (address === 0) continue
          if (!apart || address < heap.start || address + bytes > heap.end || address % 64 !== 0)
            return false
          live.push({ address, bytes })
        } else if (live.length > 0) {
          const block = live[at % live.length]!
          heap.give(block.address)
          live = live.filter((other) => other !== block)
        }
      }
      for (const { address } of live) heap.give(address)
      return heap.allocatedBytes === 0 && heap.slackBytes === heap.end - heap.start
    }),
    { seed, numRuns: 100 }
  )
  t.pass()
})

test('take: the highest block that fits is taken, so the lower end is free first', (t) => {
  const heap = heapOf(64 * 4)
  t.is(heap.take(64), end - 64)
  t.is(heap.take(1), end - 128)
  t.is(heap.take(64 * 3), 0)
  t.is(heap.missingBytes(64 * 3), 64)
  t.is(heap.slackBytes, 128)
})

test('moveStart: free bytes at the lower end go, allocated ones do not', (t) => {
  const heap = heapOf(64 * 4)
  heap.take(64)
  heap.moveStart(end - 64)
  t.is(heap.slackBytes, 0)
  t.throws(() => heap.moveStart(end), { instanceOf: AssertionFailure })
})

test('give: an address that is not allocated is a failed assertion', (t) => {
  const heap = heapOf(64 * 4)
  const address = heap.take(64)
  heap.give(address)
  t.throws(() => heap.give(address), { instanceOf: AssertionFailure })
})
