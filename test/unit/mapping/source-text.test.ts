/** Sources come back byte by byte: what is cut out must be what printing the stored vector gives. */
import test from 'ava'
import * as fc from 'fast-check'
import { createFieldTypeRegistry, createMapping } from '../../../src/mapping/index.ts'
import type { IndexableDocument } from '../../../src/segment/index.ts'

const seed = 1594395154
const mapping = createMapping(
  {
    properties: {
      v: { type: 'vector', dims: 4, space: 'l2' },
      p: { type: 'nested', properties: { v: { type: 'vector', dims: 2, space: 'l2' } } }
    }
  },
  createFieldTypeRegistry([]),
  new Map()
)

/** The source as a reader prints it: cut vectors as JSON of their numbers. */
function printedSource({ source, docs }: IndexableDocument): string {
  const text = Buffer.from(source.text)
  let printed = ''
  let from = 0
  for (const cut of source.cuts) {
    const stored = docs[cut.docOffset]!.vectors.find(({ field }) => field.number === cut.field)!
    printed += text.toString('utf8', from, cut.offset) + JSON.stringify(Array.from(stored.vector))
    from = cut.offset
  }
  return printed + text.toString('utf8', from)
}

const parse = (body: Buffer | Record<string, unknown>): IndexableDocument =>
  mapping.parseDocument({ id: '1', routing: null, body }).document

test('parseDocument: any body given as bytes comes back as the same bytes', (t) => {
  const number = fc.oneof(
    fc
      .float({ noNaN: true, noDefaultInfinity: true, min: -1000, max: 1000 })
      .map((value) => JSON.stringify(value)),
    fc.constantFrom('1', '-0', '0.10', '1.0', '1e2', '0.1', '123456789.123456789', '-7', '0')
  )
  const vector = (dims: number): fc.Arbitrary<string> =>
    fc.array(number, { minLength: dims, maxLength: dims }).map((list) => `[${list.join(',')}]`)
  const body = fc.tuple(
    vector(4),
    fc.array(vector(2), { maxLength: 3 }),
    fc.string(),
    fc.constantFrom('', ' ', '\n  ')
  )
  fc.assert(
    fc.property(body, ([v, nested, text, blank]) => {
      const children = nested.map((each) => `{"v":${blank}${each}${blank}}`).join(',')
      const json = `{"t":${JSON.stringify(text)},"v":${blank}${v}${blank},"p":[${children}],"s":"end"}`
      t.is(printedSource(parse(Buffer.from(json))), json)
    }),
    { seed, numRuns: 300 }
  )
})

test('parseDocument: float32 numbers widened to double are cut, other texts are kept', (t) => {
  const widened = JSON.stringify(Array.from(Float32Array.of(0.1, 0.2, -3.5, 4)))
  t.deepEqual(
    parse(Buffer.from(`{"v":${widened}}`)).source.cuts.map(({ offset, form }) => [offset, form]),
    [[5, 'float64']]
  )
  t.is(parse(Buffer.from('{"v":[0.1,0.2,-3.5,4]}')).source.cuts.length, 0)
  t.is(parse(Buffer.from(`{"v":${widened.replaceAll(',', ', ')}}`)).source.cuts.length, 0)
})

test('parseDocument: an object with typed arrays becomes JSON with its vectors beside it', (t) => {
  const body = {
    t: 'ä"\n',
    v: Float32Array.of(0.1, 2, 3, 4),
    when: new Date(0),
    big: 9007199254740993n,
    none: undefined,
    p: [{ v: Float32Array.of(1, 2) }, { v: Float32Array.of(3, 4), n: null }]
  }
  const document = parse(body)
  t.is(
    printedSource(document),
    '{"t":"ä\\"\\n","v":[0.10000000149011612,2,3,4],"when":"1970-01-01T00:00:00.000Z","big":9007199254740993,"p":[{"v":[1,2]},{"v":[3,4],"n":null}]}'
  )
  t.is(document.source.cuts.length, 3)
  t.deepEqual(
    document.docs.map(({ path, vectors }) => [path, ...vectors.map(({ vector }) => vector[0])]),
    [
      ['p', 1],
      ['p', 3],
      ['', Math.fround(0.1)]
    ]
  )
})

test('parseDocument: a typed array for a field of numbers is indexed and stays in the text', (t) => {
  const { docs, source } = parse({ n: Int8Array.of(1, -2), f: Float32Array.of(1, 0.5) })
  t.is(Buffer.from(source.text).toString(), '{"n":[1,-2],"f":[1.0,0.5]}')
  t.deepEqual(
    docs[0]!.columns.map(({ field, values }) => [field.name, field.column, [...values]]),
    [
      ['n', 'long', [1n, -2n]],
      ['f', 'double', [1, 0.5]]
    ]
  )
})

test('parseDocument: typed arrays of every kind are arrays of numbers, as a vector too', (t) => {
  for (const values of [Float64Array.of(1, 2.5, 3, 4), Int16Array.of(1, -2, 3, 4)]) {
    const { docs, source } = parse({ v: values, n: Uint32Array.of(7, 8) })
    t.is(Buffer.from(source.text).toString(), `{"v":[${values.join(',')}],"n":[7,8]}`)
    t.deepEqual([...docs[0]!.vectors[0]!.vector], [...values])
  }
})

test('parseDocument: the source of an object without vectors is what JSON.stringify prints', (t) => {
  const open = createMapping({ dynamic: false }, createFieldTypeRegistry([]), new Map())
  const text = fc.oneof(
    fc.string({ maxLength: 80 }),
    fc.string({ unit: 'grapheme', maxLength: 80 }),
    fc.constantFrom('a"b', 'a\\b', 'tab\t', '\u007f', '\u2028', 'x'.repeat(64), 'x'.repeat(65))
  )
  // Dots would make objects of it, and names of nothing but blanks are refused.
  const name = text.map((each) => `k${each.replaceAll('.', '-')}`)
  const value = fc.oneof(
    text,
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer(),
    fc.boolean(),
    fc.constant(null)
  )
  const body = fc.dictionary(name, fc.oneof(value, fc.array(value, { maxLength: 3 })))
  fc.assert(
    fc.property(body, (object) => {
      const { document } = open.parseDocument({ id: '1', routing: null, body: object })
      t.is(Buffer.from(document.source.text).toString(), JSON.stringify(object))
    }),
    { seed, numRuns: 500 }
  )
})
