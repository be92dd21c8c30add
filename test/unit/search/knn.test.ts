import test from 'ava'
import type { SearchHit, SearchTarget } from '../../../src/search/index.ts'
import type { KnnClause, Query } from '../../../src/query/index.ts'
import { append, fields, l2Score, openSegment, request, segmentsOf, target } from './fixture.ts'
import { evaluate, modelDoc, nearest } from './model.ts'
import { randomDoc, randomKnn, randomOf, randomQuery } from './random.ts'
import { executeSearch } from '../../support/execute-search.ts'

function knn(vector: readonly number[], k: number, rest: Partial<KnnClause> = {}): KnnClause {
  return {
    type: 'knn',
    field: fields.vector,
    vector: Float32Array.from(vector),
    k,
    candidates: Math.max(k, 10),
    filter: null,
    rawLimit: null,
    score: l2Score,
    exhaustive: false,
    rescore: null,
    ...rest
  }
}

const idOf = (hit: SearchHit): string => hit.segment.reader.stored(hit.docId).id
const run = (...targets: SearchTarget[]): ReturnType<typeof executeSearch> =>
  executeSearch(request(targets, { size: 100 }))
const scored = (...targets: SearchTarget[]): [string, number | null][] =>
  run(...targets).hits.map((hit) => [idOf(hit), hit.score])
const at = (x: number): { vector: number[] } => ({ vector: [x, 0, 0] })
const tagIs = (term: string, rest: object = {}): Query => ({
  type: 'term',
  field: fields.tag,
  term,
  scored: false,
  ...rest
})

test('executeSearch: a filter that m documents pass gives the nearest min(k, m) of them', (t) => {
  for (let seed = 1; seed <= 150; seed++) {
    const random = randomOf(seed)
    const roots: ReturnType<typeof modelDoc>[] = []
    const segments = [0, 1, 2].map((generation) => {
      const segment = openSegment(generation)
      for (let count = random.int(20); count > 0; count--) {
        const doc = randomDoc(random)
        const root = modelDoc(`d${roots.length}`, doc)
        roots.push(root)
        const docId = append(segment, root.id, doc)
        if (!random.chance(0.2)) continue
        segment.delete(docId)
        root.live = false
      }
      return segment.view()
    })
    const filter = randomQuery(random, 2)
    const query: KnnClause = { ...randomKnn(random, filter), rawLimit: null }
    const model = { roots }
    const passing = roots.filter(
      (root) => root.live && root.doc.vector !== undefined && evaluate(model, filter, root) !== null
    )
    const expected = [...nearest(model, query)].map(([root, score]) => [
      root.id,
      Math.fround(score)
    ])
    t.is(expected.length, Math.min(query.k, passing.length))
    t.deepEqual(scored(target(segments, query)), expected, `seed ${seed} as a query`)
    t.deepEqual(
      scored(target(segments, null, { knn: [query] })),
      expected,
      `seed ${seed} as a section`
    )
  }
})

test('executeSearch: a knn query gives k for each index, a section k over all', (t) => {
  const near = segmentsOf([at(1), at(4)], [at(2)])
  const far = segmentsOf([at(3), at(5)])
  const query = knn([0, 0, 0], 2)
  const both = (rest: (clause: KnnClause) => Partial<SearchTarget>): SearchTarget[] => [
    target(near, null, rest(query)),
    target(far, null, { index: 1, ...rest(query) })
  ]
  t.deepEqual(
    scored(...both((clause) => ({ query: clause }))).map(([, score]) => score),
    [1 / 2, 1 / 5, 1 / 10, 1 / 26].map(Math.fround)
  )
  t.deepEqual(
    scored(...both((clause) => ({ knn: [clause] }))).map(([, score]) => score),
    [1 / 2, 1 / 5].map(Math.fround)
  )
  t.deepEqual(
    scored(target(near, null, { knn: [null] }), target(far, null, { index: 1, knn: [query] }))
      .length,
    2
  )
})

test('executeSearch: sections and query add up, with boosts, over the union of their documents', (t) => {
  const segments = segmentsOf([
    { ...at(0), tag: ['a'] },
    { ...at(1), tag: ['b'] },
    { ...at(9), tag: ['b'] }
  ])
  const clauses = [knn([0, 0, 0], 2, { boost: 10 }), knn([1, 0, 0], 1)]
  const result = run(target(segments, tagIs('b', { boost: 3 }), { knn: clauses }))
  t.deepEqual(
    result.hits.map((hit) => [idOf(hit), hit.score]),
    [
      ['d0', 10],
      ['d1', 10 / 2 + 1 + 3],
      ['d2', 3]
    ]
  )
  t.deepEqual(result.total, { value: 3, relation: 'eq' })
})

test('executeSearch: names of knn sections come before those of the query, with scores', (t) => {
  const segments = segmentsOf([{ ...at(0), tag: ['a'] }, at(1)])
  const clause = knn([0, 0, 0], 2, { name: 'my_knn_query', boost: 100 })
  const query: Query = {
    type: 'bool',
    must: [],
    should: [tagIs('a', { name: 'my_query', boost: 100 })],
    filter: [],
    mustNot: [],
    minimumShouldMatch: null
  }
  const { hits } = run(target(segments, query, { knn: [clause] }))
  t.deepEqual(hits[0]?.matched, [
    { name: 'my_knn_query', score: 100 },
    { name: 'my_query', score: 100 }
  ])
  t.deepEqual(hits[1]?.matched, [{ name: 'my_knn_query', score: 50 }])
})

test('executeSearch: the similarity limit cuts after the k nearest are found', (t) => {
  const segments = segmentsOf([at(1), at(2), at(3)])
  t.deepEqual(scored(target(segments, knn([0, 0, 0], 3, { rawLimit: 4, boost: 2 }))), [
    ['d0', 1],
    ['d1', Math.fround(0.4)]
  ])
})

test('executeSearch: an exhaustive clause matches every document with a vector', (t) => {
  const segments = segmentsOf([at(1), { tag: ['a'] }], [{ ...at(2), tag: ['a'] }, at(3)])
  const clause = knn([0, 0, 0], 1, { exhaustive: true })
  t.deepEqual(scored(target(segments, clause)), [
    ['d0', 0.5],
    ['d2', Math.fround(0.2)],
    ['d3', Math.fround(0.1)]
  ])
  // The filter decides, as in Elasticsearch: a document without a vector gets 0.
  t.deepEqual(scored(target(segments, { ...clause, filter: tagIs('a') })), [
    ['d2', Math.fround(0.2)],
    ['d1', 0]
  ])
  t.deepEqual(scored(target(segments, { ...clause, filter: tagIs('a'), rawLimit: 9 })), [
    ['d2', Math.fround(0.2)]
  ])
  t.deepEqual(scored(target(segments, null, { knn: [clause] })), [['d0', 0.5]])
})

const nestedDocs = [
  {
    tag: ['x'],
    children: [
      { ...at(1), tag: ['one'] },
      { ...at(2), tag: ['two'] }
    ]
  },
  { tag: ['y'], children: [{ ...at(1.5), tag: ['two'] }] },
  { tag: ['x'], children: [{ ...at(3), tag: ['one'] }] },
  { tag: ['y'] }
]
const childKnn = (k: number, rest: Partial<KnnClause> = {}): KnnClause =>
  knn([0, 0, 0], k, { field: fields.childVector, ...rest })

test('executeSearch: neighbours in nested documents count their holders and give the best score', (t) => {
  const segments = segmentsOf(nestedDocs.slice(0, 2), nestedDocs.slice(2))
  const best: [string, number][] = [
    ['d0', 0.5],
    ['d1', Math.fround(1 / 3.25)]
  ]
  t.deepEqual(scored(target(segments, null, { knn: [childKnn(2)] })), best)
  const nested = (query: Query): Query => ({
    type: 'nested',
    path: 'child',
    query,
    scoreMode: 'avg'
  })
  t.deepEqual(scored(target(segments, nested(childKnn(2)))), best)
  // A sibling meets only the best child of each holder.
  const two: Query = { type: 'term', field: fields.childTag, term: 'two', scored: false }
  const both: Query = {
    type: 'bool',
    must: [childKnn(3), two],
    should: [],
    filter: [],
    mustNot: [],
    minimumShouldMatch: null
  }
  t.deepEqual(
    scored(target(segments, nested(both))).map(([id]) => id),
    ['d1']
  )
})

test('executeSearch: filters of nested neighbours speak of the holder or of the child, as their fields do', (t) => {
  const segments = segmentsOf(nestedDocs)
  const ids = (filter: Query): string[] =>
    scored(target(segments, null, { knn: [childKnn(5, { filter })] })).map(([id]) => id)
  t.deepEqual(ids(tagIs('x')), ['d0', 'd2'])
  const two: Query = { type: 'term', field: fields.childTag, term: 'two', scored: false }
  t.deepEqual(ids(two), ['d1', 'd0'])
  const all = { type: 'bool' as const, must: [], should: [], mustNot: [], minimumShouldMatch: null }
  t.deepEqual(ids({ ...all, filter: [tagIs('x'), two] }), ['d0'])
  const notX = { ...all, filter: [], mustNot: [tagIs('x')] }
  t.deepEqual(ids(notX), ['d1'])
})

test('executeSearch: a lone knn section gives what it gives beside a filter that lets all pass', (t) => {
  // Close distances and small boosts: rounding makes scores equal, which then go by index order.
  const places = Array.from({ length: 40 }, (_, doc) => at(1000 + ((doc * 17) % 40) * 1e-4))
  const segments = segmentsOf(places.slice(0, 15), places.slice(15))
  for (const boost of [1, 0, 1e-38, 3e-42, 0.1, 7]) {
    for (const rest of [{}, { minScore: 1e-7 }, { from: 3 }, { size: 0 }, { trackTotalHits: 4 }]) {
      const section = { knn: [knn([0, 0, 0], 30, { boost })] }
      const ask = (more: Partial<SearchTarget>): unknown => {
        const asked = target(segments, null, { ...section, ...more })
        const { hits, total, maxScore } = executeSearch(request([asked], { size: 20, ...rest }))
        return { hits: hits.map((hit) => [idOf(hit), hit.score]), total, maxScore }
      }
      t.deepEqual(ask({}), ask({ postFilter: { type: 'matchAll' } }), `boost ${boost}`)
    }
  }
})
