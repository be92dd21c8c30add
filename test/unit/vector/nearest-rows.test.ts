/** The nearest sets, from lists by index, from terms, from rows; of all and of some. Judge: float64 over all of them. */
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { BitSet } from '../../../src/util/index.ts'
import { openGrowingIndex } from '../../../src/vector/index.ts'
import type { NearestRows, VectorIndex, VectorSpec } from '../../../src/vector/index.ts'
import { differingCount, intersectionCount, jaccard } from '../../../src/vector/lsh/sparse-bool.ts'
import { ArrayPages, ArrayPageSource } from '../../support/array-pages.ts'
import { newestFormat } from '../../support/newest-format.ts'
import { pinnedIn } from '../../support/pinned-in.ts'
import { uniformOf } from '../../support/vector-sets.ts'

const seed = 20_261_129
const flat = { index: 'flat', m: 16, efConstruction: 100, codes: 'float32' } as const

function specOf(dims: number, hasTerms: boolean): VectorSpec {
  const spec = { ...flat, dims, element: 'sparse-bool', space: 'jaccard' } as const
  return hasTerms ? { ...spec, hashes: { model: 'trueIndices', dims } } : spec
}

async function built(
  rows: readonly Int32Array[],
  spec: VectorSpec,
  frameCount: number
): Promise<VectorIndex> {
  const pages = new ArrayPages()
  const format = newestFormat('sparse')
  const given = { count: rows.length, row: (at: number) => rows[at]! }
  const { meta } = await format.build(given, spec, pages.sink, { seed: 1, threads: 0 })
  return format.open(meta, new ArrayPageSource(pages, frameCount, 16 << 20))
}

function growing(rows: readonly Int32Array[], spec: VectorSpec): VectorIndex {
  const source = new ArrayPageSource(new ArrayPages(), 1, 64 << 20)
  const index = openGrowingIndex(spec, source, pinnedIn(source))
  for (const row of rows) index.append(row)
  return index.at(rows.length)
}

type Asked = {
  readonly query: Int32Array
  readonly space: 'jaccard' | 'hamming'
  readonly ords: Uint32Array | null
  readonly accept: BitSet | null
  readonly sharing: boolean
  readonly wanted: number
  readonly rounding: Rounding
}

/** Raw values count as much as all others that are the same when they are rounded; the farthest of them. */
type Rounding = {
  readonly rounded: (raw: number) => number
  readonly lastOf: (worst: number) => number
}

const exactly: Rounding = { rounded: (raw) => raw, lastOf: (worst) => worst }
const roughly: Readonly<Record<'jaccard' | 'hamming', Rounding>> = {
  jaccard: { rounded: (raw) => Math.floor(raw * 10), lastOf: leastOfTenth },
  hamming: { rounded: (raw) => Math.ceil(raw / 3), lastOf: (worst) => Math.ceil(worst / 3) * 3 }
}

/** The least float of the tenth that a share is in. */
function leastOfTenth(share: number): number {
  const tenth = Math.floor(share * 10)
  const least = Float32Array.of(tenth / 10)
  if (Math.floor(least[0]! * 10) < tenth) new Int32Array(least.buffer)[0]! += 1
  return least[0]!
}

type Near = { readonly ord: number; readonly value: number }

/** What was found in all parts, against every row by float64. */
function check(
  t: ExecutionContext,
  index: VectorIndex,
  rows: readonly Int32Array[],
  asked: Asked,
  label: string
): void {
  const { query, space, ords, accept, sharing, wanted, rounding } = asked
  const { rounded, lastOf } = rounding
  const parts: NearestRows[] = []
  const total = ords?.length ?? rows.length
  for (let from = 0; from < total;) {
    const part = index.nearestRows!({ ...asked, lastOf, from })!
    parts.push(part)
    t.true(part.next > from)
    from = part.next
  }
  const valueOf = space === 'jaccard' ? jaccard : differingCount
  const all = [...(ords ?? rows.keys())].flatMap((ord) => {
    const row = rows[ord]!
    const common = intersectionCount(query, row)
    if ((sharing && common === 0) || accept?.has(ord) === false) return []
    return [{ ord, value: Math.fround(valueOf(query.length, row.length, common)) }]
  })
  const sign = space === 'jaccard' ? -1 : 1
  const orders = all.map(({ value }) => sign * rounded(value)).sort((a, b) => a - b)
  const limit = orders[wanted - 1] ?? Infinity
  const found = parts.flatMap(({ ords: own, values }) =>
    [...own].map((ord, at) => ({ ord, value: values[at]! }))
  )
  const near = ({ value }: Near): boolean => sign * rounded(value) <= limit
  const expected = all.filter(near)
  const isFound = ({ ord, value }: Near, at: number): boolean =>
    ord === expected[at]?.ord && Object.is(value, expected[at].value)
  t.is(found.filter(near).length, expected.length, label)
  t.true(found.filter(near).every(isFound), label)
  // Who is farther is there only because its part has few that are nearer.
  if (parts.length === 1) t.is(found.length, found.filter(near).length, label)
  const valueByOrd = new Map(all.map(({ ord, value }) => [ord, value]))
  t.true(
    found.every(({ ord, value }) => Object.is(valueByOrd.get(ord), value)),
    label
  )
  t.is(
    parts.reduce((sum, { count }) => sum + count, 0),
    all.length,
    label
  )
}

function randomSets(count: number, dims: number, sizeMax: number, seedOf: number): Int32Array[] {
  const uniform = uniformOf(seedOf)
  return Array.from({ length: count }, () => {
    const size = Math.floor(uniform() * (sizeMax + 1))
    const near = uniform() < 0.5 ? dims : Math.ceil(dims / 4)
    return Int32Array.from(
      new Set(Array.from({ length: size }, () => Math.floor(uniform() * near)))
    ).sort()
  })
}

function* asks(query: Int32Array, count: number, uniform: () => number): Generator<Asked> {
  const accept = new BitSet(count)
  for (let ord = 0; ord < count; ord++) if (uniform() < 0.6) accept.add(ord)
  const some = Uint32Array.from({ length: count }, (_, ord) => ord).filter(() => uniform() < 0.3)
  for (const space of ['jaccard', 'hamming'] as const) {
    for (const wanted of [1, 7, 150, count, Infinity]) {
      for (const rounding of [exactly, roughly[space]]) {
        const ask = { query, space, wanted, rounding, ords: null, accept: null, sharing: false }
        yield ask
        yield { ...ask, accept }
        yield { ...ask, sharing: true, accept: uniform() < 0.5 ? accept : null }
        yield { ...ask, ords: some }
      }
    }
  }
}

async function checkAll(
  t: ExecutionContext,
  rows: readonly Int32Array[],
  dims: number,
  frameCounts: readonly number[]
): Promise<void> {
  const uniform = uniformOf(seed + dims)
  const queries = [rows[3]!, new Int32Array(0), rows[Math.floor(rows.length / 2)]!]
  for (const hasTerms of [false, true]) {
    const spec = specOf(dims, hasTerms)
    const indexes = await Promise.all(frameCounts.map((frames) => built(rows, spec, frames)))
    for (const [at, index] of [...indexes, growing(rows, spec)].entries()) {
      for (const query of queries) {
        for (const ask of asks(query, rows.length, uniform)) {
          const { query: _, ords: __, ...rest } = ask
          check(t, index, rows, ask, `${dims} dims, index ${at}, ${JSON.stringify(rest)}`)
        }
      }
      index.close()
    }
  }
}

for (const [dims, count, sizeMax] of [
  [1, 40, 1],
  [40, 700, 9],
  [600, 400, 900],
  [70_000, 100, 60]
] as const) {
  test(`nearestRows: ${count} sets of up to ${sizeMax} of ${dims} indices`, async (t) => {
    await checkAll(t, randomSets(count, dims, sizeMax, seed), dims, [2, 64])
  })
}

test('nearestRows: more rows than are looked at in one go, of several blocks and pages', async (t) => {
  const dims = 30
  const rows = randomSets(66_000, dims, 5, seed)
  for (const hasTerms of [false, true]) {
    const index = await built(rows, specOf(dims, hasTerms), 200)
    const ask = { query: rows[9]!, ords: null, accept: null, sharing: false, wanted: 90 }
    for (const space of ['jaccard', 'hamming'] as const) {
      check(t, index, rows, { ...ask, space, rounding: exactly }, space)
      check(t, index, rows, { ...ask, space, rounding: roughly[space], sharing: true }, space)
    }
    index.close()
  }
})

test('nearestRows: the nearest come last, or all are the same', async (t) => {
  const dims = 400
  const rising = Array.from({ length: 3000 }, (_, at) =>
    Int32Array.from({ length: 1 + Math.floor(at / 10) }, (__, index) => index)
  )
  const same = Array.from({ length: 3000 }, () => Int32Array.of(1, 5, 300))
  for (const rows of [rising, rising.toReversed(), same]) {
    const index = await built(rows, specOf(dims, false), 64)
    const query = Int32Array.from({ length: dims }, (_, at) => at)
    for (const space of ['jaccard', 'hamming'] as const) {
      const ask = { query, space, ords: null, accept: null, sharing: false, wanted: 100 }
      check(t, index, rows, { ...ask, rounding: exactly }, space)
    }
    index.close()
  }
})

test('nearestRows: 65,536 indices in common take counts of four bytes', async (t) => {
  const dims = 65_536
  const full = Int32Array.from({ length: dims }, (_, at) => at)
  const few = randomSets(17_000, dims, 80, seed)
  const many = [full, full.subarray(1), full.subarray(40_000)]
  const rows = [...few.slice(0, 9000), ...many, ...few.slice(9000)]
  const index = await built(rows, specOf(dims, false), 64)
  const ask = { query: full, ords: null, accept: null, sharing: false, wanted: 3 }
  for (const space of ['jaccard', 'hamming'] as const) {
    check(t, index, rows, { ...ask, space, rounding: exactly }, space)
    const { ords, next } = index.nearestRows!({ ...ask, ...exactly, space, from: 0 })!
    t.deepEqual([...ords], [9000, 9001, 9002])
    t.is(next, rows.length, 'rows are counted, not compared')
  }
  index.close()
})
