/** Forms and faults of spec section 2. */
import test from 'ava'
import { readVectorJson, vectorOfKind } from '../../../../src/dialect/elastiknn/vector-json.ts'
import { faultOf } from '../../../support/fault-of.ts'

const dense = { type: 'dense', values: Float32Array.of(0.1, 2) } as const
const sparse = { type: 'sparse', trueIndices: Int32Array.of(1, 3), totalIndices: 100 } as const
const pointer = { type: 'pointer', index: 'i', id: 'x', field: 'f' } as const

const forms: [string, unknown, unknown][] = [
  ['values', { values: [0.1, 2] }, dense],
  ['the dense short form', [0.1, 2], dense],
  ['typed values', { values: Float32Array.of(0.1, 2) }, dense],
  ['a typed array', Float32Array.of(0.1, 2), dense],
  ['the dense short form of no dims', [], { type: 'dense', values: new Float32Array(0) }],
  ['true indices', { true_indices: [1, 3], total_indices: 100 }, sparse],
  ['true indices in another order', { total_indices: 100, true_indices: [3, 1] }, sparse],
  ['an index given twice', { total_indices: 100, true_indices: [3, 1, 3] }, sparse],
  ['the sparse short form', [[3, 1], 100], sparse],
  [
    'no true index',
    [[], 100],
    { type: 'sparse', trueIndices: new Int32Array(0), totalIndices: 100 }
  ],
  ['a pointer', { index: 'i', id: 'x', field: 'f' }, pointer],
  ['unknown members beside it', { values: [0.1, 2], more: 'text' }, dense],
  [
    'a sparse form before a dense one',
    { values: [1], true_indices: [1, 3], total_indices: 100 },
    sparse
  ],
  [
    'a pointer before all',
    { values: [1], true_indices: [1], total_indices: 2, index: 'i', id: 'x', field: 'f' },
    pointer
  ],
  ['half a pointer beside values', { values: [0.1, 2], index: 'i' }, dense],
  ['nothing', {}, { type: 'empty' }]
]
for (const [what, json, expected] of forms) {
  test(`readVectorJson: reads ${what}`, (t) => {
    t.deepEqual(readVectorJson(json), expected)
  })
}

const faults: [unknown, string][] = [
  [{ values: ['wrong'] }, 'Expected token to be one of [VALUE_NUMBER] but found [VALUE_STRING]'],
  [
    ['wrong'],
    'Expected token to be one of [END_ARRAY,START_ARRAY,VALUE_NUMBER] but found [VALUE_STRING]'
  ],
  [
    { true_indices: 10, total_indices: [0, 1, 2] },
    'Expected [true_indices] to be one of [START_ARRAY] but found [VALUE_NUMBER]'
  ],
  [[10, [1, 2, 3]], 'Expected token to be one of [VALUE_NUMBER] but found [START_ARRAY]'],
  [
    { id: 'x', field: 'f', index: 99 },
    'Expected [index] to be one of [VALUE_STRING] but found [VALUE_NUMBER]'
  ],
  [{ a: 'b' }, 'Unable to construct [vector] from parsed JSON'],
  [{ true_indices: [1] }, 'Unable to construct [vector] from parsed JSON'],
  [null, 'Expected token to be one of [START_ARRAY,START_OBJECT] but found [VALUE_NULL]'],
  ['text', 'Expected token to be one of [START_ARRAY,START_OBJECT] but found [VALUE_STRING]'],
  [[[1]], 'Expected token to be one of [VALUE_NUMBER] but found [END_ARRAY]'],
  [[[1], 2, 3], 'Expected token to be one of [END_ARRAY] but found [VALUE_NUMBER]'],
  [[[1], '2'], 'Expected token to be one of [VALUE_NUMBER] but found [VALUE_STRING]'],
  [[1, null], 'Expected token to be one of [VALUE_NUMBER] but found [VALUE_NULL]']
]
for (const [json, message] of faults) {
  test(`readVectorJson: ${JSON.stringify(json)} is refused in the words of Elastiknn`, (t) => {
    t.is(
      faultOf(() => readVectorJson(json)),
      `REQUEST_FIELD: ${message}`
    )
  })
}

test('readVectorJson: indices outside and numbers beyond float32 are refused', (t) => {
  t.is(
    faultOf(() => readVectorJson([[1, 100], 100])),
    'VECTOR_VALUE: true index is 100, wanted a whole number from 0 to 99'
  )
  t.is(
    faultOf(() => readVectorJson([1, 1e39])),
    'VECTOR_VALUE: value is 1e+39 at dim 1, wanted a finite float32'
  )
})

test('vectorOfKind: another kind or other dims than the field has are refused', (t) => {
  t.is(vectorOfKind(dense, 'dense float', 2), dense.values)
  t.is(vectorOfKind(sparse, 'sparse bool', 100), sparse.trueIndices)
  for (const vector of [sparse, pointer, { type: 'empty' } as const]) {
    t.is(
      faultOf(() => vectorOfKind(vector, 'dense float', 2)),
      'REQUEST_FIELD: Unable to construct [dense float vector] from parsed JSON'
    )
  }
  t.is(
    faultOf(() => vectorOfKind(dense, 'sparse bool', 2)),
    'REQUEST_FIELD: Unable to construct [sparse bool vector] from parsed JSON'
  )
  t.is(
    faultOf(() => vectorOfKind(dense, 'dense float', 100)),
    'REQUEST_ARGUMENT: Expected dimension 100 but got 2'
  )
  t.is(
    faultOf(() => vectorOfKind(sparse, 'sparse bool', 101)),
    'REQUEST_ARGUMENT: Expected dimension 101 but got 100'
  )
})
