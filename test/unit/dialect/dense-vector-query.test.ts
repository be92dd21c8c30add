/** Sections 8, 9, 13 and 35 of the reference: query vectors, scores, thresholds. */
import test from 'ava'
import { float32Text } from '../../../src/util/index.ts'
import type { Json } from './dense-vector-fixture.ts'
import { faultOf, knn, knnVector, mappingOf } from './dense-vector-fixture.ts'

test('query vectors: every form decodes against the field', (t) => {
  const cases: readonly (readonly [Json, unknown, Float32Array | Int8Array | Uint8Array])[] = [
    [{ dims: 3 }, [1, '2.5', -3], Float32Array.of(1, 2.5, -3)],
    [{ dims: 1 }, 5, Float32Array.of(5)],
    [{ dims: 3 }, 'wKAAAEEQAADBQAAA', Float32Array.of(-5, 9, -12)],
    [{ dims: 3 }, 'fb09f4', Float32Array.of(-5, 9, -12)],
    [{ dims: 3, element_type: 'byte', similarity: 'l2_norm' }, '000000', Int8Array.of(0, 0, 0)],
    [{ dims: 3, element_type: 'byte' }, 'fb09f4', Int8Array.of(-5, 9, -12)],
    [{ dims: 40, element_type: 'bit' }, '8100012a7f', Uint8Array.of(0x81, 0, 1, 0x2a, 0x7f)],
    [{ dims: 40, element_type: 'bit' }, [127, -127, 0, 1, 42], Uint8Array.of(127, 0x81, 0, 1, 42)]
  ]
  for (const [field, value, vector] of cases)
    t.deepEqual(knnVector(mappingOf(field), value), vector)
})

test('query vectors: every fault has the text of the reference', (t) => {
  const dims = (n: number, of = 3): string =>
    `The query vector has a different number of dimensions [${n}] than the document vectors [${of}].`
  const cases: readonly (readonly [Json, unknown, string])[] = [
    [{ dims: 3 }, [1, 2], dims(2)],
    [{ dims: 40, element_type: 'bit' }, [1, 2], dims(16, 40)],
    [{ dims: 3, element_type: 'byte' }, '00010203', dims(4)],
    [
      { dims: 3 },
      '(junk)',
      'failed to parse field [query_vector]: [query_vector] must be a valid base64 or hex string'
    ],
    [
      { dims: 3 },
      'AAA/',
      'failed to parse field [query_vector]: [query_vector] must contain a valid Base64-encoded float vector, but the decoded bytes length [3] is not compatible with the expected vector length'
    ],
    [
      { dims: 2, element_type: 'byte' },
      [0.5, 1],
      'element_type [byte] vectors only support non-decimal values but found decimal value [0.5] at dim [0]; Preview of invalid vector: [0.5, 1.0]'
    ],
    [
      { dims: 2 },
      [0, 0],
      'The [cosine] similarity does not support vectors with zero magnitude. Preview of invalid vector: [0.0, 0.0]'
    ],
    [
      { dims: 2, similarity: 'dot_product' },
      [1, 1],
      'The [dot_product] similarity can only be used with unit-length vectors. Preview of invalid vector: [1.0, 1.0]'
    ],
    [
      { dims: 2, similarity: 'l2_norm' },
      ['NaN', 1],
      'element_type [float] vectors do not support NaN values but found [NaN] at dim [0]; Preview of invalid vector: [NaN, 1.0]'
    ]
  ]
  for (const [field, value, reason] of cases) {
    const fault = faultOf(() => knn(mappingOf(field), value))
    t.is(fault.code, 'QUERY_SHARD')
    t.is(fault.message, `failed to create query: ${reason}`)
  }
  t.is(
    faultOf(() => knn(mappingOf({ dims: 2, index: false }), [1, 2])).reason,
    'to perform knn search on field [f], its mapping must have [index] set to [true]'
  )
})

test('query vectors: a field without dims takes anything and finds nothing', (t) => {
  t.is(knn(mappingOf({}), '(junk)').type, 'matchNone')
})

test('knn: other fields refuse, unmapped ones match nothing or are refused by setting', (t) => {
  const mapping = mappingOf({ dims: 2 }).merge({ properties: { k: { type: 'keyword' } } })
  t.is(
    faultOf(() => knn(mapping, [1, 2], { field: 'k' })).reason,
    '[knn] queries are only supported on [dense_vector] fields'
  )
  t.is(knn(mapping, [1, 2], { field: 'nonexistent' }).type, 'matchNone')
  const fault = faultOf(() =>
    mapping.lower(
      { type: 'fieldTerm', field: 'nonexistent', value: 1, caseInsensitive: false },
      { nowMs: 0, indexName: 'i', allowUnmappedFields: false, termsMax: 65_536 }
    )
  )
  t.is(fault.message, 'No field mapping can be found for the field with name [nonexistent]')
  const term = faultOf(() =>
    mapping.lower(
      { type: 'fieldTerm', field: 'f', value: 1, caseInsensitive: false },
      { nowMs: 0, indexName: 'i', allowUnmappedFields: true, termsMax: 65_536 }
    )
  )
  t.is(term.reason, "Field [f] of type [dense_vector] doesn't support term queries")
})

test('knn: flat types compare every vector in a query, not in a section, and not when they rescore', (t) => {
  const flat = mappingOf({ dims: 2, index_options: { type: 'int8_flat' } })
  const exhaustive = (options: Json): unknown => {
    const query = knn(flat, [1, 2], options)
    return query.type === 'knn' && query.exhaustive
  }
  t.true(exhaustive({ section: false }))
  t.false(exhaustive({ section: true }))
  t.false(exhaustive({ section: false, oversample: 2 }))
})

test('knn: rescored vectors are k times oversample, rounded up', (t) => {
  const rescore = (k: number, oversample: number | null, field: Json = { dims: 64 }): unknown => {
    const query = knn(
      mappingOf(field),
      Array.from({ length: 64 }, () => 1),
      { k, oversample }
    )
    return query.type === 'knn' ? query.rescore : undefined
  }
  t.is(rescore(3, 1.5), 5)
  t.is(rescore(10, 2), 20)
  t.is(rescore(10, null), null)
  t.is(rescore(9000, 2), 10_000)
  const bbq = { dims: 64, index_options: { type: 'bbq_hnsw' } }
  t.is(rescore(10, null, bbq), 30)
  t.is(rescore(10, 0, bbq), null)
})

const score = (field: Json, raw: number): string => {
  const { vector } = mappingOf(field).field('f')!
  return float32Text(vector!.score(Math.fround(raw)))
}

test('scores: the worked numbers of the reference', (t) => {
  // 40: distances 316.110, 10.4403, 21.5335; squares from the vectors, exact in float64.
  const q = [-0.5, 90, -10, 14.8, -156]
  const rows = [
    [230, 300.33, -34.8988, 15.555, -200],
    [-0.5, 100, -13, 14.8, -156],
    [0.5, 111.3, -13, 14.8, -156]
  ]
  const squared = (row: readonly number[]): number =>
    row.reduce((sum, value, at) => sum + (value - q[at]!) ** 2, 0)
  const dot = (row: readonly number[]): number =>
    row.reduce((sum, value, at) => sum + value * q[at]!, 0)
  const near = (text: string, wanted: number): void => {
    t.true(Math.abs(Number(text) / wanted - 1) < 1e-6, `${text} ${wanted}`)
  }
  rows.forEach((row, at) => {
    near(
      score({ dims: 5, similarity: 'l2_norm' }, squared(row)),
      [0.0000100073576, 0.0090909088, 0.0021519724][at]!
    )
    near(
      score({ dims: 5, similarity: 'max_inner_product' }, dot(row)),
      [58694.902, 33686.29, 34702.79][at]!
    )
  })
  t.deepEqual(
    [13, 12, 16].map((bits) => score({ dims: 40, element_type: 'bit' }, bits)),
    ['0.675', '0.7', '0.6']
  )
  t.is(score({ dims: 40, element_type: 'bit' }, 18), '0.55')
})

test('scores: formulas by similarity and element type', (t) => {
  t.is(score({ dims: 2 }, 1), '1')
  t.is(score({ dims: 2 }, -1.0000001), '0')
  t.is(score({ dims: 2, similarity: 'dot_product' }, 0.5), '0.75')
  t.is(score({ dims: 2, similarity: 'max_inner_product' }, -3), '0.25')
  t.is(score({ dims: 2, similarity: 'max_inner_product' }, 3), '4')
  t.is(score({ dims: 4, element_type: 'byte', similarity: 'dot_product' }, 65536), '1')
})

test('similarity: a threshold becomes the raw value that scores the same', (t) => {
  const limit = (field: Json, similarity: number): number =>
    mappingOf(field).field('f')!.vector!.rawLimit(similarity)
  t.is(limit({ dims: 2, similarity: 'l2_norm' }, 36), 1296)
  t.is(limit({ dims: 2 }, 0.5), 0.5)
  t.is(limit({ dims: 2, similarity: 'max_inner_product' }, -7), -7)
  t.is(limit({ dims: 16, element_type: 'bit' }, 5), 5)
  const query = knn(mappingOf({ dims: 2, similarity: 'l2_norm' }), [1, 2], { similarity: 2 })
  t.is(query.type === 'knn' && query.rawLimit, 4)
})

test('fetchValues: sources come back as they are, stored vectors as docvalue_fields prints them', (t) => {
  const values = (field: Json, value: unknown, format: string | null): unknown =>
    mappingOf(field).field('f')!.fetchValues(value, format)
  t.deepEqual(values({ dims: 3 }, [1, 2.5, 3], null), [1, 2.5, 3])
  t.deepEqual(values({ dims: 3 }, 'P2I/', null), ['P2I/'])
  t.deepEqual(values({ dims: 3 }, Float32Array.of(1.5, 0.1, -3.25), 'array'), [[1.5, 0.1, -3.25]])
  t.deepEqual(values({ dims: 3 }, Float32Array.of(1.5, 2, -3.25), 'binary'), ['P8AAAEAAAADAUAAA'])
  t.deepEqual(values({ dims: 3, element_type: 'byte' }, Int8Array.of(1, -2, 3), 'base64'), ['Af4D'])
  t.deepEqual(values({ dims: 8, element_type: 'bit' }, Uint8Array.of(0x81), null), [[-127]])
  t.is(
    faultOf(() => values({ dims: 3 }, [1, 2, 3], 'array')).message,
    "Field [f] of type [dense_vector] doesn't support formats."
  )
  t.is(
    faultOf(() => values({ dims: 3 }, Float32Array.of(1), 'bogus')).message,
    "Field [f] of type [dense_vector] doesn't support format [bogus]. Supported formats are [array, binary]."
  )
})
