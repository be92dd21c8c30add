/** Documents to columns, terms and nested documents; dynamic mapping; faults with their place. */
import test from 'ava'
import { createFieldTypeRegistry, createMapping } from '../../../src/mapping/index.ts'
import type { IndexMapping, ParsedDocument } from '../../../src/mapping/index.ts'
import type { IndexableDoc } from '../../../src/segment/index.ts'
import { finishAtOnce, VectorStoreError } from '../../../src/util/index.ts'

type Json = Record<string, unknown>

const registry = createFieldTypeRegistry([], {
  dynamicFloatArray: (count) => (count >= 128 ? { type: 'vector', dims: count } : null)
})
const mappingOf = (definition: Json, settings: readonly [string, string][] = []): IndexMapping =>
  createMapping(definition, registry, new Map(settings))
const parse = (mapping: IndexMapping, text: string): ParsedDocument =>
  mapping.parseDocument({ id: '1', routing: null, body: Buffer.from(text) })
const rootOf = (parsed: ParsedDocument): IndexableDoc =>
  parsed.document.docs[parsed.document.docs.length - 1]!

function columns(doc: IndexableDoc): Json {
  return Object.fromEntries(doc.columns.map(({ field, values }) => [field.name, [...values]]))
}

function faultOf(run: () => unknown): { code: string; message: string; cause: string | null } {
  try {
    run()
  } catch (error) {
    if (!(error instanceof VectorStoreError)) throw error
    const { cause } = error
    return {
      code: error.code,
      message: error.message,
      cause: cause instanceof VectorStoreError ? cause.message : null
    }
  }
  throw new Error('no error was thrown')
}

/** Properties of the mapping after a document. */
function grown(text: string, definition: Json = {}): unknown {
  const { update } = parse(mappingOf(definition), text)
  return update === null ? null : update.toJson()['properties']
}

test('parseDocument: every core type makes its column; values of a keyword are its terms too', (t) => {
  const types = {
    l: 'long',
    i: 'integer',
    s: 'short',
    y: 'byte',
    d: 'double',
    f: 'float',
    k: 'keyword',
    b: 'boolean',
    t: 'date'
  }
  const properties = Object.fromEntries(
    Object.entries(types).map(([name, type]) => [name, { type }])
  )
  const doc = rootOf(
    parse(
      mappingOf({ properties }),
      '{"l":[9007199254740993,"7",2.9,-2.9],"i":1,"s":"-3","y":127.5,"d":0.1,"f":0.1,"k":[1.0,"x",true],"b":["true",false,""],"t":["2019-05-04",1]}'
    )
  )
  t.deepEqual(columns(doc), {
    l: [9007199254740993n, 7n, 2n, -2n],
    i: [1n],
    s: [-3n],
    y: [127n],
    d: [0.1],
    f: [Math.fround(0.1)],
    k: ['1.0', 'x', 'true'],
    b: [1n, 0n, 0n],
    t: [1556928000000n, 1n]
  })
  const terms = Object.fromEntries(
    doc.terms.map(({ field, terms: list }) => [field.name, [...list].map(({ term }) => term)])
  )
  t.deepEqual(terms, { b: ['T', 'F'] })
})

test('parseDocument: text has positions, a gap between values, and a length', (t) => {
  const doc = rootOf(
    parse(mappingOf({ properties: { t: { type: 'text' } } }), '{"t":["The quick the","fox"]}')
  )
  t.deepEqual(
    doc.terms.map(({ terms, length }) => ({ terms, length })),
    [
      {
        terms: [
          { term: 'the', positions: [0, 2] },
          { term: 'quick', positions: [1] },
          { term: 'fox', positions: [103] }
        ],
        length: 4
      }
    ]
  )
})

test('parseDocument: multi-fields, null_value, ignore_above, normalizer and copy_to do their work', (t) => {
  const mapping = mappingOf({
    properties: {
      a: { type: 'text', fields: { raw: { type: 'keyword', ignore_above: 3 } }, copy_to: ['all'] },
      all: { type: 'keyword' },
      n: { type: 'long', null_value: -1 },
      low: { type: 'keyword', normalizer: 'lowercase' },
      bad: { type: 'long', ignore_malformed: true }
    }
  })
  const doc = rootOf(
    parse(mapping, '{"a":["abcd","abc"],"n":[null,5],"low":"ÄB","bad":["x",{"y":1},4]}')
  )
  t.deepEqual(columns(doc), {
    all: ['abcd', 'abc'],
    'a.raw': ['abc'],
    n: [-1n, 5n],
    low: ['äb'],
    bad: [4n]
  })
})

test('parseDocument: dots and objects are the same thing', (t) => {
  const mapping = mappingOf({
    properties: { a: { properties: { b: { properties: { c: { type: 'long' } } } } } }
  })
  const doc = rootOf(
    parse(mapping, '{"a":{"b":{"c":1}},"a.b.c":2,"a.b":{"c":3},"a":null}'.replace(',"a":null', ''))
  )
  t.deepEqual(columns(doc), { 'a.b.c': [1n, 2n, 3n] })
  t.deepEqual(grown('{"x.y":1,"x":{"z":true}}'), {
    x: { properties: { y: { type: 'long' }, z: { type: 'boolean' } } }
  })
})

test('parseDocument: nested objects are documents before their parent, inner ones first', (t) => {
  const mapping = mappingOf({
    properties: {
      p: {
        type: 'nested',
        properties: {
          n: { type: 'long' },
          q: { type: 'nested', properties: { m: { type: 'long' } } }
        }
      },
      r: { type: 'long' }
    }
  })
  const { document } = parse(
    mapping,
    '{"p":[{"n":1,"q":[{"m":10},{"m":11}]},{"n":2}],"r":3,"p.n":4,"p.q.m":12}'
  )
  t.deepEqual(
    document.docs.map((doc) => [doc.path, columns(doc)]),
    [
      ['p.q', { 'p.q.m': [10n] }],
      ['p.q', { 'p.q.m': [11n] }],
      ['p', { 'p.n': [1n] }],
      ['p', { 'p.n': [2n] }],
      ['p', { 'p.n': [4n] }],
      ['p.q', { 'p.q.m': [12n] }],
      ['p', {}],
      ['', { r: [3n] }]
    ]
  )
  t.deepEqual(mapping.nestedPaths, ['p', 'p.q'])
})

test('parseDocument: nested objects are in their parent and the root too where the mapping says so', (t) => {
  const inner = { type: 'nested', include_in_parent: true, properties: { m: { type: 'keyword' } } }
  const mapping = mappingOf({
    properties: {
      p: { type: 'nested', include_in_root: true, properties: { n: { type: 'long' }, q: inner } }
    }
  })
  const { document } = parse(mapping, '{"p":[{"n":1,"q":{"m":"a"}},{"n":2}]}')
  t.deepEqual(
    document.docs.map((doc) => [doc.path, columns(doc)]),
    [
      ['p.q', { 'p.q.m': ['a'] }],
      ['p', { 'p.n': [1n], 'p.q.m': ['a'] }],
      ['p', { 'p.n': [2n] }],
      ['', { 'p.n': [1n, 2n], 'p.q.m': ['a'] }]
    ]
  )
})

test('parseDocument: half a character is the one that UTF-8 has for it', (t) => {
  const mapping = mappingOf({ properties: { k: { type: 'keyword' } } })
  const doc = rootOf(parse(mapping, '{"k":["\\ud800","a\\udc00","\\ud83d\\ude00"]}'))
  t.deepEqual(columns(doc), { k: ['\ufffd', 'a\ufffd', '\u{1f600}'] })
})

test('dynamic mapping: the type follows the token', (t) => {
  t.deepEqual(
    grown(
      '{"i":1,"f":1.0,"e":1e3,"b":true,"s":"x","d":"2019-05-04","d2":"2019/05/04","n":null,"a":[],"o":{},"y":"2019"}'
    ),
    {
      i: { type: 'long' },
      f: { type: 'float' },
      e: { type: 'float' },
      b: { type: 'boolean' },
      s: { type: 'text', fields: { keyword: { type: 'keyword', ignore_above: 256 } } },
      d: { type: 'date' },
      d2: {
        type: 'date',
        format: 'yyyy/MM/dd HH:mm:ss Z||yyyy/MM/dd Z||yyyy/MM/dd HH:mm:ss||yyyy/MM/dd||epoch_millis'
      },
      o: { type: 'object' },
      y: { type: 'text', fields: { keyword: { type: 'keyword', ignore_above: 256 } } }
    }
  )
  t.is(grown('{"n":null,"a":[],"b":[null]}'), null)
})

test('dynamic mapping: a long array of decimal numbers is a vector, one integer in it makes it numbers', (t) => {
  const array = (count: number, first: string): string =>
    `[${[first, ...Array.from({ length: count - 1 }, () => '0.5')].join(',')}]`
  t.deepEqual(grown(`{"v":${array(128, '1.0')}}`), {
    v: { type: 'vector', dims: 128, space: 'cosine' }
  })
  t.deepEqual(grown(`{"v":${array(127, '1.0')}}`), { v: { type: 'float' } })
  t.deepEqual(grown(`{"v":${array(128, '1')}}`), { v: { type: 'long' } })
  const template = {
    dynamic_templates: [{ all: { match_mapping_type: 'double', mapping: { type: 'double' } } }]
  }
  t.deepEqual(grown(`{"v":${array(128, '1.0')}}`, template), { v: { type: 'double' } })
})

test('dynamic mapping: false ignores, strict refuses with the place, objects may differ from their parent', (t) => {
  t.is(grown('{"x":1,"y":{"z":1}}', { dynamic: false }), null)
  const strict = faultOf(() => grown('{"foo":1}', { dynamic: 'strict' }))
  t.deepEqual(strict, {
    code: 'MAPPING_STRICT',
    message:
      '[1:8] mapping set to strict, dynamic introduction of [foo] within [_doc] is not allowed',
    cause: null
  })
  const properties = { o: { type: 'object', dynamic: true }, f: { type: 'object', enabled: false } }
  t.deepEqual(grown('{"x":1,"o":{"y":1},"f":{"a":[{"b":{}}]}}', { dynamic: false, properties }), {
    f: { enabled: false, type: 'object' },
    o: { dynamic: 'true', properties: { y: { type: 'long' } } }
  })
})

test('dynamic templates: the first that fits gives the definition, with its placeholders filled', (t) => {
  const dynamic_templates = [
    { ids: { match: '*_id', mapping: { type: 'keyword' } } },
    {
      meta: {
        path_match: 'meta.*',
        unmatch: 'long*',
        match_mapping_type: 'string',
        mapping: { type: 'text', copy_to: 'all_{name}' }
      }
    },
    { numbers: { match_mapping_type: 'long', mapping: { type: '{dynamic_type}', coerce: false } } },
    { regex: { match_pattern: 'regex', match: '^x\\d+$', mapping: { type: 'boolean' } } }
  ]
  const properties = grown('{"user_id":7,"meta":{"a":"b","long1":"c"},"n":3,"x12":"true"}', {
    dynamic_templates
  }) as Json
  t.deepEqual(properties['user_id'], { type: 'keyword' })
  t.deepEqual((properties['meta'] as Json)['properties'], {
    a: { type: 'text', copy_to: ['all_a'] },
    long1: { type: 'text', fields: { keyword: { type: 'keyword', ignore_above: 256 } } }
  })
  t.deepEqual(properties['n'], { type: 'long', coerce: false })
  t.deepEqual(properties['x12'], { type: 'boolean' })
})

test('parseDocument: faults name the field, the type, the value and the place', (t) => {
  const mapping = mappingOf({
    properties: {
      n: { type: 'long' },
      y: { type: 'byte' },
      d: { type: 'date' },
      b: { type: 'boolean' },
      k: { type: 'keyword' },
      o: { type: 'object' },
      c: { type: 'long', coerce: false },
      f: { type: 'float' }
    }
  })
  const field = (name: string, type: string, value: string): string =>
    `failed to parse field [${name}] of type [${type}] in document with id '1'. Preview of field's value: '${value}'`
  const cases: readonly (readonly [string, string, string | null])[] = [
    ['{"n":"abc"}', `[1:6] ${field('n', 'long', 'abc')}`, 'For input string: "abc"'],
    ['{"y":128}', `[1:6] ${field('y', 'byte', '128')}`, 'Value [128] is out of range for a byte'],
    [
      '{"n":9223372036854775808}',
      `[1:6] ${field('n', 'long', '9223372036854775808')}`,
      'Value [9223372036854775808] is out of range for a long'
    ],
    ['{"c":1.5}', `[1:6] ${field('c', 'long', '1.5')}`, 'Value [1.5] has a decimal part'],
    [
      '{"f":1e40}',
      `[1:6] ${field('f', 'float', '1e40')}`,
      '[float] supports only finite values, but got [Infinity]'
    ],
    [
      '{"d":"x"}',
      `[1:6] ${field('d', 'date', 'x')}`,
      'failed to parse date field [x] with format [strict_date_optional_time||epoch_millis]'
    ],
    [
      '{\n "b":"yes"}',
      `[2:6] ${field('b', 'boolean', 'yes')}`,
      'Failed to parse value [yes] as only [true] or [false] are allowed.'
    ],
    [
      '{"k":{"a":[1,"x"]}}',
      `[1:6] ${field('k', 'keyword', '{a=[1, x]}')}`,
      "Can't get text on a START_OBJECT at 1:6"
    ],
    [
      '{"o":5}',
      '[1:6] object mapping for [o] tried to parse field [o] as object, but found a concrete value',
      null
    ],
    [
      '{"_id":5}',
      '[1:2] Field [_id] is a metadata field and cannot be added inside a document. Use the index API request parameters.',
      null
    ]
  ]
  for (const [text, message, cause] of cases)
    t.deepEqual(
      faultOf(() => parse(mapping, text)),
      { code: 'DOC_PARSE', message, cause }
    )
  t.is(faultOf(() => parse(mapping, '[1]')).code, 'DOC_PARSE')
  t.is(faultOf(() => parse(mapping, '{"n":1')).code, 'REQUEST_SYNTAX')
  t.is(faultOf(() => parse(mapping, '{"n":1,"n":2}')).code, 'REQUEST_SYNTAX')
  t.is(faultOf(() => parse(mapping, '{"a":'.repeat(10_000))).code, 'REQUEST_SYNTAX')
})

test('parseDocument: a keyword longer than Lucene takes is refused', (t) => {
  const mapping = mappingOf({ properties: { k: { type: 'keyword' } } })
  const fault = faultOf(() => parse(mapping, JSON.stringify({ k: 'é'.repeat(20_000) })))
  t.regex(
    String(fault.cause),
    /^Document contains at least one immense term in field="k" \(whose UTF8 encoding is longer than the max length 32766\)/
  )
  t.notThrows(() => parse(mapping, JSON.stringify({ k: 'e'.repeat(32_766) })))
})

test('parseDocument: limits on fields, depth and nested objects hold', (t) => {
  const limited = mappingOf({}, [['mapping.total_fields.limit', '2']])
  t.regex(
    faultOf(() => parse(limited, '{"a":1,"b":2,"c":3}')).message,
    /Limit of total fields \[2\] has been exceeded/
  )
  const deep = '{"a":'.repeat(21) + '1' + '}'.repeat(21)
  t.regex(
    faultOf(() => parse(mappingOf({}), deep)).message,
    /Limit of mapping depth \[20\] has been exceeded due to object field \[a\.a/
  )
  const nested = mappingOf({ properties: { p: { type: 'nested' } } }, [
    ['mapping.nested_objects.limit', '2']
  ])
  t.regex(
    faultOf(() => parse(nested, '{"p":[{},{},{}]}')).message,
    /The number of nested documents has exceeded the allowed limit of \[2\]/
  )
})

test('parseDocument: names that JavaScript knows are names like any other', (t) => {
  const names =
    '{"__proto__":{"x":1},"constructor":2,"toString":{"valueOf":3},"hasOwnProperty":"y"}'
  const parsed = parse(mappingOf({}), names)
  t.deepEqual(
    new Set(rootOf(parsed).columns.map(({ field }) => field.name)),
    new Set(['__proto__.x', 'constructor', 'toString.valueOf', 'hasOwnProperty.keyword'])
  )
  t.is(({} as Json)['x'], undefined)
})

test('parseLogged: gives the document again, and never changes or refuses by a later mapping', (t) => {
  const mapping = mappingOf({
    properties: { v: { type: 'vector', dims: 2 }, o: { type: 'nested' } }
  })
  const body = '{"v":[1.5,2.5],"t":"one two","o":[{"a":1}]}'
  const { document, update } = parse(mapping, body)
  t.is(document.source.cuts.length, 1)
  const vectors = document.docs.flatMap((doc) => doc.vectors.map(({ vector }) => vector))
  const again = finishAtOnce(
    update!.parseLogged({ id: '1', routing: null, source: document.source, vectors })
  )
  t.deepEqual(again, document)
  // A value that was not mapped then, and does not fit what it is mapped to now.
  const closed = mappingOf({ dynamic: false })
  const text = Buffer.from('{"n":"abc","m":5,"v":["x"],"z":1}')
  const source = parse(closed, text.toString()).document.source
  const later = closed.merge({
    dynamic: true,
    properties: { n: { type: 'long' }, m: { type: 'long' }, v: { type: 'vector', dims: 2 } }
  })
  const replayed = finishAtOnce(later.parseLogged({ id: '1', routing: null, source, vectors: [] }))
  t.deepEqual(columns(replayed.docs[0]!), { m: [5n] })
})
