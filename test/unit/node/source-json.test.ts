import test from 'ava'
import { parseSource, plainValue, valuesAt } from '../../../src/node/source-json.ts'
import { wantedOfSource } from '../../../src/node/source-filter.ts'
import { filterText, finishAtOnce } from '../../../src/util/index.ts'

const parse = (text: string): ReturnType<typeof parseSource> => parseSource(Buffer.from(text))
const print = (value: unknown): string => JSON.stringify(value)

test('parseSource: the text of every number survives', (t) => {
  for (const text of [
    '{"a":1.0}',
    '{"a":9007199254740993}',
    '{"a":1e3,"b":-0,"c":-0.0}',
    '{"a":[1.50,2,{"b":1E-7}]}',
    '{"a":123456789012345678901234567890.5}'
  ]) {
    t.is(print(parse(text)), text)
  }
})

test('parseSource: keys like __proto__ and constructor are ordinary keys', (t) => {
  const text = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"x":1.0}},"toString":2}'
  const source = parse(text)
  t.is(print(source), text)
  t.is(({} as Record<string, unknown>)['polluted'], undefined)
  t.true(Object.hasOwn(source, '__proto__'))
  const plain = plainValue(source) as Record<string, unknown>
  t.true(Object.hasOwn(plain, '__proto__'))
  t.is(Object.getPrototypeOf(plain), Object.prototype)
})

test('plainValue: raw numbers become numbers', (t) => {
  t.deepEqual(plainValue(parse('{"a":1.0,"b":[2e2,null,"x",true],"c":{"d":1.25}}')), {
    a: 1,
    b: [200, null, 'x', true],
    c: { d: 1.25 }
  })
})

test('filterSource: includes, excludes and wildcards as Elasticsearch has them', (t) => {
  const text = '{"a":{"x":1.0,"y":{"z":2}},"b":[{"c":1,"d":2},{"d":3}],"e":5,"ab":6}'
  const filtered = (includes: string[], excludes: string[] = []): string => {
    const wanted = wantedOfSource({ includes, excludes })
    return Buffer.from(finishAtOnce(filterText(Buffer.from(text), wanted)) ?? 'nothing').toString()
  }
  t.is(filtered(['a']), '{"a":{"x":1.0,"y":{"z":2}}}')
  t.is(filtered(['a.y']), '{"a":{"y":{"z":2}}}')
  t.is(filtered(['a.*']), '{"a":{"x":1.0,"y":{"z":2}}}')
  t.is(filtered(['a*']), '{"a":{"x":1.0,"y":{"z":2}},"ab":6}')
  t.is(filtered(['*.z']), '{"a":{"y":{"z":2}}}')
  t.is(filtered(['b.c']), '{"b":[{"c":1}]}')
  t.is(filtered([], ['b', 'a.y']), '{"a":{"x":1.0},"e":5,"ab":6}')
  t.is(filtered(['a'], ['a.x']), '{"a":{"y":{"z":2}}}')
  t.is(filtered(['nothing']), 'nothing')
})

test('valuesAt: through arrays of objects and keys with dots; an array at the end stays whole, as vectors must', (t) => {
  const source = parse('{"a":[{"b":1},{"b":[2,3]},{}],"c.d":4,"c":{"d":5}}')
  t.deepEqual(valuesAt(source, 'a.b'), [1, [2, 3]])
  t.deepEqual(valuesAt(source, 'c.d').toSorted(), [4, 5])
  t.deepEqual(valuesAt(source, 'x.y'), [])
  t.deepEqual(valuesAt(source, 'constructor'), [])
})
