/** Section 7 of the reference: vectors in documents. */
import test from 'ava'
import { createMapping } from '../../../src/mapping/index.ts'
import type { Json } from './dense-vector-fixture.ts'
import { faultOf, indexed, mappingOf, printed, registry } from './dense-vector-fixture.ts'

test('documents: arrays, hex and base64 give the vectors of the reference', (t) => {
  const cases: readonly (readonly [Json, string, Float32Array | Int8Array | Uint8Array])[] = [
    [{ dims: 3 }, '[1, 2.5, -3e0]', Float32Array.of(1, 2.5, -3)],
    [{ dims: 3 }, '"wKAAAEEQAADBQAAA"', Float32Array.of(-5, 9, -12)],
    [{ dims: 3, element_type: 'byte' }, '[-5, 9.0, -12]', Int8Array.of(-5, 9, -12)],
    [{ dims: 3, element_type: 'byte' }, '"fb09f4"', Int8Array.of(-5, 9, -12)],
    [{ dims: 3, element_type: 'byte' }, '"FB09F4"', Int8Array.of(-5, 9, -12)],
    [{ dims: 40, element_type: 'bit' }, '"8100012a7f"', Uint8Array.of(0x81, 0, 1, 0x2a, 0x7f)],
    [{ dims: 40, element_type: 'bit' }, '[127,-127,0,1,42]', Uint8Array.of(127, 0x81, 0, 1, 42)]
  ]
  for (const [field, value, vector] of cases)
    t.deepEqual(indexed(mappingOf(field), value).vector, vector, value)
  t.is(indexed(mappingOf({ dims: 3 }), 'null').vector, null)
})

test('documents: bfloat16 rounds to the nearest, ties to even', (t) => {
  const { vector } = indexed(mappingOf({ dims: 3, element_type: 'bfloat16' }), '[0.1,0.2,0.3]')
  const halves = [...new Uint32Array((vector as Float32Array).buffer)].map((bits) => bits >>> 16)
  t.deepEqual(halves, [0x3dcd, 0x3e4d, 0x3e9a])
})

test('documents: dims are inferred from every form', (t) => {
  const dims = (field: Json, value: string): unknown =>
    (printed(indexed(mappingOf(field), value).mapping) as Json)['dims']
  t.is(dims({ element_type: 'byte' }, '"gH8KAA=="'), 4)
  t.is(dims({ element_type: 'byte' }, '"807f0a"'), 3)
  t.is(dims({ element_type: 'bit' }, '[1,2]'), 16)
  t.is(dims({}, '"wKAAAEEQAADBQAAA"'), 3)
  t.is(
    faultOf(() => indexed(mappingOf({}), '"AAAA"')).reason,
    'Failed to parse object: Base64 decoded vector byte length [3] is not a multiple of [4]'
  )
})

const doc = "in doc [document with id '1']"

const documentFaults: readonly (readonly [Json, string, string, string])[] = [
  [
    { dims: 3 },
    '[1,0]',
    '1:10',
    `The [dense_vector] field [f] ${doc} has a different number of dimensions [2] than defined in the mapping [3]`
  ],
  [
    { dims: 3 },
    '[1,0,0,0]',
    '1:13',
    `The [dense_vector] field [f] ${doc} has more dimensions than defined in the mapping [3]`
  ],
  [
    { dims: 2, element_type: 'byte' },
    '[0.5,1]',
    '1:7',
    'element_type [byte] vectors only support non-decimal values but found decimal value [0.5] at dim [0];'
  ],
  [
    { dims: 2, element_type: 'byte' },
    '[128,1]',
    '1:7',
    'element_type [byte] vectors only support integers between [-128, 127] but found [128] at dim [0];'
  ],
  [
    { dims: 2 },
    '[1e40,1]',
    '1:13',
    'element_type [float] vectors do not support infinite values but found [Infinity] at dim [0]; Preview of invalid vector: [Infinity, 1.0]'
  ],
  [
    { dims: 2, similarity: 'l2_norm' },
    '[1e30,1]',
    '1:13',
    'NaN or Infinite magnitude detected, this usually means the vector values are too extreme to fit within a float. Preview of invalid vector: [1.0E30, 1.0]'
  ],
  [
    { dims: 6, similarity: 'dot_product' },
    '[1,2,3,4,5,6]',
    '1:18',
    'The [dot_product] similarity can only be used with unit-length vectors. Preview of invalid vector: [1.0, 2.0, 3.0, 4.0, 5.0, ...]'
  ],
  [
    { dims: 2 },
    '[0,0]',
    '1:10',
    'The [cosine] similarity does not support vectors with zero magnitude. Preview of invalid vector: [0.0, 0.0]'
  ],
  [
    { dims: 2, element_type: 'byte' },
    '[0,0]',
    '1:10',
    'The [cosine] similarity does not support vectors with zero magnitude. Preview of invalid vector: [0, 0]'
  ],
  [
    { dims: 2 },
    '[1,"2"]',
    '1:9',
    'Failed to parse object: expecting token of type [VALUE_NUMBER] but found [VALUE_STRING]'
  ],
  [
    { dims: 2 },
    '[[1,2]]',
    '1:7',
    'Failed to parse object: expecting token of type [VALUE_NUMBER] but found [START_ARRAY]'
  ],
  [
    { dims: 3 },
    '"AAAAAA=="',
    '1:6',
    'Failed to parse object: Base64 decoded vector byte length [4] does not match the expected length of [12] or [6] for dimension count [3]'
  ],
  [{ dims: 3 }, '5', '1:6', 'Unsupported type [VALUE_NUMBER] for provided value [5]'],
  [{ dims: 3 }, 'true', '1:6', 'Unsupported type [VALUE_BOOLEAN] for provided value [true]']
]

test('documents: every fault has the text and the place of the reference', (t) => {
  for (const [field, value, place, reason] of documentFaults) {
    const fault = faultOf(() => indexed(mappingOf(field), value))
    t.is(fault.message, `[${place}] failed to parse: ${reason}`)
    t.is(fault.code, 'DOC_PARSE')
    t.is(fault.reason, reason)
  }
})

test('documents: similarities other than cosine take the zero vector, dot_product the unit vector', (t) => {
  t.notThrows(() => indexed(mappingOf({ dims: 2, similarity: 'l2_norm' }), '[0,0]'))
  t.notThrows(() => indexed(mappingOf({ dims: 2, similarity: 'max_inner_product' }), '[0,0]'))
  t.notThrows(() => indexed(mappingOf({ dims: 2, similarity: 'dot_product' }), '[0.6,0.8]'))
  t.notThrows(() =>
    indexed(mappingOf({ dims: 2, element_type: 'byte', similarity: 'dot_product' }), '[6,8]')
  )
  t.notThrows(() => indexed(mappingOf({ dims: 2, index: false }), '[0,0]'))
})

test('documents: a second vector for the field is refused', (t) => {
  const mapping = mappingOf({ dims: 2 })
  const body = Buffer.from('{"a":[{"x":1}],"f":[1,2],"g":"x"}')
  t.notThrows(() => mapping.parseDocument({ id: '1', routing: null, body }))
  const nested = mapping.merge({
    properties: { o: { properties: { f: { type: 'dense_vector', dims: 2 } } } }
  })
  const twice = Buffer.from('{"o":[{"f":[1,2]},{"f":[1,2]}]}')
  t.is(
    faultOf(() => nested.parseDocument({ id: '1', routing: null, body: twice })).reason,
    "Field [o.f] of type [dense_vector] doesn't support indexing multiple values for the same field in the same document"
  )
})

test('documents: copy_to copies text forms, not arrays', (t) => {
  const mapping = mappingOf({ dims: 3, copy_to: 'g' }).merge({
    properties: { g: { type: 'dense_vector', dims: 3 } }
  })
  t.regex(
    faultOf(() => indexed(mapping, '[1,2,3]')).message,
    /Copy-to currently only works for value-type fields, not objects/
  )
})

test('documents: a typed array beside the text is the vector, and an unmapped long one becomes a field', (t) => {
  const mapping = mappingOf({ dims: 3 })
  const parsed = mapping.parseDocument({
    id: '1',
    routing: null,
    body: { f: Float32Array.of(1, 0.1, 3), t: 'x' }
  })
  const root = parsed.document.docs[0]!
  t.deepEqual(root.vectors[0]!.vector, Float32Array.of(1, 0.1, 3))
  t.is(Buffer.from(parsed.document.source.text).toString(), '{"f":,"t":"x"}')
  t.deepEqual(parsed.document.source.cuts, [
    { offset: 5, field: root.vectors[0]!.field.number, docOffset: 0, form: 'float64' }
  ])
  const long = Float32Array.from({ length: 128 }, () => 0.5)
  const grown = mapping.parseDocument({ id: '1', routing: null, body: { v: long } })
  t.deepEqual(grown.document.docs[0]!.vectors[0]!.vector, long)
  t.is(grown.document.source.cuts.length, 1)
  t.is(((grown.update!.toJson()['properties'] as Json)['v'] as Json)['type'], 'dense_vector')
})

test('documents: typed arrays that the field keeps in another form stay in the text', (t) => {
  const bytes = mappingOf({ dims: 2, element_type: 'byte' }).parseDocument({
    id: '1',
    routing: null,
    body: { f: Float32Array.of(1, 2) }
  })
  t.deepEqual(bytes.document.docs[0]!.vectors[0]!.vector, Int8Array.of(1, 2))
  const rounded = mappingOf({ dims: 1, element_type: 'bfloat16' }).parseDocument({
    id: '1',
    routing: null,
    body: { f: Float32Array.of(0.1) }
  })
  t.deepEqual(rounded.document.source.cuts, [])
  t.is(Buffer.from(rounded.document.source.text).toString(), '{"f":[0.10000000149011612]}')
  const bits = mappingOf({ element_type: 'bit' }).parseDocument({
    id: '1',
    routing: null,
    body: { f: Uint8Array.of(0x81, 1) }
  })
  t.deepEqual(bits.document.docs[0]!.vectors[0]!.vector, Uint8Array.of(0x81, 1))
  t.is(Buffer.from(bits.document.source.text).toString(), '{"f":[-127,1]}')
})

const base64 = '"PczMzT5MzM2AAAAA"' // 0.1, 0.2, -0

test('documents: base64 that printing gives again is cut out of the source, other text stays', (t) => {
  const sourceOf = (field: Json, value: string): { text: string; cuts: readonly unknown[] } => {
    const body = Buffer.from(`{"t":1,"f":${value},"u":2}`)
    const { document } = mappingOf(field).parseDocument({ id: '1', routing: null, body })
    return { text: Buffer.from(document.source.text).toString(), cuts: document.source.cuts }
  }
  const { text, cuts } = sourceOf({ dims: 3 }, base64)
  t.is(text, '{"t":1,"f":,"u":2}')
  t.like(cuts, [{ offset: 11, docOffset: 0, form: 'base64' }])
  const kept: readonly (readonly [Json, string])[] = [
    [{ dims: 2 }, '"PczMzT5MzM0"'], // no padding
    [{ dims: 2 }, '"PczMzT5MzM1="'], // bits of no byte
    [{ dims: 3 }, '"PczMzT5MzM2AAAA\\u0041"'],
    [{ dims: 2 }, '"Pcw+TA=="'], // bfloat16
    [{ dims: 3, element_type: 'bfloat16' }, base64]
  ]
  for (const [field, value] of kept)
    t.deepEqual(sourceOf(field, value), { text: `{"t":1,"f":${value},"u":2}`, cuts: [] })
})

test('documents: base64 that is copied to a vector field stays in the field it came for', (t) => {
  const mapping = createMapping(
    {
      properties: {
        k: { type: 'keyword', copy_to: 'f' },
        f: { type: 'dense_vector', dims: 3 }
      }
    },
    registry,
    new Map()
  )
  const body = Buffer.from(`{"k":${base64}}`)
  const { document } = mapping.parseDocument({ id: '1', routing: null, body })
  t.deepEqual(document.docs[0]!.vectors[0]!.vector, Float32Array.of(0.1, 0.2, -0))
  t.deepEqual(document.source, { text: body, cuts: [] })
})
