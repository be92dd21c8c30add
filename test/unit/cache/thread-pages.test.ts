/** What a thread beside the first may take out: its readers may be at pages that nobody checks. */
import test from 'ava'
import { ThreadPages } from '../../../src/cache/index.ts'
import { isPage, keyOf, payloadOf, smallCache } from '../../support/cache-pages.ts'

const vectors = 2
const columns = 3

test('ThreadPages: pages whose readers do not look at the eviction counter stay, whatever another thread needs', (t) => {
  const cache = smallCache()
  const source = cache.source(() => keyOf(vectors))
  source.table('vectors', 40, 4_096)
  const pageCount = 2 * cache.stats().slotCount
  const table = cache.table({ kind: 'columns', pageCount, keyOf: keyOf(columns) })
  for (let page = 0; page < pageCount; page++) table.page(page)
  const pages = new ThreadPages({
    memory: cache.memory,
    place: cache.place,
    thread: 2,
    read: payloadOf,
    discard: () => undefined
  })
  const theirs = pages.source(source.tables, () => keyOf(vectors)).table('vectors', 40)
  const residentCount = table.residentCount ?? 0
  t.is(cache.stats().freeSlotCount, 0)
  t.throws(() => theirs.page(7), { code: 'MEMORY_LIMIT' })
  t.is(table.residentCount, residentCount)
  // Where there is a page that may go, it goes.
  const ours = cache.fault(source.tables[0]!.id, 3)
  t.true(ours > 0)
  for (let page = 4; page < 40; page++)
    t.true(isPage(theirs.page(page), vectors, page), `page ${page}`)
  t.is(table.residentCount, residentCount - 1)
  table.close()
  source.close()
})
