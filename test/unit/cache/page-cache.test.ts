/**
 * Goal     whoever asks for a page gets its bytes, whatever was evicted, appended or allocated in between, and never more
 *          than the budget is used.
 * Method   random accesses to three tables, allocations and pinned pages against a plain model: the expected bytes of a page follow
 *          from its key.
 */
import test from 'ava'
import * as fc from 'fast-check'
import { budgetBytesMin, PageCache } from '../../../src/cache/index.ts'
import type { PageTable } from '../../../src/cache/index.ts'
import { referenceBase } from '../../../src/simd/index.ts'
import type { PageSource } from '../../../src/vector/index.ts'
import { assert, AssertionFailure, VectorStoreError } from '../../../src/util/index.ts'

const seed = 20_260_101
const frameBytes = 16_384

const keyOf =
  (table: number) =>
  (page: number): Uint8Array =>
    Uint8Array.of(table, page & 255, page >>> 8)

/** A record whose length and bytes follow from its key. */
function payloadOf(key: Uint8Array): Uint8Array {
  const [table = 0, low = 0, high = 0] = key
  const page = low + 256 * high
  const bytes = new Uint8Array(table === 2 ? (page * 37) % frameBytes : frameBytes)
  return bytes.fill(1 + ((page * 7 + table) % 255))
}

function isPage(bytes: Uint8Array, table: number, page: number): boolean {
  const payload = payloadOf(keyOf(table)(page))
  return (
    bytes.length === frameBytes &&
    Buffer.compare(bytes.subarray(0, payload.length), payload) === 0 &&
    bytes.subarray(payload.length).every((byte) => byte === 0)
  )
}

function smallCache(reserveBytes = 0, moreFrames = 0): PageCache {
  const budgetBytes = budgetBytesMin(reserveBytes) + moreFrames * (frameBytes + 10)
  return new PageCache({ budgetBytes, reserveBytes, read: payloadOf })
}

type Operation =
  | { readonly do: 'read'; readonly table: number; readonly page: number }
  | { readonly do: 'allocate'; readonly bytes: number }
  | { readonly do: 'free'; readonly at: number }
  | { readonly do: 'append' }
  | { readonly do: 'reopen'; readonly table: number }

const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 300,
    arbitrary: fc.record({ do: fc.constant('read'), table: fc.nat(2), page: fc.nat(399) })
  },
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant('allocate'), bytes: fc.nat(300_000) })
  },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('free'), at: fc.nat(5) }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('append') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reopen'), table: fc.nat(2) }) }
)

/** A cache, and beside it what was written into its memory. Every method answers whether the cache was right. */
class Model {
  readonly cache: PageCache = smallCache(40 * frameBytes)
  readonly #memory = new Uint8Array(this.cache.memory.buffer)
  readonly #tables = [0, 1, 2].map((table) => this.#open(table))
  readonly #pinned = this.cache.pinnedTable('vectors', 30)
  #blocks: { address: number; bytes: number; mark: number }[] = []
  #mark = 0

  run(op: Operation): boolean {
    switch (op.do) {
      case 'read':
        return isPage(this.#tables[op.table]!.page(op.page), op.table, op.page)
      case 'append':
        return this.#pinned.pageCount === 30 || this.#append()
      case 'allocate':
        return this.#blocks.length === 6 || this.#allocate(op.bytes)
      case 'free':
        return this.#free(op.at)
      case 'reopen':
        this.#tables[op.table]!.close()
        this.#tables[op.table] = this.#open(op.table)
    }
    return true
  }

  isInBudget(): boolean {
    const { frameCount, allocatedBytes, budgetBytes } = this.cache.stats()
    const usedBytes = frameCount * frameBytes + allocatedBytes
    return usedBytes <= this.#memory.length && this.#memory.length <= budgetBytes
  }

  /** Pinned pages and blocks are as they were written. */
  isIntact(): boolean {
    for (let page = 0; page < this.#pinned.pageCount; page++) {
      if (!this.#pinned.page(page).every((byte) => byte === page + 1)) return false
    }
    return this.#blocks.every(({ address, bytes, mark }) => this.#isFilled(address, bytes, mark))
  }

  #open(table: number): PageTable {
    const kind = table === 0 ? 'codes' : 'lists'
    return this.cache.table({ kind, pageCount: 400, keyOf: keyOf(table) })
  }

  #append(): boolean {
    const address = this.#pinned.append()
    const zeroed = this.#isFilled(address, frameBytes, 0)
    this.#memory.fill(this.#pinned.pageCount, address, address + frameBytes)
    return zeroed
  }

  #allocate(bytes: number): boolean {
    const address = this.cache.allocate(bytes)
    const zeroed = this.#isFilled(address, bytes, 0)
    this.#mark = (this.#mark % 255) + 1
    this.#memory.fill(this.#mark, address, address + bytes)
    this.#blocks.push({ address, bytes, mark: this.#mark })
    return zeroed && address > 0 && address % 64 === 0
  }

  #free(at: number): boolean {
    const block = this.#blocks[at]
    if (block === undefined) return true
    this.#blocks = this.#blocks.filter((other) => other !== block)
    const intact = this.#isFilled(block.address, block.bytes, block.mark)
    this.cache.free(block.address)
    return intact
  }

  #isFilled(address: number, bytes: number, mark: number): boolean {
    return this.#memory.subarray(address, address + bytes).every((byte) => byte === mark)
  }
}

test('PageCache: every page reads as its record, every pinned page and allocation as it was written', (t) => {
  let evictionCount = 0
  fc.assert(
    fc.property(
      fc.array(operation, { minLength: 1_500, maxLength: 2_500, size: 'max' }),
      (operations) => {
        const model = new Model()
        const right = operations.every((op) => model.run(op) && model.isInBudget())
        for (const counters of Object.values(model.cache.stats().kinds)) {
          evictionCount += counters.evictionCount
        }
        return right && model.isIntact()
      }
    ),
    { seed, numRuns: 12 }
  )
  t.true(evictionCount > 1_000, `too few evictions to prove anything: ${evictionCount}`)
})

test('PageCache: a budget below the minimum or above the largest memory is refused with the limits in the message', (t) => {
  for (const budgetBytes of [0, budgetBytesMin(0) - 1, 2 ** 32, Number.NaN]) {
    const error = t.throws(() => new PageCache({ budgetBytes, reserveBytes: 0, read: payloadOf }), {
      instanceOf: VectorStoreError
    })
    t.is(error?.code, 'OPTION_INVALID')
    t.true(error?.message.includes(String(budgetBytesMin(0))))
  }
})

test('PageCache: the smallest budget holds 128 frames beside a full reserve and tables', (t) => {
  const reserveBytes = 50 * frameBytes
  const cache = smallCache(reserveBytes)
  cache.table({ kind: 'lists', pageCount: 400_000, keyOf: keyOf(1) })
  const pinned = cache.pinnedTable('vectors', 49)
  for (let page = 0; page < 49; page++) pinned.append()
  t.true(cache.stats().frameCount >= 128)
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
  const table = cache.table({ kind: 'lists', pageCount: 10, keyOf: keyOf(1) })
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
  const cache = smallCache()
  const table = cache.table({ kind: 'lists', pageCount: 2_000, keyOf: keyOf(1) })
  const { frameCount } = cache.stats()
  const memory = new Uint8Array(cache.memory.buffer)
  const words = new Uint32Array(cache.memory.buffer, table.address, 2_000)
  for (let page = 0; page < frameCount; page++) table.frame(page)
  table.frame(frameCount) // A round clears all marks and takes one frame; the rest goes in order.
  const last = words[frameCount - 1]!
  const neighbour = words[frameCount - 2]!
  memory[referenceBase + (last >>> 14)] = 1
  for (let page = 1; page < frameCount - 1; page++) table.frame(frameCount + page)
  t.is(words[frameCount - 1], last)
  t.false(words.subarray(0, frameCount).includes(neighbour))
})

test('fault: codes stay while other kinds come and go, and give way down to the floor of the others', (t) => {
  const cache = smallCache()
  const codes = cache.table({ kind: 'codes', pageCount: 1_000, keyOf: keyOf(0) })
  const lists = cache.table({ kind: 'lists', pageCount: 1_000, keyOf: keyOf(1) })
  const { frameCount } = cache.stats()
  const codeCount = frameCount - 100
  for (let page = 0; page < codeCount; page++) codes.frame(page)
  for (let page = 0; page < 1_000; page++) lists.frame(page)
  t.is(cache.stats().kinds['codes']?.evictionCount, 0)
  for (let page = 0; page < 1_000; page++) codes.frame(page)
  const { kinds } = cache.stats()
  t.is(kinds['lists']?.residentBytes, (frameCount >> 3) * frameBytes)
  for (let page = 0; page < 1_000; page++) lists.frame(page)
  t.is(
    cache.stats().kinds['codes']?.residentBytes,
    (frameCount - (frameCount >> 3) - 1) * frameBytes
  )
})

test('page: a page of a frame answers with one view, not one per call', (t) => {
  const cache = smallCache()
  const table = cache.table({ kind: 'lists', pageCount: 10, keyOf: keyOf(1) })
  t.is(table.page(4), table.page(4))
  t.not(table.page(4), table.page(5))
})

test('page: a page outside the table and a page of a closed table are failed assertions', (t) => {
  const cache = smallCache()
  const table = cache.table({ kind: 'lists', pageCount: 10, keyOf: keyOf(1) })
  t.throws(() => table.page(10), { instanceOf: AssertionFailure })
  t.throws(() => cache.fault(table.id, 10), { instanceOf: AssertionFailure })
  table.close()
  t.throws(() => table.page(0), { instanceOf: AssertionFailure })
  t.throws(() => cache.fault(table.id, 0), { instanceOf: AssertionFailure })
})

test('pinnedTable: pages outlive every eviction and move of the table, and the reserve is their limit', (t) => {
  const reserveBytes = 201 * frameBytes
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
  const pinned = smallCache(10 * frameBytes).pinnedTable('vectors', 2)
  pinned.append()
  pinned.append()
  const error = t.throws(() => pinned.append(), { instanceOf: VectorStoreError })
  t.is(error?.code, 'MEMORY_LIMIT')
})

test('allocate: what would leave too few frames or touch the reserve is MEMORY_LIMIT and takes nothing', (t) => {
  const reserveBytes = 20 * frameBytes
  const cache = smallCache(reserveBytes)
  const before = cache.stats()
  const spare = (before.frameCount - 128) * frameBytes - reserveBytes
  const error = t.throws(() => cache.allocate(spare + 1), { instanceOf: VectorStoreError })
  t.is(error?.code, 'MEMORY_LIMIT')
  t.deepEqual(cache.stats(), before)
  t.true(cache.allocate(spare) > 0)
  t.is(cache.stats().frameCount, 128 + 20)
})

test('source: close gives all memory and frames back', (t) => {
  const cache = smallCache()
  const before = cache.stats()
  const source = cache.source((kind, page) => keyOf(kind === 'codes' ? 0 : 1)(page))
  const codes = source.table('codes', 300)
  t.true(isPage(codes.page(299), 0, 299))
  t.true(isPage(source.table('lists', 300).page(7), 1, 7))
  source.free(source.allocate(500_000))
  source.allocate(100_000)
  t.is(source.pagesRead, 2)
  source.close()
  const after = cache.stats()
  t.is(after.allocatedBytes, 0)
  t.is(after.freeFrameCount, after.frameCount)
  t.true(after.frameCount >= before.frameCount - 8, 'only the slack of the heap is kept')
})

test('source: it is what a vector index asks for, with one shared memory for all sources of a cache', (t) => {
  const cache = smallCache()
  const first: PageSource = cache.source(() => new Uint8Array())
  const second: PageSource = cache.source(() => new Uint8Array())
  t.is(first.shared, second.shared)
  const address = first.shared?.allocate(100) ?? 0
  t.true(address > 0)
  second.shared?.free(address)
  t.is(cache.stats().allocatedBytes, 0)
})
