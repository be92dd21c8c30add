import test from 'ava'
import {
  cacheKeyOf,
  checkClauseCount,
  countClauses,
  describe,
  freezeQuery,
  parseMinimumShouldMatch,
  simplify
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
