/** A program that closes its search threads while one of them is at work: node closing-search.ts FOLDER. */
import { budgetBytesMin, PageCache } from '../../src/cache/index.ts'
import { openStore, pageKey, pageKeys } from '../../src/store/index.ts'
import type { SegmentKind } from '../../src/store/index.ts'
import { SearchThreads } from '../../src/threads/index.ts'
import type { VectorSearchRequest } from '../../src/vector/index.ts'
import { ArrayPages } from './array-pages.ts'
import { newestFormat } from './newest-format.ts'
import { specOf, vectorsOf } from './vector-sets.ts'

const spec = specOf('float32', 'l2', 64, { index: 'flat' })
const vectors = vectorsOf(spec, 500, 20_261_121)
const pages = new ArrayPages()
const rows = { count: vectors.length, row: (at: number) => vectors[at]! }
const format = newestFormat('flat')
const { meta } = await format.build(rows, spec, pages.sink, { seed: 1, threads: 0 })
const store = await openStore(process.argv[2]!, { reserveFileBytes: 0 })
for (const [name, payload] of pages.pages) {
  const [kind, page] = name.split('/')
  await store.commit([{ key: pageKey(1, 1, kind as SegmentKind, 1, Number(page)), payload }])
}
const cache = new PageCache({
  budgetBytes: budgetBytesMin(0) + (3 << 20),
  reserveBytes: 0,
  read: (key) => store.get(key)
})
const source = cache.source((kind) => pageKeys(1, 1, kind as SegmentKind, 1))
const index = format.open(meta, source)
const shared = { meta, tables: source.tables, index: 1, generation: 1, field: 1 }
const threads = new SearchThreads({ cache, store, threads: 1, inlineMsMax: 0 })
const request: VectorSearchRequest = {
  query: vectors[7]!,
  k: 5,
  candidates: 50,
  rescore: 0,
  accept: null,
  strategy: 'planned'
}
const search = (): Promise<unknown> => Promise.resolve(threads.search({ index, shared }, request))
// The thread has started.
await search()
const asked = search()
await threads.close()
await asked
await store.close()
process.stdout.write('closed\n')
