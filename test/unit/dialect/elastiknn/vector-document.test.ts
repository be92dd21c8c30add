import test from 'ava'
import { readDocumentVector } from '../../../../src/dialect/elastiknn/vector-document.ts'
import type { DocumentVector } from '../../../../src/dialect/elastiknn/vector-document.ts'
import type { WholeValue } from '../../../../src/mapping/index.ts'
import { JsonScanner, VectorStoreError } from '../../../../src/util/index.ts'
import type { Vector } from '../../../../src/vector/index.ts'

/** Reads the value of `f` in `{"f":…,"g":1}` and asserts that the scanner stands at its end. */
function read(
  text: string,
  kind: 'dense float' | 'sparse bool',
  dims: number,
  typed: { cuts: number[]; vectors: Vector[] } = { cuts: [], vectors: [] }
): DocumentVector & { between: string | null } {
  const body = `{"f":${text},"g":1}`
  const scanner = new JsonScanner(Buffer.from(body), { cuts: typed.cuts })
  scanner.next()
  scanner.next()
  scanner.next()
  const value = { scanner, vectors: typed.vectors } as unknown as WholeValue
  const found = readDocumentVector(value, kind, dims)
  if (scanner.next() !== 'name' || scanner.text() !== 'g') throw new Error('scanner is elsewhere')
  const place = found.text
  return {
    ...found,
    between: place !== null && 'from' in place ? body.slice(place.from, place.to) : null
  }
}

test('readDocumentVector: dense values in both forms, with the place of the numbers', (t) => {
  for (const text of [
    '[0.1, 2]',
    '{"values":[0.1, 2]}',
    '{"a":{"b":[1]},"values":[0.1, 2],"c":"d"}'
  ]) {
    const { vector, between } = read(text, 'dense float', 2)
    t.deepEqual(vector, Float32Array.of(0.1, 2))
    t.is(between, '[0.1, 2]')
  }
})

test('readDocumentVector: sparse indices in both forms, sorted, whose text is kept', (t) => {
  for (const text of ['[[3,1],100]', '{"total_indices":100,"true_indices":[3,1]}']) {
    const { vector, text: place } = read(text, 'sparse bool', 100)
    t.deepEqual(vector, Int32Array.of(1, 3))
    t.is(place, null)
  }
})

test('readDocumentVector: typed arrays that came beside the text', (t) => {
  const values = Float32Array.of(1, 2, 3)
  const alone = read('', 'dense float', 3, { cuts: [5], vectors: [values] })
  t.deepEqual(alone.vector, values)
  t.deepEqual(alone.text, { cut: 0 })
  const inside = read('{"values":}', 'dense float', 3, { cuts: [15], vectors: [values] })
  t.deepEqual(inside.vector, values)
  t.deepEqual(inside.text, { cut: 0 })
})

const faults: [string, 'dense float' | 'sparse bool', string][] = [
  ['[[1],2]', 'dense float', 'Unable to construct [dense float vector] from parsed JSON'],
  ['[1,2]', 'sparse bool', 'Unable to construct [sparse bool vector] from parsed JSON'],
  [
    '{"values":["wrong"]}',
    'dense float',
    'Expected token to be one of [VALUE_NUMBER] but found [VALUE_STRING]'
  ],
  [
    'null',
    'dense float',
    'Expected token to be one of [START_ARRAY,START_OBJECT] but found [VALUE_NULL]'
  ],
  ['[1,2,3]', 'dense float', 'Expected dimension 2 but got 3'],
  ['[[1],3]', 'sparse bool', 'Expected dimension 2 but got 3']
]
for (const [text, kind, message] of faults) {
  test(`readDocumentVector: ${text} for a ${kind} field of 2 dims is refused`, (t) => {
    const error = t.throws(() => read(text, kind, 2), { instanceOf: VectorStoreError })
    t.is(error.message, message)
  })
}
