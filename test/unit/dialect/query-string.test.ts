import test from 'ava'
import { parseQueryString } from '../../../src/dialect/elasticsearch/query-parser-query-string.ts'
import type { Query } from '../../../src/query/index.ts'

const context = {
  requestSize: 10,
  expandFields: (pattern: string): string[] => (pattern === '*' ? ['a', 'b'] : [])
}
const parse = (text: string, operator: 'and' | 'or' = 'or'): Query =>
  parseQueryString(text, { fields: ['f'], operator }, context)

/** Occurrence of each word: must, should, mustNot. */
function shape(query: Query): unknown {
  if (query.type === 'bool')
    return {
      must: query.must.map(shape),
      should: query.should.map(shape),
      mustNot: query.mustNot.map(shape)
    }
  if (query.type === 'disMax' && query.queries.length === 1 && query.queries[0] !== undefined)
    return shape(query.queries[0])
  return query.type === 'fieldMatch' ? `${query.field}:${String(query.text)}` : query.type
}

test('parseQueryString: words are optional, or required with the operator and', (t) => {
  t.deepEqual(shape(parse('x y')), { must: [], should: ['f:x', 'f:y'], mustNot: [] })
  t.deepEqual(shape(parse('x y', 'and')), { must: ['f:x', 'f:y'], should: [], mustNot: [] })
})

test('parseQueryString: AND makes both sides required, NOT and - exclude, + requires', (t) => {
  t.deepEqual(shape(parse('x AND y')), { must: ['f:x', 'f:y'], should: [], mustNot: [] })
  t.deepEqual(shape(parse('x AND NOT y')), { must: ['f:x'], should: [], mustNot: ['f:y'] })
  t.deepEqual(shape(parse('+x -y z')), { must: ['f:x'], should: ['f:z'], mustNot: ['f:y'] })
  t.deepEqual(shape(parse('x && (y || g:z)')), {
    must: ['f:x', { must: [], should: ['f:y', 'g:z'], mustNot: [] }],
    should: [],
    mustNot: []
  })
})

test('parseQueryString: fields, phrases, ranges, patterns, boosts', (t) => {
  t.deepEqual(shape(parse('g:x')), 'g:x')
  t.like(parse('g:"x y"~2'), { type: 'fieldMatchPhrase', field: 'g', text: 'x y', slop: 2 })
  t.like(parse('g:[1 TO 5}'), { type: 'fieldRange', field: 'g', gte: '1', lt: '5' })
  t.like(parse('g:>=5'), { type: 'fieldRange', field: 'g', gte: '5' })
  t.like(parse('g:[* TO 5]'), { type: 'fieldRange', lte: '5' })
  t.like(parse('g:x*'), { type: 'fieldPattern', kind: 'wildcard', pattern: 'x*' })
  t.like(parse('g:x^3'), { boost: 3 })
  t.like(parse('_exists_:g'), { type: 'fieldExists', field: 'g' })
  t.deepEqual(shape(parse(String.raw`a\:b`)), 'f:a:b')
})

test('parseQueryString: a star over all fields is everything', (t) => {
  t.deepEqual(parseQueryString('*', { fields: ['*'], operator: 'or' }, context), {
    type: 'matchAll'
  })
  t.like(parseQueryString('x', { fields: ['*'], operator: 'or' }, context), { type: 'disMax' })
})

test('parseQueryString: what does not close is refused', (t) => {
  for (const text of ['(x', 'x)', '"x', 'AND x', 'g:', '[1 TO', 'x AND'])
    t.throws(() => parse(text), { message: /^Failed to parse query \[/ }, text)
  t.throws(() => parse('x~1'), { message: /not supported/ })
})
