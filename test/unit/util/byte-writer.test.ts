import test from 'ava'
import * as fc from 'fast-check'
import {
  ByteReader,
  ByteWriter,
  compareTerms,
  Growable,
  lowerBound
} from '../../../src/util/index.ts'

test('ByteReader: reads what ByteWriter wrote, whatever came before', (t) => {
  const value = fc.oneof(
    fc.record({ type: fc.constant('varint' as const), value: fc.maxSafeNat() }),
    fc.record({
      type: fc.constant('u32' as const),
      value: fc.integer({ min: 0, max: 2 ** 32 - 1 })
    }),
    fc.record({ type: fc.constant('text' as const), value: fc.string({ unit: 'grapheme' }) })
  )
  fc.assert(
    fc.property(fc.array(value), (values) => {
      const writer = new ByteWriter(1)
      for (const each of values)
        if (each.type === 'text') writer.text(each.value)
        else writer[each.type](each.value)
      const reader = new ByteReader(writer.view())
      for (const each of values) t.is(reader[each.type](), each.value)
      t.true(reader.atEnd)
    }),
    { seed: 1 }
  )
})

test('ByteReader: a text keeps its byte order mark', (t) => {
  const writer = new ByteWriter()
  writer.text('\ufeffid')
  t.is(new ByteReader(writer.view()).text(), '\ufeffid')
})

test('ByteReader: bytes that end too early are an error', (t) => {
  for (const bytes of [[], [0x80], [0x80, 0x80]])
    t.throws(() => new ByteReader(Uint8Array.from(bytes)).varint(), { code: 'STORE_CHECKSUM' })
  t.throws(() => new ByteReader(new Uint8Array(3)).u32(), { code: 'STORE_CHECKSUM' })
  t.throws(() => new ByteReader(Uint8Array.of(5, 65)).text(), { code: 'STORE_CHECKSUM' })
})

test('compareTerms: orders strings as their UTF-8 bytes', (t) => {
  const text = fc.string({ unit: 'binary' })
  fc.assert(
    fc.property(text, text, text, (start, a, b) => {
      const bytes = Buffer.compare(Buffer.from(start + a), Buffer.from(start + b))
      t.is(Math.sign(compareTerms(start + a, start + b)), bytes)
    }),
    { seed: 2 }
  )
  t.true(compareTerms('\uffff', '😀') < 0)
})

test('Growable: values stay where they were put', (t) => {
  const growable = new Growable((length) => new BigInt64Array(length))
  for (let at = 0; at < 1000; at++) growable.push(BigInt(at) << 40n)
  t.is(growable.length, 1000)
  for (let at = 0; at < 1000; at++) t.is(growable.array[at], BigInt(at) << 40n)
  t.true(growable.byteLength >= 8000)
})

test('lowerBound: the first that is not below the target', (t) => {
  const values = [1, 3, 3, 7]
  t.deepEqual(
    [0, 1, 2, 3, 4, 8].map((target) => lowerBound(values, target, 4)),
    [0, 0, 1, 1, 3, 4]
  )
  t.is(lowerBound(values, 8, 2), 2)
  t.is(lowerBound(values, 0, 4, 2), 2)
})
