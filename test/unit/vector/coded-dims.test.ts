/** Codes of the dimensions that vary: which those are, what the kernel makes of them, and what becomes of them in later builds. */
import test from 'ava'
import fc from 'fast-check'
import { codeLayout } from '../../../src/vector/hnsw/code-layout.ts'
import { chooseCodedDims, codedDimsIn, codedDimsText } from '../../../src/vector/hnsw/coded-dims.ts'
import type { CodedDims } from '../../../src/vector/hnsw/coded-dims.ts'
import { writeQueryCode } from '../../../src/vector/hnsw/code-writer.ts'
import { graphParameters } from '../../../src/vector/hnsw/graph-parameters.ts'
import { HnswPages } from '../../../src/vector/hnsw/hnsw-pages.ts'
import { KernelContext } from '../../../src/vector/kernels/context.ts'
import type {
  BuildStart,
  BuiltIndex,
  Space,
  VectorIndex,
  VectorSpec
} from '../../../src/vector/index.ts'
import { yieldEvery } from '../../../src/vector/slices.ts'
import { ArrayPages, ArrayPageSource } from '../../support/array-pages.ts'
import { newestFormat } from '../../support/newest-format.ts'
import { specOf, uniformOf } from '../../support/vector-sets.ts'

const dims = 196
const rowCount = 1_400

/** The same in all rows, or nearly so: 68 dimensions. */
const isFlat = (dim: number): boolean => dim >= 40 && dim < 108
const varied = Uint16Array.from(
  Array.from({ length: dims }, (_, dim) => dim).filter((dim) => !isFlat(dim))
)

function rowsOf(count: number, seed: number, spread: (dim: number) => number): Float32Array[] {
  const uniform = uniformOf(seed)
  return Array.from({ length: count }, () =>
    Float32Array.from({ length: dims }, (_, dim) => 2 + (uniform() - 0.5) * spread(dim))
  )
}

const rim = (dim: number): number => (isFlat(dim) ? (dim % 2) / 100 : 1)

const chosen = (rows: readonly Float32Array[], space: Space): Promise<CodedDims> =>
  chooseCodedDims(
    { count: rows.length, row: (at) => rows[at]! },
    specOf('float32', space, dims),
    yieldEvery(undefined)
  )

test('chooseCodedDims: leaves out what hardly varies, and nothing where all dimensions do', async (t) => {
  const flat = rowsOf(500, 1, rim)
  t.deepEqual(await chosen(flat, 'l2'), varied)
  t.is(await chosen(flat, 'mip'), null)
  t.is(
    await chosen(
      rowsOf(500, 1, () => 1),
      'l2'
    ),
    null
  )
  // One dimension less is no shorter code.
  t.is(
    await chosen(
      rowsOf(500, 1, (dim) => (dim === 7 ? 0 : 1)),
      'l2'
    ),
    null
  )
  t.is(
    await chosen(
      rowsOf(500, 1, () => 0),
      'l2'
    ),
    null
  )
})

test('chooseCodedDims: of rows of any length it looks at their directions where those are compared', async (t) => {
  // By length alone every dimension varies.
  const scaled = rowsOf(500, 3, rim).map((row, at) => row.map((x) => x * (1 + (at % 5))))
  t.is(await chosen(scaled, 'l2'), null)
  const uniform = uniformOf(5)
  const directions = scaled.map((row) => {
    const length = 1 + uniform()
    return Float32Array.from(row, (_, dim) => length * (isFlat(dim) ? 0 : uniform() - 0.5))
  })
  t.deepEqual(await chosen(directions, 'cosine'), varied)
})

test('codedDimsText: is what codedDimsIn reads, and nothing else is', (t) => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 4_096 }).chain((count) =>
        fc.record({
          count: fc.constant(count),
          coded: fc.uniqueArray(fc.nat(count - 1), { minLength: 1, maxLength: 60 })
        })
      ),
      ({ count, coded }) => {
        const sorted = Uint16Array.from(coded.sort((a, b) => a - b))
        t.deepEqual(codedDimsIn(codedDimsText(sorted, count), count), { coded: sorted })
      }
    ),
    { seed: 4 }
  )
  t.deepEqual(codedDimsIn(codedDimsText(null, 9), 9), { coded: null })
  for (const text of ['0', 'zz', '0000', 'ffff', 'ff01ff', 'ff'])
    t.is(codedDimsIn(text, 9), null, text)
})

type Built = {
  readonly built: BuiltIndex
  readonly index: VectorIndex
  readonly source: ArrayPageSource
  readonly spec: VectorSpec
}

async function build(
  rows: readonly Float32Array[],
  space: Space,
  start?: BuildStart
): Promise<Built> {
  const spec = specOf('float32', space, dims)
  const pages = new ArrayPages()
  const given = { count: rows.length, row: (at: number) => rows[at]! }
  const options = { seed: 1, threads: 0, ...(start === undefined ? {} : { start }) }
  const built = await newestFormat('hnsw').build(given, spec, pages.sink, options)
  const source = new ArrayPageSource(pages, pages.pages.size + 1, 8 << 20)
  return { built, index: newestFormat('hnsw').open(built.meta, source), source, spec }
}

const codedIn = ({ index }: Built): CodedDims => index.graph!()!.range.codedDims

test('kernel: distances of codes are those of the dimensions that have codes', async (t) => {
  const rows = rowsOf(rowCount, 8, rim)
  const { built, source, spec } = await build(rows, 'l2')
  const parameters = graphParameters(built.meta)
  t.deepEqual(parameters.codedDims, varied)
  const layout = codeLayout(spec, true, parameters.codedDims)
  t.is(layout.length, 128)
  const pages = new HnswPages(built.meta, parameters, layout, source)
  const context = KernelContext.of(source)
  const kernel = context.walk(layout.kind)
  const { low, scale } = pages.range
  const codeOf = (vector: Float32Array): number[] =>
    Array.from(varied, (dim) => {
      const steps = Math.fround(Math.fround(vector[dim]! - low) * scale)
      return Math.round(Math.min(127, Math.max(0, steps)))
    })
  for (const query of rowsOf(5, 9, rim)) {
    pages.rows.bindQuery(query)
    kernel.bind(pages.block, context.scratch.block)
    t.true(writeQueryCode(context, spec, layout, pages.range, query, kernel))
    kernel.distancesInRange(0, rowCount, context.scratch.results)
    const code = codeOf(query)
    for (let ord = 0; ord < rowCount; ord += 13) {
      const other = codeOf(rows[built.rowOfOrd[ord]!]!)
      const expected = code.reduce((sum, step, at) => sum + (step - other[at]!) ** 2, 0)
      t.is(context.words[(context.scratch.results >>> 2) + ord], expected)
    }
  }
  // What has no code has a range all the same: the order of codes is none of such a query's.
  const far = rows[0]!.slice()
  far[50] = 1_000
  pages.rows.bindQuery(far)
  kernel.bind(pages.block, context.scratch.block)
  t.false(writeQueryCode(context, spec, layout, pages.range, far, kernel))
})

for (const space of ['l2', 'cosine'] as const)
  test(`search, ${space}: finds with codes of some dimensions what a scan finds`, async (t) => {
    const rows = rowsOf(rowCount, 8, rim)
    const { index } = await build(rows, space)
    t.deepEqual(index.validate(), [])
    let found = 0
    const queries = rowsOf(40, 10, rim)
    for (const query of queries) {
      const asked = { query, k: 10, candidates: 200, rescore: 0, accept: null } as const
      const exact = new Set(index.search({ ...asked, strategy: 'exact' }).ords)
      const { ords } = index.search({ ...asked, strategy: 'graph' })
      found += ords.filter((ord) => exact.has(ord)).length
    }
    t.true(found >= 0.97 * 10 * queries.length, `${found} of ${10 * queries.length}`)
  })

test('build from a graph: keeps its dimensions while they say what the rows differ in', async (t) => {
  const first = await build(rowsOf(rowCount, 8, rim), 'l2')
  const graph = first.index.graph!()!
  const start = { graph, rowOfOrd: first.built.rowOfOrd }
  const alike = [...rowsOf(rowCount, 8, rim), ...rowsOf(300, 11, rim)]
  const more = await build(alike, 'l2', start)
  t.deepEqual(codedIn(more), varied)
  t.is(more.built.meta.parameters['rangeLow'], first.built.meta.parameters['rangeLow'])
  t.deepEqual(more.index.validate(), [])
  // Rows that differ in what was left out: their codes would be alike.
  const others = [...alike, ...rowsOf(300, 12, (dim) => (isFlat(dim) ? 1 : 0.01))]
  const changed = await build(others, 'l2', start)
  t.is(codedIn(changed), null)
  t.deepEqual(changed.built.meta, (await build(others, 'l2')).built.meta)
})
