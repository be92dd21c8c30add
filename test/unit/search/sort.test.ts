import test from 'ava'
import type { SearchHit, SearchTarget, SortKey, SortValue } from '../../../src/search/index.ts'
import { compareTerms } from '../../../src/util/index.ts'
import { fields, request, segmentsOf, target } from './fixture.ts'
import type { TestDoc } from './fixture.ts'
import { randomDoc, randomOf, tags } from './random.ts'
import type { Random } from './random.ts'
import { executeSearch } from '../../support/execute-search.ts'

type ColumnKey = Extract<SortKey, { type: 'column' }>

const column = (field: ColumnKey['field'], rest: Partial<ColumnKey> = {}): ColumnKey => ({
  type: 'column',
  field,
  descending: false,
  missing: 'last',
  mode: rest.descending === true ? 'max' : 'min',
  ...rest
})

const idOf = (hit: SearchHit): string => hit.segment.reader.stored(hit.docId).id

function sorted(targets: readonly SearchTarget[], rest: object = {}): SearchHit[] {
  return [...executeSearch(request(targets, { size: 1000, ...rest })).hits]
}

function valueOf(doc: TestDoc, key: ColumnKey): SortValue {
  const values = (doc[key.field?.name as 'tag' | 'count' | 'price'] ?? []) as SortValue[]
  const order = [...values].sort((a, b) => compare(a, b))
  const missing = key.missing === 'last' || key.missing === 'first' ? null : key.missing
  if (order.length === 0) return missing
  return key.mode === 'max' ? order.at(-1)! : order[0]!
}

function compare(a: SortValue, b: SortValue): number {
  if (typeof a === 'string') return compareTerms(a, String(b))
  const x = a as number
  const y = b as number
  return Number(x > y) - Number(x < y)
}

function compareDocs(keys: readonly ColumnKey[], a: TestDoc, b: TestDoc): number {
  for (const key of keys) {
    const x = valueOf(a, key)
    const y = valueOf(b, key)
    if (x === null && y === null) continue
    if (x === null) return key.missing === 'first' ? -1 : 1
    if (y === null) return key.missing === 'first' ? 1 : -1
    const order = compare(x, y)
    if (order !== 0) return key.descending ? -order : order
  }
  return 0
}

function randomKey(random: Random): ColumnKey {
  const field = random.pick([fields.tag, fields.count, fields.price])
  const substitute = { tag: random.pick([...tags, 'aa', 'm']), count: 1n, price: 0.5 }[
    field.name as 'tag' | 'count' | 'price'
  ]
  return column(field, {
    descending: random.chance(0.5),
    mode: random.pick(['min', 'max'] as const),
    missing: random.pick<SortValue>(['last', 'first', substitute])
  })
}

test('executeSearch: sorted pages, one after the other, are the whole in the order of the keys', (t) => {
  for (let seed = 1; seed <= 60; seed++) {
    const random = randomOf(seed)
    const lists = Array.from({ length: 3 }, () =>
      Array.from({ length: 1 + random.int(14) }, () => randomDoc(random))
    )
    const segments = segmentsOf(...lists)
    const docs = lists.flat().map((doc, at) => ({ id: `d${at}`, doc }))
    const keys = [randomKey(random), randomKey(random)]
    const expected = docs.sort((a, b) => compareDocs(keys, a.doc, b.doc)).map(({ id }) => id)
    // Every position once: the last key leaves no ties.
    const sort: SortKey[] = [...keys, { type: 'doc', descending: false }]
    const all = [target(segments, null, { sort })]
    const whole = sorted(all)
    t.deepEqual(whole.map(idOf), expected, `seed ${seed}`)
    t.is(whole[0]?.score ?? null, null)

    const paged: string[] = []
    let after: readonly SortValue[] | null = null
    for (;;) {
      const page: SearchHit[] = sorted(all, { size: 4, searchAfter: after })
      if (page.length === 0) break
      paged.push(...page.map(idOf))
      after = page.at(-1)?.sort ?? null
    }
    t.deepEqual(paged, expected, `seed ${seed} in pages`)
    const cut = sorted(all, { from: 3, size: 5 })
    t.deepEqual(cut.map(idOf), expected.slice(3, 8), `seed ${seed} from 3`)
  }
})

test('executeSearch: longs beyond 2^53 are ordered exactly', (t) => {
  const big = 2n ** 60n
  const counts = [big + 2n, big, big + 1n, -big - 1n, -big]
  const segments = segmentsOf(
    counts.slice(0, 3).map((count) => ({ count: [count] })),
    counts.slice(3).map((count) => ({ count: [count] }))
  )
  const all = [target(segments, null, { sort: [column(fields.count)] })]
  const ascending = [-big - 1n, -big, big, big + 1n, big + 2n]
  t.deepEqual(
    sorted(all).map(({ sort }) => sort?.[0]),
    ascending
  )
  t.deepEqual(
    sorted(all, { searchAfter: [big] }).map(({ sort }) => sort?.[0]),
    [big + 1n, big + 2n]
  )
  t.deepEqual(
    sorted(all, { size: 2 }).map(({ sort }) => sort?.[0]),
    ascending.slice(0, 2)
  )
})

test('executeSearch: no value is the end of the range of longs or doubles where missing documents come, exactly', (t) => {
  const segments = segmentsOf([{ count: [1n], price: [0.5] }, {}])
  const missing = (field: ColumnKey['field'], rest: Partial<ColumnKey>): SortValue | undefined =>
    sorted([target(segments, null, { sort: [column(field, rest)] })]).find(
      (hit) => idOf(hit) === 'd1'
    )?.sort?.[0]
  const [lowest, highest] = [-(2n ** 63n), 2n ** 63n - 1n]
  t.is(missing(fields.count, {}), highest)
  t.is(missing(fields.count, { descending: true }), lowest)
  t.is(missing(fields.count, { missing: 'first' }), lowest)
  t.is(missing(fields.count, { descending: true, missing: 'first' }), highest)
  t.is(missing(fields.price, {}), Infinity)
  t.is(missing(fields.price, { missing: 'first' }), -Infinity)
  t.is(missing(fields.tag, {}), null)
})

test('executeSearch: a page goes on between the longest long and documents without one', (t) => {
  const longest = 2n ** 63n - 1n
  const segments = segmentsOf([{ count: [longest - 1n] }, {}], [{ count: [longest] }, {}])
  const sort: SortKey[] = [column(fields.count), { type: 'doc', descending: false }]
  const page = (after: readonly SortValue[]): string[] =>
    sorted([target(segments, null, { sort })], { searchAfter: after }).map(idOf)
  t.deepEqual(page([longest - 1n, 0]), ['d1', 'd2', 'd3'])
  t.deepEqual(page([longest, 1]), ['d2', 'd3'])
  t.deepEqual(page([2n ** 63n, 2]), ['d3'], 'as a double has it')
})

test('executeSearch: modes choose or make the value of several', (t) => {
  const segments = segmentsOf([{ count: [1n, 2n, 9n], price: [1, 2, 9] }])
  const value = (field: ColumnKey['field'], mode: ColumnKey['mode']): SortValue | undefined =>
    sorted([target(segments, null, { sort: [column(field, { mode })] })])[0]?.sort?.[0]
  t.deepEqual(
    (['min', 'max', 'sum', 'avg', 'median'] as const).map((mode) => value(fields.count, mode)),
    [1n, 9n, 12n, 4n, 2n]
  )
  t.deepEqual(
    (['min', 'max', 'sum', 'avg', 'median'] as const).map((mode) => value(fields.price, mode)),
    [1, 9, 12, 4, 2]
  )
})

test('executeSearch: a scored sort reports scores, another only with trackScores', (t) => {
  const segments = segmentsOf([{ count: [2n] }, { count: [1n] }])
  const byCount = [target(segments, { type: 'matchAll' }, { sort: [column(fields.count)] })]
  t.is(executeSearch(request(byCount)).maxScore, null)
  const tracked = executeSearch(request(byCount, { trackScores: true }))
  t.deepEqual(
    tracked.hits.map(({ score }) => score),
    [1, 1]
  )
  t.is(tracked.maxScore, 1)
  const sort: SortKey[] = [{ type: 'score', descending: true }, column(fields.count)]
  const hits = sorted([target(segments, null, { sort })])
  t.deepEqual(
    hits.map((hit) => [idOf(hit), hit.score, hit.sort]),
    [
      ['d1', 1, [1, 1n]],
      ['d0', 1, [1, 2n]]
    ]
  )
})

test('executeSearch: positions and shardDoc go on over segments and targets', (t) => {
  const first = segmentsOf([{}, {}], [{}])
  const second = segmentsOf([{}, {}])
  const sort: SortKey[] = [{ type: 'shardDoc', descending: false }]
  const all = [target(first, null, { sort }), target(second, null, { sort, index: 1 })]
  const shift = 2 ** 32
  t.deepEqual(
    sorted(all).map((hit) => hit.sort?.[0]),
    [0, 1, 2, shift, shift + 1]
  )
  const rest = sorted(all, { searchAfter: [1], trackTotalHits: false, size: 2 })
  t.deepEqual(
    rest.map((hit) => hit.sort?.[0]),
    [2, shift]
  )
})
