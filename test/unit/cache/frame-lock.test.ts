/** A thread that died while it had the lock of the frames. That the lock keeps threads apart: threads/search-threads.test.ts. */
import test from 'ava'
import { framesLockAddress } from '../../../src/simd/index.ts'
import { VectorStoreError } from '../../../src/util/index.ts'
import { isPage, keyOf, smallCache } from '../../support/cache-pages.ts'

test('forgetThread: what waits for the lock of a dead thread fails, then all pages are read again', (t) => {
  const cache = smallCache()
  const table = cache.table({ kind: 'codes', pageCount: 300, keyOf: keyOf(0) })
  for (let page = 0; page < 200; page++) table.frame(page)
  const lock = new Int32Array(cache.memory.buffer, framesLockAddress, 1)
  lock[0] = 7
  const error = t.throws(() => table.frame(250), { instanceOf: VectorStoreError })
  t.is(error?.code, 'MEMORY_LIMIT')
  cache.forgetThread(6)
  t.is(lock[0], 7, 'another thread has it')
  cache.forgetThread(7)
  t.is(lock[0], 0)
  t.is(cache.stats().kinds['codes']?.residentBytes, 0)
  for (let round = 0; round < 2; round++)
    for (let page = 0; page < 300; page++) t.true(isPage(table.page(page), 0, page))
  table.close()
  const { freeSlotCount, slotCount } = cache.stats()
  t.is(freeSlotCount, slotCount)
})
