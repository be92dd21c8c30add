/** Sketches leave rows out that cannot be near, and nobody can tell by the answers. Judge: all rows compared. */
import test from 'ava'
import { sketchAxes } from '../../../src/vector/flat/sketch-axes.ts'
import { sketchOf } from '../../../src/vector/flat/sketches.ts'
import { yieldEvery } from '../../../src/vector/slices.ts'
import { formatOf } from '../../../src/vector/index.ts'
import type { VectorIndex, VectorIndexMeta, VectorSpec } from '../../../src/vector/index.ts'
import { ArrayPages, ArrayPageSource } from '../../support/array-pages.ts'
import { newestFormat } from '../../support/newest-format.ts'
import { uniformOf } from '../../support/vector-sets.ts'

const seed = 20_261_123
const count = 2_100
const wanted = 10

function specOf(dims: number): VectorSpec {
  const hashes = {
    model: 'stableDistributions',
    dims,
    tables: 2,
    functions: 2,
    width: 1000
  } as const
  const index = { index: 'flat', m: 16, efConstruction: 100, codes: 'float32' } as const
  return { dims, element: 'float32', space: 'l2', ...index, hashes }
}

async function built(
  rows: readonly Float32Array[],
  spec: VectorSpec,
  frameCount: number = 256
): Promise<{ meta: VectorIndexMeta; index: VectorIndex }> {
  const pages = new ArrayPages()
  const given = { count: rows.length, row: (at: number) => rows[at]! }
  const options = { seed: 1, threads: 0 }
  const { meta } = await newestFormat('flat').build(given, spec, pages.sink, options)
  const index = formatOf('flat', meta.version).open(meta, new ArrayPageSource(pages, frameCount))
  return { meta, index }
}

/** Whole numbers from `least` on, along a few waves and a little beside them: what pixels are like. */
function wavesOf(
  dims: number,
  least: number,
  uniform: () => number,
  noise: number
): () => Float32Array {
  const waves = Array.from({ length: 12 }, () => {
    const phase = uniform() * 6
    const length = 5 + uniform() * 60
    return Float32Array.from({ length: dims }, (_, dim) => Math.sin(phase + dim / length))
  })
  return () => {
    const shares = waves.map(() => (uniform() - 0.5) * 60)
    return Float32Array.from({ length: dims }, (_, dim) => {
      let sum = 128 + (uniform() - 0.5) * noise
      for (const [at, wave] of waves.entries()) sum += shares[at]! * wave[dim]!
      return least + Math.round(Math.min(255, Math.max(0, sum)))
    })
  }
}

const hitsOf = (size: number): { ords: Uint32Array; counts: Uint32Array } => {
  const ords = Uint32Array.from({ length: size }, (_, at) => at)
  return { ords, counts: ords.map((ord) => 1 + (ord % 5)) }
}

for (const [dims, least, noise] of [
  [256, 0, 20],
  [300, -128, 60],
  [784, 0, 100],
  [1024, 0, 5]
] as const) {
  test(`nearestValues: all rows of ${dims} dims from ${least} on that are near are found, with their values`, async (t) => {
    const uniform = uniformOf(seed + dims)
    const draw = wavesOf(dims, least, uniform, noise)
    const drawn = Array.from({ length: count - 300 }, draw)
    // Some more than once, and what lies beyond all others.
    const ends = [0, least, least + 255].map((value) => new Float32Array(dims).fill(value))
    const rows = [...drawn, ...drawn.slice(0, 297), ...ends]
    const { meta, index } = await built(rows, specOf(dims))
    t.is(meta.pageCounts.sketches, Math.ceil(count / 256))
    t.is(meta.pageCounts.sketchAxes, 9)
    t.is(index.sizeInBytes().vectors, count * (Math.ceil(dims / 16) * 16 + 64))
    const hits = hitsOf(count)
    let leftOutCount = 0
    const near = rows
      .slice(0, 20)
      .map((row) => row.map((value) => value + Math.round(uniform() * 9)))
    const far = [255, -255, 256, 1e9].map((value) => new Float32Array(dims).fill(value))
    const decimal = rows[7]!.map((value) => value + 0.25)
    for (const query of [...rows.slice(0, 20), ...near, ...ends, ...far, decimal]) {
      const values = index.rawValues(query, 'l2', hits.ords)
      const nearest = index.nearestValues(query, 'l2', hits, wanted)!
      t.is(nearest.worst, values.toSorted()[wanted - 1]!)
      for (const [at, value] of values.entries()) {
        if (value <= nearest.limit) t.is(nearest.values[at], value)
        else if (!(nearest.values[at]! > nearest.limit)) t.fail(`row ${at} is said to be near`)
        if (nearest.values[at] === Infinity) leftOutCount++
      }
    }
    t.true(leftOutCount > 20 * count, `${leftOutCount} were left out`)
    index.close()
  })
}

/**
 * A query, rows that are about as far from it as each other along the axes alone, and a few that are farther, but beside all axes:
 * their sketches are the query's. Elements go up and down together in twelve stretches, so that the axes miss nothing.
 */
function clusterOf(
  dims: number,
  middle: number,
  uniform: () => number
): { readonly query: Float32Array; readonly rows: Float32Array[] } {
  const stretches = 12
  const length = Math.floor(dims / stretches)
  const rowOf = (levels: readonly number[]): Float32Array =>
    Float32Array.from({ length: dims }, (_, dim) => levels[Math.floor(dim / length)] ?? 0)
  const levels = (of: () => number): number[] => Array.from({ length: stretches }, of)
  const whole = (bound: number): number => Math.floor(uniform() * bound)
  const others = Array.from({ length: 1_900 }, () => rowOf(levels(() => whole(40))))
  const query = rowOf(levels(() => middle))
  const near = Array.from({ length: 200 }, () => {
    const moved = levels(() => middle)
    for (let step = 0; step < 14; step++) moved[whole(stretches)]! += whole(2) * 2 - 1
    return rowOf(moved)
  })
  // Up here, down there: nothing of it goes along a stretch.
  const beside = Array.from({ length: 20 }, () =>
    query.map(
      (value, dim) =>
        value + (Math.floor(dim / length) < stretches ? balanced(dim % length, length) * 4 : 0)
    )
  )
  return { query, rows: [...beside, ...others, ...near] }
}

/** 1 and -1 by turns, 0 in the middle of an odd stretch. */
function balanced(at: number, length: number): number {
  if (length % 2 === 1 && at === length - 1) return 0
  return at % 2 === 0 ? 1 : -1
}

for (const [middle, where] of [
  [20, 'amid all rows'],
  [230, 'where bytes of a sketch end']
] as const) {
  test(`nearestValues: rows a little nearer than the worst of the best are found, ${where}`, async (t) => {
    for (let round = 0; round < 4; round++) {
      const { query, rows } = clusterOf(600, middle, uniformOf(seed + round))
      const { meta, index } = await built(rows, specOf(600))
      t.not(meta.pageCounts.sketches, undefined)
      const hits = hitsOf(rows.length)
      for (const asked of [query, ...rows.slice(-10)]) {
        const values = index.rawValues(asked, 'l2', hits.ords)
        for (const few of [3, wanted, 40, 80]) {
          const nearest = index.nearestValues(asked, 'l2', hits, few)!
          t.is(nearest.worst, values.toSorted()[few - 1]!)
          const near = values.map((value) => (value <= nearest.limit ? value : Infinity))
          t.deepEqual(
            nearest.values.map((value) => (value <= nearest.limit ? value : Infinity)),
            near
          )
        }
      }
      index.close()
    }
  })
}

test('nearestValues: a query that is compared with few candidates, or another metric, takes no sketches', async (t) => {
  const draw = wavesOf(256, 0, uniformOf(seed), 20)
  const rows = Array.from({ length: count }, draw)
  const { index } = await built(rows, specOf(256))
  const few = index.nearestValues(rows[3]!, 'l2', hitsOf(2 * wanted), wanted)!
  t.deepEqual(few.values, index.rawValues(rows[3]!, 'l2', hitsOf(2 * wanted).ords))
  const hits = hitsOf(count)
  const l1 = index.nearestValues(rows[3]!, 'l1', hits, wanted)!
  t.deepEqual(l1.values, index.rawValues(rows[3]!, 'l1', hits.ords))
  index.close()
})

test('nearestValues: one frame for all pages is enough', async (t) => {
  const draw = wavesOf(256, 0, uniformOf(seed + 1), 20)
  const rows = Array.from({ length: count }, draw)
  const { index } = await built(rows, specOf(256), 1)
  const hits = hitsOf(count)
  const query = draw()
  const values = index.rawValues(query, 'l2', hits.ords)
  const nearest = index.nearestValues(query, 'l2', hits, wanted)!
  t.is(nearest.worst, values.toSorted()[wanted - 1]!)
  for (const [at, value] of values.entries()) {
    if (value <= nearest.limit) t.is(nearest.values[at], value)
    else t.true(nearest.values[at]! > nearest.limit)
  }
  index.close()
})

test('build: rows have sketches where those pay', async (t) => {
  const uniform = uniformOf(seed + 2)
  const draw = wavesOf(256, 0, uniform, 20)
  const rows = Array.from({ length: count }, draw)
  const sketched = async (given: readonly Float32Array[], spec: VectorSpec): Promise<boolean> =>
    (await built(given, spec)).meta.pageCounts.sketches !== undefined
  const spec = specOf(256)
  t.true(await sketched(rows, spec))
  t.false(await sketched(rows.slice(0, 2_000), spec), 'few rows')
  t.false(await sketched([...rows, rows[0]!.map((value) => value + 0.5)], spec), 'decimals')
  const { hashes, ...unhashed } = spec
  t.not(hashes, undefined)
  t.false(await sketched(rows, unhashed), 'no hash terms')
  t.false(await sketched(rows, { ...spec, space: 'l1' }), 'not by l2')
  const noise = rows.map((row) => row.map(() => Math.floor(uniform() * 256)))
  t.false(await sketched(noise, spec), 'rows that differ in all ways')
  t.false(
    await sketched(
      rows.map(() => rows[0]!),
      spec
    ),
    'rows that do not differ'
  )
})

test('build: few ways in which rows differ are enough for axes', async (t) => {
  const uniform = uniformOf(seed + 3)
  const rows = Array.from({ length: count }, () => {
    const [a, b] = [Math.floor(uniform() * 256), Math.floor(uniform() * 256)]
    return Float32Array.from({ length: 256 }, (_, dim) => (dim % 2 === 0 ? a : b))
  })
  const { meta, index } = await built(rows, specOf(256))
  t.is(meta.pageCounts.sketches, Math.ceil(count / 256))
  const hits = hitsOf(count)
  const values = index.rawValues(rows[5]!, 'l2', hits.ords)
  const nearest = index.nearestValues(rows[5]!, 'l2', hits, wanted)!
  t.is(nearest.worst, values.toSorted()[wanted - 1]!)
  const near = values.filter((value) => value <= nearest.limit)
  t.deepEqual(
    nearest.values.filter((value) => value <= nearest.limit),
    near
  )
  index.close()
})

test('sketchOf: sketches are no farther apart than their rows, but for their errors', async (t) => {
  const dims = 256
  const uniform = uniformOf(seed + 4)
  const draw = wavesOf(dims, 0, uniform, 20)
  const rows = Array.from({ length: 512 }, draw)
  const given = { count: rows.length, row: (at: number) => rows[at]! }
  const axes = await sketchAxes(given, dims, yieldEvery(undefined))
  const { words, centers, step, reach } = axes!
  const productsOf = (row: Float32Array): number[] =>
    Array.from(centers, (_, axis) => {
      let sum = 0
      for (const [dim, value] of row.entries()) sum += words[axis * dims + dim]! * value
      return sum
    })
  // Rows as others, along an axis and far out on it, and steps away from them.
  const along = (axis: number, by: number): Float32Array =>
    Float32Array.from({ length: dims }, (_, dim) =>
      Math.round(128 + (by * words[axis * dims + dim]!) / 16_384)
    )
  const far = [-4_000, -2_000, -300, 300, 2_000, 4_000].flatMap((by) =>
    [0, 7, 63].map((axis) => along(axis, by))
  )
  const near = [...rows.slice(0, 10), ...far].map((row) =>
    row.map((value) => value + Math.round(uniform() * 2))
  )
  const sketched = [...rows.slice(0, 10), ...near, ...far].map((row) => {
    const sketch = new Int16Array(centers.length)
    const error = sketchOf(productsOf(row), centers, step, sketch)
    return { row, sketch, error }
  })
  let closestShare = 0
  for (const one of sketched) {
    for (const two of sketched) {
      const least = Math.hypot(...one.sketch.map((value, axis) => value - two.sketch[axis]!))
      const most = reach * Math.hypot(...one.row.map((value, dim) => value - two.row[dim]!))
      if (least > most + one.error + two.error) t.fail(`${least} > ${most} and their errors`)
      if (most > 0) closestShare = Math.max(closestShare, least / most)
    }
  }
  t.true(closestShare > 0.9, `at most ${closestShare} of what they may be`)
})
