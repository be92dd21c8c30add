/**
 * Goal     whoever asks for a page gets its bytes, whatever was evicted, appended or allocated in between, and never more
 *          than the budget is used.
 * Method   random accesses to three tables, allocations and pinned pages against a plain model: the expected bytes of a page follow
 *          from its key.
 */
import test from 'ava'
import fc from 'fast-check'
import { budgetBytesMin, PageCache } from '../../../src/cache/index.ts'
import { referenceBase } from '../../../src/simd/index.ts'
import { VectorStoreError } from '../../../src/util/index.ts'

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

const operation = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.record({ do: fc.constant('read' as const), table: fc.nat(2), page: fc.nat(399) })
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('allocate' as const), bytes: fc.nat(300_000) })
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('free' as const), at: fc.nat(50) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('append' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reopen' as const), table: fc.nat(2) }) }
)

test('PageCache: every page reads as its record, every pinned page and allocation as it was written', (t) => {
  fc.assert(
    fc.property(fc.array(operation, { minLength: 300, maxLength: 600 }), (operations) => {
      const reserveBytes = 40 * frameBytes
      const cache = smallCache(reserveBytes)
      const open = (table: number) =>
        cache.table({ kind: table === 0 ? 'codes' : 'lists', pageCount: 400, keyOf: keyOf(table) })
      const tables = [open(0), open(1), open(2)]
      const pinned = cache.pinnedTable('vectors', 30)
      const blocks: { address: number; bytes: number; mark: number }[] = []
      const memory = new Uint8Array(cache.memory.buffer)
      for (const [step, op] of operations.entries()) {
        const mark = 1 + (step % 255)
        if (op.do === 'read') {
          if (!isPage(tables[op.table]!.page(op.page), op.table, op.page)) return false
        } else if (op.do === 'append' && pinned.pageCount < 30) {
          const address = pinned.append()
          if (!memory.subarray(address, address + frameBytes).every((byte) => byte === 0))
            return false
          memory.fill(pinned.pageCount, address, address + frameBytes)
        } else if (op.do === 'allocate' && blocks.length < 6) {
          const address = cache.allocate(op.bytes)
          if (address === 0 || address % 64 !== 0) return false
          if (!memory.subarray(address, address + op.bytes).every((byte) => byte === 0))
            return false
          memory.fill(mark, address, address + op.bytes)
          blocks.push({ address, bytes: op.bytes, mark })
        } else if (op.do === 'free' && op.at < blocks.length) {
          const [{ address, bytes, mark: written }] = blocks.splice(op.at, 1) as [
            (typeof blocks)[0]
          ]
          if (!memory.subarray(address, address + bytes).every((byte) => byte === written))
            return false
          cache.free(address)
        } else if (op.do === 'reopen') {
          tables[op.table]!.close()
          tables[op.table] = open(op.table)
        }
        if (cache.memory.buffer.byteLength > cache.stats().budgetBytes) return false
      }
      for (let page = 0; page < pinned.pageCount; page++) {
        if (!pinned.page(page).every((byte) => byte === page + 1)) return false
      }
      return blocks.every(({ address, bytes, mark }) =>
        memory.subarray(address, address + bytes).every((byte) => byte === mark)
      )
    }),
    { seed, numRuns: 15 }
  )
  t.pass()
})
