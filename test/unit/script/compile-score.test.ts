import test from 'ava'
import { compileScore } from '../../../src/script/index.ts'
import type { ScriptContext, ScriptField } from '../../../src/script/index.ts'
import { VectorStoreError } from '../../../src/util/index.ts'
import type { Vector } from '../../../src/vector/index.ts'

type TestField = ScriptField & {
  readonly vectors?: readonly (Vector | null)[]
  readonly values?: readonly (readonly (number | string | boolean)[])[]
}

const floats = (rows: readonly (readonly number[] | null)[]): TestField => ({
  kind: 'vector',
  dims: 3,
  element: 'float32',
  vectors: rows.map((row) => (row === null ? null : Float32Array.from(row)))
})

const fields: Readonly<Record<string, TestField>> = {
  v: floats([[1, 2, 3], [0, 0, 4], null]),
  bytes: {
    kind: 'vector',
    dims: 3,
    element: 'int8',
    vectors: [Int8Array.of(1, -2, 3), Int8Array.of(0, 0, 4)]
  },
  bits: { kind: 'vector', dims: 40, element: 'bit', vectors: [Uint8Array.of(127, 129, 0, 1, 42)] },
  num: { kind: 'long', values: [[7], [2, 3], []] },
  price: { kind: 'double', values: [[2.5], [4], []] },
  tag: { kind: 'keyword', values: [['red'], ['blue', 'green'], []] },
  flag: { kind: 'boolean', values: [[true], [false], []] },
  date: { kind: 'date', values: [[1_556_928_000_000], [0], []] },
  plain: { kind: 'none' }
}

const bitCount = (byte: number): number => byte.toString(2).replaceAll('0', '').length

/** The functions of an index, by definition. */
function compareVectors(name: string, query: Vector, row: Vector): number {
  const pairs = Array.from(query, (value, at) => [value, row[at]!] as const)
  const sum = (of: (a: number, b: number) => number): number =>
    pairs.reduce((total, [a, b]) => total + of(a, b), 0)
  if (row instanceof Uint8Array) {
    const distance = sum((a, b) => bitCount(a ^ b))
    if (name === 'dot') return sum((a, b) => bitCount(a & b))
    return name === 'l2' ? Math.sqrt(distance) : distance
  }
  const dot = sum((a, b) => a * b)
  if (name === 'dot') return dot
  if (name === 'l1') return sum((a, b) => Math.abs(a - b))
  if (name === 'l2') return Math.sqrt(sum((a, b) => (a - b) ** 2))
  if (name === 'hamming') return sum((a, b) => bitCount((a ^ b) & 255))
  return dot / Math.sqrt(sum((a) => a * a) * sum((_, b) => b * b))
}

const context: ScriptContext = {
  field: (name) => fields[name] ?? null,
  vectorFunction: (name, field, query) => (docId) => {
    const row = fields[field]?.vectors?.[docId] ?? null
    if (row !== null) return compareVectors(name, query, row)
    throw new VectorStoreError(
      'SCRIPT_RUNTIME',
      "A document doesn't have a value for a vector field!"
    )
  },
  vectorAt: (field, docId) => fields[field]?.vectors?.[docId] ?? null,
  values: (field, docId) => fields[field]?.values?.[docId] ?? []
}

function run(source: string, params: Record<string, unknown> = {}, docId = 0, score = 1.5): number {
  return compileScore(source, params).bind(context)(docId, score)
}

function faultOf(
  source: string,
  params: Record<string, unknown> = {},
  docId = 0
): VectorStoreError {
  try {
    run(source, params, docId)
  } catch (error) {
    if (error instanceof VectorStoreError) return error
    throw error
  }
  throw new Error(`no error from ${source}`)
}

const values: readonly (readonly [string, number, Record<string, unknown>?])[] = [
  ['1 + 1', 2],
  ['1/2', 0],
  ['-7/2', -3],
  ['-7 % 3', -1],
  ['1.0/2', 0.5],
  ['1/2.0f', 0.5],
  ['(24 - 9.0) / 24', 0.625],
  ['(double) 1 / 2', 0.5],
  ['(int) 3.9 + (long) -2.9', 1],
  ['2147483647 + 1', -2_147_483_648],
  ['2147483647L + 1', 2_147_483_648],
  ['1 + 2 * 3 - 4 / 2', 5],
  ['(1 + 2) * 3', 9],
  ['1 << 4 | 3', 19],
  ['-1 >>> 28', 15],
  ['0.1f', Math.fround(0.1)],
  ['0x1F', 31],
  ['1e2 + .5', 100.5],
  ['_score * 2', 3],
  ['Math.pow(2, 10)', 1024],
  ['Math.max(1, 2) / 4', 0],
  ['Math.max(1, 2.0) / 4', 0.5],
  ['Math.round(2.5) / 2', 1],
  ['Math.abs(-3) / 2', 1],
  ['Math.log10(1000) + Math.sqrt(16) + Math.floor(1.9)', 8],
  ['Math.PI', Math.PI],
  ['1 < 2 ? 10 : 20', 10],
  ['true && !false || false ? 1 : 0', 1],
  ['1 == 1.0 ? 1 : 0', 1],
  ["'a' + 1 == 'a1' ? 1 : 0", 1],
  ['params.a / params.b', 3, { a: 7, b: 2 }],
  ['params.a / params.b', 3.75, { a: 7.5, b: 2 }],
  ["params['a'] + params.get('a')", 4, { a: 2 }],
  ["params.containsKey('zz') ? 1 : 0", 0, { a: 2 }],
  ["params.getOrDefault('a', 1) + params.size()", 4, { a: 2, b: [1] }],
  ['double s = 0; for (def v : params.values()) s += v; s', 6, { a: 1, b: 2, c: 3 }],
  [
    "double s = 0; for (def v : params.m.values()) s += v['n']; s",
    3,
    { m: { a: { n: 1 }, b: { n: 2 } } }
  ],
  ['params.a == params.a && params.l == params.l ? 1 : 0', 1, { a: 2, l: [1, [2]] }],
  ['params.__proto__ == null ? 1 : 0', 1, {}],
  ['params.list[1] + params.list.size()', 7, { list: [1, 5] }],
  ['params.m.k.j', 3, { m: { k: { j: 3 } } }],
  ['def x = 3; x / 2', 1],
  ['def x = 3.0; return x / 2;', 1.5],
  ['int a = 2, b = 3; a * b', 6],
  ['double d = 1; d / 2', 0.5],
  ['float f = 1; f /= 3; f', Math.fround(1 / 3)],
  ['int i = 5; i += 2.7; i', 7],
  ['int i = 1; int j = i++ + ++i; 10 * i + j', 34],
  ['if (_score > 1) { return 1; } else { return 2; }', 1],
  ['if (_score > 2) return 1; return 2', 2],
  ['double s = 0; for (int i = 0; i < 4; i++) { s += i; } return s;', 6],
  [
    'int s = 0; for (int i = 0; i < 9; ++i) { if (i == 2) continue; if (i == 5) break; s += i } s',
    8
  ],
  ['int n = 0; while (n < 7) n++; n', 7],
  ['int n = 0; do { n += 2 } while (n < 5); n', 6],
  ['double s = 0; for (def x : params.l) s += x; s', 6, { l: [1, 2, 3] }],
  ['double s = 0; for (x in params.l) { s += x } return s', 6, { l: [1, 2, 3] }],
  ['float[] a = new float[3]; a[1] = 2; a[1] + a.length', 5],
  ['def a = new int[] {4, 5}; a[0] * a[1]', 20],
  ['def l = [1, 2.5]; l.add(3); l[1] + l.size()', 5.5],
  ["def m = ['a': 1, 'b': 2]; m.b + m['a']", 3],
  ['List l = new ArrayList(); l.add(2); l.get(0)', 2],
  ['Map<String, Integer> m = new HashMap(); m.put("k", 4); m.k', 4],
  ['null ?: 4', 4],
  ['def x = null; x?.y == null ? 1 : 0', 1],
  ['params.a instanceof String ? 1 : 0', 1, { a: 'x' }],
  ['try { return 1 / 0 } catch (ArithmeticException e) { return 9 }', 9],
  [
    'try { throw new IllegalArgumentException("x"); } catch (Exception e) { return e.getMessage().length() }',
    1
  ],
  ['saturation(3, 1)', 0.75],
  ['sigmoid(2, 2, 1)', 0.5],
  ['decayNumericLinear(0, 10, 0, 0.5, 10)', 0.5],
  ['decayNumericExp(0, 10, 0, 0.5, 10)', 0.5],
  ['decayNumericGauss(0, 10, 5, 0.5, 15)', 0.5],
  ["doc['num'].value / 2", 3],
  ["doc['price'].value * 2", 5],
  ["doc.num.value + doc['num'].size()", 8],
  ["doc['tag'].value == 'red' ? 1 : 0", 1],
  ["doc['flag'].value ? 1 : 0", 1],
  ["doc['date'].value.toInstant().toEpochMilli() / 1000", 1_556_928_000],
  ["doc['date'].value.year", 2019],
  ["doc.containsKey('num') && !doc.containsKey('zz') ? 1 : 0", 1],
  ["doc['v'].size() == 0 ? 0 : dotProduct(params.q, 'v')", 14, { q: [1, 2, 3] }],
  ["dotProduct([1, 2, 3], 'v') + 1.0", 15],
  ["cosineSimilarity(params.q, 'v')", 1, { q: [2, 4, 6] }],
  ["l1norm(params.q, 'v') + l2norm(params.q, 'v')", 8, { q: [1, 2, 7] }],
  ["1 / (1 + l2norm(params.q, 'v'))", 0.2, { q: [1, 2, 7] }],
  ["double v = doc['v'].vectorValue[2]; v", 3],
  ["doc['v'].magnitude", Math.fround(Math.sqrt(14))],
  [
    "float s = 0; for (int i = 0; i < 3; i++) { s += doc['v'].vectorValue[i] * params.q[i] } s",
    14,
    { q: [1, 2, 3] }
  ],
  ["field('v').get().dotProduct(params.q)", 14, { q: [1, 2, 3] }],
  // By hand against [1, 2, 3] and [1, -2, 3]; no two functions give the same.
  ["field('v').get().dotProduct(params.q)", 31, { q: [2, 4, 7] }],
  ["field('v').get().cosineSimilarity(params.q)", 10 / 14, { q: [3, 2, 1] }],
  ["field('v').get().l1Norm(params.q)", 7, { q: [2, 4, 7] }],
  ["field('v').get().l2Norm(params.q)", Math.sqrt(21), { q: [2, 4, 7] }],
  ["field('bytes').get().hamming(params.q)", 2, { q: [0, -2, 1] }],
  ["cosineSimilarity(params.q, 'v')", 10 / 14, { q: [3, 2, 1] }],
  ["l1norm(params.q, 'v')", 7, { q: [2, 4, 7] }],
  ["l2norm(params.q, 'v')", Math.sqrt(21), { q: [2, 4, 7] }],
  ["hamming(params.q, 'bytes')", 2, { q: [0, -2, 1] }],
  ["field('v').size() + field('v').get().dims", 4],
  ["hamming(params.q, 'bytes')", 2, { q: '01fe00' }],
  ["dotProduct(params.q, 'bytes')", 14, { q: [1, -2, 3] }],
  ["dotProduct(params.q, 'bytes')", 2, { q: [0.5, 0, 0.5] }],
  // The documentation's example: 18 of 40 bits differ.
  ["hamming(params.q, 'bits')", 18, { q: '8100012a7f' }],
  ["l1norm(params.q, 'bits')", 18, { q: [-127, 0, 1, 42, 127] }],
  ["l2norm(params.q, 'bits')", Math.sqrt(18), { q: '8100012a7f' }],
  ["(40 - hamming(params.q, 'bits')) / 40", 0.55, { q: '8100012a7f' }],
  ["doc['bits'].magnitude", Math.fround(Math.sqrt(13))]
]

test('compileScore: expressions have the values that Java gives them', (t) => {
  for (const [source, expected, params] of values) {
    t.is(Math.fround(run(source, params ?? {})), Math.fround(expected), source)
  }
})

test('compileScore: a list that a script makes is new for every document', (t) => {
  const score = compileScore('def l = [1, 2]; l.add(3); l.size()').bind(context)
  t.is(score(0, 0), 3)
  t.is(score(0, 0), 3)
})

/** Script, document, type and text of the exception. */
const faults: readonly (readonly [string, number, string, string, Record<string, unknown>?])[] = [
  [
    "dotProduct([1, 2, 3], 'v')",
    2,
    'illegal_argument_exception',
    "A document doesn't have a value for a vector field!"
  ],
  [
    "doc['v'].vectorValue.length",
    2,
    'illegal_argument_exception',
    "A document doesn't have a value for a vector field!"
  ],
  [
    "l2norm(params.q, 'v')",
    0,
    'illegal_argument_exception',
    'The query vector has a different number of dimensions [4] than the document vectors [3].',
    { q: [1, 2, 3, 4] }
  ],
  [
    "hamming(params.q, 'v')",
    0,
    'illegal_argument_exception',
    'hamming distance is only supported for byte or bit vectors',
    { q: [1, 2, 3] }
  ],
  [
    "l1norm('0102ff', 'v')",
    0,
    'illegal_argument_exception',
    'Unsupported input object for float vectors: java.lang.String'
  ],
  [
    "l1norm([0.5, 1, 2], 'bytes')",
    0,
    'illegal_argument_exception',
    'element_type [byte] vectors only support non-decimal values but found decimal value [0.5] at dim [0]; Preview of invalid vector: [0.5, 1.0, 2.0]'
  ],
  [
    "l2norm([128, 1, 2], 'bytes')",
    0,
    'illegal_argument_exception',
    'element_type [byte] vectors only support integers between [-128, 127] but found [128] at dim [0]; Preview of invalid vector: [128.0, 1.0, 2.0]'
  ],
  [
    "dotProduct([1, 2, 3, 4, 5, 6], 'bits')",
    0,
    'illegal_argument_exception',
    'The query vector has an incorrect number of dimensions. Must be [5] for bitwise operations, or [40] for byte wise operations: provided [6].'
  ],
  [
    "dotProduct([1, 2, 3], 'zz')",
    0,
    'illegal_argument_exception',
    'No field found for [zz] in mapping'
  ],
  ["doc['zz'].value", 0, 'illegal_argument_exception', 'No field found for [zz] in mapping'],
  [
    "doc['v'].value",
    0,
    'illegal_argument_exception',
    "accessing a vector field's value through 'get' or 'value' is not supported, use 'vectorValue' or 'magnitude' instead."
  ],
  [
    "doc['num'].value",
    2,
    'illegal_state_exception',
    "A document doesn't have a value for a field! Use doc[<field>].size()==0 to check if a document is missing a field!"
  ],
  [
    "field('v').get(null).magnitude",
    2,
    'null_pointer_exception',
    'Cannot read field "magnitude" because it is null'
  ],
  [
    "field('v').get().magnitude",
    2,
    'illegal_argument_exception',
    'Dense vector value missing for a field, use isEmpty() to check for a missing vector value'
  ],
  [
    "for (def x : field('v')) { return 1 } return 2",
    0,
    'unsupported_operation_exception',
    'Cannot iterate over single valued dense_vector field, use get() instead'
  ],
  ['1 / 0', 0, 'arithmetic_exception', '/ by zero'],
  [
    'while (true) { }',
    0,
    'painless_error',
    'The maximum number of statements that can be executed in a loop has been reached.'
  ],
  [
    'try { while (true) { } } catch (Exception e) { return 1 }',
    0,
    'painless_error',
    'The maximum number of statements that can be executed in a loop has been reached.'
  ],
  [
    'params.l.add(1); 1',
    0,
    'unsupported_operation_exception',
    'parameters are read only',
    { l: [] }
  ]
]

test('compileScore: failures carry the exception and its text', (t) => {
  for (const [source, docId, type, reason, params] of faults) {
    const { code, message, details } = faultOf(source, params ?? {}, docId)
    t.deepEqual(
      { code, message, type: details['causeType'], reason: details['causeReason'] },
      { code: 'SCRIPT_RUNTIME', message: 'runtime error', type, reason },
      source
    )
  }
})

test('compileScore: an error shows the place in the script', (t) => {
  const { details } = faultOf("1.0 + cosineSimilarity(params.q, 'v') + 2.0", { q: [1] })
  t.is(details['offset'], 6)
  t.is(details['start'], 0)
  t.is(details['end'], 31)
  t.is(details['lang'], 'painless')
  t.is(details['scriptStack'], '1.0 + cosineSimilarity(params.q ...\n      ^---- HERE')
})

test('compileScore: a script that is not one is refused before it runs', (t) => {
  const broken: readonly (readonly [string, RegExp])[] = [
    ['1 +', /^unexpected end of script\.$/],
    ['(1 + 2', /was expecting \[\)\]/],
    ['', /unexpected end/],
    ['nope + 1', /cannot resolve symbol \[nope\]/],
    ['foo(1)', /Unknown call \[foo\] with \[1\] arguments\./],
    ['int x = 1.5; x', /Cannot cast from \[double\] to \[int\]\./],
    ['int x = 1; int x = 2; x', /variable \[x\] is already defined/],
    ['true + 1 > 0 ? 1 : #', /unexpected character \[#\]/],
    ['break', /outside of a loop/],
    ['Math.nope(1)', /Math, nope\/1\] not found/],
    ['1 < 2', /Cannot cast from \[boolean\] to \[double\]\./],
    [`${'('.repeat(5000)}1${')'.repeat(5000)}`, /nested deeper/],
    [`1${'+1'.repeat(20_000)}`, /more than 500 operators in a row/]
  ]
  for (const [source, reason] of broken) {
    const error = t.throws(() => compileScore(source), { instanceOf: VectorStoreError }, source)
    t.is(error?.code, 'SCRIPT_COMPILE', source)
    t.regex(String(error?.details['causeReason']), reason, source)
  }
})

test('compileScore: a source above 64 KiB is refused', (t) => {
  const error = t.throws(() => compileScore(`1${' '.repeat(65_535)}`), {
    instanceOf: VectorStoreError
  })
  t.is(error?.code, 'REQUEST_ARGUMENT')
})

test('compileScore: parameters that no script reads are not converted', (t) => {
  const read = new Set<string>()
  const spied = (name: string): unknown[] =>
    new Proxy([1, 2, 3], {
      get: (list, key) => {
        read.add(name)
        return Reflect.get(list, key) as unknown
      }
    })
  const params = { q: spied('q'), m: { k: spied('k'), l: spied('l') } }
  t.is(run('params.m.k[1] + 1.0', params), 3)
  t.deepEqual([...read], ['k'])
})
