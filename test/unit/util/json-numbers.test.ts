/** Goal: a vector that is read from a text's bytes is what JSON.parse reads, to the bit, and nothing else of the text changes. */
import test from 'ava'
import * as fc from 'fast-check'
import { parseJson, parseJsonWithVector, VectorStoreError } from '../../../src/util/index.ts'

const seed = 1594395154

const isVector = (path: readonly string[]): boolean => path.at(-1) === 'vec'

/** Plain arrays instead of typed ones. */
function plain(value: unknown): unknown {
  if (value instanceof Float64Array) return Array.from(value)
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member)]))
}

/** The value, or what is wrong with the text. */
function read(parse: () => unknown): unknown {
  try {
    return plain(parse())
  } catch (error) {
    if (error instanceof VectorStoreError) return `${error.code} ${error.message}`
    throw error
  }
}

/** Whether the fast way was taken. */
function holdsTyped(text: string): boolean {
  let isFound = false
  try {
    JSON.stringify(parseJsonWithVector(Buffer.from(text), isVector), (_name, value: unknown) => {
      isFound ||= value instanceof Float64Array
      return value
    })
  } catch {
    return false
  }
  return isFound
}

const bothWays = (text: string): [unknown, unknown] => {
  const bytes = Buffer.from(text)
  return [read(() => parseJsonWithVector(bytes, isVector)), read(() => parseJson(bytes))]
}

const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: 17 })
const number = fc.oneof(
  fc.integer({ min: -300, max: 300 }).map(String),
  fc.integer({ min: -1e6, max: 1e6 }).map((each) => String(each / 1e4)),
  fc.tuple(fc.nat(999), digits).map(([whole, part]) => `${whole}.${part.slice(0, 9)}`)
)
/** Those that are not read fast, and no numbers. */
const odd = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.tuple(digits, digits).map(([whole, part]) => `${whole}.${part}`),
  digits,
  fc.constantFrom('-0', '00', '01', '1.', '.5', '-', '1e3', '+1', '"1"', '[]', '', '1 2', ':1')
)
const blank = fc.constantFrom('', '', '', ' ', '\n\t', '\r ')
const array = (minLength: number, maxLength: number): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.array(fc.tuple(blank, number, blank), { minLength, maxLength }),
      fc.option(fc.tuple(fc.nat(maxLength), odd))
    )
    .map(([numbers, extra]) => {
      const texts = numbers.map((parts) => parts.join(''))
      if (extra !== null) texts.splice(extra[0], 0, extra[1])
      return `[${texts.join(',')}]`
    })

test('parseJsonWithVector: reads what parseJson reads, and tells the same faults', (t) => {
  let vectorCount = 0
  const frames = fc.constantFrom<(vector: string, other: string) => string>(
    (vector) => `{"a":"ü","vec":${vector},"b":[1,"x"]}`,
    (vector, other) => `{"terms":{"x":${other}},"knn":[{"vec": ${vector} }]}`,
    (vector, other) => `{"vec":${other},"c":{"vec":${vector}}}`,
    (vector) => `{"vec":[${vector},3]}`,
    (vector) => `{"other":${vector},"vec":[1]}`,
    (vector) => `{"vec":${vector},"vec":1}`,
    (vector) => `{${vector}:"vec"}`,
    (vector) => `{"text":"${vector}","vec":${vector}}`,
    (vector) => `{"text":"\uFFFE","vec":${vector}}`,
    (vector) => `{"text":"a\\"b","vec":${vector}}`,
    (vector) => `${vector}{"vec":1}`,
    (vector) => `{"vec":${vector}`,
    (vector) => vector
  )
  fc.assert(
    fc.property(frames, array(60, 90), array(0, 80), (frame, vector, other) => {
      const text = frame(vector, other)
      const [got, wanted] = bothWays(text)
      t.deepEqual(got, wanted, text)
      vectorCount += Number(holdsTyped(text))
    }),
    { seed, numRuns: 2000 }
  )
  t.true(vectorCount > 200 && vectorCount < 1500, `${vectorCount}`)
})

test('parseJsonWithVector: a long array is a Float64Array where it is wanted, and only there', (t) => {
  const vector = Array.from({ length: 100 }, (_, at) => at / 8)
  const text = Buffer.from(JSON.stringify({ a: vector, q: { vec: vector } }))
  const wanted = parseJsonWithVector(Buffer.from(JSON.stringify({ q: { vec: vector } })), isVector)
  t.deepEqual(wanted, { q: { vec: Float64Array.from(vector) } })
  t.deepEqual(parseJsonWithVector(text, isVector), { a: vector, q: { vec: vector } })
  const negative = parseJsonWithVector(Buffer.from(`{"vec":[${'-0,'.repeat(80)}-0.5]}`), isVector)
  t.true(Object.is((negative as { vec: Float64Array }).vec[0], -0))
})
