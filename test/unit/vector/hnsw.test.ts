/** A graph over a clustered set: recall, the same answers over few frames, the same pages from the same seed, several threads. */
import test from 'ava'
import { createHash } from 'node:crypto'
import { getEventListeners } from 'node:events'
import { BitSet } from '../../../src/util/index.ts'
import { selfRecall } from '../../../src/vector/index.ts'
import type {
  BuildOptions,
  BuiltIndex,
  Vector,
  VectorIndex,
  VectorRows,
  VectorSearchRequest,
  VectorSpec
} from '../../../src/vector/index.ts'
import { ArrayPages, ArrayPageSource } from '../../support/array-pages.ts'
import { generateSet, rowOf } from '../../support/generated-set.ts'
import { specOf, uniformOf, vectorsOf } from '../../support/vector-sets.ts'
import { newestFormat } from '../../support/newest-format.ts'

const shape = {
  rows: 12_000,
  dims: 32,
  queryCount: 100,
  rank: 16,
  clusters: 60,
  noise: 0.3,
  seed: 5,
  normalised: false
}
const set = generateSet(shape)
const queries = Array.from({ length: shape.queryCount }, (_, at) =>
  rowOf(set.queries, shape.dims, at).slice()
)
const defaults = specOf('float32', 'l2', shape.dims, { m: 16, efConstruction: 100 })

type Built = { readonly pages: ArrayPages; readonly built: BuiltIndex }

async function build(
  rows: VectorRows,
  spec: VectorSpec,
  options: Partial<BuildOptions> = {}
): Promise<Built> {
  const pages = new ArrayPages()
  const all = { seed: 1, threads: 0, ...options }
  return { pages, built: await newestFormat('hnsw').build(rows, spec, pages.sink, all) }
}

const clustered = (count: number = shape.rows): VectorRows => ({
  count,
  row: (at) => rowOf(set.base, shape.dims, at)
})

function open({ pages, built }: Built, frameCount: number = pages.pages.size + 1): VectorIndex {
  return newestFormat('hnsw').open(built.meta, new ArrayPageSource(pages, frameCount, 4 << 20))
}

function request(query: Vector, more: Partial<VectorSearchRequest> = {}): VectorSearchRequest {
  const base = {
    query,
    k: 10,
    candidates: 15,
    rescore: 0,
    accept: null,
    strategy: 'planned'
  } as const
  return { ...base, ...more }
}

function recall(index: VectorIndex, more: Partial<VectorSearchRequest>): number {
  let found = 0
  let wanted = 0
  for (const query of queries) {
    const exact = new Set(index.search(request(query, { ...more, strategy: 'exact' })).ords)
    for (const ord of index.search(request(query, more)).ords) if (exact.has(ord)) found += 1
    wanted += exact.size
  }
  return found / wanted
}

function digest(pages: ArrayPages): string {
  const hash = createHash('sha256')
  for (const [key, payload] of pages.pages) hash.update(key).update(payload)
  return hash.digest('hex')
}

const whole = build(clustered(), defaults)

test('hnsw: default recall on a clustered set is at least 0.95, by a walk', async (t) => {
  const index = open(await whole)
  t.deepEqual(index.validate(), [])
  t.is(index.format.codes, 'i7-l2')
  t.is(index.search(request(queries[0]!)).strategy, 'graph')
  t.true(recall(index, {}) >= 0.95)
  t.true(selfRecall(index, { sampleCount: 100, k: 10, candidates: 50, seed: 1 }) >= 0.95)
})

test('hnsw: recall of filtered walks is at least 0.95 at every share', async (t) => {
  const index = open(await whole)
  for (const share of [0.95, 0.5, 0.2, 0.1, 0.02]) {
    const uniform = uniformOf(9)
    const accept = new BitSet(index.size)
    for (let ord = 0; ord < index.size; ord++) if (uniform() < share) accept.add(ord)
    const more = {
      accept,
      acceptCount: accept.count(),
      strategy: 'graph',
      candidates: 32
    } as const
    t.is(index.search(request(queries[0]!, more)).strategy, 'filtered-graph')
    t.true(recall(index, more) >= 0.95, `share ${share}`)
  }
})

const plans = (accept: BitSet): Partial<VectorSearchRequest>[] => [
  { strategy: 'graph' },
  { strategy: 'graph', accept },
  { strategy: 'exact', k: 30 },
  { strategy: 'code-scan' },
  { strategy: 'code-scan', accept }
]

test('hnsw: over very few frames a search gives exactly what it gives resident', async (t) => {
  const resident = open(await whole)
  const accept = new BitSet(resident.size)
  for (let ord = 0; ord < resident.size; ord += 3) accept.add(ord)
  for (const frameCount of [1, 2, 3, 12]) {
    const paged = open(await whole, frameCount)
    for (const query of queries.slice(0, 12)) {
      for (const more of plans(accept)) {
        const expected = resident.search(request(query, more))
        const { pagesRead, ...rest } = paged.search(request(query, more))
        t.true(pagesRead > 0)
        t.deepEqual(
          { ...rest, pagesRead: 0 },
          { ...expected, pagesRead: 0 },
          `${frameCount} frames`
        )
      }
    }
  }
})

test('build: one thread and one seed give the same pages, another seed gives others', async (t) => {
  const first = digest((await build(clustered(3_000), defaults)).pages)
  t.is(digest((await build(clustered(3_000), defaults)).pages), first)
  t.is(digest((await build(clustered(3_000), defaults, { threads: 1 })).pages), first)
  t.not(digest((await build(clustered(3_000), defaults, { seed: 2 })).pages), first)
})

test('build: two threads give a sound graph with the recall of one', async (t) => {
  const index = open(await build(clustered(), defaults, { threads: 2 }))
  t.deepEqual(index.validate(), [])
  t.true(recall(index, {}) >= 0.95)
})

test('build: rowOfOrd is a permutation of the rows, neighbours are near each other in it', async (t) => {
  const { built } = await whole
  const seen = new Set(built.rowOfOrd)
  t.is(seen.size, shape.rows)
  t.true([...seen].every((row) => row < shape.rows))
})

test('build: every page is written once, in ascending order of its kind, at most 16 KiB', async (t) => {
  const { pages, built } = await whole
  const next = new Map<string, number>()
  for (const [key, payload] of pages.pages) {
    const [kind = '', page] = key.split('/')
    t.is(Number(page), next.get(kind) ?? 0)
    next.set(kind, Number(page) + 1)
    t.true(payload.byteLength <= 16_384)
  }
  t.deepEqual(Object.fromEntries(next), { ...built.meta.pageCounts })
})

test('build: where 7 bits lose the neighbours, as in dense coordinates, floats are kept', async (t) => {
  const uniform = uniformOf(4)
  // A dense town, and a few places far away that widen the steps.
  const points = Array.from({ length: 20_000 }, (_, at) => {
    const width = at % 50 === 0 ? 100 : 1
    return Float32Array.of(width * uniform(), width * uniform())
  })
  const rows = { count: points.length, row: (at: number) => points[at]! }
  for (const threads of [0, 2]) {
    const index = open(await build(rows, specOf('float32', 'l2', 2), { threads }))
    t.is(index.format.codes, 'f32-l2')
    t.deepEqual(index.validate(), [])
  }
})

test('build: a crowd of equal vectors neither hides the others nor is hidden', async (t) => {
  const base = vectorsOf(defaults, 1_500, 3)
  const one = base[0]!
  const rows = { count: 3_000, row: (at: number) => (at % 2 === 0 ? one : base[at >> 1]!) }
  const index = open(await build(rows, defaults))
  t.deepEqual(index.validate(), [])
  const { values } = index.search(request(one, { k: 100, strategy: 'graph' }))
  t.deepEqual(
    [...values],
    Array.from({ length: 100 }, () => 0)
  )
  t.true(recall(index, { strategy: 'graph', candidates: 100 }) >= 0.95)
})

test('search: a query far outside the range of the codes is answered as exactly as any', async (t) => {
  const index = open(await whole)
  const far = queries[0]!.map((x) => 50 * x)
  const expected = index.search(request(far, { strategy: 'exact' }))
  const found = index.search(request(far))
  t.is(found.strategy, 'exact')
  t.deepEqual(found.ords, expected.ords)
})

test('search: the length of a query does not change the hits of inner products', async (t) => {
  const spec: VectorSpec = { ...defaults, space: 'mip' }
  const index = open(await build(clustered(3_000), spec))
  t.is(index.format.codes, 'i7-dot')
  t.true(recall(index, { strategy: 'graph', candidates: 100 }) >= 0.95)
  for (const query of queries.slice(0, 20)) {
    const more = { strategy: 'graph', candidates: 100 } as const
    const { ords } = index.search(request(query, more))
    for (const factor of [2 ** -20, 2 ** 20]) {
      const scaled = query.map((x) => x * factor)
      t.deepEqual(index.search(request(scaled, more)).ords, ords)
    }
  }
})

test('build: long vectors among short ones are reachable, though nobody chose them', async (t) => {
  // Many short vectors, and one in five so long that its neighbours are all short ones.
  const uniform = uniformOf(12)
  const vectors = Array.from({ length: 4_000 }, (_, at) => {
    const long = at % 5 === 0 ? 3 + 3 * uniform() : 1
    return Float32Array.from({ length: 64 }, () => long * (uniform() - 0.5))
  })
  const rows = { count: vectors.length, row: (at: number) => vectors[at]! }
  const index = open(await build(rows, specOf('float32', 'l2', 64, { m: 16, efConstruction: 100 })))
  t.deepEqual(index.validate(), [])
  let found = 0
  for (let ord = 0; ord < index.size; ord += 10) {
    const query = index.vectorAt(ord)
    const [hit] = index.search(request(query, { k: 1, candidates: 100, strategy: 'graph' })).ords
    if (hit === ord) found += 1
  }
  t.true(found >= 0.97 * (index.size / 10), `${found} of ${index.size / 10} find themselves`)
})

test('build: an aborted build rejects with the reason, on this thread and in workers', async (t) => {
  for (const threads of [0, 2]) {
    const controller = new AbortController()
    const onProgress = (): void => controller.abort(new Error('stopped'))
    const { signal } = controller
    const spec = { ...defaults, efConstruction: 400 }
    await t.throwsAsync(build(clustered(), spec, { threads, signal, onProgress }), {
      message: 'stopped'
    })
  }
})

test('build: a row that cannot be read rejects it, while workers link those before', async (t) => {
  for (const threads of [0, 2]) {
    let readCount = 0
    const row = (at: number): Float32Array => {
      readCount += 1
      if (readCount === 8_000) throw new Error('unreadable')
      return rowOf(set.base, shape.dims, at)
    }
    const rows = { count: shape.rows, row }
    await t.throwsAsync(build(rows, defaults, { threads }), { message: 'unreadable' })
  }
})

test('build: nothing of it is kept by a signal that outlives it', async (t) => {
  const { signal } = new AbortController()
  await build(clustered(2_000), defaults, { threads: 1, signal })
  t.is(getEventListeners(signal, 'abort').length, 0)
})

test('build: progress grows to the number of rows', async (t) => {
  const seen: number[] = []
  const onProgress = (done: number, total: number): void => {
    seen.push(done)
    t.is(total, 2_000)
  }
  await build(clustered(2_000), defaults, { onProgress })
  t.deepEqual(
    seen,
    [...seen].sort((a, b) => a - b)
  )
  t.is(seen.at(-1), 2_000)
})

test('build: M and efConstruction out of range are refused', async (t) => {
  for (const more of [{ m: 1 }, { m: 513 }, { m: 2.5 }, { efConstruction: 0 }]) {
    await t.throwsAsync(build(clustered(10), { ...defaults, ...more }), {
      code: 'REQUEST_ARGUMENT'
    })
  }
})

test('build: rows larger than a page are refused by name', async (t) => {
  const spec = specOf('float32', 'l2', 4_097)
  const rows = { count: 1, row: () => new Float32Array(4_097).fill(0.5) }
  await t.throwsAsync(build(rows, spec), { code: 'VECTOR_DIMS' })
})

test('open: a page that cannot be read fails the search, and the next search works', async (t) => {
  const { pages, built } = await whole
  const source = new ArrayPageSource(pages, 4, 4 << 20)
  const index = newestFormat('hnsw').open(built.meta, source)
  const expected = open(await whole).search(request(queries[1]!)).ords
  const key = 'lists/0'
  const kept = pages.pages.get(key)!
  pages.pages.delete(key)
  let failures = 0
  for (const query of queries.slice(0, 30)) {
    try {
      index.search(request(query, { candidates: 400, strategy: 'graph' }))
    } catch {
      failures += 1
    }
  }
  pages.pages.set(key, kept)
  t.true(failures > 0)
  t.deepEqual(index.search(request(queries[1]!)).ords, expected)
})
