/** Sections 3 to 5 of the reference: definitions, their echo, their faults, and the table of allowed updates. */
import test from 'ava'
import type { Json } from './dense-vector-fixture.ts'
import { faultOf, indexed, mappingOf, printed } from './dense-vector-fixture.ts'

const int8 = { type: 'int8_hnsw', m: 16, ef_construction: 100 }
const bbq = { type: 'bbq_hnsw', m: 16, ef_construction: 100, rescore_vector: { oversample: 3 } }

test('GET mapping: defaults are filled in by dims and element type', (t) => {
  const base = { type: 'dense_vector', index: true, similarity: 'cosine' }
  t.deepEqual(printed(mappingOf({ dims: 5 })), { ...base, dims: 5, index_options: int8 })
  t.deepEqual(printed(mappingOf({ dims: 383 })), { ...base, dims: 383, index_options: int8 })
  t.deepEqual(printed(mappingOf({ dims: 384 })), { ...base, dims: 384, index_options: bbq })
  t.deepEqual(printed(mappingOf({})), base)
  t.deepEqual(printed(mappingOf({ dims: 5, index: false })), {
    type: 'dense_vector',
    dims: 5,
    index: false
  })
  t.deepEqual(printed(mappingOf({ dims: 5, element_type: 'byte' })), {
    ...base,
    dims: 5,
    element_type: 'byte'
  })
  t.deepEqual(printed(mappingOf({ dims: 5, element_type: 'float' })), {
    ...base,
    dims: 5,
    element_type: 'float',
    index_options: int8
  })
  t.deepEqual(printed(mappingOf({ dims: 16, element_type: 'bit' })), {
    ...base,
    dims: 16,
    element_type: 'bit',
    similarity: 'l2_norm'
  })
})

test('GET mapping: index_options come back with what they mean', (t) => {
  const echo = (options: Json, dims = 64): unknown =>
    (printed(mappingOf({ dims, index_options: options })) as Json)['index_options']
  t.deepEqual(echo({ type: 'hnsw' }), { type: 'hnsw', m: 16, ef_construction: 100 })
  t.deepEqual(echo({ type: 'int4_hnsw', m: 4 }), {
    type: 'int4_hnsw',
    m: 4,
    ef_construction: 100,
    confidence_interval: 0
  })
  t.deepEqual(echo({ type: 'int4_flat' }), { type: 'int4_flat', confidence_interval: 0 })
  t.deepEqual(echo({ type: 'int8_flat', confidence_interval: 0.3 }), {
    type: 'int8_flat',
    confidence_interval: 0.3
  })
  t.deepEqual(echo({ type: 'flat' }), { type: 'flat' })
  t.deepEqual(echo({ type: 'bbq_flat' }), { type: 'bbq_flat', rescore_vector: { oversample: 3 } })
  t.deepEqual(echo({ type: 'bbq_hnsw', rescore_vector: { oversample: 0 } }), {
    ...bbq,
    rescore_vector: { oversample: 0 }
  })
  t.deepEqual(echo({ type: 'bbq_disk' }, 3), {
    type: 'bbq_disk',
    cluster_size: 384,
    default_visit_percentage: 0,
    rescore_vector: { oversample: 3 }
  })
})

const definitionFaults: readonly (readonly [Json, string])[] = [
  [{ dims: 5000 }, 'The number of dimensions should be in the range [1, 4096] but was [5000]'],
  [
    { dims: 40000, element_type: 'bit' },
    'The number of dimensions should be in the range [8, 32768] but was [40000]'
  ],
  [
    { dims: 12, element_type: 'bit' },
    'The number of dimensions for should be a multiple of 8 but was [12]'
  ],
  [{ dims: 'x' }, 'Property [dims] on field [f] must be an integer but got [x]'],
  [{ dims: 1.5 }, 'Property [dims] on field [f] must be an integer but got [1.5]'],
  [{ dims: 3, foo: 1 }, 'unknown parameter [foo] on mapper [f] of type [dense_vector]'],
  [
    { dims: 3, index: false, similarity: 'cosine' },
    'Field [similarity] can only be specified for a field of type [dense_vector] when it is indexed'
  ],
  [
    { dims: 3, index: false, index_options: { type: 'hnsw' } },
    'Field [index_options] can only be specified for a field of type [dense_vector] when it is indexed'
  ],
  [
    { dims: 3, similarity: null },
    'Field [index] requires field [similarity] to be configured and not null'
  ],
  [
    { dims: 8, element_type: 'bit', similarity: 'cosine' },
    'The [l2_norm] similarity is the only supported similarity for bit vectors'
  ],
  [{ dims: 3, index_options: {} }, '[index_options] requires field [type] to be configured'],
  [
    { dims: 3, index_options: { type: 'foo' } },
    'Unknown vector index options type [foo] for field [f]'
  ],
  [
    { dims: 3, index_options: { type: 'flat', m: 42 } },
    'Mapping definition for [f] has unsupported parameters:  [m : 42]'
  ],
  [
    { dims: 3, element_type: 'byte', index_options: { type: 'int8_hnsw' } },
    '[element_type] cannot be [byte] when using index type [int8_hnsw]'
  ],
  [
    { dims: 5, index_options: { type: 'int4_hnsw' } },
    'int4_hnsw only supports even dimensions; provided=5'
  ],
  [
    { dims: 42, index_options: { type: 'bbq_hnsw' } },
    'bbq_hnsw does not support dimensions fewer than 64; provided=42'
  ],
  [
    { dims: 3, index_options: { type: 'hnsw', on_disk_rescore: true } },
    'on_disk_rescore is only supported for indexed and quantized vector types'
  ],
  [
    { dims: 3, index_options: { type: 'int8_hnsw', rescore_vector: {} } },
    'Invalid rescore_vector value. Missing required field oversample'
  ],
  [
    { dims: 3, index_options: { type: 'int8_hnsw', rescore_vector: { oversample: 0.5 } } },
    'oversample must be greater than 1 or exactly 0'
  ],
  [
    { dims: 3, index_options: { type: 'int8_hnsw', rescore_vector: { oversample: -1 } } },
    'oversample must be greater than 1 or exactly 0'
  ],
  [
    { dims: 3, index_options: { type: 'int8_hnsw', rescore_vector: { oversample: 11 } } },
    'oversample must be less than or equal to 10'
  ],
  [
    { dims: 3, index_options: { type: 'bbq_disk', cluster_size: 1 } },
    'cluster_size must be between 64 and 65536, got: 1'
  ],
  [
    { dims: 3, index_options: { type: 'bbq_disk', default_visit_percentage: 101 } },
    'default_visit_percentage must be between 0.0 and 100.0, got: 101.0 for field [f]'
  ]
]

test('definition: every fault has the text of the reference', (t) => {
  for (const [field, reason] of definitionFaults) {
    const fault = faultOf(() => mappingOf(field))
    t.is(fault.reason, reason)
    t.is(fault.code, 'MAPPING_PARSE')
    t.is(fault.message, `Failed to parse mapping: ${reason}`)
  }
  t.regex(
    faultOf(() => mappingOf({ dims: 3, element_type: 'foo' })).reason,
    /^invalid element_type \[foo\]; available types are \[/
  )
  t.regex(
    faultOf(() => mappingOf({ dims: 3, similarity: 'foo' })).reason,
    /^Unknown value \[foo\] for field \[similarity\] - accepted values are \[/
  )
})

// Section 5, row by row: which types each type may become (m alike).
const types = [
  'flat',
  'int8_flat',
  'int4_flat',
  'bbq_flat',
  'hnsw',
  'int8_hnsw',
  'int4_hnsw',
  'bbq_hnsw',
  'bbq_disk'
]
const allowed = [
  '111111111',
  '011111110',
  '001111110',
  '000100010',
  '000011110',
  '000001110',
  '000000110',
  '000000010',
  '000000001'
]

test('merge: index_options change as the table of the reference allows, and no other way', (t) => {
  types.forEach((from, row) => {
    types.forEach((to, column) => {
      const mapping = mappingOf({ dims: 64, index_options: { type: from } })
      const update = {
        properties: { f: { type: 'dense_vector', dims: 64, index_options: { type: to } } }
      }
      if (allowed[row]![column] === '1') {
        t.is(((printed(mapping.merge(update)) as Json)['index_options'] as Json)['type'], to)
        return
      }
      const fault = faultOf(() => mapping.merge(update))
      t.is(fault.code, 'MAPPING_CONFLICT')
      t.regex(
        fault.message,
        /^Mapper for \[f\] conflicts with existing mapper:\n\tCannot update parameter \[index_options\] from \[/,
        `${from} to ${to}`
      )
    })
  })
})

test('merge: m may grow but not shrink, also by leaving it out', (t) => {
  const mapping = mappingOf({ dims: 4, index_options: { type: 'hnsw', m: 32 } })
  const to = (options: Json): Json => ({
    properties: { f: { type: 'dense_vector', dims: 4, index_options: options } }
  })
  t.notThrows(() => mapping.merge(to({ type: 'int8_hnsw', m: 32, ef_construction: 10 })))
  t.notThrows(() => mapping.merge(to({ type: 'hnsw', m: 33 })))
  t.is(faultOf(() => mapping.merge(to({ type: 'hnsw', m: 31 }))).code, 'MAPPING_CONFLICT')
  t.is(faultOf(() => mapping.merge(to({ type: 'int8_hnsw' }))).code, 'MAPPING_CONFLICT')
})

test('merge: confidence intervals follow their rules', (t) => {
  const update = (type: string, from: number | null, to: number | null): string => {
    const options = (ci: number | null): Json =>
      ci === null ? { type } : { type, confidence_interval: ci }
    const mapping = mappingOf({ dims: 4, index_options: options(from) })
    try {
      mapping.merge({
        properties: { f: { type: 'dense_vector', dims: 4, index_options: options(to) } }
      })
      return 'ok'
    } catch {
      return 'conflict'
    }
  }
  t.is(update('int8_hnsw', null, 0.95), 'ok')
  t.is(update('int8_hnsw', 0.95, 0.95), 'ok')
  t.is(update('int8_hnsw', 0.95, null), 'conflict')
  t.is(update('int8_hnsw', 0.95, 0.99), 'conflict')
  t.is(update('int4_hnsw', 0.95, 0.99), 'conflict')
  t.is(update('int4_hnsw', 0.95, 0.95), 'ok')
})

test('merge: an update is completed with defaults first', (t) => {
  const mapping = mappingOf({ dims: 4, similarity: 'l2_norm' })
  const fault = faultOf(() =>
    mapping.merge({ properties: { f: { type: 'dense_vector', dims: 4 } } })
  )
  t.is(fault.code, 'MAPPING_CONFLICT')
  t.is(
    fault.message,
    'Mapper for [f] conflicts with existing mapper:\n\tCannot update parameter [similarity] from [l2_norm] to [cosine]'
  )
  const other = faultOf(() =>
    mapping.merge({ properties: { f: { type: 'dense_vector', dims: 5, similarity: 'l2_norm' } } })
  )
  t.regex(other.message, /Cannot update parameter \[dims\] from \[4\] to \[5\]/)
  const text = faultOf(() => mapping.merge({ properties: { f: { type: 'text' } } }))
  t.is(text.message, 'mapper [f] cannot be changed from type [dense_vector] to [text]')
})

test('merge: rescore_vector of the same type may change, also to 0', (t) => {
  const mapping = mappingOf({ dims: 64, index_options: { type: 'bbq_hnsw' } })
  const changed = mapping.merge({
    properties: {
      f: {
        type: 'dense_vector',
        dims: 64,
        index_options: { type: 'bbq_hnsw', rescore_vector: { oversample: 0 } }
      }
    }
  })
  t.deepEqual(printed(changed), {
    ...(printed(mapping) as Json),
    index_options: { ...bbq, rescore_vector: { oversample: 0 } }
  })
})

test('deferred dims: the first document decides them, and the defaults with them', (t) => {
  const { mapping, vector } = indexed(mappingOf({}), '[1,2,3]')
  t.deepEqual(printed(mapping), {
    type: 'dense_vector',
    dims: 3,
    index: true,
    similarity: 'cosine',
    index_options: int8
  })
  t.deepEqual(vector, Float32Array.of(1, 2, 3))
})

test('deferred dims: a first document that the index type cannot hold is refused, a later one accepted', (t) => {
  const mapping = mappingOf({ index_options: { type: 'int4_hnsw' } })
  const fault = faultOf(() => indexed(mapping, '[1,2,3]'))
  t.is(fault.code, 'DOC_PARSE')
  t.is(fault.reason, 'int4_hnsw only supports even dimensions; provided=3')
  t.is((printed(indexed(mapping, '[1,2]').mapping) as Json)['dims'], 2)
  const few = faultOf(() => indexed(mappingOf({ index_options: { type: 'bbq_flat' } }), '[1,2]'))
  t.is(few.reason, 'bbq_flat does not support dimensions fewer than 64; provided=2')
})
