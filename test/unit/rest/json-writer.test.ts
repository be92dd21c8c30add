import fc from 'fast-check'
import test from 'ava'
import { indentJson, writeJson } from '../../../src/rest/json-writer.ts'
import { AssertionFailure, RawJson } from '../../../src/util/index.ts'

const seed = 20_261_121

test('writeJson: what JSON.stringify writes', (t) => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      t.is(writeJson(value), JSON.stringify(value))
    }),
    { seed }
  )
})

test('writeJson: raw leaves, bigints, maps, typed arrays; undefined members are left out', (t) => {
  const source = new RawJson(Buffer.from('{"a": 1.50}'))
  const value = {
    source,
    score: new RawJson('1.0'),
    long: 2n ** 60n,
    map: new Map([['__proto__', 1]]),
    floats: new Float32Array([0.5, 2]),
    nothing: undefined
  }
  t.is(
    writeJson(value),
    '{"source":{"a": 1.50},"score":1.0,"long":1152921504606846976,"map":{"__proto__":1},"floats":[0.5,2]}'
  )
})

test('writeJson: a number that JSON does not have is a failed assertion', (t) => {
  t.throws(() => writeJson({ a: Number.NaN }), { instanceOf: AssertionFailure })
})

test('indentJson: the same value, numbers and strings untouched', (t) => {
  const raw = '{"a":[1.50,{"b":"x\\"{,}[]: y"}],"c":{},"d":[],"e":9007199254740993}'
  t.is(
    indentJson(raw),
    `{
  "a" : [
    1.50,
    {
      "b" : "x\\"{,}[]: y"
    }
  ],
  "c" : { },
  "d" : [ ],
  "e" : 9007199254740993
}`
  )
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      t.deepEqual(JSON.parse(indentJson(JSON.stringify(value))), JSON.parse(JSON.stringify(value)))
    }),
    { seed }
  )
})
