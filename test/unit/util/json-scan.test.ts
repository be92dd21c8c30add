import test from 'ava'
import * as fc from 'fast-check'
import { JsonScanner, VectorStoreError, parseJson, readJsonValue } from '../../../src/util/index.ts'

const seed = 1594395154
const bytes = (text: string): Buffer => Buffer.from(text)

/** Whole numbers beyond 2^53 as the doubles that JSON.parse makes of them. */
function asNumbers(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (Array.isArray(value)) return value.map(asNumbers)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, asNumbers(each)]))
}

function faultOf(text: string | Uint8Array): string {
  try {
    parseJson(typeof text === 'string' ? bytes(text) : text)
  } catch (error) {
    if (error instanceof VectorStoreError && error.code === 'REQUEST_SYNTAX') return error.message
    throw error
  }
  return 'no fault'
}

test('parseJson: answers what JSON.parse answers, whatever the value and the blanks', (t) => {
  const spaces = fc.constantFrom(undefined, 0, 1, 3, '\t')
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), spaces, (value, space) => {
      const text = JSON.stringify(value, null, space)
      t.deepEqual(asNumbers(parseJson(bytes(text))), JSON.parse(text))
    }),
    { seed, numRuns: 300 }
  )
})

test('readJsonValue: the value token by token is the value of JSON.parse', (t) => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
      const text = JSON.stringify(value)
      const scanner = new JsonScanner(bytes(text))
      scanner.next()
      t.deepEqual(asNumbers(readJsonValue(scanner)), JSON.parse(text))
      t.is(scanner.next(), 'end')
    }),
    { seed, numRuns: 300 }
  )
})

test('parseJson: refuses exactly what JSON.parse refuses, for texts with one byte changed', (t) => {
  const valid = '{"a":[1,2.5e-3,-0,true,null],"b":{"c":"x\\u00e9\\n"},"d":false}'
  fc.assert(
    fc.property(
      fc.nat(valid.length - 1),
      fc.constantFrom(...'{}[],:"\\0-.eEtfnu x\n'.split('')),
      (at, character) => {
        const text = valid.slice(0, at) + character + valid.slice(at + 1)
        let isJson = true
        try {
          JSON.parse(text)
        } catch {
          isJson = false
        }
        const fault = faultOf(text)
        if (!isJson) t.not(fault, 'no fault', text)
        else t.true(fault === 'no fault' || fault.includes('Duplicate field'), `${text}: ${fault}`)
      }
    ),
    { seed, numRuns: 2000 }
  )
})

test('parseJson: a name twice in one object is refused with its place', (t) => {
  t.is(faultOf('{"a":1,\n "b":2, "a":3}'), "[2:9] Duplicate field 'a'")
  const many = Array.from({ length: 40 }, (_none, at) => `"f${at}":${at}`).join(',')
  t.regex(faultOf(`{${many},"f7":1}`), /Duplicate field 'f7'/)
  t.deepEqual(parseJson(bytes('[{"a":1},{"a":2}]')), [{ a: 1 }, { a: 2 }])
})

test('parseJson: a name twice is refused wherever it stands, whatever colons the strings hold', (t) => {
  const words = fc.constantFrom('a', 'b', ':', 'a:b', '::', 'é', '\\', '\u0000')
  const value = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      words,
      fc.integer(),
      fc.array(tie('value'), { maxLength: 3 }),
      fc
        .uniqueArray(fc.tuple(words, tie('value')), { maxLength: 3, selector: ([name]) => name })
        .map((members) => Object.fromEntries(members))
    )
  })).value
  fc.assert(
    fc.property(value, words, value, (outer, name, dropped) => {
      const [key, inner] = [JSON.stringify(name), JSON.stringify(dropped)]
      const once = `{${key}:${JSON.stringify(outer)}}`
      t.deepEqual(parseJson(bytes(once)), JSON.parse(once))
      const twice = `[{${key}:${inner},${once.slice(1)}]`
      t.regex(faultOf(twice), /Duplicate field/, twice)
    }),
    { seed, numRuns: 500 }
  )
})

test('parseJson: depth is refused before the stack is at risk', (t) => {
  t.regex(faultOf('['.repeat(10_000)), /nesting depth \(1001\) exceeds the maximum allowed \(1000/)
  t.regex(faultOf('{"a":'.repeat(10_000)), /nesting depth \(1001\)/)
  t.notThrows(() => parseJson(bytes(`${'['.repeat(1000)}${']'.repeat(1000)}`)))
})

test('parseJson: bytes that are not UTF-8 are refused', (t) => {
  t.is(faultOf(Uint8Array.of(0x22, 0xc3, 0x28, 0x22)), '[1:1] Invalid UTF-8')
})

test('parseJson: whole numbers beyond 2^53 keep every digit', (t) => {
  t.deepEqual(parseJson(bytes('{"n":[9007199254740993,-9223372036854775808,12]}')), {
    n: [9007199254740993n, -9223372036854775808n, 12]
  })
})

test('parseJson: __proto__ is a name like any other', (t) => {
  const value = parseJson(bytes('{"__proto__":{"x":1},"n":9007199254740993}')) as object
  t.true(Object.hasOwn(value, '__proto__'))
  t.is(Object.getPrototypeOf(value), Object.prototype)
  t.is((value as { x?: number }).x, undefined)
})

test('JsonScanner: 1 is an integer, 1.0 and 1e0 are not', (t) => {
  const scanner = new JsonScanner(bytes('[1,1.0,1e0,-12]'))
  const kinds: boolean[] = []
  scanner.next()
  while (scanner.next() !== 'arrayEnd') kinds.push(scanner.isInteger)
  t.deepEqual(kinds, [true, false, false, true])
})

test('JsonScanner: a value that was cut out is a token of its own, wherever it stood', (t) => {
  // {"v": <0>, "o":{"w":<1>}, "a":[<2>,1]}
  const text = '{"v": , "o":{"w":}, "a":[,1]}'
  const cuts = [6, text.indexOf('}'), text.indexOf(',1]')]
  const scanner = new JsonScanner(bytes(text), { cuts })
  const seen: string[] = []
  for (let token = scanner.next(); token !== 'end'; token = scanner.next()) {
    seen.push(token === 'cut' ? `cut ${scanner.cut}` : token === 'name' ? scanner.text() : token)
  }
  t.deepEqual(seen, [
    'objectStart',
    'v',
    'cut 0',
    'o',
    'objectStart',
    'w',
    'cut 1',
    'objectEnd',
    'a',
    'arrayStart',
    'cut 2',
    'number',
    'arrayEnd',
    'objectEnd'
  ])
})

test('peekNumbers: reads numbers ahead, and nothing moves before takeNumbers', (t) => {
  const scanner = new JsonScanner(bytes('{"v":[1, 2.5],"s":["x"],"e":[]}'))
  scanner.next()
  scanner.next()
  scanner.next()
  t.deepEqual(scanner.peekNumbers(), [1, 2.5])
  t.is(scanner.token, 'arrayStart')
  scanner.takeNumbers()
  t.is(scanner.token, 'arrayEnd')
  t.is(scanner.next(), 'name')
  scanner.next()
  t.is(scanner.peekNumbers(), null)
  scanner.skipValue()
  t.is(scanner.next(), 'name')
  scanner.next()
  t.deepEqual(scanner.peekNumbers(), [])
})

test('name: gives what JSON.parse gives, of names that share places, are long, escaped or not ASCII', (t) => {
  const name = fc.oneof(
    fc.string({ unit: fc.constantFrom(...'abcAB_.'), maxLength: 4 }),
    fc.string({ unit: fc.constantFrom(...'abcdefghijklmnop0123'), minLength: 5, maxLength: 40 }),
    fc.string({ unit: 'grapheme', maxLength: 6 }),
    fc.constantFrom('a"b', 'a\\b', 'ä', '\n', '')
  )
  const objects = fc.uniqueArray(name, { maxLength: 40 })
  fc.assert(
    fc.property(objects, (names) => {
      const text = `{${names.map((each) => `${JSON.stringify(each)}:1`).join(',')}}`
      const scanner = new JsonScanner(bytes(text))
      scanner.next()
      const found: string[] = []
      while (scanner.next() !== 'objectEnd') {
        found.push(scanner.name())
        scanner.next()
      }
      t.deepEqual(found, names)
    }),
    { seed, numRuns: 500 }
  )
})
