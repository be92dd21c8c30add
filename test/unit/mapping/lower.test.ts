/** Section 28 of the reference: what term-level queries mean by field type. */
import fc from 'fast-check'
import test from 'ava'
import { createFieldTypeRegistry, createMapping } from '../../../src/mapping/index.ts'
import type { FieldQuery, JsonScalar, Query } from '../../../src/query/index.ts'
import { VectorStoreError } from '../../../src/util/index.ts'

const nowMs = Date.UTC(2019, 4, 5, 12, 30)
const mapping = createMapping(
  {
    properties: {
      l: { type: 'long' },
      y: { type: 'byte' },
      d: { type: 'double' },
      f: { type: 'float' },
      k: { type: 'keyword' },
      t: { type: 'text' },
      b: { type: 'boolean' },
      at: { type: 'date' },
      o: { properties: { x: { type: 'long' }, z: { type: 'text' } } },
      n: { type: 'nested', properties: { x: { type: 'long' } } },
      low: { type: 'keyword', normalizer: 'lowercase' },
      off: { type: 'text', index: false },
      al: { type: 'alias', path: 'k' }
    }
  },
  createFieldTypeRegistry([]),
  new Map()
)
const lower = (query: Query): Query =>
  mapping.lower(query, { nowMs, indexName: 'logs-1', allowUnmappedFields: true, termsMax: 65_536 })
const info = (name: string): object => mapping.field(name)!.info!
const term = (field: string, value: JsonScalar): Query =>
  lower({ type: 'fieldTerm', field, value, caseInsensitive: false })
type Bounds = { gt?: JsonScalar; gte?: JsonScalar; lt?: JsonScalar; lte?: JsonScalar }
const range = (field: string, bounds: Bounds, timeZone: string | null = null): Query =>
  lower({ type: 'fieldRange', field, ...bounds, format: null, timeZone })
const match = (
  field: string,
  text: JsonScalar,
  more: Partial<Extract<FieldQuery, { type: 'fieldMatch' }>> = {}
): Query =>
  lower({
    type: 'fieldMatch',
    field,
    text,
    operator: 'or',
    minimumShouldMatch: null,
    analyzer: null,
    lenient: false,
    zeroTermsQuery: 'none',
    ...more
  })

function messageOf(run: () => unknown): string {
  const error = (() => {
    try {
      run()
    } catch (caught) {
      return caught
    }
    throw new Error('no error was thrown')
  })()
  if (!(error instanceof VectorStoreError)) throw error
  return `${error.code} ${error.message}`
}

test('term: values become what the column holds', (t) => {
  t.deepEqual(term('l', '7'), { type: 'longSet', field: info('l'), values: [7n] })
  t.deepEqual(term('l', 7.5), { type: 'matchNone' })
  t.deepEqual(term('y', 300), { type: 'matchNone' })
  t.deepEqual(term('f', 0.1), { type: 'doubleSet', field: info('f'), values: [Math.fround(0.1)] })
  t.deepEqual(term('k', 5), { type: 'term', field: info('k'), term: '5', scored: true })
  t.deepEqual(term('low', 'ABC'), { type: 'term', field: info('low'), term: 'abc', scored: true })
  t.deepEqual(term('al', 'x'), { type: 'term', field: info('k'), term: 'x', scored: true })
  t.deepEqual(term('b', 'true'), { type: 'term', field: info('b'), term: 'T', scored: true })
  t.deepEqual(term('at', '2019-05-04'), {
    type: 'longRange',
    field: info('at'),
    from: 1556928000000n,
    to: 1557014399999n
  })
  t.deepEqual(term('_id', 'a'), { type: 'ids', ids: ['a'] })
  t.deepEqual(term('_index', 'logs-1'), { type: 'matchAll' })
  t.deepEqual(term('_index', 'other'), { type: 'matchNone' })
  t.deepEqual(term('nobody', 'x'), { type: 'matchNone' })
  const { type, pattern } = lower({
    type: 'fieldTerm',
    field: 'k',
    value: 'a*b',
    caseInsensitive: true
  }) as Extract<Query, { type: 'termPattern' }>
  t.deepEqual([type, pattern], ['termPattern', 'a\\*b'])
})

test('terms: a set without repeats, in order', (t) => {
  const terms = (field: string, values: readonly JsonScalar[]): Query =>
    lower({ type: 'fieldTerms', field, values })
  t.deepEqual(terms('l', [9, '3', 3, 1.5]), { type: 'longSet', field: info('l'), values: [3n, 9n] })
  t.deepEqual(terms('k', ['b', 'a', 'b']), { type: 'termSet', field: info('k'), terms: ['a', 'b'] })
  t.deepEqual(terms('b', [true, 'false']), { type: 'longSet', field: info('b'), values: [0n, 1n] })
  t.deepEqual(terms('_id', ['x', 'y', 'x']), { type: 'ids', ids: ['x', 'y'] })
  t.deepEqual(terms('k', []), { type: 'matchNone' })
})

test('terms: numbers in any spelling are the set of what each says by itself, in order', (t) => {
  const scalar: fc.Arbitrary<JsonScalar> = fc.oneof(
    fc.integer({ min: -200, max: 200 }),
    fc.double({ noNaN: true }),
    fc.constantFrom(-0, 0, 2 ** 53, -(2 ** 63), 1.5, 1e300, '7', '-0', '+3', ' 1.0', '1e2', 'no'),
    fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n }),
    fc.boolean()
  )
  const told = (run: () => Query): Query | string => {
    try {
      return run()
    } catch (error) {
      if (error instanceof VectorStoreError) return error.message
      throw error
    }
  }
  const property = fc.property(
    fc.constantFrom('l', 'y', 'd', 'f'),
    fc.array(scalar, { minLength: 1, maxLength: 40 }),
    (field, values) => {
      const wanted = new Set<bigint | number>()
      let fault: string | null = null
      for (const value of values) {
        const one = told(() => term(field, value))
        if (typeof one === 'string') fault ??= one
        else if (one.type === 'longSet' || one.type === 'doubleSet')
          for (const each of one.values) wanted.add(each)
      }
      const found = told(() => lower({ type: 'fieldTerms', field, values }))
      if (fault !== null) t.is(found, fault)
      else if (wanted.size === 0) t.like(found, { type: 'matchNone' })
      else t.like(found, { values: [...wanted].sort((a, b) => (a < b ? -1 : 1)) })
    }
  )
  fc.assert(property, { seed: 20_261_122, numRuns: 2000 })
})

test('range: whole numbers round inward, float bounds step to the next float', (t) => {
  const long = (bounds: Bounds): unknown => {
    const query = range('l', bounds)
    return query.type === 'longRange' ? [query.from, query.to] : query.type
  }
  const max = 2n ** 63n - 1n
  t.deepEqual(long({ gt: 1.5, lt: 4 }), [2n, 3n])
  t.deepEqual(long({ gte: 1.5, lte: 4.9 }), [2n, 4n])
  t.deepEqual(long({ gt: 1 }), [2n, max])
  t.deepEqual(long({ gte: '9007199254740993' }), [9007199254740993n, max])
  t.is(long({ gt: 3, lt: 4 }), 'matchNone')
  const double = (field: string, bounds: Bounds): unknown => {
    const query = range(field, bounds)
    return query.type === 'doubleRange' ? [query.from, query.to] : query.type
  }
  t.deepEqual(double('d', { gt: 1, lte: 2 }), [1 + Number.EPSILON, 2])
  t.deepEqual(double('d', { lt: 0 }), [-Infinity, -Number.MIN_VALUE])
  t.deepEqual(double('f', { gte: 0.1, lt: 1 }), [Math.fround(0.1), 1 - 2 ** -24])
  t.deepEqual(range('k', { gte: 'a', lt: 'b' }), {
    type: 'termRange',
    field: info('k'),
    from: 'a',
    to: 'b',
    fromInclusive: true,
    toInclusive: false
  })
})

test('range: dates round to the side of the bound', (t) => {
  const iso = (bounds: Bounds, zone: string | null = null): unknown => {
    const query = range('at', bounds, zone)
    if (query.type !== 'longRange') return query.type
    const shown = (ms: bigint): string | null =>
      ms === -(2n ** 63n) || ms === 2n ** 63n - 1n ? null : new Date(Number(ms)).toISOString()
    return [shown(query.from), shown(query.to)]
  }
  t.deepEqual(iso({ lte: '2019-05-05' }), [null, '2019-05-05T23:59:59.999Z'])
  t.deepEqual(iso({ gt: '2019-05-05' }), ['2019-05-06T00:00:00.000Z', null])
  t.deepEqual(iso({ gte: '2019-05', lt: '2019-06' }), [
    '2019-05-01T00:00:00.000Z',
    '2019-05-31T23:59:59.999Z'
  ])
  t.deepEqual(iso({ gte: 'now-1d/d', lte: 'now/d' }), [
    '2019-05-04T00:00:00.000Z',
    '2019-05-05T23:59:59.999Z'
  ])
  t.deepEqual(iso({ gte: '2019-05-01||+1M/d' }), ['2019-06-01T00:00:00.000Z', null])
  t.deepEqual(iso({ gte: '2019-05-05' }, '+01:00'), ['2019-05-04T23:00:00.000Z', null])
  t.deepEqual(iso({ gte: '2019-05-05' }, 'America/New_York'), ['2019-05-05T04:00:00.000Z', null])
  t.deepEqual(iso({ gte: 1556928000000 }), ['2019-05-04T00:00:00.000Z', null])
})

test('match: analyzed on text, a term elsewhere', (t) => {
  const terms = (...list: string[]): Query[] =>
    list.map((each) => ({
      type: 'term',
      field: mapping.field('t')!.info!,
      term: each,
      scored: true
    }))
  t.deepEqual(match('t', 'Quick'), terms('quick')[0]!)
  const empty = { must: [], should: [], filter: [], mustNot: [] }
  t.deepEqual(match('t', 'Quick brown quick'), {
    type: 'bool',
    ...empty,
    should: terms('quick', 'brown', 'quick'),
    minimumShouldMatch: null
  })
  t.deepEqual(match('t', 'a b', { operator: 'and' }), {
    type: 'bool',
    ...empty,
    must: terms('a', 'b'),
    minimumShouldMatch: null
  })
  t.deepEqual(match('t', '...'), { type: 'matchNone' })
  t.deepEqual(match('t', '...', { zeroTermsQuery: 'all' }), { type: 'matchAll' })
  t.deepEqual(match('k', 'a b'), { type: 'term', field: info('k'), term: 'a b', scored: true })
  t.deepEqual(match('l', '5'), { type: 'longSet', field: info('l'), values: [5n] })
  t.deepEqual(match('l', 'x', { lenient: true }), { type: 'matchNone' })
  t.deepEqual(
    lower({ type: 'fieldMatchPhrase', field: 't', text: 'quick brown', slop: 1, analyzer: null }),
    {
      type: 'phrase',
      field: info('t'),
      terms: [
        { term: 'quick', position: 0 },
        { term: 'brown', position: 1 }
      ],
      slop: 1
    }
  )
})

test('exists: wildcards and objects reach their leaves', (t) => {
  const exists = (field: string): unknown => {
    const query = lower({ type: 'fieldExists', field })
    return query.type === 'exists' ? query.fields.map(({ name }) => name) : query.type
  }
  t.deepEqual(exists('k'), ['k'])
  t.deepEqual(exists('o'), ['o.x', 'o.z'])
  t.deepEqual(exists('o.*'), ['o.x', 'o.z'])
  t.is(exists('nobody'), 'matchNone')
  t.is(exists('_id'), 'matchAll')
})

test('lower: boost and name stay, also through a tree', (t) => {
  const inner: Query = {
    type: 'fieldTerm',
    field: 'k',
    value: 'x',
    caseInsensitive: false,
    boost: 2,
    name: 'q'
  }
  const lowered: Query = {
    type: 'term',
    field: mapping.field('k')!.info!,
    term: 'x',
    scored: true,
    boost: 2,
    name: 'q'
  }
  const bool = (query: Query): Query => ({
    type: 'bool',
    must: [query],
    should: [query],
    filter: [query],
    mustNot: [query],
    minimumShouldMatch: 1,
    boost: 3
  })
  t.deepEqual(lower(bool(inner)), bool(lowered))
  t.deepEqual(lower({ type: 'constantScore', filter: inner }), {
    type: 'constantScore',
    filter: lowered
  })
  t.deepEqual(lower({ type: 'nested', path: 'n', query: inner, scoreMode: 'max' }), {
    type: 'nested',
    path: 'n',
    query: lowered,
    scoreMode: 'max'
  })
  const score: Query = {
    type: 'functionScore',
    query: inner,
    functions: [{ filter: inner, value: null, weight: 2 }],
    scoreMode: 'sum',
    boostMode: 'sum',
    maxBoost: Infinity,
    minScore: null
  }
  t.deepEqual(lower(score), {
    ...score,
    query: lowered,
    functions: [{ filter: lowered, value: null, weight: 2 }]
  })
})

test('lower: faults have the words of the reference', (t) => {
  t.is(
    messageOf(() => term('l', 'abc')),
    'QUERY_SHARD failed to create query: For input string: "abc"'
  )
  t.is(
    messageOf(() => term('b', 'maybe')),
    "QUERY_SHARD failed to create query: Can't parse boolean value [maybe], expected [true] or [false]"
  )
  t.is(
    messageOf(() => range('at', { gte: 'soon' })),
    'QUERY_SHARD failed to create query: failed to parse date field [soon] with format [strict_date_optional_time||epoch_millis]'
  )
  t.is(
    messageOf(() => match('off', 'x')),
    'QUERY_SHARD failed to create query: Cannot search on field [off] since it is not indexed.'
  )
  const prefix: Query = {
    type: 'fieldPattern',
    field: 'l',
    kind: 'prefix',
    pattern: '1',
    caseInsensitive: false
  }
  t.is(
    messageOf(() => lower(prefix)),
    'QUERY_SHARD failed to create query: Can only use prefix queries on keyword, text and wildcard fields - not on [l] which is of type [long]'
  )
  const nested = (path: string): Query => ({
    type: 'nested',
    path,
    query: { type: 'matchAll' },
    scoreMode: 'avg'
  })
  t.is(
    messageOf(() => lower(nested('x'))),
    'QUERY_SHARD failed to create query: [nested] failed to find nested object under path [x]'
  )
  t.is(
    messageOf(() => lower(nested('o'))),
    'QUERY_SHARD failed to create query: [nested] nested object under path [o] is not of nested type'
  )
})

test('lower: a bound query is what its dialect says of the field that is there, or of none', (t) => {
  const asked: (string | null)[] = []
  const bound = (field: string): Query => ({
    type: 'fieldBound',
    field,
    boost: 3,
    name: 'mine',
    bind: (found) => {
      asked.push(found === null ? null : `${found.name} ${found.typeName}`)
      return { type: 'matchAll', boost: 2 }
    }
  })
  t.deepEqual(lower(bound('k')), { type: 'matchAll', boost: 6, name: 'mine' })
  lower({ type: 'constantScore', filter: bound('al') })
  lower(bound('o.x'))
  lower(bound('nope'))
  t.deepEqual(asked, ['k keyword', 'k keyword', 'o.x long', null])
})

test('lower: the query of a function is lowered too', (t) => {
  const value: Query = { type: 'fieldTerm', field: 'l', value: 5, caseInsensitive: false }
  const lowered = lower({
    type: 'functionScore',
    query: { type: 'matchAll' },
    functions: [{ filter: null, value: null, weight: 1, query: value }],
    scoreMode: 'sum',
    boostMode: 'sum',
    maxBoost: Infinity,
    minScore: null
  })
  t.is(lowered.type === 'functionScore' ? lowered.functions[0]?.query?.type : null, 'longSet')
})

test('lower: a query that needs a stored document must have been read before', (t) => {
  const lookup: Query = { type: 'lookup', index: 'i', id: '1', read: () => ({ type: 'matchAll' }) }
  t.is(
    messageOf(() => lower(lookup)),
    'QUERY_SHARD failed to create query: a query that reads stored documents cannot stand in a filter that is kept'
  )
})

test('lower: terms are as many as the index allows', (t) => {
  const values = Array.from({ length: 65_537 }, (_, at) => at)
  const terms = (wanted: readonly number[]): Query =>
    lower({ type: 'fieldTerms', field: 'l', values: wanted })
  t.regex(
    messageOf(() => terms(values)),
    /^QUERY_SHARD failed to create query: The number of terms \[65537\]/
  )
  t.is(terms(values.slice(1)).type, 'longSet')
})
