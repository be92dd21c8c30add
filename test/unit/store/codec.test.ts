import test from 'ava'
import { decodeRecord, encodeRecord } from '../../../src/store/index.ts'
import { VectorStoreError } from '../../../src/util/index.ts'
import { randomOf } from '../../suite/store.ts'

test('decodeRecord: gives back what was encoded, with its types', (t) => {
  const value = {
    name: 'a',
    count: 2 ** 53 - 1,
    negative: -5,
    ratio: 0.1,
    nothing: null,
    flags: [true, false],
    long: 2n ** 63n - 1n,
    small: 5n,
    nested: { list: [{ a: 1 }, { a: 2, b: 'x' }] },
    map: new Map<string, unknown>([['field', new Map([['deep', 1]])]]),
    bytes: Uint8Array.of(1, 2, 3),
    floats: Float32Array.of(1.5, -2)
  }
  const decoded = decodeRecord(encodeRecord(value)) as typeof value
  t.deepEqual({ ...decoded, bytes: [...decoded.bytes] }, { ...value, bytes: [1, 2, 3] })
  t.true(decoded.map instanceof Map)
  t.is(Object.getPrototypeOf(decoded.nested), Object.prototype)
})

test('decodeRecord: keys from users are kept in Maps, also those that name a prototype', (t) => {
  const names = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', '']
  const map = new Map(names.map((name, i) => [name, i]))
  const decoded = decodeRecord(encodeRecord({ map })) as { map: Map<string, number> }
  t.deepEqual([...decoded.map], [...map])
  t.is(({} as Record<string, unknown>)['polluted'], undefined)
})

test('decodeRecord: damaged bytes are data or a STORE_CHECKSUM, and change nothing else', (t) => {
  const random = randomOf(20261121)
  const record = encodeRecord({
    map: new Map([['__proto__', { polluted: true }]]),
    list: Array.from({ length: 20 }, (_, i) => ({ id: i, text: 'text'.repeat(i) })),
    bytes: new Uint8Array(50)
  })
  for (let trial = 0; trial < 5_000; trial++) {
    const bytes = Uint8Array.from(record)
    for (let flips = 1 + Math.floor(random() * 3); flips > 0; flips--) {
      const at = Math.floor(random() * bytes.length)
      bytes[at] = Math.floor(random() * 256)
    }
    try {
      decodeRecord(bytes.subarray(0, Math.ceil(random() * bytes.length)))
    } catch (error) {
      if (!(error instanceof VectorStoreError)) t.fail(String(error))
    }
  }
  t.is(({} as Record<string, unknown>)['polluted'], undefined)
  t.is(Object.keys(Object.prototype).length, 0)
})
