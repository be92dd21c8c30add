/** The check of a finished graph, and the two things that come of it: wider beams, and a second look for far queries. */
import test from 'ava'
import { KernelContext } from '../../../src/vector/kernels/context.ts'
import type { VectorIndex, VectorSearchRequest, VectorSpec } from '../../../src/vector/index.ts'
import { ArrayPages, ArrayPageSource } from '../../support/array-pages.ts'
import { specOf, uniformOf } from '../../support/vector-sets.ts'
import { newestFormat } from '../../support/newest-format.ts'

const dims = 16
const spec: VectorSpec = specOf('float32', 'l2', dims, { m: 8, efConstruction: 60 })

/** Rows uniform in the unit cube. */
function cube(count: number, seed: number): Float32Array[] {
  const uniform = uniformOf(seed)
  return Array.from({ length: count }, () => Float32Array.from({ length: dims }, () => uniform()))
}

async function build(
  rows: readonly Float32Array[],
  parameters: Readonly<Record<string, number>> = {}
): Promise<{ index: VectorIndex; parameters: Readonly<Record<string, unknown>> }> {
  const pages = new ArrayPages()
  const source = { count: rows.length, row: (at: number) => rows[at]! }
  const { meta } = await newestFormat('hnsw').build(source, spec, pages.sink, {
    seed: 1,
    threads: 0
  })
  const changed = { ...meta, parameters: { ...meta.parameters, ...parameters } }
  const pageSource = new ArrayPageSource(pages, pages.pages.size + 1, 4 << 20)
  return { index: newestFormat('hnsw').open(changed, pageSource), parameters: meta.parameters }
}

const request = (query: Float32Array): VectorSearchRequest => ({
  query,
  k: 10,
  candidates: 20,
  rescore: 0,
  accept: null,
  strategy: 'graph'
})

const rows = cube(3_000, 3)

test('checkWalk: a sound graph needs no wider beam, and its nodes lie as far apart as they do', async (t) => {
  const { parameters } = await build(rows)
  t.is(parameters['beamFactor'], 1)
  // Squared steps of codes, of which the range of all values has 127.
  const scale = Number(parameters['rangeScale'])
  const tenth = (at: number): number =>
    rows
      .map((row) => row.reduce((sum, x, dim) => sum + (x - rows[at]![dim]!) ** 2, 0))
      .sort((a, b) => a - b)[10]!
  const distances = Array.from({ length: 200 }, (_, at) => tenth(at * 15)).sort((a, b) => a - b)
  const far = Number(parameters['farDistance']) / scale ** 2
  t.true(far > distances[100]! && far < distances[199]!, `${far} of ${distances[100]}`)
})

test('markVisited: the next walk does not find the node, the one behind it does', async (t) => {
  const pages = new ArrayPages()
  const given = { count: 1_000, row: (at: number) => rows[at]! }
  const { meta } = await newestFormat('hnsw').build(given, spec, pages.sink, {
    seed: 1,
    threads: 0
  })
  const source = new ArrayPageSource(pages, pages.pages.size + 1, 4 << 20)
  const index = newestFormat('hnsw').open(meta, source)
  let missing = 0
  for (const row of rows.slice(0, 100)) {
    const nearest = (): number => index.search(request(row)).ords[0]!
    const node = nearest()
    KernelContext.of(source).markVisited(node)
    if (nearest() !== node) missing++
    t.is(nearest(), node)
  }
  // One in eight is on a level above, where walks come down to it.
  t.true(missing > 70, `${missing} of 100`)
})

test('search: a beam is as many times wider as the check said', async (t) => {
  const plain = (await build(rows, { spread: 0 })).index
  const wide = (await build(rows, { beamFactor: 4, spread: 0 })).index
  const query = cube(1, 4)[0]!
  t.is(
    wide.search(request(query)).visitedCount,
    plain.search({ ...request(query), candidates: 80 }).visitedCount
  )
})

test('search: a query far from all rows is looked for again with a wider beam, one among them is not', async (t) => {
  const known = (await build(rows)).index
  const unknown = (await build(rows, { farDistance: -1 })).index
  const [near, other] = cube(2, 4)
  const far = other!.map((x) => x + 0.5)
  t.is(known.search(request(near!)).visitedCount, unknown.search(request(near!)).visitedCount)
  t.true(known.search(request(far)).visitedCount > 2 * unknown.search(request(far)).visitedCount)
})

test('search: graphs without a check are walked as asked', async (t) => {
  const { index } = await build(rows, { beamFactor: 1, farDistance: -1, spread: 0 })
  t.is(index.search(request(rows[5]!)).ords.length, 10)
})

test('search: a walk ends at a distance from its tenth nearest, beyond half of its beam and within two', async (t) => {
  const at = async (spread: number): Promise<VectorIndex> =>
    (await build(rows, { farDistance: -1, spread })).index
  const [none, near, far] = [await at(0), await at(1e-9), await at(10)]
  for (const query of cube(20, 5)) {
    const cost = (index: VectorIndex, candidates: number): number =>
      index.search({ ...request(query), candidates }).visitedCount
    // No node is as near as the tenth and not among it: half of the beam, and what is as far as the tenth.
    t.true(cost(near, 40) < cost(none, 40) && cost(near, 40) > cost(none, 10))
    t.is(cost(far, 40), cost(none, 80))
    t.is(cost(near, 10), cost(none, 10))
  }
})

test('checkWalk: with the spread it finds, default walks cost no more and find no less', async (t) => {
  const { index, parameters } = await build(rows)
  const plain = (await build(rows, { spread: 0 })).index
  t.true(Number(parameters['spread']) > 0)
  let [cost, plainCost, found, plainFound] = [0, 0, 0, 0]
  for (const query of cube(100, 6)) {
    const asked = { ...request(query), candidates: 100 }
    const truth = new Set(plain.search({ ...asked, strategy: 'exact' }).ords)
    const [one, other] = [index.search(asked), plain.search(asked)]
    cost += one.visitedCount
    plainCost += other.visitedCount
    found += one.ords.filter((ord) => truth.has(ord)).length
    plainFound += other.ords.filter((ord) => truth.has(ord)).length
  }
  t.true(cost <= 1.05 * plainCost, `${cost} of ${plainCost}`)
  t.true(found >= plainFound - 5, `${found} of ${plainFound}`)
})

test('checkWalk: inner products have no distances to know far queries by', async (t) => {
  const pages = new ArrayPages()
  const mip = { ...spec, space: 'mip' } as const
  const source = { count: rows.length, row: (at: number) => rows[at]! }
  const { meta } = await newestFormat('hnsw').build(source, mip, pages.sink, {
    seed: 1,
    threads: 0
  })
  t.is(meta.parameters['farDistance'], -1)
})
