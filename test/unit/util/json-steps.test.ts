/** Method: random JSON as clients may write it, read in steps and in one piece. */
import { setFlagsFromString } from 'node:v8'
import { runInThisContext } from 'node:vm'
import test from 'ava'
import fc from 'fast-check'
import {
  finishAtOnce,
  parseJson,
  parseJsonSteps,
  VectorStoreError
} from '../../../src/util/index.ts'
import type { JsonNumbers } from '../../../src/util/index.ts'

const seed = 20261122
const never = { due: () => false }

/** What is read, with bigint, raw numbers, -0 and the order of names; or the fault. */
function shown(read: () => unknown): string {
  try {
    return JSON.stringify(read(), (_name, value: unknown) => {
      if (typeof value === 'bigint') return `bigint ${value}`
      if (Object.is(value, -0)) return 'minus zero'
      return value
    })
  } catch (error) {
    if (!(error instanceof VectorStoreError)) throw error
    return `${error.code} ${error.message}`
  }
}

/** Whether both are the same; texts of a megabyte are not for people to compare. */
function same(a: string, b: string): boolean {
  if (a === b) return true
  let at = 0
  while (a[at] === b[at]) at++
  throw new Error(`at ${at}: ${a.slice(at, at + 80)}, wanted ${b.slice(at, at + 80)}`)
}

function inSteps(text: string, numbers: JsonNumbers = 'integer'): unknown {
  return finishAtOnce(parseJsonSteps(Buffer.from(text), numbers, never))
}

/** Numbers, escapes, blanks and names that are not as JSON.stringify prints them. */
const scalarText = fc.oneof(
  fc.constantFrom(
    '1.0',
    '-0',
    '-0.0',
    '1e3',
    '1E+2',
    '9007199254740993',
    '-123456789012345678',
    '0',
    '12'
  ),
  fc.constantFrom('true', 'false', 'null', '"\\ud800"', '"\\u00e9\\n"', '"a:b,c]}"', '"é€😀"'),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.string().map((text) => JSON.stringify(text)),
  // Long enough for a piece to end in it, or behind it.
  fc.integer({ min: 100, max: 3000 }).map((length) => `"${'x'.repeat(length)}"`)
)
const blank = fc.constantFrom('', '', ' ', '\n', '\t\r\n')
const nameText = fc.oneof(
  fc.constantFrom('"__proto__"', '"constructor"', '"7"', '"007"', '""', '"a\\"b"', '"a:b"'),
  fc.string().map((text) => JSON.stringify(text))
)

const { json: jsonText } = fc.letrec<{ json: string; list: string; object: string }>((tie) => ({
  json: fc.oneof({ maxDepth: 6, withCrossShrink: true }, scalarText, tie('list'), tie('object')),
  list: fc
    .tuple(blank, fc.array(tie('json'), { maxLength: 8 }))
    .map(([space, items]) => `[${space}${items.join(`${space},${space}`)}${space}]`),
  object: fc
    .tuple(
      blank,
      fc.uniqueArray(fc.tuple(nameText, tie('json')), {
        maxLength: 8,
        selector: ([name]) => JSON.parse(name) as string
      })
    )
    .map(
      ([space, members]) =>
        `{${space}${members.map(([name, value]) => `${name}${space}:${space}${value}`).join(`,${space}`)}${space}}`
    )
}))

/** Repeated, so that texts have several pieces. */
const longText = fc
  .tuple(
    fc.array(jsonText, { minLength: 1, maxLength: 4 }),
    fc.integer({ min: 1, max: 20 }),
    fc.boolean()
  )
  .map(([texts, count, isObject]) => {
    const parts = Array.from({ length: count }, (_, at) => texts[at % texts.length]!)
    return isObject
      ? `{${parts.map((part, at) => `"n${at}":${part}`).join(',')}}`
      : `[${parts.join(',')}]`
  })

test('parseJsonSteps: reads what parseJson reads', (t) => {
  fc.assert(
    fc.property(longText, (text) =>
      same(
        shown(() => inSteps(text)),
        shown(() => parseJson(Buffer.from(text)))
      )
    ),
    { seed, numRuns: 300 }
  )
  t.pass()
})

test('parseJsonSteps: makes of doubles what JSON.parse makes', (t) => {
  fc.assert(
    fc.property(longText, (text) =>
      same(
        shown(() => inSteps(text, 'double')),
        shown(() => JSON.parse(text))
      )
    ),
    { seed, numRuns: 200 }
  )
  t.pass()
})

test('parseJsonSteps: lists of strings are what JSON.parse makes of them, whatever is in them and between them', (t) => {
  const string = fc.constantFrom(
    '""',
    '","',
    '" , "',
    '"a"',
    '"a,b"',
    '"["',
    '"é€😀"',
    '"\\""',
    '"\\\\"'
  )
  const separator = fc.constantFrom(',', ',', ',', ', ', ' ,', ',\n')
  const list = fc
    .array(fc.tuple(string, separator), { minLength: 1, maxLength: 12 })
    .map((items) => items.map(([item, between], at) => (at === 0 ? item : `${between}${item}`)))
    .map((items) => items.join(''))
  // Long enough for a piece to end between two of them.
  const text = fc
    .tuple(
      fc.array(list, { minLength: 1, maxLength: 5 }),
      fc.constantFrom('', '1,', '["a","b"],{},')
    )
    .map(([lists, other]) => `[${other}${Array.from({ length: 3000 }, () => lists.join()).join()}]`)
  fc.assert(
    fc.property(text, (one) =>
      same(
        shown(() => inSteps(one)),
        shown(() => JSON.parse(one))
      )
    ),
    { seed, numRuns: 50 }
  )
  t.pass()
})

test('parseJsonSteps: a text that is broken has the fault that parseJson tells', (t) => {
  const share = fc.double({ min: 0, max: 1, noNaN: true })
  fc.assert(
    fc.property(
      longText,
      share,
      fc.constantFrom('}', ']', '"', ',', '\\', '\u0001', 'é'),
      (text, at, more) => {
        const head = text.slice(0, Math.floor(text.length * at))
        return [head, `${head}${more}${text.slice(head.length)}`].every((broken) =>
          same(
            shown(() => inSteps(broken)),
            shown(() => parseJson(Buffer.from(broken)))
          )
        )
      }
    ),
    { seed, numRuns: 200 }
  )
  t.pass()
})

test('parseJsonSteps: depth, bytes that are no UTF-8 and names twice are refused as in one piece', (t) => {
  const deep = `${'['.repeat(1001)}${']'.repeat(1001)}`
  const long = `"${'x'.repeat(20_000)}"`
  for (const text of [
    deep,
    `{"a":${long},"b":1,"a":2}`,
    `[${long},{"a":1,"a":2}]`,
    '',
    ' ',
    `${long} 1`
  ])
    t.is(
      shown(() => inSteps(text)),
      shown(() => parseJson(Buffer.from(text)))
    )
  const bytes = Buffer.concat([Buffer.from(`[${long},"`), Buffer.from([0xff]), Buffer.from('"]')])
  t.is(
    shown(() => finishAtOnce(parseJsonSteps(bytes, 'integer', never))),
    shown(() => parseJson(bytes))
  )
  t.is((inSteps(`{"__proto__":{"x":${long}},"y":[${long}]}`) as { x?: unknown }).x, undefined)
})

test('parseJsonSteps: gives way between pieces of a text, also where it is one list of short members', (t) => {
  const texts = {
    numbers: JSON.stringify(Array.from({ length: 100_000 }, (_, at) => at)),
    objects: JSON.stringify({ a: { b: Array.from({ length: 20_000 }, (_, at) => ({ at })) } }),
    nested: `${'{"a":['.repeat(400)}${'1,'.repeat(200_000)}1${']}'.repeat(400)}`
  }
  for (const [name, text] of Object.entries(texts)) {
    const steps = parseJsonSteps(Buffer.from(text), 'integer', { due: () => true })
    let count = 0
    let step = steps.next()
    for (; step.done !== true; step = steps.next()) count++
    t.true(count > text.length / 2 ** 15, `${name}: ${count} of ${text.length} bytes`)
    t.deepEqual(step.value, JSON.parse(text))
  }
})

test('parseJsonSteps: numbers of a list lie in it, whatever lists were read before', (t) => {
  setFlagsFromString('--allow-natives-syntax')
  const kindOf = runInThisContext(
    "list => %HasDoubleElements(list) ? 'doubles' : %HasSmiElements(list) ? 'small integers' : 'objects'"
  ) as (list: unknown) => string
  const listOf = (element: (at: number) => unknown): unknown =>
    (
      inSteps(JSON.stringify([Array.from({ length: 20_000 }, (_, at) => element(at))])) as unknown[]
    )[0]
  for (let round = 0; round < 3; round++) {
    t.is(kindOf(listOf((at) => `name${at}`)), 'objects')
    t.is(kindOf(listOf((at) => at + 0.5)), 'doubles')
    t.is(kindOf(listOf((at) => at)), 'small integers')
  }
})
