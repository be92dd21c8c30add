/** Vectors that are linked while more arrive: a build that begins with them is as good as one of all rows anew. */
import test from 'ava'
import { pagesFor } from '../../../src/vector/geometry.ts'
import { upperGeometry } from '../../../src/vector/hnsw/graph-layout.ts'
import { GraphAhead } from '../../../src/vector/index.ts'
import { wordGeometry } from '../../../src/vector/row-table.ts'
import type { BuildStart, VectorIndex, VectorRows } from '../../../src/vector/index.ts'
import { ArrayPages, ArrayPageSource } from '../../support/array-pages.ts'
import { generateSet, rowOf } from '../../support/generated-set.ts'
import { newestFormat } from '../../support/newest-format.ts'
import { until } from '../../support/until.ts'
import { specOf } from '../../support/vector-sets.ts'

const shape = {
  rows: 12_000,
  dims: 32,
  queryCount: 200,
  rank: 16,
  clusters: 60,
  noise: 0.3,
  seed: 12,
  normalised: false
}
const set = generateSet(shape)
const spec = specOf('float32', 'l2', shape.dims, { m: 16, efConstruction: 100 })
const hnsw = newestFormat('hnsw')

function firstRows(count: number): VectorRows {
  return { count, row: (row) => rowOf(set.base, shape.dims, row) }
}

function ahead(): GraphAhead {
  return new GraphAhead(spec, 3, (error) => {
    throw error
  })
}

async function buildFrom(start: BuildStart | null): Promise<VectorIndex> {
  const pages = new ArrayPages()
  const options = { seed: 3, threads: 2, ...(start === null ? {} : { start }) }
  const { meta, rowOfOrd } = await hnsw.build(firstRows(shape.rows), spec, pages.sink, options)
  if (new Set(rowOfOrd).size !== shape.rows) throw new Error('a row is missing or there twice')
  return hnsw.open(meta, new ArrayPageSource(pages, pages.pages.size + 1, 8 << 20))
}

function recall(index: VectorIndex, candidates: number): number {
  let found = 0
  for (let at = 0; at < shape.queryCount; at++) {
    const query = rowOf(set.queries, shape.dims, at)
    const asked = { query, k: 10, candidates, rescore: 0, accept: null } as const
    const exact = new Set(index.search({ ...asked, strategy: 'exact' }).ords)
    for (const ord of index.search({ ...asked, strategy: 'graph' }).ords)
      if (exact.has(ord)) found += 1
  }
  return found / (10 * shape.queryCount)
}

test('GraphAhead: a build that begins with what three rounds linked loses no recall to a build anew', async (t) => {
  const graph = ahead()
  for (const count of [3_000, 5_000, 9_000]) {
    await graph.add(firstRows(count))
    await until('the round is over', () => !graph.isBusy)
  }
  const linked = await graph.take()
  t.is(linked?.graph.count, 9_000)
  const rows = [...linked!.rowOfNode].sort((a, b) => a - b)
  t.deepEqual(
    rows,
    Array.from({ length: 9_000 }, (_, row) => row)
  )
  const ours = await buildFrom({ graph: linked!.graph, rowOfOrd: linked!.rowOfNode })
  t.deepEqual(ours.validate(), [])
  const fresh = await buildFrom(null)
  for (const beam of [32, 64]) {
    const [with3, anew] = [recall(ours, beam), recall(fresh, beam)]
    t.true(with3 >= anew - 0.005, `beam ${beam}: ${with3}, anew ${anew}`)
  }
})

test('GraphAhead: taken in the middle of a round, what is linked is a graph of some rows to begin with', async (t) => {
  const graph = ahead()
  await graph.add(firstRows(2_000))
  await until('the first round is over', () => !graph.isBusy)
  await graph.add(firstRows(shape.rows))
  const linked = await graph.take()
  let upperEdges = 0
  t.true(linked!.graph.count >= 2_000 && linked!.graph.count < shape.rows)
  t.is(new Set(linked!.rowOfNode).size, linked!.graph.count)
  // Its memory has a longer map of upper nodes than the graph of the first ones.
  const start = linked!.graph
  const { recordCount, m } = start
  const { stride, perPage } = upperGeometry(m)
  const mapPages = pagesFor(wordGeometry, start.count)
  t.true(recordCount > 50)
  for (let record = 0; record < recordCount; record++) {
    const payload = start.page('upper', mapPages + Math.floor(record / perPage))
    const at = payload.byteOffset + (record % perPage) * stride
    const [length = 0, ...neighbours] = new Uint32Array(payload.buffer, at, 1 + m)
    t.true(length <= m && neighbours.slice(0, length).every((node) => node < shape.rows))
    upperEdges += length
  }
  t.true(upperEdges > 2 * recordCount, `${upperEdges} edges of ${recordCount} lists`)
  const index = await buildFrom({ graph: linked!.graph, rowOfOrd: linked!.rowOfNode })
  t.deepEqual(index.validate(), [])
  t.true(recall(index, 64) > 0.95)
})

test('GraphAhead: before a round has linked anything there is nothing to take', async (t) => {
  t.is(await ahead().take(), null)
  const graph = ahead()
  void graph.add(firstRows(4_000))
  const linked = await graph.take()
  t.is(linked, null)
})

test('GraphAhead: closed in the middle of a round it ends, and a graph that is taken leaves its thread for a build', async (t) => {
  const [closed, taken] = [ahead(), ahead()]
  for (const graph of [closed, taken]) await graph.add(firstRows(shape.rows))
  await Promise.all([closed.close(), taken.take()])
  t.false(closed.isBusy || taken.isBusy)
  t.deepEqual((await buildFrom(null)).validate(), [])
})

test('GraphAhead: rows that cannot be read are told, and leave what was linked before', async (t) => {
  const failures: unknown[] = []
  const graph = new GraphAhead(spec, 3, (error) => failures.push(error))
  await graph.add(firstRows(2_000))
  await until('the first round is over', () => !graph.isBusy)
  const broken = new Error('no such row')
  await graph.add({
    count: 4_000,
    row: () => {
      throw broken
    }
  })
  await until('the second round is over', () => !graph.isBusy)
  t.deepEqual(failures, [broken])
  t.true(graph.hasFailed)
  t.is((await graph.take())?.graph.count, 2_000)
})
