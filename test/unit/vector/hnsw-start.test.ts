/** Builds that begin with a graph: as good as a build of all rows anew, whatever was deleted, however often. */
import test from 'ava'
import { VectorStoreError } from '../../../src/util/index.ts'
import { absentRow } from '../../../src/vector/index.ts'
import type {
  BuildOptions,
  BuiltIndex,
  Vector,
  VectorIndex,
  VectorSpec
} from '../../../src/vector/index.ts'
import { ArrayPages, ArrayPageSource } from '../../support/array-pages.ts'
import { generateSet, rowOf } from '../../support/generated-set.ts'
import { specOf, uniformOf } from '../../support/vector-sets.ts'
import { newestFormat } from '../../support/newest-format.ts'

const shape = {
  rows: 16_000,
  dims: 32,
  queryCount: 200,
  rank: 16,
  clusters: 60,
  noise: 0.3,
  seed: 8,
  normalised: false
}
const set = generateSet(shape)
const spec = specOf('float32', 'l2', shape.dims, { m: 16, efConstruction: 100 })
const hnsw = newestFormat('hnsw')
const vectorOf = (id: number): Float32Array => rowOf(set.base, shape.dims, id)

/** An index and who its ordinals are. */
type Graph = {
  readonly index: VectorIndex
  readonly ids: Uint32Array
  readonly built: BuiltIndex
  readonly pages: ArrayPages
}

async function build(
  ids: readonly number[],
  start: Graph | null,
  options: Partial<BuildOptions> & { readonly spec?: VectorSpec; row?: (id: number) => Vector } = {}
): Promise<Graph> {
  const pages = new ArrayPages()
  const row = options.row ?? vectorOf
  const given = { count: ids.length, row: (at: number) => row(ids[at]!) }
  const built = await hnsw.build(given, options.spec ?? spec, pages.sink, {
    seed: 1,
    threads: 0,
    ...(start === null
      ? {}
      : { start: { graph: start.index.graph!()!, rowOfOrd: rowsIn(start, ids) } }),
    ...options
  })
  const index = hnsw.open(built.meta, new ArrayPageSource(pages, pages.pages.size + 1, 8 << 20))
  return { index, built, pages, ids: built.rowOfOrd.map((at) => ids[at]!) }
}

function rowsIn(start: Graph, ids: readonly number[]): Uint32Array {
  const rows = new Map(ids.map((id, at) => [id, at]))
  return start.ids.map((id) => rows.get(id) ?? absentRow)
}

function recall({ index }: Graph, candidates: number): number {
  let found = 0
  for (let at = 0; at < shape.queryCount; at++) {
    const request = {
      query: rowOf(set.queries, shape.dims, at),
      k: 10,
      candidates,
      rescore: 0,
      accept: null
    } as const
    const exact = new Set(index.search({ ...request, strategy: 'exact' }).ords)
    for (const ord of index.search({ ...request, strategy: 'graph' }).ords)
      if (exact.has(ord)) found += 1
  }
  return found / (10 * shape.queryCount)
}

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, at) => from + at)

for (const threads of [0, 2])
  test(`build from a graph, ${threads} threads: five in a row with deletes lose no recall to a rebuild`, async (t) => {
    const uniform = uniformOf(3)
    let ids = range(0, 4_000)
    let graph = await build(ids, null, { threads })
    for (const end of [6_000, 8_000, 11_000, 14_000, 16_000]) {
      const from = ids.length === 4_000 ? 4_000 : Math.max(...ids) + 1
      ids = [...ids.filter(() => uniform() < 0.8), ...range(from, end)]
      graph = await build(ids, graph, { threads })
      t.deepEqual(graph.index.validate(), [])
      t.deepEqual(
        [...graph.ids].sort((a, b) => a - b),
        ids
      )
    }
    const fresh = await build(ids, null, { threads })
    for (const candidates of [32, 64]) {
      const [ours, theirs] = [recall(graph, candidates), recall(fresh, candidates)]
      t.log(`beam ${candidates}: ${ours} after five merges, ${theirs} anew`)
      t.true(ours >= theirs - 0.005, `beam ${candidates}: ${ours}, anew ${theirs}`)
    }
  })

test('build from a graph: three of ten nodes deleted, and whole neighbourhoods', async (t) => {
  const all = await build(range(0, 12_000), null)
  const uniform = uniformOf(5)
  const centre = vectorOf(7)
  const far = (id: number): number =>
    vectorOf(id).reduce((sum, x, at) => sum + (x - centre[at]!) ** 2, 0)
  const byDistance = range(0, 12_000).sort((a, b) => far(a) - far(b))
  const cases = {
    'three of ten': range(0, 12_000).filter(() => uniform() < 0.7),
    'all near one': byDistance.slice(3_600).sort((a, b) => a - b)
  }
  for (const [name, kept] of Object.entries(cases)) {
    const graph = await build(kept, all)
    const fresh = await build(kept, null)
    t.deepEqual(graph.index.validate(), [], name)
    const [ours, theirs] = [recall(graph, 32), recall(fresh, 32)]
    t.log(`${name}: ${ours}, anew ${theirs}`)
    t.true(ours >= theirs - 0.005, `${name}: ${ours}, anew ${theirs}`)
  }
})

test('build from a graph: one thread always gives the same pages', async (t) => {
  const start = await build(range(0, 3_000), null)
  const kept = range(300, 4_000)
  const first = await build(kept, start)
  for (const threads of [0, 1])
    t.deepEqual((await build(kept, start, { threads })).pages.pages, first.pages.pages)
})

test('build from a graph: long codes, which lie in other pages than those of the arena', async (t) => {
  const dims = 600
  const uniform = uniformOf(9)
  const rows = range(0, 700).map(() => Float32Array.from({ length: dims }, () => uniform() - 0.5))
  const long = { spec: specOf('float32', 'l2', dims), row: (id: number) => rows[id]! }
  const start = await build(range(0, 400), null, long)
  const { perPage } = start.index.graph!()!.codePages
  t.is(perPage, 6, 'of 608 bytes in 4 KiB')
  t.is(start.built.meta.pageCounts.codes, Math.ceil(400 / perPage))
  const kept = range(0, 700).filter((id) => id % 7 !== 3)
  const graph = await build(kept, start, long)
  t.deepEqual(graph.index.validate(), [])
  const [before, after] = [start, graph].map(({ built }) => built.meta.parameters['rangeLow'])
  t.is(after, before, 'the codes of the first graph are those of the second')
  const request = { k: 1, candidates: 300, rescore: 0, accept: null, strategy: 'graph' } as const
  const lost = graph.ids.filter((id, ord) => {
    const [found] = graph.index.search({ ...request, query: rows[id]! }).ords
    return found !== ord
  })
  // Random points of 600 dimensions are hard to find; codes that others have in their places lose hundreds.
  t.true(lost.length < 30, `${lost.length} of ${kept.length} do not find themselves`)
})

test('build from a graph: rows for which its codes are too coarse get codes of their own', async (t) => {
  // The graph has seen one corner; the new rows lie in a space a thousand times as wide.
  const wide = (id: number): Vector =>
    id < 3_000 ? vectorOf(id) : vectorOf(id).map((x) => x * 1_000)
  const start = await build(range(0, 3_000), null)
  const { index } = await build(range(0, 9_000), start, { row: wide })
  t.deepEqual(index.validate(), [])
  const fresh = await build(range(0, 9_000), null, { row: wide })
  t.deepEqual(index.format, fresh.index.format)
})

test('build from a graph: a damaged page of it costs a rebuild, not the build', async (t) => {
  const start = await build(range(0, 3_000), null)
  const graph = start.index.graph!()!
  const damaged = {
    ...start,
    index: {
      ...start.index,
      graph: () => ({
        ...graph,
        page: (kind: 'codes' | 'lists' | 'upper', page: number) => {
          if (kind === 'lists' && page === 3)
            throw new VectorStoreError('STORE_CHECKSUM', 'planted')
          return graph.page(kind, page)
        }
      })
    }
  }
  const rebuilt = await build(range(0, 4_000), damaged)
  t.deepEqual(rebuilt.pages.pages, (await build(range(0, 4_000), null)).pages.pages)
})

test('build from a graph: nothing left of it, nothing new for it', async (t) => {
  const start = await build(range(0, 2_000), null)
  for (const ids of [range(2_000, 4_000), range(0, 2_000), range(1_999, 2_000)]) {
    const { index, ids: found } = await build(ids, start)
    t.deepEqual(index.validate(), [])
    t.deepEqual(
      [...found].sort((a, b) => a - b),
      ids
    )
  }
})

test("build: what the caller does meanwhile is done before the build ends, and its failure is the build's", async (t) => {
  let done = false
  const meanwhile = async (): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve, 50))
    done = true
  }
  await build(range(0, 300), null, { threads: 1, meanwhile })
  t.true(done)
  const failing = (): Promise<void> => Promise.reject(new Error('planted'))
  await t.throwsAsync(build(range(0, 12_000), null, { threads: 2, meanwhile: failing }), {
    message: 'planted'
  })
})
