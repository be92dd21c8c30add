import test from 'ava'
import { printSearch } from '../../../src/dialect/index.ts'
import type { NodeHit, NodeSearchResult } from '../../../src/node/index.ts'
import { selectionOf } from '../../../src/rest/filter-path.ts'
import { writeLongJson } from '../../../src/rest/long-json.ts'
import { shownOf } from '../../../src/rest/run-search.ts'
import { RawJson } from '../../../src/util/index.ts'

const answer = {
  took: 1,
  _shards: { total: 1, failed: 0 },
  hits: {
    total: { value: 2 },
    hits: [
      { _id: '1', _source: new RawJson('{"a": 1.0, "b": {"c": [1, 2], "d": 2}}') },
      { _id: '2', _source: new RawJson('{"a": 2}') }
    ]
  }
}
const textOf = (value: unknown, list: string): string => selectionOf(list).text(value) ?? '{}'
const filtered = (list: string, value: unknown = answer): unknown => JSON.parse(textOf(value, list))

test('selectionOf: paths go through arrays', (t) => {
  t.deepEqual(filtered('hits.hits._id'), { hits: { hits: [{ _id: '1' }, { _id: '2' }] } })
  t.deepEqual(filtered('took,hits.total'), { took: 1, hits: { total: { value: 2 } } })
})

test('selectionOf: a star is one name, two are any depth', (t) => {
  t.deepEqual(filtered('_shards.t*'), { _shards: { total: 1 } })
  t.deepEqual(filtered('*.total'), { _shards: { total: 1 }, hits: { total: { value: 2 } } })
  t.deepEqual(filtered('**.value'), { hits: { total: { value: 2 } } })
  t.deepEqual(filtered('hits.**.d'), { hits: { hits: [{ _source: { b: { d: 2 } } }] } })
})

test('selectionOf: exclusions are taken out of what is left', (t) => {
  t.deepEqual(filtered('-hits,-_shards'), { took: 1 })
  t.deepEqual(filtered('_shards,-**.failed'), { _shards: { total: 1 } })
  t.deepEqual(filtered('-hits.hits._source,-took,-_shards'), {
    hits: { total: { value: 2 }, hits: [{ _id: '1' }, { _id: '2' }] }
  })
})

test('selectionOf: a source keeps its text unless a path goes into it, and its numbers even then', (t) => {
  t.true(textOf(answer, 'hits.hits._source').includes('{"a": 1.0, "b"'))
  t.is(
    textOf(answer, 'hits.hits._source.a'),
    '{"hits":{"hits":[{"_source":{"a":1.0}},{"_source":{"a":2}}]}}'
  )
})

test('selectionOf: nothing left is an empty object', (t) => {
  t.deepEqual(filtered('nope.nope'), {})
})

test('selectionOf: names that look like expressions are names', (t) => {
  t.deepEqual(filtered('a+b', { 'a+b': 1, aab: 2 }), { 'a+b': 1 })
  t.deepEqual(filtered('a+*', { 'a+b': 1, aab: 2 }), { 'a+b': 1 })
})

test('selectionOf: a list used again, over more names than are remembered, filters the same', (t) => {
  const members = Object.fromEntries(
    Array.from({ length: 200 }, (_, at) => [`name${at}`, { a: at, b: at }])
  )
  const wanted = Object.fromEntries(
    Array.from({ length: 200 }, (_, at) => [`name${at}`, { a: at }])
  )
  for (let round = 0; round < 2; round++) t.deepEqual(filtered('name*.a', members), wanted)
})

const plainHit: NodeHit = {
  index: 'a"b',
  id: '1',
  routing: null,
  score: 0.5,
  sort: null,
  source: null,
  fields: null,
  matched: [],
  version: null,
  seqNo: null
}
const searched: NodeSearchResult = {
  tookMs: 1,
  timedOut: false,
  hits: [
    plainHit,
    { ...plainHit, id: '\u00e9', score: 1e-5 },
    { ...plainHit, id: '3', score: null, routing: 'r', matched: [{ name: 'q', score: 1 }] }
  ],
  total: { value: 3, relation: 'eq' },
  maxScore: 0.5,
  indexCount: 1,
  failures: [],
  profile: []
}
const printed = {
  totalAsInt: false,
  namedScores: false,
  scrollId: null,
  pointInTimeId: null,
  isProfiled: false,
  nodeId: 'n'
}

test('shownOf: an answer that is printed with what is wanted of it gives the text that picking would', async (t) => {
  const names = ['_id', '_index', '_score', '_routing', 'total', '*', '**', '_*', '_id.x', 'hits']
  const heads = ['hits.hits', 'hits.*', '**', 'hits', 'took,hits.hits', 'hits.**', '*']
  const members = [
    'took',
    'timed_out',
    '_shards.failed',
    '_shards.x',
    'hits.total',
    'hits.max_score'
  ]
  const others = members.flatMap((name) => [
    name,
    `-${name}`,
    `**,-${name}`,
    `hits.hits._id,${name}`,
    `*.${name.split('.').at(-1)}`,
    `**.${name.split('.').at(-1)}`
  ])
  const lists = [
    ...others,
    ...heads.flatMap((head) => [
      head,
      ...names.map((name) => `${head}.${name}`),
      ...names.map((name) => `${head}.${name},hits.hits._id`)
    ])
  ]
  let textCount = 0
  for (const list of lists) {
    const shown = shownOf(list, [])
    const picked = textOf(printSearch(searched, printed), list)
    const answerOfText = printSearch(searched, { ...printed, shown })
    t.is(textOf(answerOfText, list), picked, list)
    const long = await writeLongJson(answerOfText, { selection: selectionOf(list) })
    t.is(long.toString(), picked, list)
    textCount += Number(shown.hits !== null)
  }
  t.true(textCount > lists.length / 3 && textCount < lists.length, `${textCount}`)
  t.is(shownOf('hits.hits,-hits.hits._id', []).hits, null)
})

test('shownOf: members of an answer of which nothing is wanted are not printed', (t) => {
  const nothing = { took: false, timedOut: false, shards: false, total: false, maxScore: false }
  const all = { took: true, timedOut: true, shards: true, total: true, maxScore: true }
  const ids = { index: false, id: true, score: false }
  t.deepEqual(shownOf('responses.hits.hits._id', ['responses']), { ...nothing, hits: ids })
  t.deepEqual(shownOf('took', []), { ...nothing, took: true, hits: null })
  t.deepEqual(shownOf('hits.total.value', []), { ...nothing, total: true, hits: null })
  t.deepEqual(shownOf(undefined, []), { ...all, hits: { index: true, id: true, score: true } })
  const idsAlone = printSearch(searched, { ...printed, shown: shownOf('hits.hits._id', []) })
  t.deepEqual(Object.keys(idsAlone), ['hits'])
  t.deepEqual(Object.keys(idsAlone['hits'] as object), ['hits'])
})
