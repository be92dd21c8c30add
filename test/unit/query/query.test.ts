import test from 'ava'
import {
  cacheKeyOf,
  checkClauseCount,
  countClauses,
  leavesOf,
  describe,
  freezeQuery,
  mapChildren,
  parseMinimumShouldMatch,
  resolveLookups,
  simplify,
  visitQuery
} from '../../../src/query/index.ts'
import type { Query } from '../../../src/query/index.ts'
import type { FieldInfo } from '../../../src/segment/index.ts'
import { VectorStoreError } from '../../../src/util/index.ts'

const field: FieldInfo = {
  number: 7,
  name: 'tag',
  column: 'keyword',
  postings: 'docs',
  vector: null
}
const term = (text: string, rest: object = {}): Query => ({
  type: 'term',
  field,
  term: text,
  scored: true,
  ...rest
})
const bool = (rest: Partial<Extract<Query, { type: 'bool' }>>): Query => ({
  type: 'bool',
  must: [],
  should: [],
  filter: [],
  mustNot: [],
  minimumShouldMatch: null,
  ...rest
})
const none: Query = { type: 'matchNone' }
const all: Query = { type: 'matchAll' }

test('parseMinimumShouldMatch: follows the table of Elasticsearch', (t) => {
  const cases: readonly (readonly [string | number | null, number, boolean, number])[] = [
    [null, 3, false, 1],
    [null, 3, true, 0],
    [null, 0, false, 0],
    [2, 3, false, 2],
    ['2', 3, true, 2],
    [0, 3, true, 0],
    [0, 3, false, 1],
    ['-1', 3, false, 2],
    ['-5', 3, true, 0],
    [5, 3, false, 5],
    ['75%', 4, false, 3],
    ['75%', 3, false, 2],
    ['-25%', 4, false, 3],
    ['-25%', 5, false, 4],
    ['100%', 4, false, 4],
    ['3<90%', 3, false, 3],
    ['3<90%', 10, false, 9],
    ['2<-25% 9<-3', 2, false, 2],
    ['2<-25% 9<-3', 8, false, 6],
    ['2<-25% 9<-3', 12, false, 9],
    ['2 < 75%', 4, false, 3]
  ]
  for (const [spec, count, required, expected] of cases)
    t.is(parseMinimumShouldMatch(spec, count, required), expected, `${spec} of ${count}`)
})

test('parseMinimumShouldMatch: refuses what is no number', (t) => {
  for (const spec of ['', 'x', '75', '1.5', '2<', '%'].filter((text) => text !== '75'))
    t.is(
      t.throws(() => parseMinimumShouldMatch(spec, 3, false), { instanceOf: VectorStoreError })
        ?.code,
      'REQUEST_ARGUMENT',
      spec
    )
})

test('simplify: what cannot match goes, or takes its parent with it', (t) => {
  t.deepEqual(simplify(bool({})), all)
  t.deepEqual(simplify(bool({ boost: 2 })), { type: 'matchAll', boost: 2 })
  t.deepEqual(simplify(bool({ must: [term('a'), none] })), none)
  t.deepEqual(simplify(bool({ mustNot: [all], must: [term('a')] })), none)
  t.deepEqual(simplify(bool({ should: [none] })), none)
  t.deepEqual(simplify(bool({ should: [none, term('a')], minimumShouldMatch: 2 })), none)
  t.deepEqual(simplify({ type: 'constantScore', filter: bool({ should: [none] }) }), none)
  t.deepEqual(simplify({ type: 'nested', path: 'p', query: none, scoreMode: 'avg' }), none)
  t.deepEqual(simplify({ type: 'disMax', queries: [none], tieBreaker: 0 }), none)
  // Nothing is excluded in the end: all match, without a score.
  t.deepEqual(simplify(bool({ mustNot: [none] })), bool({ filter: [all] }))
})

test('simplify: filters inside filters become one list, boosted musts stay', (t) => {
  const inner = bool({ must: [term('b')], filter: [term('c')], boost: 3 })
  t.deepEqual(
    simplify(bool({ must: [term('a')], filter: [inner, all] })),
    bool({ must: [term('a')], filter: [term('b'), term('c')] })
  )
  t.deepEqual(simplify(bool({ must: [inner] })), bool({ must: [inner] }))
  const named = bool({ filter: [term('b')], name: 'x' })
  t.deepEqual(simplify(bool({ filter: [named] })), bool({ filter: [named] }))
})

test('simplify: doing it twice changes nothing more', (t) => {
  const queries = [
    bool({ mustNot: [none] }),
    bool({ should: [none, term('a'), term('b')], minimumShouldMatch: '50%' }),
    bool({ filter: [bool({ filter: [all] })] })
  ]
  for (const query of queries)
    t.deepEqual(simplify(simplify(query)), simplify(query), describe(query))
})

test('describe: prints clauses as Lucene does', (t) => {
  const query = bool({
    must: [term('a', { boost: 2 })],
    filter: [{ type: 'longRange', field, from: 1n, to: 5n }],
    should: [bool({ should: [term('b'), term('c')] })],
    mustNot: [{ type: 'constantScore', filter: all }]
  })
  t.is(describe(query), '+(tag:a)^2 #tag:[1 TO 5] (tag:b tag:c) -ConstantScore(*:*)')
})

test('cacheKeyOf: equal for equal queries, and none for queries that need more than the segment', (t) => {
  const range = (from: number): Query => ({ type: 'doubleRange', field, from, to: 1 })
  t.is(cacheKeyOf(range(-Infinity)), cacheKeyOf(range(-Infinity)))
  t.not(
    cacheKeyOf(range(-Infinity)),
    cacheKeyOf({ type: 'doubleRange', field, from: Infinity, to: 1 })
  )
  t.not(cacheKeyOf(term('a')), cacheKeyOf(term('b')))
  t.not(
    cacheKeyOf({ type: 'longSet', field, values: [1n] }),
    cacheKeyOf({ type: 'longSet', field, values: [2n] })
  )
  t.not(
    cacheKeyOf({ type: 'doubleSet', field, values: [NaN, 1] }),
    cacheKeyOf({ type: 'doubleSet', field, values: [Infinity, 1] })
  )
  const ids = (...values: string[]): Query => ({ type: 'ids', ids: values })
  t.is(cacheKeyOf(ids('a', 'b')), cacheKeyOf(ids('a', 'b')))
  t.not(cacheKeyOf(ids('a', 'b')), cacheKeyOf(ids('a","b')))
  t.not(cacheKeyOf(ids('1', '2')), cacheKeyOf(ids('1,2')))
  const script: Query = {
    type: 'scriptScore',
    query: all,
    script: { bind: () => () => 1 },
    minScore: 1
  }
  t.is(cacheKeyOf(bool({ filter: [script] })), null)
})

test('checkClauseCount: refuses a tree with more leaves than the limit', (t) => {
  const query = bool({ should: Array.from({ length: 10 }, () => term('a')) })
  t.is(countClauses(query), 10)
  t.is(countClauses(query, 3), 4)
  const deep = bool({ must: [bool({ should: [term('a'), query] })], filter: [query] })
  t.is(countClauses(deep), 21)
  t.is(countClauses(deep, 21), 21)
  t.true(countClauses(deep, 20) > 20)
  t.is(leavesOf(deep).length, 21)
  t.notThrows(() => checkClauseCount(query, 10))
  t.is(
    t.throws(() => checkClauseCount(query, 9), { instanceOf: VectorStoreError })?.code,
    'QUERY_LIMIT'
  )
})

test('freezeQuery: freezes nodes and their lists', (t) => {
  const query = freezeQuery(bool({ must: [bool({ should: [term('a')] })] }))
  t.true(Object.isFrozen(query))
  t.true(query.type === 'bool' && Object.isFrozen(query.must) && Object.isFrozen(query.must[0]))
})

/** Every node that holds others, with leaves a, b, c … in the order in which they are visited. */
const holders: readonly Query[] = [
  bool({ must: [term('a')], filter: [term('b')], should: [term('c')], mustNot: [term('d')] }),
  { type: 'disMax', queries: [term('a'), term('b')], tieBreaker: 0 },
  { type: 'constantScore', filter: term('a') },
  { type: 'boosting', positive: term('a'), negative: term('b'), negativeBoost: 0.5 },
  { type: 'scriptScore', query: term('a'), script: { bind: () => () => 1 }, minScore: null },
  {
    type: 'functionScore',
    query: term('a'),
    functions: [
      { filter: term('b'), value: null, weight: 2, query: term('c') },
      { filter: null, value: null, weight: 3 }
    ],
    scoreMode: 'sum',
    boostMode: 'sum',
    maxBoost: Infinity,
    minScore: null
  },
  { type: 'nested', path: 'p', query: term('a'), scoreMode: 'avg' },
  {
    type: 'fieldKnn',
    field: 'v',
    vector: [1],
    k: 1,
    candidates: 1,
    filter: term('a'),
    similarity: null,
    oversample: null,
    section: false
  }
]

test('mapChildren: changes just the nodes that a visit finds below a node, leaves are as they were', (t) => {
  for (const holder of holders) {
    const leaves: Query[] = []
    visitQuery(holder, (node) => {
      if (node !== holder) leaves.push(node)
      return undefined
    })
    t.true(leaves.length > 0, holder.type)
    t.deepEqual(
      mapChildren(holder, (child) => child),
      holder
    )
    const changed: Query[] = []
    visitQuery(
      mapChildren(holder, (child) => ({ ...child, name: 'changed' })),
      (node) => {
        if (node.type === 'term') changed.push(node)
        return undefined
      }
    )
    t.deepEqual(
      changed,
      leaves.map((leaf) => ({ ...leaf, name: 'changed' }))
    )
  }
  const leaf = term('a')
  t.is(
    mapChildren(leaf, () => none),
    leaf
  )
})

test('resolveLookups: what documents say takes the place of lookups, however deep, with their boosts', (t) => {
  const lookup = (id: string): Query => ({
    type: 'lookup',
    index: 'i',
    id,
    boost: 2,
    name: id,
    read: (source) => (source === null ? none : term(String(source['text'])))
  })
  const source = (index: string, id: string): Record<string, unknown> | null =>
    id === 'absent' ? null : { text: `${index}/${id}` }
  const found = (id: string): Query => ({ ...term(`i/${id}`), boost: 2, name: id })
  for (const holder of holders) {
    const asking = mapChildren(holder, () => lookup('1'))
    t.deepEqual(
      resolveLookups(asking, source),
      mapChildren(holder, () => found('1'))
    )
  }
  const deep = bool({ should: [bool({ must: [lookup('2'), lookup('absent')] }), term('x')] })
  const absent: Query = { ...none, boost: 2, name: 'absent' }
  t.deepEqual(
    resolveLookups(deep, source),
    bool({ should: [bool({ must: [found('2'), absent] }), term('x')] })
  )
  const plain = bool({ must: [term('a')] })
  t.is(
    resolveLookups(plain, () => t.fail()),
    plain
  )
})
