/** Scans of codes against scans of rows, and walks that are given up for them. */
import test from 'ava'
import fc from 'fast-check'
import { BitSet } from '../../../src/util/index.ts'
import type { VectorIndex, VectorSearchRequest, VectorSpec } from '../../../src/vector/index.ts'
import { codeLayout } from '../../../src/vector/hnsw/code-layout.ts'
import type { CodeLayout } from '../../../src/vector/hnsw/code-layout.ts'
import { writeQueryCode } from '../../../src/vector/hnsw/code-writer.ts'
import { graphParameters } from '../../../src/vector/hnsw/graph-parameters.ts'
import { HnswPages } from '../../../src/vector/hnsw/hnsw-pages.ts'
import { KernelContext } from '../../../src/vector/kernels/context.ts'
import { unlimited } from '../../../src/vector/kernels/walk-kernel.ts'
import type { WalkKernel } from '../../../src/vector/kernels/walk-kernel.ts'
import { ArrayPages, ArrayPageSource } from '../../support/array-pages.ts'
import { newestFormat } from '../../support/newest-format.ts'
import { spacesByElement, specOf, uniformOf, vectorsOf } from '../../support/vector-sets.ts'

const rowCount = 1_203
const dims = 48

type Opened = {
  readonly index: VectorIndex
  readonly context: KernelContext
  readonly kernel: WalkKernel
  readonly pages: HnswPages
  readonly layout: CodeLayout
}

/** An index, and its kernel over the same pages. */
async function open(spec: VectorSpec): Promise<Opened> {
  const vectors = vectorsOf(spec, rowCount, 3)
  const pages = new ArrayPages()
  const rows = { count: rowCount, row: (at: number) => vectors[at]! }
  const options = { seed: 1, threads: 0 }
  const { meta } = await newestFormat('hnsw').build(rows, spec, pages.sink, options)
  const source = new ArrayPageSource(pages, pages.pages.size + 1, 4 << 20)
  const index = newestFormat('hnsw').open(meta, source)
  const parameters = graphParameters(meta)
  const layout = codeLayout(spec, parameters.codes.startsWith('i7'))
  const opened = new HnswPages(meta, parameters, layout, source)
  const context = KernelContext.of(source)
  return { index, context, kernel: context.walk(layout.kind), pages: opened, layout }
}

function acceptShare(share: number, seed: number): BitSet {
  const uniform = uniformOf(seed)
  const accept = new BitSet(rowCount)
  for (let ord = 0; ord < rowCount; ord++) if (uniform() < share) accept.add(ord)
  return accept
}

const dense = (['float32', 'int8', 'bit'] as const).flatMap((element) =>
  spacesByElement[element].map((space) => ({ element, space }))
)

for (const { element, space } of dense) {
  test(`code-scan: ${element} ${space}: when all that it finds is compared again it gives what a scan of rows gives`, async (t) => {
    const spec = specOf(element, space, dims)
    const { index } = await open(spec)
    const queries = vectorsOf(spec, 6, 77)
    for (const share of [1, 0.5, 0.1, 0.01]) {
      const accept = share === 1 ? null : acceptShare(share, 5)
      for (const query of queries) {
        const asked: VectorSearchRequest = {
          query,
          k: 7,
          candidates: 7,
          rescore: rowCount,
          accept,
          strategy: 'code-scan'
        }
        const exact = index.search({ ...asked, strategy: 'exact' })
        const found = index.search(asked)
        const wanted = accept === null || accept.count() > 7 ? 'code-scan' : 'exact'
        t.is(found.strategy, wanted)
        t.is(found.visitedCount, exact.visitedCount)
        t.deepEqual([...found.values], [...exact.values])
      }
    }
  })
}

test('scanCodes: gives the nearest of all accepted by the distances of their codes, then by node', async (t) => {
  const spec = specOf('float32', 'l2', dims)
  const { context, kernel, pages, layout } = await open(spec)
  const { words, scratch } = context
  const uniform = uniformOf(8)
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer({ min: 1, max: 1_300 }),
      fc.nat(9_999),
      (share, most, seed) => {
        const [query] = vectorsOf(spec, 1, seed)
        pages.rows.bindQuery(query!)
        kernel.bind(pages.block, scratch.block)
        t.true(writeQueryCode(context, spec, layout, pages.range, query!, kernel))
        kernel.distancesInRange(0, rowCount, scratch.results)
        const at = scratch.results >>> 2
        const distances = words.slice(at, at + rowCount)
        const accept = acceptShare(share, seed)
        const isAll = uniform() < 0.2
        const expected = Array.from(distances, (distance, node) => ({ distance, node }))
          .filter(({ node }) => isAll || accept.has(node))
          .sort((a, b) => a.distance - b.distance || a.node - b.node)
        const address = isAll ? 0 : context.writeAccept(accept, rowCount)
        const count = kernel.scanCodes(most, address)
        t.is(kernel.scored(), expected.length)
        const keys = words.slice(at, at + 2 * count)
        const found = Array.from({ length: count }, (_none, rank) => ({
          distance: keys[2 * rank + 1]!,
          node: keys[2 * rank]! >>> 1
        }))
        t.deepEqual(found, expected.slice(0, most))
      }
    ),
    { seed: 11, numRuns: 60 }
  )
})

test('searchAccepted: is given up when it has compared more nodes than a scan is worth', async (t) => {
  const spec = specOf('float32', 'l2', dims)
  const { index, context, kernel, pages, layout } = await open(spec)
  const [query] = vectorsOf(spec, 1, 4)
  // The farthest twentieth: whatever is nearer is refused.
  const order = index.search({
    query: query!,
    k: rowCount,
    candidates: rowCount,
    rescore: 0,
    accept: null,
    strategy: 'exact'
  }).ords
  const accept = new BitSet(rowCount)
  for (const ord of order.subarray(-60)) accept.add(ord)
  context.reserveVisited(rowCount)
  pages.rows.bindQuery(query!)
  kernel.bind(pages.block, context.scratch.block)
  t.true(writeQueryCode(context, spec, layout, pages.range, query!, kernel))
  const address = context.writeAccept(accept, rowCount)
  const search = (scoredMax: number): number =>
    kernel.searchAccepted(10, address, unlimited, 0, 0, 0, 0, scoredMax)
  t.is(search(unlimited), 10)
  t.true(kernel.scored() > 800)
  t.is(search(400), 0)
  t.true(kernel.scored() > 400 && kernel.scored() <= 400 + 2 * spec.m)
})

test('search: a graph whose pages were never read is walked where there is room for them; where there is none codes that are there are scanned', async (t) => {
  const spec = specOf('float32', 'l2', 24)
  const count = 4_000
  const vectors = vectorsOf(spec, count, 3)
  const pages = new ArrayPages()
  const rows = { count, row: (at: number) => vectors[at]! }
  const { meta } = await newestFormat('hnsw').build(rows, spec, pages.sink, { seed: 1, threads: 0 })
  const most = new BitSet(count)
  for (let ord = 0; ord < count; ord++) if (ord % 10 !== 0) most.add(ord)
  const asked = {
    query: vectors[7]!,
    k: 10,
    candidates: 32,
    rescore: 0,
    strategy: 'planned'
  } as const
  const strategiesOver = (frameCount: number): string[] => {
    const index = newestFormat('hnsw').open(meta, new ArrayPageSource(pages, frameCount, 4 << 20))
    return [null, most, null].map((accept) => index.search({ ...asked, accept }).strategy)
  }
  t.deepEqual(strategiesOver(pages.pages.size), ['graph', 'filtered-graph', 'graph'])
  const codePages = meta.pageCounts['codes']!
  t.deepEqual(strategiesOver(codePages + 8), ['code-scan', 'code-scan', 'code-scan'])
})
