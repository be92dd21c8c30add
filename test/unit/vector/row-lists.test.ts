/** What rows have in common with a query is counted in lists by index, block after block. Judge: sets walked side by side. */
import test from 'ava'
import type { VectorIndex, VectorSpec } from '../../../src/vector/index.ts'
import { differingCount, intersectionCount, jaccard } from '../../../src/vector/lsh/sparse-bool.ts'
import { ArrayPages, ArrayPageSource } from '../../support/array-pages.ts'
import { newestFormat } from '../../support/newest-format.ts'
import { uniformOf } from '../../support/vector-sets.ts'

const seed = 20_261_122
const flat = { index: 'flat', m: 16, efConstruction: 100, codes: 'float32' } as const

function specOf(dims: number, hashes?: VectorSpec['hashes']): VectorSpec {
  const spec = { ...flat, dims, element: 'sparse-bool', space: 'jaccard' } as const
  return hashes === undefined ? spec : { ...spec, hashes }
}

type Built = { readonly index: VectorIndex; readonly pages: ArrayPages; readonly lists: number }

async function build(
  rows: readonly Int32Array[],
  spec: VectorSpec,
  frameCount: number
): Promise<Built> {
  const pages = new ArrayPages()
  const given = { count: rows.length, row: (at: number) => rows[at]! }
  const format = newestFormat('sparse')
  const { meta } = await format.build(given, spec, pages.sink, { seed: 1, threads: 0 })
  const index = format.open(meta, new ArrayPageSource(pages, frameCount))
  return { index, pages, lists: Number(meta.parameters['listBlocks']) }
}

const valueOf = { jaccard, hamming: differingCount }

function expected(
  query: Int32Array,
  rows: readonly Int32Array[],
  space: 'jaccard' | 'hamming'
): number[] {
  return rows.map((row) =>
    Math.fround(valueOf[space](query.length, row.length, intersectionCount(query, row)))
  )
}

/** Sets of up to `sizeMax` of `dims` indices, some of them empty. */
function randomSets(count: number, dims: number, sizeMax: number): Int32Array[] {
  const uniform = uniformOf(seed + dims)
  return Array.from({ length: count }, () => {
    const size = Math.floor(uniform() * (sizeMax + 1))
    return Int32Array.from(
      new Set(Array.from({ length: size }, () => Math.floor(uniform() * dims)))
    ).sort()
  })
}

test('rawValues: rows of several blocks have the values of sets walked side by side', async (t) => {
  const dims = 40
  const rows = randomSets(2 * 65_536 + 500, dims, 4)
  const { index, lists } = await build(rows, specOf(dims), 40)
  t.is(lists, 3)
  const ords = Uint32Array.from(rows, (_, ord) => ord)
  const full = Int32Array.from({ length: dims }, (_, at) => at)
  for (const query of [rows[7]!, rows[70_000]!, new Int32Array(0), full]) {
    for (const space of ['jaccard', 'hamming'] as const) {
      const wanted = expected(query, rows, space)
      const wrong = index.rawValues(query, space, ords).findIndex((own, at) => own !== wanted[at])
      t.is(wrong, -1)
    }
  }
})

test('rawValues: more common indices than a byte holds, in one frame', async (t) => {
  const dims = 1000
  const rows = randomSets(300, dims, 3000)
  const { index, lists } = await build(rows, specOf(dims), 1)
  t.is(lists, 1)
  const ords = Uint32Array.from(rows, (_, ord) => ord)
  const query = rows.reduce((a, b) => (b.length > a.length ? b : a))
  t.true(query.length > 256)
  t.deepEqual([...index.rawValues(query, 'jaccard', ords)], expected(query, rows, 'jaccard'))
  t.deepEqual(
    [...rows.keys()].map((ord) => index.vectorAt(ord)),
    rows
  )
  t.deepEqual(index.validate(), [])
})

test('build: no lists where their starts would take more than the rows', async (t) => {
  const few = await build(randomSets(10, 41, 5), specOf(41), 4)
  t.is(few.lists, 0)
  const enough = await build(randomSets(10, 40, 5), specOf(40), 4)
  t.is(enough.lists, 1)
  // Indices of such lists take two bytes.
  const wide = await build(randomSets(17_000, 65_537, 1), specOf(65_537), 64)
  t.is(wide.lists, 0)
})

test('validate: a list that says otherwise than the rows is a fault', async (t) => {
  const dims = 30
  const rows = randomSets(100, dims, 6)
  const { index, pages } = await build(rows, specOf(dims), 64)
  t.deepEqual(index.validate(), [])
  const page = pages.get('rowLists', 0)
  page[10]! ^= 1
  const { meta } = await newestFormat('sparse').build(
    { count: rows.length, row: (at) => rows[at]! },
    specOf(dims),
    new ArrayPages().sink,
    { seed: 1, threads: 0 }
  )
  const spoilt = newestFormat('sparse').open(meta, new ArrayPageSource(pages, 64))
  t.not(spoilt.validate().length, 0)
})
