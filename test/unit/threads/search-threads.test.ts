/**
 * Search threads over a small cache: while they and the first thread take pages from each other all the time, every answer is the
 * one that is found with all pages resident. Fails when the lock (frame-lock.ts) or the check of the eviction counter
 * (assembly/frames.ts, KernelContext.stable) is taken away.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { budgetBytesMin, PageCache } from '../../../src/cache/index.ts'
import type { SharedVectors } from '../../../src/segment/index.ts'
import { openStore, pageKey, pageKeys } from '../../../src/store/index.ts'
import type { SegmentKind, Store } from '../../../src/store/index.ts'
import { SearchThreads } from '../../../src/threads/index.ts'
import { BitSet } from '../../../src/util/index.ts'
import { chooseFormat, formatOf, NearestSoFar } from '../../../src/vector/index.ts'
import type {
  Vector,
  VectorIndex,
  VectorIndexFormat,
  VectorIndexMeta,
  VectorSearchRequest,
  VectorSearchResult,
  VectorSpec
} from '../../../src/vector/index.ts'
import { ArrayPages, ArrayPageSource } from '../../support/array-pages.ts'
import { newestFormat } from '../../support/newest-format.ts'
import { temporaryFolder } from '../../support/temporary-node.ts'
import { specOf, uniformOf, vectorOf } from '../../support/vector-sets.ts'

const victim = path.join(import.meta.dirname, '../../support/closing-search.ts')
const seed = 20_261_121
const field = 1

type Part = {
  readonly meta: VectorIndexMeta
  readonly generation: number
  /** All pages resident. */
  readonly judge: VectorIndex
}

type Open = {
  readonly index: VectorIndex
  readonly shared: SharedVectors
  readonly close: () => void
}

async function build(
  store: Store,
  spec: VectorSpec,
  generation: number,
  vectors: readonly Vector[],
  format: VectorIndexFormat = chooseFormat(spec, vectors.length)
): Promise<Part> {
  const pages = new ArrayPages()
  const rows = { count: vectors.length, row: (at: number) => vectors[at]! }
  const { meta } = await format.build(rows, spec, pages.sink, { seed, threads: 0 })
  for (const [name, payload] of pages.pages) {
    const [kind, page] = name.split('/')
    const key = pageKey(1, generation, kind as SegmentKind, field, Number(page))
    await store.commit([{ key, payload }])
  }
  const source = new ArrayPageSource(pages, pages.pages.size + 1)
  return { meta, generation, judge: formatOf(meta.format, meta.version).open(meta, source) }
}

function open(cache: PageCache, { meta, generation }: Part): Open {
  const source = cache.source((kind) => pageKeys(1, generation, kind as SegmentKind, field))
  const index = formatOf(meta.format, meta.version).open(meta, source)
  const shared = { meta, tables: source.tables, index: 1, generation, field }
  return { index, shared, close: () => index.close() }
}

function smallCache(store: Store): PageCache {
  return new PageCache({
    // Least, and room for the scratch of two threads.
    budgetBytes: budgetBytesMin(0) + (3 << 20),
    reserveBytes: 0,
    read: (key) => store.get(key),
    discard: (payload) => store.discard(payload)
  })
}

/** Plans go by what is resident, so the judge goes the way that was gone. */
function isRight(
  t: ExecutionContext,
  found: VectorSearchResult,
  judge: VectorIndex,
  request: VectorSearchRequest
): void {
  const strategy = found.strategy === 'filtered-graph' ? 'graph' : found.strategy
  const wanted = judge.search({ ...request, strategy })
  t.deepEqual([...found.ords], [...wanted.ords])
  t.deepEqual([...found.values], [...wanted.values])
}

const specs: readonly (readonly [VectorSpec, number])[] = [
  [specOf('float32', 'l2', 256, { index: 'flat' }), 6_000],
  [specOf('float32', 'cosine', 200, { index: 'flat' }), 4_000],
  [specOf('float32', 'l2', 128), 6_000],
  [specOf('int8', 'dot', 512), 6_000]
]

test('search: threads and the caller take pages from each other, and every answer is that of a cache that holds all', async (t) => {
  t.log(`seed ${seed}`)
  const store = await openStore(await temporaryFolder(t), { reserveFileBytes: 0 })
  const uniform = uniformOf(seed)
  const parts: Part[] = []
  for (const [at, [spec, count]] of specs.entries()) {
    const vectors = Array.from({ length: count }, () => vectorOf(spec, uniform))
    parts.push(await build(store, spec, at + 1, vectors))
  }
  const cache = smallCache(store)
  const threads = new SearchThreads({ cache, store, threads: 2, inlineMsMax: 0 })
  const opened = parts.map((part) => open(cache, part))
  const turn = async (): Promise<void> => {
    const at = Math.floor(uniform() * parts.length)
    const { judge, meta } = parts[at]!
    const request = requestOf(meta, uniform)
    const { index, shared } = opened[at]!
    const asked = threads.search({ index, shared }, request)
    t.not(asked, null)
    // Meanwhile this thread searches too, and reads rows past the kernels.
    const other = Math.floor(uniform() * parts.length)
    const own = requestOf(parts[other]!.meta, uniform)
    isRight(t, opened[other]!.index.search(own), parts[other]!.judge, own)
    const ord = Math.floor(uniform() * meta.count)
    t.deepEqual(index.vectorAt(ord), judge.vectorAt(ord))
    const found = await asked
    t.not(found, null)
    if (found !== null) isRight(t, found, judge, request)
  }
  for (let round = 0; round < 12; round++) {
    await Promise.all(Array.from({ length: 40 }, turn))
    // A merge: its tables go, others come, perhaps at the same addresses.
    const gone = round % parts.length
    opened[gone]!.close()
    opened[gone] = open(cache, parts[gone]!)
  }
  const { kinds } = cache.stats()
  t.true(kinds['vectors']!.evictionCount > 1_000, 'pages are taken out all the time')
  await threads.close()
  for (const { close } of opened) close()
  t.is(cache.stats().allocatedBytes < 3 << 20, true)
  t.true(Object.values(cache.stats().kinds).every(({ residentBytes }) => residentBytes === 0))
  await store.close()
})

function requestOf(meta: VectorIndexMeta, uniform: () => number): VectorSearchRequest {
  const isFiltered = uniform() < 0.4
  const share = uniform()
  const bits = new BitSet(meta.count)
  for (let ord = 0; ord < meta.count; ord++) if (uniform() < share) bits.add(ord)
  const accept = isFiltered ? bits : null
  return {
    query: vectorOf(meta.spec, uniform),
    k: 1 + Math.floor(uniform() * 20),
    candidates: 60,
    rescore: 0,
    accept,
    strategy: uniform() < 0.2 ? 'exact' : 'planned'
  }
}

test('search: threads that search several indices of one query know what the others have found', async (t) => {
  t.log(`seed ${seed}`)
  const store = await openStore(await temporaryFolder(t), { reserveFileBytes: 0 })
  const uniform = uniformOf(seed)
  const spec = specOf('float32', 'l2', 16)
  const parts: Part[] = []
  for (let at = 0; at < 8; at++) {
    const vectors = Array.from({ length: 800 }, () => vectorOf(spec, uniform))
    parts.push(await build(store, spec, at + 1, vectors, newestFormat('hnsw')))
  }
  const cache = smallCache(store)
  const threads = new SearchThreads({ cache, store, threads: 2, inlineMsMax: 0 })
  const opened = parts.map((part) => open(cache, part))
  type Hits = { readonly values: readonly number[]; readonly visitedCount: number }
  const best = (found: readonly VectorSearchResult[]): Hits => ({
    values: found
      .flatMap(({ values }) => [...values])
      .sort((a, b) => a - b)
      .slice(0, 5),
    visitedCount: found.reduce((sum, { visitedCount }) => sum + visitedCount, 0)
  })
  const asked = async (request: VectorSearchRequest): Promise<Hits> => {
    const found = await Promise.all(opened.map(async (one) => threads.search(one, request)))
    return best(found.filter((one) => one !== null))
  }
  let [alone, together, missedAlone, missedTogether] = [0, 0, 0, 0]
  for (let round = 0; round < 40; round++) {
    const plain = { k: 5, candidates: 80, rescore: 0, accept: null } as const
    const query = vectorOf(spec, uniform)
    const scan = { ...plain, query, strategy: 'exact' } as const
    const exact = best(parts.map(({ judge }) => judge.search(scan)))
    const scanned = await asked({ ...scan, nearest: NearestSoFar.shared(5, 80) })
    t.deepEqual(scanned.values, exact.values, 'a scan finds the same hits')
    const walk = { ...plain, query, strategy: 'graph' } as const
    const walked = await asked(walk)
    const shared = await asked({ ...walk, nearest: NearestSoFar.shared(5, 80) })
    alone += walked.visitedCount
    together += shared.visitedCount
    missedAlone += exact.values.filter((value) => !walked.values.includes(value)).length
    missedTogether += exact.values.filter((value) => !shared.values.includes(value)).length
  }
  t.true(together < 0.9 * alone, `${together} of ${alone} nodes compared`)
  t.true(missedTogether <= missedAlone + 4, `${missedTogether} of 200 missed, alone ${missedAlone}`)
  await threads.close()
  for (const { close } of opened) close()
  await store.close()
})

type OneIndex = Open & {
  readonly store: Store
  readonly part: Part
  readonly threads: SearchThreads
  /** Of all vectors. */
  readonly request: VectorSearchRequest
}

/** One small index, and so many threads. */
async function oneIndex(t: ExecutionContext, threadCount: number): Promise<OneIndex> {
  const store = await openStore(await temporaryFolder(t), { reserveFileBytes: 0 })
  const uniform = uniformOf(seed)
  const spec = specOf('float32', 'l2', 64, { index: 'flat' })
  const vectors = Array.from({ length: 500 }, () => vectorOf(spec, uniform))
  const part = await build(store, spec, 1, vectors)
  const cache = smallCache(store)
  const threads = new SearchThreads({ cache, store, threads: threadCount, inlineMsMax: 0 })
  const request = { ...requestOf(part.meta, uniform), accept: null }
  return { ...open(cache, part), store, part, threads, request }
}

test('search: a thread that dies fails its search alone, the next search has a new one', async (t) => {
  const { store, part, threads, index, shared, close, request } = await oneIndex(t, 1)
  const broken: SharedVectors = { ...shared, tables: [{ ...shared.tables[0]!, pageCount: 0 }] }
  await t.throwsAsync(async () => threads.search({ index, shared: broken }, request), {
    message: /search thread 2 ended/
  })
  isRight(t, (await threads.search({ index, shared }, request))!, part.judge, request)
  close()
  await threads.close()
  t.is(threads.search({ index, shared }, request), null)
  await store.close()
})

test('search: damage that a thread meets is left to the caller to meet', async (t) => {
  const { store, threads, index, shared, close, request } = await oneIndex(t, 2)
  const missing: SharedVectors = { ...shared, generation: 2 }
  t.is(await threads.search({ index, shared: missing }, request), null)
  close()
  // The store closes its database when the threads have closed theirs.
  await store.close()
  t.is(threads.search({ index, shared }, request), null)
  await threads.close()
})

test('search: a thread has scratch for an index larger than all before, however many of those came', async (t) => {
  const store = await openStore(await temporaryFolder(t), { reserveFileBytes: 0 })
  const uniform = uniformOf(seed)
  const spec = specOf('float32', 'l2', 16, { index: 'flat' })
  const cache = smallCache(store)
  const threads = new SearchThreads({ cache, store, threads: 1, inlineMsMax: 0 })
  for (let generation = 1; generation <= 24; generation++) {
    const vectors = Array.from({ length: 50 * generation }, () => vectorOf(spec, uniform))
    const part = await build(store, spec, generation, vectors)
    const { index, shared, close } = open(cache, part)
    // All that is accepted needs its bits.
    const accept = new BitSet(vectors.length)
    accept.addRange(vectors.length)
    const request = { ...requestOf(part.meta, uniform), accept }
    const found = await threads.search({ index, shared }, request)
    t.not(found, null, `of ${vectors.length} vectors`)
    if (found !== null) isRight(t, found, part.judge, request)
    close()
  }
  await threads.close()
  await store.close()
})

test('close: the process waits for it, whatever the threads are at', async (t) => {
  const child = spawn(process.execPath, [victim, await temporaryFolder(t)])
  t.teardown(() => child.kill('SIGKILL'))
  let printed = ''
  for (const output of [child.stdout, child.stderr])
    output.on('data', (part: Buffer) => (printed += part.toString()))
  t.deepEqual(await once(child, 'close'), [0, null], printed)
  t.is(printed, 'closed\n')
})
