import test from 'ava'
import { parseSearch } from '../../../src/dialect/elasticsearch/search-body.ts'
import type { ParsedSearch } from '../../../src/dialect/elasticsearch/search-body.ts'

const context = { expandFields: (): string[] => [] }
const parse = (body: unknown, url: Record<string, string> = {}): ParsedSearch =>
  parseSearch(body, (name) => url[name], context)

test('parseSearch: no body asks for the ten best of everything', (t) => {
  t.like(parse(null).search, { from: 0, size: 10, query: null, trackTotalHits: 10_000, sort: [] })
})

test('parseSearch: the URL beats the body', (t) => {
  const { search } = parse(
    { size: 1, from: 1, sort: 'a', track_total_hits: true, _source: false },
    { size: '2', from: '3', sort: 'b:desc,_score', track_total_hits: 'false', _source: 'x,y' }
  )
  t.like(search, { size: 2, from: 3, trackTotalHits: false })
  t.like(search.sort, [
    { type: 'field', field: 'b', descending: true },
    { type: 'score', descending: true }
  ])
  t.deepEqual(search.fetch.source, { includes: ['x', 'y'], excludes: [] })
})

test('parseSearch: _source in all its forms', (t) => {
  const source = (value: unknown): unknown => parse({ _source: value }).search.fetch.source
  t.true(source(true))
  t.false(source('false') === false)
  t.deepEqual(source('a.*'), { includes: ['a.*'], excludes: [] })
  t.deepEqual(source(['a', 'b']), { includes: ['a', 'b'], excludes: [] })
  t.deepEqual(source({ include: 'a', exclude: ['b'] }), { includes: ['a'], excludes: ['b'] })
  t.true(source({ exclude_vectors: false }))
  t.false(parse({ _source: { exclude_vectors: false } }).search.fetch.excludeVectors)
  t.is(parse({}).search.fetch.excludeVectors, null)
})

test('parseSearch: sort in all its forms', (t) => {
  const { search } = parse({
    sort: [
      'a',
      { b: 'desc' },
      {
        c: { order: 'asc', missing: '_first', mode: 'max', unmapped_type: 'long', format: 'yyyy' }
      },
      '_score',
      { _doc: {} }
    ]
  })
  t.like(search.sort, [
    { type: 'field', field: 'a', descending: false, missing: 'last' },
    { type: 'field', field: 'b', descending: true },
    { field: 'c', missing: 'first', mode: 'max', unmappedType: 'long', format: 'yyyy' },
    { type: 'score', descending: true },
    { type: 'doc', descending: false }
  ])
  t.throws(() => parse({ sort: { a: 'up' } }), { message: /SortOrder\.UP$/ })
  t.throws(() => parse({ sort: { a: { foo: 1 } } }), {
    message: '[field_sort] unknown field [foo]'
  })
})

test('parseSearch: a knn section takes its k from the final size', (t) => {
  const knn = { field: 'v', query_vector: [1] }
  t.is(parse({ knn, size: 3 }).search.knn[0]?.k, 3)
  t.is(parse({ knn, size: 3 }, { size: '4' }).search.knn[0]?.k, 4)
  t.is(parse({ knn: [knn, { ...knn, k: 2 }] }).search.knn[1]?.k, 2)
  t.true(parse({ knn }).search.knn[0]?.section)
})

test('parseSearch: parts that are not built are refused unless they ask for nothing', (t) => {
  for (const part of ['aggs', 'highlight', 'collapse', 'suggest', 'script_fields'])
    t.throws(() => parse({ [part]: { a: 1 } }), {
      message: `[${part}] of a search is not supported by this version`
    })
  t.notThrows(() => parse({ aggs: {}, explain: false, terminate_after: 0 }))
})

test('parseSearch: a scroll and a point in time are told with their time', (t) => {
  t.is(parse({}, { scroll: '1m' }).scrollKeepAliveMs, 60_000)
  t.deepEqual(parse({ pit: { id: 'p', keep_alive: '30s' } }).pointInTime, {
    id: 'p',
    keepAliveMs: 30_000
  })
  t.throws(() => parse({ pit: {} }))
})
