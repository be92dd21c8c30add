/** What judges the systems must itself be right: exact neighbours, recall, interpolation and the drawing. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import test from 'ava'
import type { Asked, Measured } from '../../../bench/support/curve.ts'
import { checksumOf, interleave, startCurve, usAt } from '../../../bench/support/curve.ts'
import { keepTruth, loadVectorSet, narrowTruth, recallOf } from '../../../bench/support/sets.ts'
import { isIn, keywordsOf, shares } from '../../../bench/support/shares.ts'
import { plotRecall } from '../../../bench/support/svg-plot.ts'

const set = loadVectorSet('s128:300', '', 5)

/** Sorted distances of the accepted rows, written out once more. */
function sorted(query: number, accepts: (row: number) => boolean): [row: number, value: number][] {
  const at = (values: Float32Array, row: number, dim: number): number =>
    values[row * set.dims + dim] ?? Number.NaN
  return Array.from({ length: set.rows }, (_, row) => row)
    .filter(accepts)
    .map((row): [number, number] => {
      let sum = 0
      for (let dim = 0; dim < set.dims; dim++)
        sum += (at(set.base, row, dim) - at(set.queries, query, dim)) ** 2
      return [row, sum]
    })
    .toSorted(([, a], [, b]) => a - b)
}

test('narrowTruth: holds the ten nearest of the accepted rows, as sorting all distances gives them', (t) => {
  const accepts = (row: number): boolean => row % 3 === 1
  const narrow = narrowTruth(set, accepts)
  for (let query = 0; query < set.queryCount; query++) {
    const expected = sorted(query, accepts).slice(0, 10)
    const ids = narrow.truth.ids.subarray(10 * query, 10 * query + 10)
    t.deepEqual(
      [...ids],
      expected.map(([row]) => row)
    )
  }
})

test('recallOf: counts rows once, by distance; a tenth is lost with each that is missed', (t) => {
  const all = sorted(0, () => true).map(([row]) => row)
  t.is(recallOf(set, 0, all.slice(0, 10)), 1)
  t.is(recallOf(set, 0, all.slice(1, 11)), 0.9)
  t.is(recallOf(set, 0, all.slice(200, 210)), 0)
  t.is(recallOf(set, 0, Array<number>(10).fill(all[0] ?? 0)), 0.1)
})

test('recallOf: fewer than ten true neighbours are all that is wanted; a refused row is an error', (t) => {
  const narrow = narrowTruth(set, (row) => row < 4)
  t.is(recallOf(narrow, 0, [3, 1, 0, 2]), 1)
  t.is(recallOf(narrow, 0, [3, 1]), 0.5)
  t.throws(() => recallOf(narrow, 0, [3, 4]), {
    message: 'row 4 was found, which the filter refuses'
  })
})

test('keepTruth: a second process finds the same neighbours without the rows', (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'leveret-truth-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  t.deepEqual(keepTruth(set, folder).truth.ids, set.truth.ids)
  const again = keepTruth(
    narrowTruth(set, () => false),
    folder
  )
  t.deepEqual(again.truth.ids, set.truth.ids)
  t.deepEqual(again.truth.values, set.truth.values)
})

test('shares: each lies in the next larger one and has about its share of the rows', (t) => {
  const rows = Array.from({ length: 100_000 }, (_, row) => row)
  for (const share of shares) {
    const count = rows.filter((row) => isIn(row, share)).length
    const deviation = Math.sqrt(rows.length * share.share * (1 - share.share))
    t.true(Math.abs(count - rows.length * share.share) < 5 * deviation, `${count} ${share.keyword}`)
  }
  for (const row of rows.slice(0, 2_000)) {
    const keywords = keywordsOf(row)
    t.deepEqual(
      keywords,
      shares.slice(0, keywords.length).map(({ keyword }) => keyword)
    )
  }
})

const noPeer: Asked = { efforts: [], ask: () => Promise.reject(new Error('not asked here')) }

function curveOf(points: readonly [recall: number, us: number][]): Measured {
  const one = startCurve('one', noPeer, set)
  for (const [recall, us] of points)
    one.points.push({ effort: 0, recall, wallUs: [us, us, 1e9], cpuUs: [2 * us] })
  return one
}

test('usAt: lies on the line between the points around a recall; null when it is never reached', (t) => {
  const one = curveOf([
    [0.8, 10],
    [0.9, 20],
    [0.98, 40]
  ])
  t.true(Math.abs((usAt(one, 0.85, 'wall') ?? 0) - 15) < 1e-9)
  t.true(Math.abs((usAt(one, 0.94, 'cpu') ?? 0) - 60) < 1e-9)
  t.is(usAt(one, 0.5, 'wall'), 10)
  t.is(usAt(one, 0.99, 'wall'), null)
})

test('checksumOf: tells an order and a row apart', (t) => {
  const sums = [[1, 2, 3], [1, 3, 2], [1, 2, 4], []].map((rows) => checksumOf(0, rows))
  t.is(new Set(sums).size, sums.length)
})

test('plotRecall: a faster point lies further left, a better one higher, tenfold time is one step of the axis', (t) => {
  const drawing = plotRecall('a < b', [
    {
      name: 'x & y',
      points: [
        [0.9, 10],
        [0.95, 100],
        [1, 1_000]
      ]
    }
  ])
  const circles = [...drawing.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)"/g)]
  const [x, y] = [circles.map((one) => Number(one[1])), circles.map((one) => Number(one[2]))]
  t.is(x.length, 3)
  t.true(Math.abs(x[1]! - x[0]! - (x[2]! - x[1]!)) < 0.2)
  t.true(x[0]! < x[1]! && y[0]! > y[1]! && y[1]! > y[2]!)
  t.true(drawing.includes('a &lt; b') && drawing.includes('x &amp; y'))
  for (const label of ['10 µs', '100 µs', '1 ms', '0.90', '1.00', 'recall@10'])
    t.true(drawing.includes(`>${label}</text>`), label)
})

test('plotRecall: draws its axes when nothing was measured', (t) => {
  const drawing = plotRecall('none', [{ name: 'none', points: [] }])
  t.false(/NaN|Infinity/.test(drawing))
})

/** Time that passes by nothing but asking. */
async function byAsking(interleaves: () => Promise<void>): Promise<void> {
  const now = performance.now.bind(performance)
  performance.now = () => askedMs
  try {
    await interleaves()
  } finally {
    performance.now = now
  }
}
let askedMs = 0

/** Systems that note who was asked at which effort, and find the first ten rows; each asking takes 30 ms. */
function notedSystems(count: number, efforts: readonly number[], noted: string[]): Measured[] {
  return Array.from({ length: count }, (_, at) => {
    const ask = (effort: number): ReturnType<Asked['ask']> => {
      noted.push(`${at}@${effort}`)
      askedMs += 30
      const found = Array.from({ length: set.queryCount }, () => [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
      return Promise.resolve({ wallUs: 1, cpuUs: 1, found })
    }
    return startCurve(String(at), { efforts, ask }, set)
  })
}

test.serial(
  'interleave: each system is asked once a round and effort, and another one first each time',
  async (t) => {
    const noted: string[] = []
    const systems = notedSystems(2, [1, 2], noted)
    await byAsking(() => interleave(systems, 1))
    t.deepEqual(noted, ['0@1', '1@1', '1@2', '0@2'])
    await byAsking(() => interleave(systems, 2))
    const rounds = noted.slice(-8)
    t.deepEqual(rounds, ['0@1', '1@1', '1@2', '0@2', '1@1', '0@1', '0@2', '1@2'])
    for (const { points } of systems)
      t.deepEqual(
        points.map(({ wallUs }) => wallUs.length),
        [3, 3]
      )
  }
)

test.serial(
  'interleave: before several rounds each system is warmed up at each effort, for equally long',
  async (t) => {
    const noted: string[] = []
    await byAsking(() => interleave(notedSystems(2, [1, 2], noted), 2))
    const warming = noted.slice(0, -8)
    for (const system of ['0', '1'])
      for (const effort of ['1', '2']) {
        const count = warming.filter((each) => each === `${system}@${effort}`).length
        t.is(count, 7, `${system}@${effort}: 200 ms`)
      }
  }
)
