import test from 'ava'
import fc from 'fast-check'
import { pageBytesMax, smallPageBytes } from '../../../src/vector/geometry.ts'
import {
  listBits,
  ListPacker,
  packedBytes,
  planPages,
  slackBytes,
  unpackList
} from '../../../src/vector/hnsw/packed-lists.ts'

/** A page of a whole frame with the lists in it. */
function pageOf(
  lists: readonly (readonly number[])[],
  bits: number,
  frameBytes: number
): Uint8Array {
  const packer = new ListPacker(bits, frameBytes)
  packer.begin(lists.length)
  // Neighbour i becomes the i-th number of its list: an array with a place for each number of 31 bits would be too long.
  for (const list of lists) {
    packer.add(Uint32Array.from(list.keys()), 0, list.length, Uint32Array.from(list))
  }
  const page = new Uint8Array(frameBytes)
  page.set(packer.finish())
  return page
}

test('listBits: the number of the last node fits, in 8 bits at least', (t) => {
  t.is(listBits(0), 8)
  t.is(listBits(1), 8)
  t.is(listBits(256), 8)
  t.is(listBits(257), 9)
  t.is(listBits(100_000), 17)
  t.is(listBits(131_072), 17)
  t.is(listBits(131_073), 18)
  t.is(listBits(2 ** 31), 31)
})

test('ListPacker: ends of lists, then neighbours from the lowest bit on', (t) => {
  const page = pageOf([[0xa23, 0xabc], [], [0x001]], 12, 64)
  // 3 + 1 offsets; 24 bits are 3 bytes, 12 are 2.
  t.deepEqual(
    Array.from(page.subarray(0, 14)),
    [8, 0, 11, 0, 11, 0, 13, 0, 0x23, 0xca, 0xab, 0x01, 0x00, 0]
  )
})

test('unpackList: gives each list that was packed', (t) => {
  const packed = fc.integer({ min: 8, max: 31 }).chain((bits) => {
    const list = fc.array(fc.nat(2 ** bits - 1), { maxLength: 32 })
    return fc.record({
      bits: fc.constant(bits),
      lists: fc.array(list, { minLength: 1, maxLength: 24 })
    })
  })
  fc.assert(
    fc.property(packed, ({ bits, lists }) => {
      const page = pageOf(lists, bits, smallPageBytes)
      const record = new Uint32Array(36)
      for (const [slot, list] of lists.entries()) {
        record.fill(0xffffffff)
        unpackList(page, slot, bits, record)
        t.deepEqual(Array.from(record), [
          list.length,
          ...list,
          ...Array<number>(35 - list.length).fill(0)
        ])
      }
    }),
    { seed: 20_261_121, numRuns: 200 }
  )
})

test('unpackList: whatever a page holds, it gives no more than the record has room for', (t) => {
  const record = new Uint32Array(36)
  unpackList(new Uint8Array(smallPageBytes).fill(0xff), 3, 17, record)
  t.is(record[0], 0)
  const page = new Uint8Array(smallPageBytes)
  new Uint16Array(page.buffer).set([8, 0xffff])
  unpackList(page, 0, 17, record)
  t.is(record[0], 35)
})

test('planPages: as many lists a page as fit the fullest', (t) => {
  const sizes = Uint16Array.from({ length: 10_000 }, (_, node) => 20 + ((node * 7919) % 50))
  const { perPage, pageBytes } = planPages(sizes)
  t.is(pageBytes, smallPageBytes)
  const fullest = (lists: number): number => {
    let most = 0
    for (let first = 0; first < sizes.length; first += lists) {
      const held = sizes.subarray(first, first + lists)
      most = Math.max(
        most,
        held.reduce((sum, bytes) => sum + bytes, 2 * (held.length + 1))
      )
    }
    return most
  }
  t.true(fullest(perPage) <= smallPageBytes - slackBytes)
  t.true(fullest(perPage + 1) > smallPageBytes - slackBytes)
})

test('planPages: lists of which a small page would hold few lie in large ones', (t) => {
  const longest = packedBytes(1_024, 31)
  t.is(planPages(new Uint16Array(1_000).fill(longest)).pageBytes, smallPageBytes)
  // One a page, and most of the page empty.
  const sizes = new Uint16Array(1_000).fill(600)
  sizes[500] = longest
  const { perPage, pageBytes } = planPages(sizes)
  t.is(pageBytes, pageBytesMax)
  t.true(perPage > 10)
  t.deepEqual(planPages(new Uint16Array(0)), { perPage: 1, pageBytes: smallPageBytes })
})
