import test from 'ava'
import { createFieldTypeRegistry, createMapping, openMapping } from '../../../src/mapping/index.ts'
import type { IndexMapping } from '../../../src/mapping/index.ts'
import type { Query } from '../../../src/query/index.ts'
import { finishAtOnce, VectorStoreError } from '../../../src/util/index.ts'

const registry = createFieldTypeRegistry([])

function mappingOf(definition: Record<string, unknown>): IndexMapping {
  const properties = { v: { type: 'vector', ...definition } }
  return createMapping({ properties }, registry, new Map())
}

function vectorOf(mapping: IndexMapping, value: unknown): unknown {
  const { document, update } = mapping.parseDocument({ id: '1', routing: null, body: { v: value } })
  const [doc] = document.docs
  return { vector: doc?.vectors[0]?.vector ?? null, update }
}

function fault(run: () => unknown): VectorStoreError {
  try {
    run()
  } catch (error) {
    if (error instanceof VectorStoreError) return error
    throw error
  }
  throw new RangeError('nothing was thrown')
}

/** Message of the innermost cause. */
function reason(run: () => unknown): string {
  let error: unknown = fault(run)
  while (error instanceof VectorStoreError && error.cause instanceof VectorStoreError)
    error = error.cause
  return (error as VectorStoreError).message
}

function knn(vector: unknown, rest: { similarity?: number; candidates?: number } = {}): Query {
  return {
    type: 'fieldKnn',
    field: 'v',
    vector,
    k: 3,
    candidates: rest.candidates ?? 7,
    filter: null,
    similarity: rest.similarity ?? null,
    oversample: null,
    section: true
  }
}

const context = { nowMs: 0, indexName: 'i', allowUnmappedFields: true, termsMax: 65_536 }

function lowered(mapping: IndexMapping, query: Query): Extract<Query, { type: 'knn' }> {
  const result = mapping.lower(query, context)
  if (result.type !== 'knn') throw new RangeError(`lowered to ${result.type}`)
  return result
}

test('vector: arrays and typed arrays of every kind become the array of the element', (t) => {
  const floats = mappingOf({ dims: 3, space: 'l2' })
  for (const value of [
    [1, 2, 3],
    Float32Array.of(1, 2, 3),
    Int8Array.of(1, 2, 3),
    Uint8Array.of(1, 2, 3)
  ]) {
    t.deepEqual(vectorOf(floats, value), { vector: Float32Array.of(1, 2, 3), update: null })
  }
  const bytes = mappingOf({ dims: 3, element: 'int8' })
  for (const value of [[1, -2, 3], Float32Array.of(1, -2, 3), Int8Array.of(1, -2, 3)]) {
    t.deepEqual(vectorOf(bytes, value), { vector: Int8Array.of(1, -2, 3), update: null })
  }
  const bits = mappingOf({ dims: 16, element: 'bit' })
  for (const value of [[200, 1], [-56, 1], Uint8Array.of(200, 1), Int8Array.of(-56, 1)]) {
    t.deepEqual(vectorOf(bits, value), { vector: Uint8Array.of(200, 1), update: null })
  }
})

test('vector: bytes above 127 stay what they are in a float field and are refused in an int8 field', (t) => {
  const floats = mappingOf({ dims: 2, space: 'l2' })
  t.deepEqual(vectorOf(floats, Uint8Array.of(200, 255)), {
    vector: Float32Array.of(200, 255),
    update: null
  })
  const bytes = mappingOf({ dims: 2, element: 'int8' })
  t.is(
    reason(() => vectorOf(bytes, Uint8Array.of(200, 255))),
    'vector of field [v] has 200 at [0], wanted whole numbers from -128 to 127'
  )
})

test('vector: dims are learned from the first document and kept when the mapping is opened again', (t) => {
  const mapping = mappingOf({ element: 'bit' })
  t.is(mapping.lower(knn([1]), context).type, 'matchNone')
  const { update } = mapping.parseDocument({ id: '1', routing: null, body: { v: [1, 2] } })
  t.deepEqual(update?.toJson(), {
    properties: { v: { type: 'vector', element: 'bit', space: 'hamming', dims: 16 } }
  })
  const opened = finishAtOnce(openMapping(update?.toRecord(), registry))
  t.is(opened.fieldInfos[0]?.vector?.dims, 16)
  t.is(
    opened.merge({ properties: { v: { type: 'vector', element: 'bit' } } }).fieldInfos[0]?.vector
      ?.dims,
    16
  )
  const error = fault(() =>
    opened.merge({ properties: { v: { type: 'vector', element: 'bit', dims: 8 } } })
  )
  t.is(error.code, 'MAPPING_CONFLICT')
})

test('vector: what does not change is checked when a mapping is merged', (t) => {
  const mapping = mappingOf({ dims: 4 })
  for (const change of [
    { space: 'l2' },
    { element: 'int8' },
    { m: 8 },
    { index: 'flat' },
    { dims: 5 }
  ]) {
    const error = fault(() => mapping.merge({ properties: { v: { type: 'vector', ...change } } }))
    t.is(error.code, 'MAPPING_CONFLICT', JSON.stringify(change))
  }
  t.notThrows(() => mapping.merge({ properties: { v: { type: 'vector', space: 'cosine' } } }))
})

test('vector: definitions that cannot be are refused with what was wanted', (t) => {
  const refused: readonly [Record<string, unknown>, string][] = [
    [{ dims: 0 }, 'vector field [v] has dims 0, wanted 1 to 4096 for float32 elements'],
    [
      { dims: 12, element: 'bit' },
      'vector field [v] has dims 12, wanted a multiple of 8 for bit elements'
    ],
    [{ element: 'double' }, 'vector field [v] has element double, wanted float32, int8, bit'],
    [
      { space: 'hamming' },
      'vector field [v] has space hamming, wanted cosine, l2, dot, mip, l1, linf for float32 elements'
    ],
    [
      { element: 'bit', space: 'l2' },
      'vector field [v] has space l2, wanted hamming for bit elements'
    ],
    [{ index: 'ivf' }, 'vector field [v] has index ivf, wanted hnsw, flat, none'],
    [{ m: 1 }, 'vector field [v] has m 1, wanted 2 to 512']
  ]
  for (const [definition, message] of refused) {
    const error = fault(() => mappingOf(definition))
    t.is(error.code, 'MAPPING_PARSE')
    t.is(
      reason(() => mappingOf(definition)),
      message
    )
  }
})

test('vector: documents and queries with bad vectors are refused with what was got and wanted', (t) => {
  const refused: readonly [Record<string, unknown>, unknown, string][] = [
    [{ dims: 3 }, [1, 2], 'vector of field [v] has 2 dims, wanted 3'],
    [{ dims: 16, element: 'bit' }, [1], 'vector of field [v] has 8 dims, wanted 16 (2 bytes)'],
    [
      { dims: 2 },
      Float32Array.of(1, Number.NaN),
      'vector of field [v] has NaN at [1], wanted finite float32 numbers'
    ],
    [
      { dims: 2 },
      Float32Array.of(1, Infinity),
      'vector of field [v] has Infinity at [1], wanted finite float32 numbers'
    ],
    [{ dims: 2 }, [1, 1e39], 'vector of field [v] has 1e+39 at [1], wanted finite float32 numbers'],
    [{ dims: 2 }, [0, 0], 'vector of field [v] has length 0, wanted a direction in space cosine'],
    [
      { dims: 2, element: 'int8' },
      [0, 0],
      'vector of field [v] has length 0, wanted a direction in space cosine'
    ],
    [
      { dims: 2, element: 'int8' },
      [0.5, 0],
      'vector of field [v] has 0.5 at [0], wanted whole numbers from -128 to 127'
    ],
    [
      { dims: 2, space: 'dot' },
      [3, 4],
      'vector of field [v] has length 5, wanted 1 in space dot (mip takes any length)'
    ],
    [{ dims: 2 }, [], 'vector of field [v] is empty, wanted numbers']
  ]
  for (const [definition, value, message] of refused) {
    const mapping = mappingOf(definition)
    t.is(fault(() => vectorOf(mapping, value)).code, 'DOC_PARSE')
    t.is(
      reason(() => vectorOf(mapping, value)),
      message
    )
    t.is(fault(() => mapping.lower(knn(value), context)).code, 'QUERY_SHARD')
    t.is(
      reason(() => mapping.lower(knn(value), context)),
      message
    )
  }
})

test('vector: values that are no vectors are refused', (t) => {
  const mapping = mappingOf({ dims: 2 })
  for (const value of ['abc', 5, true, { a: 1 }, ['a', 'b'], [[1, 2]]]) {
    t.is(fault(() => vectorOf(mapping, value)).code, 'DOC_PARSE', JSON.stringify(value))
    t.is(fault(() => mapping.lower(knn(value), context)).code, 'QUERY_SHARD', JSON.stringify(value))
  }
  t.deepEqual(vectorOf(mapping, null), { vector: null, update: null })
  t.regex(
    reason(() =>
      mapping.lower({ type: 'fieldTerm', field: 'v', value: 1, caseInsensitive: false }, context)
    ),
    /knn and exists/
  )
})

test('vector: scores fall with distance as each space defines them', (t) => {
  const { fround } = Math
  const cases: readonly [string, string, number, number][] = [
    ['l2', 'float32', 3, 1 / 4],
    ['l1', 'float32', 3, 1 / 4],
    ['linf', 'float32', 1, 1 / 2],
    ['cosine', 'float32', 0.5, 0.75],
    ['cosine', 'float32', -1.0000001, 0],
    ['dot', 'float32', 1, 1],
    ['dot', 'int8', 32768, 0.5 + 1 / 4],
    ['mip', 'float32', -3, 1 / 4],
    ['mip', 'float32', 3, 4],
    ['hamming', 'bit', 4, 1 / 5],
    ['hamming', 'int8', 4, 1 / 5]
  ]
  for (const [space, element, raw, score] of cases) {
    const dims = element === 'int8' ? 4 : 8
    const field = mappingOf({ dims, element, space }).field('v')
    t.is(field?.vector?.score(raw), fround(score), `${space} ${element} ${raw}`)
  }
})

test('vector: a knn query takes candidates as they are and squares a threshold of l2', (t) => {
  const l2 = lowered(
    mappingOf({ dims: 2, space: 'l2' }),
    knn([1, 2], { similarity: 3, candidates: 12 })
  )
  t.is(l2.rawLimit, 9)
  t.is(l2.candidates, 12)
  t.is(l2.k, 3)
  t.deepEqual(l2.vector, Float32Array.of(1, 2))
  const l1 = lowered(mappingOf({ dims: 2, space: 'l1' }), knn([1, 2], { similarity: 3 }))
  t.is(l1.rawLimit, 3)
  t.is(lowered(mappingOf({ dims: 2 }), knn([1, 2])).rawLimit, null)
  const unindexed = mappingOf({ dims: 2, index: 'none' })
  t.regex(
    reason(() => unindexed.lower(knn([1, 2]), context)),
    /has index none/
  )
})

test('vector: a vector is copied, so that the caller may use his array again', (t) => {
  const value = Float32Array.of(1, 2)
  const mapping = mappingOf({ dims: 2, space: 'l2' })
  const { document } = mapping.parseDocument({ id: '1', routing: null, body: { v: value } })
  value.fill(9)
  t.deepEqual(document.docs[0]?.vectors[0]?.vector, Float32Array.of(1, 2))
})
