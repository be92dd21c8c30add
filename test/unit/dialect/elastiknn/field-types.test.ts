/** The types in a mapping of their own. */
import test from 'ava'
import { elastiknnTypes } from '../../../../src/dialect/elastiknn/field-types.ts'
import { createFieldTypeRegistry, createMapping } from '../../../../src/mapping/index.ts'
import type { IndexMapping } from '../../../../src/mapping/index.ts'
import { VectorStoreError } from '../../../../src/util/index.ts'

const registry = createFieldTypeRegistry(elastiknnTypes, {
  vectorTypeName: 'dense_vector',
  dynamicFloatArray: () => null
})

const options = { dims: 2, model: 'lsh', similarity: 'angular', bands: 9, rows: 2 }

function mappingOf(elastiknn: unknown = options): IndexMapping {
  const field = { type: 'elastiknn_dense_float_vector', elastiknn }
  return createMapping(
    { properties: { f: field, a: { properties: { b: field } } } },
    registry,
    new Map()
  )
}

function vectorsOf(body: string): [string, unknown][] {
  const { document } = mappingOf().parseDocument({
    id: '1',
    routing: null,
    body: Buffer.from(body)
  })
  return document.docs.at(-1)!.vectors.map(({ field, vector }) => [field.name, vector])
}

function fault(run: () => unknown): { message: string; reason: string; code: string } {
  try {
    run()
  } catch (error) {
    if (!(error instanceof VectorStoreError)) throw error
    let inner = error
    while (inner.cause instanceof VectorStoreError) inner = inner.cause
    return { message: error.message, reason: inner.message, code: inner.code }
  }
  throw new Error('no error was thrown')
}

test('parseDefinition: a field prints its definition with the words of today', (t) => {
  const properties = mappingOf().toJson()['properties'] as Record<string, unknown>
  t.deepEqual(properties['f'], {
    type: 'elastiknn_dense_float_vector',
    elastiknn: { L: 9, dims: 2, k: 2, model: 'lsh', similarity: 'cosine' }
  })
})

test('parseDefinition: a fault of the definition names what is wrong', (t) => {
  t.is(
    fault(() => mappingOf({ dims: 2, model: 'wrong!' })).reason,
    'Expected [model] to be one of [exact,lsh,permutation_lsh] but found [wrong!]'
  )
})

test('parseWhole: vectors in all forms, under objects too, or none', (t) => {
  t.deepEqual(vectorsOf('{"f":[1,0.5],"a":{"b":{"values":[0,0]}}}'), [
    ['f', Float32Array.of(1, 0.5)],
    ['a.b', Float32Array.of(0, 0)]
  ])
  t.deepEqual(vectorsOf('{"other":"text"}'), [])
})

const faults: [string, string][] = [
  ['[1,2,3]', 'Expected dimension 2 but got 3'],
  ['[[1],2]', 'Unable to construct [dense float vector] from parsed JSON'],
  ['null', 'Expected token to be one of [START_ARRAY,START_OBJECT] but found [VALUE_NULL]']
]
for (const [value, reason] of faults) {
  test(`parseWhole: the value ${value} is refused`, (t) => {
    t.is(fault(() => vectorsOf(`{"f":${value}}`)).reason, reason)
  })
}

test('queries: exists is answered, terms are refused', (t) => {
  const mapping = mappingOf()
  const context = { nowMs: 0, indexName: 'i', allowUnmappedFields: true, termsMax: 65_536 }
  t.is(mapping.lower({ type: 'fieldExists', field: 'f' }, context).type, 'exists')
  t.is(
    fault(() =>
      mapping.lower({ type: 'fieldTerm', field: 'f', value: 'x', caseInsensitive: false }, context)
    ).reason,
    "Field [f] of type [elastiknn_dense_float_vector] doesn't support term queries with value of type [java.lang.String]"
  )
})
