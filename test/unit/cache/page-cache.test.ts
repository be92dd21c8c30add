/** Who goes and who stays, limits, counters. That every page reads as its record: page-cache-model.test.ts. */
import test from 'ava'
import { budgetBytesMin, PageCache } from '../../../src/cache/index.ts'
import type { PageTable } from '../../../src/cache/index.ts'
import { referenceBase } from '../../../src/simd/index.ts'
import type { PageSource } from '../../../src/vector/index.ts'
import { assert, AssertionFailure, VectorStoreError } from '../../../src/util/index.ts'
import {
  frameBytes,
  isPage,
  keyOf,
  payloadOf,
  shapes,
  slotBytes,
  smallCache
} from '../../support/cache-pages.ts'

test('PageCache: a budget below the minimum or above the largest memory is refused with the limits in the message', (t) => {
  for (const budgetBytes of [0, budgetBytesMin(0) - 1, 2 ** 32, Number.NaN]) {
    const error = t.throws(() => new PageCache({ budgetBytes, reserveBytes: 0, read: payloadOf }), {
      instanceOf: VectorStoreError
    })
    t.is(error?.code, 'OPTION_INVALID')
    t.true(error?.message.includes(String(budgetBytesMin(0))))
  }
})

test('PageCache: the smallest budget holds 128 slots beside a full reserve and tables', (t) => {
  const reserveBytes = 50 * slotBytes
  const cache = smallCache(reserveBytes)
  cache.table({ kind: 'lists', pageCount: 400_000, keyOf: keyOf(1) })
  const pinned = cache.pinnedTable('vectors', 49)
  for (let page = 0; page < 49; page++) pinned.append()
  t.true(cache.stats().slotCount >= 128)
})

test('fault: an error of the store leaves a kernel that asked for a page as the same object, and the cache unchanged', (t) => {
  const wrong = new VectorStoreError('STORE_CHECKSUM', 'page is damaged')
  let damaged = true
  const cache = new PageCache({
    budgetBytes: budgetBytesMin(0),
    reserveBytes: 0,
    read: (key) => {
      if (damaged) throw wrong
      return payloadOf(key)
    }
  })
  const table = cache.table({
    kind: 'lists',
    pageCount: 10,
    pageBytes: frameBytes,
    keyOf: keyOf(1)
  })
  // (import "env" "fault" (func (param i32 i32) (result i32)))
  // (func (export "ask") (param i32 i32) (result i32) local.get 0 local.get 1 call 0)
  const kernel = new WebAssembly.Module(
    Buffer.from(
      '0061736d0100000001070160027f7f017f020d0103656e76056661756c7400000302010007070103' +
        '61736b00010a0a010800200020011000' +
        '0b',
      'hex'
    )
  )
  const { exports } = new WebAssembly.Instance(kernel, { env: { fault: cache.fault } })
  const ask = exports['ask']
  assert(typeof ask === 'function', 'the test kernel exports ask')
  const before = cache.stats()
  t.is(
    t.throws(() => ask(table.id, 3), { instanceOf: VectorStoreError }),
    wrong
  )
  t.deepEqual(cache.stats(), before)
  damaged = false
  const address = ask(table.id, 3)
  t.is(address, table.frame(3))
  t.is(new Uint32Array(cache.memory.buffer)[(table.address >>> 2) + 3], address)
  t.true(isPage(table.page(3), 1, 3))
  t.is(cache.pagesRead, 1)
})

test('fault: a page that a kernel marked as used is spared by the next round of the clock', (t) => {
  for (const { pageBytes, kind, table: number } of [
    { kind: 'codes', table: 0, pageBytes: slotBytes },
    { kind: 'lists', table: 1, pageBytes: frameBytes }
  ]) {
    const cache = smallCache()
    const table = cache.table({ kind, pageCount: 9_000, pageBytes, keyOf: keyOf(number) })
    const count = (cache.stats().slotCount * slotBytes) / pageBytes
    const memory = new Uint8Array(cache.memory.buffer)
    const words = new Uint32Array(cache.memory.buffer, table.address, 9_000)
    for (let page = 0; page < count; page++) table.frame(page)
    table.frame(count) // A round clears all marks and takes one frame; the rest goes in order.
    const last = words[count - 1]!
    const neighbour = words[count - 2]!
    memory[referenceBase + (last >>> 12)] = 1
    for (let page = 1; page < count - 1; page++) table.frame(count + page)
    t.is(words[count - 1], last)
    t.false(words.subarray(0, count).includes(neighbour))
  }
})

test('fault: codes stay while other kinds come and go, lists while originals do, each down to the floor of the others', (t) => {
  const cache = smallCache()
  const [codes, lists, vectors] = shapes.map((shape, table) =>
    cache.table({ ...shape, pageCount: 2_000, keyOf: keyOf(table) })
  )
  assert(codes !== undefined && lists !== undefined && vectors !== undefined, 'three tables')
  const read = (table: PageTable, count: number): void => {
    for (let page = 0; page < count; page++) table.frame(page)
  }
  const slots = (kind: string): number =>
    (cache.stats().kinds[kind]?.residentBytes ?? 0) / slotBytes
  const { slotCount } = cache.stats()
  const floor = slotCount >> 4
  read(codes, slotCount - 100)
  read(lists, 400) // The free 100 slots.
  read(vectors, 2_000)
  t.is(slots('codes'), slotCount - 100)
  t.is(slots('lists'), 100 - slots('vectors'))
  t.is(slots('vectors'), floor + 1)
  read(lists, 400)
  t.is(slots('vectors'), floor)
  read(codes, 2_000)
  t.is(slots('vectors'), floor)
  t.is(slots('lists'), floor)
  read(vectors, 2_000)
  t.true(slots('codes') >= slotCount - 2 * floor - 1)
})

test('inPassing: a scan larger than the cache leaves what is in use where it is, until it comes back', (t) => {
  const cache = smallCache()
  const hot = cache.table({ kind: 'columns', pageCount: 200, keyOf: keyOf(3) })
  const cold = cache.table({ ...shapes[2]!, pageCount: 4_000, keyOf: keyOf(2) })
  const { slotCount } = cache.stats()
  for (let page = 0; page < 200; page++) hot.frame(page)
  const scan = (): number => {
    const before = cache.pagesRead
    cache.inPassing(() => {
      for (let page = 0; page < 4_000; page++) cold.frame(page)
    })
    return cache.pagesRead - before
  }
  const evicted = (): number => cache.stats().kinds['columns']?.evictionCount ?? 0
  t.is(scan(), 4_000)
  t.is(evicted(), 0)
  const resident = cache.stats().kinds['vectors']?.residentBytes ?? 0
  t.true(resident >= (slotCount - 201) * slotBytes, 'free frames are taken')
  scan()
  t.true(evicted() > 0, 'the second time its pages are in use')
})

test('inPassing: what is read once and never again drives out nothing, however often', (t) => {
  const cache = smallCache()
  const { slotCount } = cache.stats()
  const hot = cache.table({ kind: 'columns', pageCount: slotCount, keyOf: keyOf(3) })
  const cold = cache.table({ ...shapes[2]!, pageCount: 1_000, keyOf: keyOf(2) })
  for (let page = 0; page < slotCount; page++) hot.frame(page)
  const before = cache.stats().kinds['columns']?.evictionCount ?? 0
  for (let round = 0; round < 3; round++) {
    cache.inPassing(() => {
      for (let page = 0; page < 1_000; page++) cold.frame(page)
    }, true)
  }
  const { evictionCount = 0 } = cache.stats().kinds['columns'] ?? {}
  t.true(evictionCount - before <= (slotCount >> 4) + 1)
})

test('statsOf: pages count for their index as long as it has a table open', (t) => {
  const cache = smallCache()
  const open = (index: number): PageTable =>
    cache.table({ kind: 'lists', pageCount: 10, index, keyOf: keyOf(1) })
  const [first, second] = [open(1), open(2)]
  first.frame(3)
  t.is(cache.statsOf(1)['lists']?.missCount, 1)
  t.is(cache.statsOf(2)['lists']?.missCount, 0)
  t.deepEqual(cache.statsOf(3), {})
  first.close()
  t.deepEqual(cache.statsOf(1), {})
  t.is(cache.stats().kinds['lists']?.missCount, 1)
  second.close()
})

test('page: a page of a frame answers with one view, not one per call', (t) => {
  const cache = smallCache()
  const table = cache.table({
    kind: 'lists',
    pageCount: 10,
    pageBytes: frameBytes,
    keyOf: keyOf(1)
  })
  t.is(table.page(4), table.page(4))
  t.not(table.page(4), table.page(5))
})

test('page: a page outside the table and a page of a closed table are failed assertions', (t) => {
  const cache = smallCache()
  const table = cache.table({
    kind: 'lists',
    pageCount: 10,
    pageBytes: frameBytes,
    keyOf: keyOf(1)
  })
  t.throws(() => table.page(10), { instanceOf: AssertionFailure })
  t.throws(() => cache.fault(table.id, 10), { instanceOf: AssertionFailure })
  table.close()
  t.throws(() => table.page(0), { instanceOf: AssertionFailure })
  t.throws(() => cache.fault(table.id, 0), { instanceOf: AssertionFailure })
})

test('PageCache: an order of its own says which kinds go first, and down to what', (t) => {
  const order = { ranks: new Map([['lists', 1] as const, ['vectors', 2] as const]), floorShift: 31 }
  const cache = new PageCache({
    budgetBytes: budgetBytesMin(0),
    reserveBytes: 0,
    read: payloadOf,
    order
  })
  const small = { pageCount: 4_000, pageBytes: frameBytes }
  const lists = cache.table({ ...small, kind: 'lists', keyOf: keyOf(1) })
  const vectors = cache.table({ ...small, kind: 'vectors', keyOf: keyOf(2) })
  const frameCount = 4 * cache.stats().slotCount
  for (let page = 0; page < 200; page++) lists.frame(page)
  for (let page = 0; page < frameCount; page++) vectors.frame(page)
  t.is(lists.residentCount, 0, 'no floor, though they are used more')
  t.is(vectors.residentCount, frameCount)
  // The default spares lists, and keeps a sixteenth of the rest.
  const usual = smallCache()
  const spared = usual.table({ ...small, kind: 'lists', keyOf: keyOf(1) })
  const first = usual.table({ ...small, kind: 'vectors', keyOf: keyOf(2) })
  for (let page = 0; page < 200; page++) spared.frame(page)
  for (let page = 0; page < frameCount; page++) first.frame(page)
  t.is(spared.residentCount, 200)
})

test('pinnedTable: pages outlive every eviction and move of the table, and the reserve is their limit', (t) => {
  const reserveBytes = 201 * slotBytes
  const cache = smallCache(reserveBytes)
  const memory = new Uint8Array(cache.memory.buffer)
  const pinned = cache.pinnedTable('vectors', 1_000)
  const addresses: number[] = []
  const error = t.throws(
    () => {
      for (let page = 0; page < 1_000; page++) {
        const address = pinned.append()
        memory[address] = page & 255
        addresses.push(address)
      }
    },
    { instanceOf: VectorStoreError }
  )
  t.is(error?.code, 'MEMORY_LIMIT')
  t.is(pinned.pageCount, 200) // The table takes the rest.
  const lists = cache.table({ kind: 'lists', pageCount: 1_000, keyOf: keyOf(1) })
  for (let page = 0; page < 1_000; page++) lists.frame(page)
  const words = new Uint32Array(cache.memory.buffer, pinned.address, 200)
  t.deepEqual([...words], addresses)
  t.true(addresses.every((address, page) => memory[address] === (page & 255)))
  t.is(cache.stats().kinds['vectors']?.pinnedBytes, cache.stats().pinnedBytes)
  pinned.close()
  t.is(cache.stats().pinnedBytes, 0)
})

test('pinnedTable: one page more than was agreed is MEMORY_LIMIT', (t) => {
  const pinned = smallCache(10 * slotBytes).pinnedTable('vectors', 2)
  pinned.append()
  pinned.append()
  const error = t.throws(() => pinned.append(), { instanceOf: VectorStoreError })
  t.is(error?.code, 'MEMORY_LIMIT')
})

test('allocate: what would leave too few frames or touch the reserve is MEMORY_LIMIT and takes nothing', (t) => {
  const reserveBytes = 20 * slotBytes
  const cache = smallCache(reserveBytes)
  const before = cache.stats()
  const spare = (before.slotCount - 128) * slotBytes - reserveBytes
  const error = t.throws(() => cache.allocate(spare + 1), { instanceOf: VectorStoreError })
  t.is(error?.code, 'MEMORY_LIMIT')
  t.deepEqual(cache.stats(), before)
  t.true(cache.allocate(spare) > 0)
  t.is(cache.stats().slotCount, 128 + 20)
})

test('source: close gives all memory and frames back', (t) => {
  const cache = smallCache()
  const before = cache.stats()
  const source = cache.source((kind) => keyOf(kind === 'codes' ? 0 : 1))
  const codes = source.table('codes', 300)
  t.true(isPage(codes.page(299), 0, 299))
  t.true(isPage(source.table('lists', 300, frameBytes).page(7), 1, 7))
  source.free(source.allocate(500_000))
  source.allocate(100_000)
  t.is(source.pagesRead, 2)
  source.close()
  const after = cache.stats()
  t.is(after.allocatedBytes, 0)
  t.is(after.freeSlotCount, after.slotCount)
  t.true(after.slotCount >= before.slotCount - 8, 'only the slack of the heap is kept')
})

test('source: it is what a vector index asks for, with one shared memory for all sources of a cache', (t) => {
  const cache = smallCache()
  const first: PageSource = cache.source(() => () => new Uint8Array())
  const second: PageSource = cache.source(() => () => new Uint8Array())
  t.is(first.shared, second.shared)
  const address = first.shared?.allocate(100) ?? 0
  t.true(address > 0)
  second.shared?.free(address)
  t.is(cache.stats().allocatedBytes, 0)
})
