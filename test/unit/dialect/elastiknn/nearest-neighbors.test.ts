/** Queries of spec section 4, and the matrix of section 4.1. */
import test from 'ava'
import { BodyNode } from '../../../../src/dialect/body-node.ts'
import { readDefinition } from '../../../../src/dialect/elastiknn/definition.ts'
import type { ElastiknnDefinition } from '../../../../src/dialect/elastiknn/definition.ts'
import {
  checkField,
  readNearestNeighbors
} from '../../../../src/dialect/elastiknn/nearest-neighbors.ts'
import type { NearestNeighbors } from '../../../../src/dialect/elastiknn/nearest-neighbors.ts'
import { faultOf } from '../../../support/fault-of.ts'

type Json = Readonly<Record<string, unknown>>

const read = (json: Json): NearestNeighbors => readNearestNeighbors(new BodyNode(json))

const base = { field: 'v', vec: [1, 2], model: 'lsh', similarity: 'l2' }

test('readNearestNeighbors: an approximate query with all it may say', (t) => {
  t.deepEqual(read({ ...base, candidates: 50, probes: 3, useMLTQuery: true }), {
    field: 'v',
    vector: { type: 'dense', values: Float32Array.of(1, 2) },
    model: 'lsh',
    similarity: 'l2',
    candidates: 50,
    probes: 3
  })
})

test('readNearestNeighbors: candidates may be left out, probes are 0, angular is cosine', (t) => {
  t.deepEqual(read({ ...base, similarity: 'ANGULAR', vec: { index: 'i', id: '1', field: 'f' } }), {
    field: 'v',
    vector: { type: 'pointer', index: 'i', id: '1', field: 'f' },
    model: 'lsh',
    similarity: 'cosine',
    candidates: null,
    probes: 0
  })
})

const incomplete: Json[] = [
  {},
  ...Object.keys(base).map((name) =>
    Object.fromEntries(Object.entries(base).filter(([key]) => key !== name))
  ),
  { ...base, similarity: 'l1' },
  { ...base, model: 'sparse_indexed' },
  { ...base, model: 'permutation_lsh', similarity: 'jaccard' }
]
for (const json of incomplete) {
  test(`readNearestNeighbors: ${JSON.stringify(json)} is no query`, (t) => {
    t.is(
      faultOf(() => read(json)),
      'REQUEST_FIELD: Unable to construct [nearest neighbors query] from parsed JSON'
    )
  })
}

const faults: [Json, string][] = [
  [{ field: 1 }, 'Expected [field] to be one of [VALUE_STRING] but found [VALUE_NUMBER]'],
  [{ model: 'lhs' }, 'Expected [model] to be one of [exact,lsh,permutation_lsh] but found [lhs]'],
  [
    { candidates: '5' },
    'Expected [candidates] to be one of [VALUE_NUMBER] but found [VALUE_STRING]'
  ],
  [
    { candidates: -1 },
    'Expected [candidates] to be a whole number from 0 to 2147483647 but found [-1]'
  ],
  [{ vec: 'x' }, 'Expected token to be one of [START_ARRAY,START_OBJECT] but found [VALUE_STRING]']
]
for (const [change, message] of faults) {
  test(`readNearestNeighbors: ${JSON.stringify(change)} is refused`, (t) => {
    t.is(
      faultOf(() => read({ ...base, ...change })),
      `REQUEST_FIELD: ${message}`
    )
  })
}

const shape = { dims: 2, L: 2, k: 2, w: 2 }
const sparseOf = (options: Json): ElastiknnDefinition =>
  readDefinition('elastiknn_sparse_bool_vector', { elastiknn: { ...shape, ...options } })
const denseOf = (options: Json): ElastiknnDefinition =>
  readDefinition('elastiknn_dense_float_vector', { elastiknn: { ...shape, ...options } })

const sparseExact = ['exact jaccard', 'exact hamming']
const denseExact = ['exact cosine', 'exact l1', 'exact l2']
/** Mappings, and the queries they answer. */
const matrix: [string, ElastiknnDefinition, string[]][] = [
  ['sparse exact', sparseOf({}), sparseExact],
  [
    'sparse_indexed',
    sparseOf({ model: 'sparse_indexed' }),
    [...sparseExact, 'sparse_indexed jaccard', 'sparse_indexed hamming']
  ],
  [
    'jaccard lsh',
    sparseOf({ model: 'lsh', similarity: 'jaccard' }),
    [...sparseExact, 'lsh jaccard']
  ],
  [
    'hamming lsh',
    sparseOf({ model: 'lsh', similarity: 'hamming' }),
    [...sparseExact, 'lsh hamming']
  ],
  ['dense exact', denseOf({}), denseExact],
  ['cosine lsh', denseOf({ model: 'lsh', similarity: 'cosine' }), [...denseExact, 'lsh cosine']],
  ['l2 lsh', denseOf({ model: 'lsh', similarity: 'l2' }), [...denseExact, 'lsh l2']],
  [
    'permutation',
    denseOf({ model: 'permutation_lsh' }),
    [...denseExact, 'permutation_lsh cosine', 'permutation_lsh l1', 'permutation_lsh l2']
  ]
]
const queries = [...new Set(matrix.flatMap(([, , answered]) => answered))]
for (const [name, definition, answered] of matrix) {
  test(`checkField: a ${name} mapping answers its queries and no others`, (t) => {
    for (const pair of queries) {
      const [model, similarity] = pair.split(' ')
      const query = read({ field: 'v', vec: [1, 2], model, similarity })
      t.is(
        faultOf(() => checkField(query, 'elastiknn', definition)),
        answered.includes(pair)
          ? 'no fault'
          : `REQUEST_ARGUMENT: Query [${pair}] is not compatible with mapping [${JSON.stringify(definition.json)}]`
      )
    }
  })
}

test('checkField: a field that is not there or of another type is refused', (t) => {
  const query = read({ ...base, field: 'x' })
  t.is(
    faultOf(() => checkField(query, null, null)),
    'REQUEST_ARGUMENT: Could not find mapped field type for field [x]'
  )
  t.is(
    faultOf(() => checkField(query, 'keyword', null)),
    'REQUEST_ARGUMENT: Expected field [x] to have type [elastiknn_dense_float_vector] or [elastiknn_sparse_bool_vector] but had [keyword]'
  )
})
