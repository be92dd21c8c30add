/** Definitions of spec section 3 and of the documentation of 2020. */
import test from 'ava'
import { readDefinition } from '../../../../src/dialect/elastiknn/definition.ts'
import { VectorStoreError } from '../../../../src/util/index.ts'

const sparse = 'elastiknn_sparse_bool_vector'
const dense = 'elastiknn_dense_float_vector'
type Options = Readonly<Record<string, unknown>>

function fault(type: typeof sparse | typeof dense, elastiknn: unknown): string {
  try {
    readDefinition(type, elastiknn === undefined ? {} : { elastiknn })
  } catch (error) {
    if (error instanceof VectorStoreError) return `${error.code}: ${error.message}`
    throw error
  }
  return 'no fault'
}

/** Definition; what it prints; the model behind it. */
const definitions: [typeof sparse | typeof dense, Options, Options, Options | null][] = [
  [sparse, { dims: 100 }, { dims: 100, model: 'exact' }, null],
  [dense, { dims: 100, model: 'exact' }, { dims: 100, model: 'exact' }, null],
  [
    sparse,
    { dims: 25000, model: 'sparse_indexed' },
    { dims: 25000, model: 'sparse_indexed' },
    { model: 'trueIndices', dims: 25000 }
  ],
  [
    sparse,
    { dims: 25000, model: 'lsh', similarity: 'jaccard', bands: 99, rows: 1 },
    { L: 99, dims: 25000, k: 1, model: 'lsh', similarity: 'jaccard' },
    { model: 'minHash', dims: 25000, tables: 99, functions: 1 }
  ],
  [
    sparse,
    { dims: 25000, model: 'lsh', similarity: 'hamming', bits: 99 },
    { L: 99, dims: 25000, k: 1, model: 'lsh', similarity: 'hamming' },
    { model: 'bitSampling', dims: 25000, tables: 99, functions: 1 }
  ],
  [
    sparse,
    { dims: 25000, model: 'lsh', similarity: 'Hamming', L: 99, k: 2 },
    { L: 99, dims: 25000, k: 2, model: 'lsh', similarity: 'hamming' },
    { model: 'bitSampling', dims: 25000, tables: 99, functions: 2 }
  ],
  [
    dense,
    { dims: 100, model: 'lsh', similarity: 'angular', bands: 99, rows: 1 },
    { L: 99, dims: 100, k: 1, model: 'lsh', similarity: 'cosine' },
    { model: 'randomProjection', dims: 100, tables: 99, functions: 1 }
  ],
  [
    dense,
    { dims: 100, model: 'lsh', similarity: 'l2', bands: 99, rows: 1, width: 3 },
    { L: 99, dims: 100, k: 1, model: 'lsh', similarity: 'l2', w: 3 },
    { model: 'stableDistributions', dims: 100, tables: 99, functions: 1, width: 3 }
  ],
  [
    dense,
    { dims: 100, model: 'lsh', similarity: 'l2', bands: 9, L: 99, k: 2, r: 4 },
    { L: 99, dims: 100, k: 2, model: 'lsh', similarity: 'l2', w: 4 },
    { model: 'stableDistributions', dims: 100, tables: 99, functions: 2, width: 4 }
  ],
  [
    dense,
    { dims: 100, model: 'permutation_lsh', k: 10, repeating: true, more: [] },
    { dims: 100, k: 10, model: 'permutation_lsh', repeating: true },
    { model: 'permutation', dims: 100, functions: 10, repeating: true }
  ],
  [
    dense,
    { dims: 100, model: 'permutation_lsh', k: 10 },
    { dims: 100, k: 10, model: 'permutation_lsh', repeating: true },
    { model: 'permutation', dims: 100, functions: 10, repeating: true }
  ]
]
for (const [type, given, shown, hash] of definitions) {
  test(`readDefinition: ${type} ${JSON.stringify(given)}`, (t) => {
    const definition = readDefinition(type, { elastiknn: given })
    t.is(JSON.stringify(definition.json), JSON.stringify({ type, elastiknn: shown }))
    t.deepEqual(definition.hash, hash as typeof definition.hash)
    // What is printed means the same.
    t.deepEqual(readDefinition(type, definition.json), definition)
  })
}

const unable = 'Unable to construct [mapping] from parsed JSON'
const lsh = { dims: 8, model: 'lsh', similarity: 'jaccard', L: 2, k: 2 }
const faults: [typeof sparse | typeof dense, unknown, string][] = [
  [dense, [], 'Expected [elastiknn] to be one of [START_OBJECT] but found [START_ARRAY]'],
  [
    dense,
    { dims: 8, model: 'wrong!' },
    'Expected [model] to be one of [exact,lsh,permutation_lsh] but found [wrong!]'
  ],
  [
    sparse,
    { ...lsh, similarity: 'jacard' },
    'Expected token to be one of [cosine,hamming,jaccard,l1,l2] but found [jacard]'
  ],
  [sparse, { ...lsh, L: '2' }, 'Expected [L] to be one of [VALUE_NUMBER] but found [VALUE_STRING]'],
  [
    dense,
    { dims: 8, model: 'permutation_lsh', k: 4, repeating: 'yes' },
    'Expected [repeating] to be one of [VALUE_BOOLEAN] but found [VALUE_STRING]'
  ],
  [dense, { dims: 0 }, 'Expected [dims] to be a whole number from 1 to 2147483647 but found [0]'],
  [
    sparse,
    { ...lsh, k: 1.5 },
    'Expected [k] to be a whole number from 1 to 2147483647 but found [1.5]'
  ],
  [dense, undefined, unable],
  [dense, {}, unable],
  [dense, { model: 'exact' }, unable],
  [sparse, { ...lsh, k: null }, 'Expected [k] to be one of [VALUE_NUMBER] but found [VALUE_NULL]'],
  [sparse, { dims: 8, model: 'lsh', similarity: 'jaccard', L: 2 }, unable],
  [sparse, { dims: 8, model: 'lsh', L: 2, k: 2 }, unable],
  [dense, lsh, unable],
  [sparse, { ...lsh, similarity: 'cosine' }, unable],
  [dense, { ...lsh, similarity: 'l1' }, unable],
  [dense, { ...lsh, similarity: 'l2' }, unable],
  [dense, { dims: 8, model: 'permutation_lsh' }, unable],
  [sparse, { dims: 8, model: 'permutation_lsh', k: 4 }, unable],
  [dense, { dims: 8, model: 'sparse_indexed' }, unable]
]
for (const [type, given, message] of faults) {
  test(`readDefinition: ${type} ${JSON.stringify(given)} is refused`, (t) => {
    t.is(fault(type, given), `REQUEST_FIELD: ${message}`)
  })
}

test('readDefinition: dense vectors that do not fit into a page are refused, sparse ones have any dims', (t) => {
  t.is(fault(dense, { dims: 4096 }), 'no fault')
  t.is(
    fault(dense, { dims: 4097 }),
    'REQUEST_ARGUMENT: dims of a dense vector is 4097, wanted at most 4096'
  )
  t.is(fault(sparse, { dims: 2 ** 31 - 1 }), 'no fault')
})

test('readDefinition: permutations have frequencies of two bytes', (t) => {
  t.is(fault(dense, { dims: 8, model: 'permutation_lsh', k: 65_535 }), 'no fault')
  t.is(
    fault(dense, { dims: 8, model: 'permutation_lsh', k: 65_536 }),
    'REQUEST_ARGUMENT: k of a permutation is 65536, wanted at most 65535'
  )
})

test('readDefinition: hash functions that take gigabytes are refused', (t) => {
  const many = { dims: 4096, model: 'lsh', similarity: 'cosine', L: 10_000, k: 10 }
  t.is(
    fault(dense, many),
    'REQUEST_ARGUMENT: hash functions have 409600000 numbers, wanted at most 16777216'
  )
  const sets = { dims: 10 ** 9, model: 'lsh', similarity: 'hamming', L: 2 ** 20, k: 4 }
  t.is(fault(sparse, sets), 'no fault')
  t.is(
    fault(sparse, { ...sets, k: 5 }),
    'REQUEST_ARGUMENT: hash functions have 5242880 numbers, wanted at most 4194304'
  )
})
