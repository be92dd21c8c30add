/**
 * Rows of whole numbers that fit a byte are kept as bytes; nobody can tell by the answers. Judge: the same rows beside one that
 * does not fit, so that all are kept as floats.
 */
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { formatOf } from '../../../src/vector/index.ts'
import type {
  NearestValues,
  Space,
  VectorIndex,
  VectorIndexMeta,
  VectorSpec
} from '../../../src/vector/index.ts'
import { ArrayPages, ArrayPageSource } from '../../support/array-pages.ts'
import { newestFormat } from '../../support/newest-format.ts'
import { uniformOf } from '../../support/vector-sets.ts'

const seed = 20_261_122
const spaces: readonly Space[] = ['l2', 'cosine', 'dot', 'l1', 'linf']

function specOf(dims: number, space: Space): VectorSpec {
  const index = { index: 'flat', m: 16, efConstruction: 100, codes: 'float32' } as const
  return { dims, element: 'float32', space, ...index }
}

async function built(
  rows: readonly Float32Array[],
  spec: VectorSpec,
  frameCount: number = 64
): Promise<{ meta: VectorIndexMeta; index: VectorIndex }> {
  const pages = new ArrayPages()
  const given = { count: rows.length, row: (at: number) => rows[at]! }
  const { meta } = await newestFormat('flat').build(given, spec, pages.sink, {
    seed: 1,
    threads: 0
  })
  const index = formatOf('flat', meta.version).open(meta, new ArrayPageSource(pages, frameCount))
  return { meta, index }
}

function rowsOf(dims: number, least: number, count: number = 60): Float32Array[] {
  const uniform = uniformOf(seed + dims)
  const draw = (): Float32Array =>
    Float32Array.from({ length: dims }, () => least + Math.floor(uniform() * 256))
  const ends = [0, least, least + 255].map((value) => new Float32Array(dims).fill(value))
  return [...ends, ...Array.from({ length: count }, draw)]
}

/** Whole numbers near and far, decimals, numbers that bytes are nothing beside. */
function queriesOf(dims: number): Float32Array[] {
  const uniform = uniformOf(seed - dims)
  const draw = (scale: number, step: number): Float32Array =>
    Float32Array.from({ length: dims }, () => Math.round((uniform() - 0.3) * scale) * step)
  const ends = [255, -255, 256, -0].map((value) => new Float32Array(dims).fill(value))
  return [...ends, draw(300, 1), draw(20, 1), draw(300, 0.5), draw(1000, 1), draw(300, 1e9)]
}

/** Rows that are far may have ended early; the others have their values, bit for bit. */
function checkNearest(
  t: ExecutionContext,
  nearest: NearestValues | null,
  values: Float32Array
): void {
  if (nearest === null) return
  t.is(nearest.worst, values.toSorted()[6]!)
  for (const [at, value] of values.entries()) {
    if (value <= nearest.limit) t.is(nearest.values[at], value)
    else t.true(nearest.values[at]! > nearest.limit)
  }
}

for (const [packing, least] of [
  ['u8', 0],
  ['i8', -128]
] as const) {
  for (const dims of [1, 3, 4, 8, 12, 17, 64, 100, 128, 784]) {
    test(`${packing}: rows of ${dims} dims answer as floats do, bit for bit`, async (t) => {
      const rows = rowsOf(dims, least)
      const odd = new Float32Array(dims).fill(0.5)
      for (const space of spaces) {
        const spec = specOf(dims, space)
        const { meta, index } = await built(rows, spec)
        const { meta: widerMeta, index: wider } = await built([...rows, odd], spec)
        t.deepEqual(meta.parameters, { packing })
        t.deepEqual(widerMeta.parameters, { packing: 'none' })
        const ords = Uint32Array.from(rows.keys())
        const hits = { ords, counts: ords.map((ord) => ord % 7) }
        for (const [at, row] of rows.entries()) t.deepEqual(index.vectorAt(at), row)
        for (const query of queriesOf(dims)) {
          for (const asked of spaces) {
            const values = index.rawValues(query, asked, ords)
            t.deepEqual(values, wider.rawValues(query, asked, ords), `${space} ${asked}`)
            checkNearest(t, index.nearestValues(query, asked, hits, 7), values)
            checkNearest(t, wider.nearestValues(query, asked, hits, 7), values)
          }
          const scorer = index.rawScorer(query)
          const judge = wider.rawScorer(query)
          const request = { query, k: rows.length, candidates: 0, rescore: 0, accept: null }
          const found = index.search({ ...request, strategy: 'exact' })
          for (const [at, ord] of found.ords.entries()) {
            t.is(found.values[at], judge(ord))
            t.is(scorer(ord), judge(ord))
          }
          const scripted = index.functionScorer('l2', query)
          t.is(scripted(1), wider.functionScorer('l2', query)(1))
        }
        index.close()
        wider.close()
      }
    })
  }
}

test('nearestValues: of rows that are far only a part is compared, wherever the query is far from 0', async (t) => {
  const dims = 784
  const uniform = uniformOf(seed)
  // Like handwriting: most of it empty, the rest in one stretch, which may go round the end.
  for (const start of [0, 300, 700]) {
    const draw = (scale: number): Float32Array =>
      Float32Array.from({ length: dims }, (_, at) =>
        (at - start + dims) % dims < 300 ? Math.floor(uniform() * scale) : 0
      )
    const rows = Array.from({ length: 300 }, (_, at) => draw(at < 20 ? 256 : 30))
    const query = rows[3]!.map((value) => Math.min(255, value + Math.floor(uniform() * 3)))
    const { index } = await built(rows, specOf(dims, 'l2'))
    const ords = Uint32Array.from(rows.keys())
    const values = index.rawValues(query, 'l2', ords)
    const nearest = index.nearestValues(query, 'l2', { ords, counts: ords }, 7)
    checkNearest(t, nearest, values)
    const partCount = nearest!.values.filter((value, at) => value < values[at]!).length
    t.true(partCount > 100, `${partCount} of 300 ended early`)
    index.close()
  }
})

test('nearestValues: rows as far as the worst of the best keep their values, in whichever batch they are', async (t) => {
  for (const dims of [64, 100, 784]) {
    const uniform = uniformOf(seed + dims)
    const draw = (): Float32Array =>
      Float32Array.from({ length: dims }, () => Math.floor(uniform() * 40))
    const drawn = Array.from({ length: 100 }, draw)
    // Each comes again in every batch of 64.
    const rows = Array.from({ length: 500 }, (_, at) => drawn[at % 100]!)
    const { index } = await built(rows, specOf(dims, 'l2'))
    const ords = Uint32Array.from(rows.keys())
    for (const query of drawn.slice(0, 10)) {
      const values = index.rawValues(query, 'l2', ords)
      const nearest = index.nearestValues(query, 'l2', { ords, counts: ords.map(() => 1) }, 7)
      checkNearest(t, nearest, values)
      t.is(values.filter((value) => value === nearest!.worst).length, 5)
    }
    index.close()
  }
})

for (const dims of [784, 4096]) {
  test(`nearestValues: what is compared first is where the query is far from 0, here and there in ${dims} dims`, async (t) => {
    // One of six blocks of sixteen; all of them have to be looked at to see that a row is far.
    const isFar = (at: number): boolean => (at >>> 4) % 6 === 1
    const rowOf = (far: number): Float32Array =>
      Float32Array.from({ length: dims }, (_, at) => (isFar(at) ? far : 1))
    const query = Float32Array.from({ length: dims }, (_, at) => (isFar(at) ? 100 : 0))
    const rows = Array.from({ length: 300 }, (_, at) => rowOf(at < 20 ? 2 : 0))
    const { index } = await built(rows, specOf(dims, 'l2'))
    const ords = Uint32Array.from(rows.keys())
    const values = index.rawValues(query, 'l2', ords)
    const nearest = index.nearestValues(query, 'l2', { ords, counts: ords }, 7)!
    checkNearest(t, nearest, values)
    // Nobody looks before a quarter of a row, and then after four blocks.
    const elsewhere = query.filter((value) => value === 0).length - (dims / 4 - 64)
    const earlyCount = nearest.values.filter((value, at) => values[at]! - value >= elsewhere).length
    t.true(earlyCount > 150, `${earlyCount} of 300 ended before much else was looked at`)
    index.close()
  })
}

test('nearestValues: those with the most common terms are compared first, wherever they are stored', async (t) => {
  const dims = 256
  const near = 20
  const rows = Array.from({ length: 1_200 }, (_, at) =>
    new Float32Array(dims).fill(at < 1_180 ? 250 - (at >> 4) : at - 1_180)
  )
  for (const asFloats of [false, true]) {
    const given = asFloats ? rows.map((row) => row.map((value) => value + 0.5)) : rows
    const { index } = await built(given, specOf(dims, 'l2'))
    const ords = Uint32Array.from(rows.keys())
    const query = new Float32Array(dims).fill(asFloats ? 0.5 : 0)
    const values = index.rawValues(query, 'l2', ords)
    // Of more than a byte too; those that are far have some.
    for (const [few, many] of [
      [1, 2],
      [254, 255],
      [7, 100_000]
    ] as const) {
      const counts = ords.map((ord) => (ord < 1_180 ? few - ((ord % few) >> 1) : many))
      const nearest = index.nearestValues(query, 'l2', { ords, counts }, near / 2)!
      t.is(nearest.worst, values.toSorted()[near / 2 - 1]!)
      const earlyCount = nearest.values.filter((value, at) => value < values[at]!).length
      // All but a batch, which near ones are in.
      t.true(earlyCount >= 1_180 - 64, `${earlyCount} of 1180 ended early`)
      const stored = { ords, counts: ords.map(() => 1) }
      const inOrder = index.nearestValues(query, 'l2', stored, near / 2)!
      t.is(inOrder.worst, nearest.worst)
      t.true(inOrder.values.filter((value, at) => value < values[at]!).length < earlyCount)
    }
    index.close()
  }
})

test('pages: packed rows take a quarter of the bytes, and one frame is enough to read them', async (t) => {
  const rows = rowsOf(784, 0, 200)
  const { meta, index } = await built(rows, specOf(784, 'l2'), 1)
  t.is(meta.pageCounts.vectors, Math.ceil(rows.length / 20))
  t.is(index.sizeInBytes().vectors, rows.length * 784)
  const values = index.rawValues(rows[7]!, 'l2', Uint32Array.from(rows.keys()))
  t.is(values[7], 0)
  t.deepEqual(index.vectorAt(rows.length - 1), rows.at(-1))
  index.close()
})

test('rows that do not fit a byte stay floats: fractions, -0, one too large or too small', async (t) => {
  for (const value of [0.5, -0, 256, -129, 1e30]) {
    const rows = [Float32Array.of(1, 2), Float32Array.of(value, 1)]
    const { meta, index } = await built(rows, specOf(2, 'l2'))
    t.is(meta.parameters['packing'], 'none', `${value}`)
    t.true(Object.is(index.vectorAt(1)[0], Math.fround(value)))
    index.close()
  }
  // Either packing has room for some, none for all.
  const mixed = [Float32Array.of(200, 1), Float32Array.of(-5, 1)]
  t.is((await built(mixed, specOf(2, 'l2'))).meta.parameters['packing'], 'none')
})

test('open: a packing that is not known is refused', async (t) => {
  const { meta } = await built([Float32Array.of(1, 2)], specOf(2, 'l2'))
  const pages = new ArrayPageSource(new ArrayPages(), 1)
  const unknown = { ...meta, parameters: { packing: 'u4' } }
  t.throws(() => newestFormat('flat').open(unknown, pages), { code: 'STORE_FORMAT' })
})

for (const least of [0, -128]) {
  test(`graph: originals from ${least} on are packed, and its hits have the values of floats`, async (t) => {
    const [dims, count] = [48, 1_500]
    const rows = rowsOf(dims, least, count)
    for (const space of ['l2', 'cosine', 'dot'] as const) {
      const spec = { ...specOf(dims, space), index: 'hnsw', codes: 'auto' } as const
      const pages = new ArrayPages()
      const given = { count: rows.length, row: (at: number) => rows[at]! }
      const format = newestFormat('hnsw')
      const { meta, rowOfOrd } = await format.build(given, spec, pages.sink, { seed, threads: 0 })
      t.is(meta.parameters['packing'], least === 0 ? 'u8' : 'i8')
      t.is(meta.pageCounts.vectors, Math.ceil(rows.length / Math.floor(4_096 / dims)))
      const graph = format.open(meta, new ArrayPageSource(pages, 256))
      const odd = new Float32Array(dims).fill(0.5)
      const { index: judge } = await built([...rows, odd], specOf(dims, space))
      for (const query of queriesOf(dims)) {
        const request = { query, k: 10, candidates: 100, rescore: 0, accept: null } as const
        const found = graph.search({ ...request, strategy: 'graph' })
        t.is(found.ords.length, 10)
        const scorer = judge.rawScorer(query)
        const values = Float32Array.from(found.ords, (ord) => scorer(rowOfOrd[ord]!))
        t.deepEqual(found.values, values, space)
      }
      t.deepEqual(graph.vectorAt(7), rows[rowOfOrd[7]!])
      graph.close()
      judge.close()
    }
  })
}
