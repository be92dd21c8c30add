import test from 'ava'
import {
  filterSource,
  mergeSource,
  parseSource,
  plainValue,
  printSource,
  valuesAt
} from '../../../src/node/source-json.ts'

const parse = (text: string): ReturnType<typeof parseSource> => parseSource(Buffer.from(text))
const print = (value: Parameters<typeof printSource>[0]): string =>
  Buffer.from(printSource(value)).toString()

test('parseSource and printSource: the text of every number survives', (t) => {
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

test('mergeSource: objects member by member, arrays and scalars replaced, order of the first kept', (t) => {
  const { merged, changed } = mergeSource(
    parse('{"a":{"x":1.0,"y":2},"b":[1,2],"c":3}'),
    parse('{"a":{"y":5},"b":[9],"d":null}')
  )
  t.true(changed)
  t.is(print(merged), '{"a":{"x":1.0,"y":5},"b":[9],"c":3,"d":null}')
})

test('mergeSource: says when nothing changes, and sees a number written otherwise as a change', (t) => {
  const current = parse('{"a":{"x":1.0},"b":[1],"c":null}')
  t.false(mergeSource(current, parse('{"a":{"x":1.0},"b":[1]}')).changed)
  t.false(mergeSource(current, parse('{"c":null}')).changed)
  t.false(mergeSource(current, parse('{}')).changed)
  t.true(mergeSource(current, parse('{"a":{"x":1}}')).changed)
  t.true(mergeSource(current, parse('{"d":null}')).changed)
})

test('mergeSource: neither argument is changed', (t) => {
  const current = parse('{"a":{"x":1}}')
  const partial = parse('{"a":{"y":{"z":1}}}')
  mergeSource(current, partial)
  t.is(print(current), '{"a":{"x":1}}')
  t.is(print(partial), '{"a":{"y":{"z":1}}}')
})

test('mergeSource: a partial with __proto__ adds a key and nothing else', (t) => {
  const { merged } = mergeSource(parse('{"a":1}'), parse('{"__proto__":{"polluted":true}}'))
  t.is(print(merged), '{"a":1,"__proto__":{"polluted":true}}')
  t.is((merged as Record<string, unknown>)['polluted'], undefined)
  const again = mergeSource(merged, parse('{"__proto__":{"more":2}}')).merged
  t.is(print(again), '{"a":1,"__proto__":{"polluted":true,"more":2}}')
})

test('filterSource: includes, excludes and wildcards as Elasticsearch has them', (t) => {
  const text = '{"a":{"x":1.0,"y":{"z":2}},"b":[{"c":1,"d":2},{"d":3}],"e":5,"ab":6}'
  const filtered = (includes: string[], excludes: string[] = []): string =>
    print(filterSource(parse(text), { includes, excludes }))
  t.is(filtered(['a']), '{"a":{"x":1.0,"y":{"z":2}}}')
  t.is(filtered(['a.y']), '{"a":{"y":{"z":2}}}')
  t.is(filtered(['a.*']), '{"a":{"x":1.0,"y":{"z":2}}}')
  t.is(filtered(['a*']), '{"a":{"x":1.0,"y":{"z":2}},"ab":6}')
  t.is(filtered(['*.z']), '{"a":{"y":{"z":2}}}')
  t.is(filtered(['b.c']), '{"b":[{"c":1}]}')
  t.is(filtered([], ['b', 'a.y']), '{"a":{"x":1.0},"e":5,"ab":6}')
  t.is(filtered(['a'], ['a.x']), '{"a":{"y":{"z":2}}}')
  t.is(filtered(['nothing']), '{}')
})

test('valuesAt: through arrays of objects and keys with dots; an array at the end stays whole, as vectors must', (t) => {
  const source = parse('{"a":[{"b":1},{"b":[2,3]},{}],"c.d":4,"c":{"d":5}}')
  t.deepEqual(valuesAt(source, 'a.b'), [1, [2, 3]])
  t.deepEqual(valuesAt(source, 'c.d').toSorted(), [4, 5])
  t.deepEqual(valuesAt(source, 'x.y'), [])
  t.deepEqual(valuesAt(source, 'constructor'), [])
})
