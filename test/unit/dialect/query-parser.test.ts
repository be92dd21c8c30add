import test from 'ava'
import { BodyNode } from '../../../src/dialect/body-node.ts'
import { parseQueryList } from '../../../src/dialect/elasticsearch/query-list.ts'
import { parseQuery } from '../../../src/dialect/elasticsearch/query-parser.ts'
import type { Query } from '../../../src/query/index.ts'

const context = { requestSize: 10, expandFields: (): string[] => ['title', 'tag'] }
const parse = (value: unknown): Query => parseQuery(new BodyNode(value), context)

test('parseQuery: the short and the long form of a query are one', (t) => {
  const term = { type: 'fieldTerm', field: 'f', value: 1, caseInsensitive: false }
  t.deepEqual(parse({ term: { f: 1 } }), term as Query)
  t.deepEqual(parse({ term: { f: { value: 1 } } }), term as Query)
  t.deepEqual(parse({ term: { f: { value: 1, boost: 2, _name: 'n' } } }), {
    ...term,
    boost: 2,
    name: 'n'
  } as Query)
  t.deepEqual(parse({ prefix: { f: 'a' } }), parse({ prefix: { f: { value: 'a' } } }))
  t.deepEqual(parse({ match: { f: 'a' } }), parse({ match: { f: { query: 'a' } } }))
})

test('parseQuery: bool takes objects and lists, and is match_all when it is empty', (t) => {
  t.deepEqual(
    parse({ bool: { must: { match_all: {} } } }),
    parse({ bool: { must: [{ match_all: {} }] } })
  )
  t.deepEqual(parse({ bool: {} }), { type: 'matchAll' })
  t.deepEqual(parse({ bool: { must: [], filter: [] } }), { type: 'matchAll' })
  t.like(parse({ bool: { should: [{ match_none: {} }], minimum_should_match: '75%' } }), {
    minimumShouldMatch: '75%'
  })
})

test('parseQuery: range keeps its bounds apart; null is none; the old form is read', (t) => {
  t.deepEqual(parse({ range: { f: { gte: 1, lt: null, time_zone: '+01:00' } } }), {
    type: 'fieldRange',
    field: 'f',
    format: null,
    timeZone: '+01:00',
    gte: 1
  } as Query)
  t.like(parse({ range: { f: { from: 1, to: 2, include_lower: false } } }), { gt: 1, lte: 2 })
})

test('parseQuery: what it refuses, in the words of Elasticsearch', (t) => {
  const cases: [unknown, string][] = [
    [[], '[_na] query malformed, must start with start_object'],
    [{}, 'query malformed, empty clause found'],
    [{ term: 1 }, '[term] query malformed, no start_object after query name'],
    [{ foo: {} }, 'unknown query [foo]'],
    [{ term: { f: null } }, 'value cannot be null'],
    [{ term: { f: [1] } }, '[term] query does not support array of values'],
    [{ term: {} }, 'field name is null or empty'],
    [{ terms: { f: 1 } }, '[terms] query does not support [f]'],
    [
      { terms: {} },
      '[terms] query requires a field name, followed by array of terms or a document lookup specification'
    ],
    [{ exists: {} }, '[exists] must be provided with a [field]'],
    [{ match: { f: {} } }, '[match] requires query value'],
    [{ match: { f: { query: 'a', fuzziness: 1 } } }, '[match] query does not support [fuzziness]'],
    [{ dis_max: {} }, "[dis_max] requires 'queries' field with at least one clause"],
    [{ constant_score: {} }, "[constant_score] requires a 'filter' element"],
    [{ constant_score: { filter: [] } }, 'unexpected token [START_ARRAY]'],
    [{ dis_max: { foo: 1 } }, '[dis_max] query does not support [foo]'],
    [{ constant_score: { filter: { foo: {} } } }, 'unknown query [foo]'],
    [{ boosting: {} }, "[boosting] query requires 'positive' query to be set'"],
    [{ nested: { path: 'a' } }, "[nested] requires 'query' field"],
    [{ script_score: { query: { match_all: {} } } }, 'Required [script]'],
    [
      { function_score: { functions: [{}] } },
      'failed to parse [function_score] query. an entry in functions list is missing a function.'
    ]
  ]
  for (const [query, message] of cases)
    t.throws(() => parse(query), { message }, JSON.stringify(query))
})

test('parseQuery: names of the prototype are no queries', (t) => {
  t.throws(() => parse({ constructor: {} }), { message: 'unknown query [constructor]' })
  t.throws(() => parse(JSON.parse('{"__proto__": {}}')), { message: 'unknown query [__proto__]' })
})

test('parseQuery: knn takes k from the size of the request, at most num_candidates', (t) => {
  const knn = (body: object): Query => parse({ knn: { field: 'v', query_vector: [1], ...body } })
  t.like(knn({}), { k: 10, section: false })
  t.like(knn({ num_candidates: 3 }), { k: 3 })
  t.like(knn({ k: 7, num_candidates: 200 }), { k: 7, candidates: 200 })
  t.like(knn({ filter: [{ term: { a: 1 } }, { term: { b: 1 } }] }), { filter: { type: 'bool' } })
  t.like(knn({ filter: [] }), { filter: null })
})

test('parseQuery: query vectors may be lists of quoted numbers, text, typed arrays; objects are none', (t) => {
  const vector = (value: unknown): Query => parse({ knn: { field: 'v', query_vector: value } })
  t.like(vector(['1', 2]), { vector: [1, 2] })
  t.like(vector('00ff'), { vector: '00ff' })
  const floats = new Float32Array([1, 2])
  t.is((vector(floats) as unknown as { vector: unknown }).vector, floats)
  t.throws(() => vector([[1]]), { message: '[knn] failed to parse field [query_vector]' })
  t.throws(() => vector({ 0: 1 }))
})

test('parseQuery: multi_match asks each field, with its weight', (t) => {
  t.like(parse({ multi_match: { query: 'a', fields: ['title^3', 'tag'] } }), {
    type: 'disMax',
    queries: [
      { type: 'fieldMatch', field: 'title', boost: 3 },
      { type: 'fieldMatch', field: 'tag' }
    ]
  })
  t.like(parse({ multi_match: { query: 'a', fields: ['t*'], type: 'most_fields' } }), {
    type: 'bool',
    should: [{ field: 'title' }, { field: 'tag' }]
  })
})

test('parseQueryList: one query or several', (t) => {
  const node = new BodyNode([{ match_all: {} }, { match_none: {} }])
  t.deepEqual(parseQueryList(node, context, parseQuery), [
    { type: 'matchAll' },
    { type: 'matchNone' }
  ])
})
