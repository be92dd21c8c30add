import test from 'ava'
import * as fc from 'fast-check'
import { decodeOpRow, encodeOpRow } from '../../../src/engine/op-row.ts'
import type { OpRow } from '../../../src/engine/op-row.ts'
import { VectorStoreError } from '../../../src/util/index.ts'

const seed = 20261121

const vectors = fc.oneof(
  fc.float32Array({ minLength: 1, maxLength: 40, noNaN: true }),
  fc.int8Array({ minLength: 1, maxLength: 40 }),
  fc.uint8Array({ minLength: 1, maxLength: 40 }),
  fc.int32Array({ maxLength: 40 })
)
const cuts = fc.array(
  fc.record({
    offset: fc.nat(0xffff_ffff),
    field: fc.nat(0xffff),
    docOffset: fc.nat(10_000),
    form: fc.constantFrom(...(['float64', 'float32', 'int', 'base64'] as const)),
    vector: vectors
  }),
  { maxLength: 4 }
)
const wellFormed = fc.string({ unit: 'grapheme' })
const rows: fc.Arbitrary<OpRow> = fc.oneof(
  fc.record({
    type: fc.constant('delete' as const),
    seqNo: fc.maxSafeNat(),
    version: fc.maxSafeNat(),
    id: wellFormed
  }),
  fc
    .record({
      seqNo: fc.maxSafeNat(),
      version: fc.maxSafeNat(),
      id: wellFormed,
      routing: fc.option(wellFormed),
      text: fc.uint8Array({ maxLength: 300 }),
      cuts
    })
    .map(({ seqNo, version, id, routing, text, cuts: all }) => ({
      type: 'index' as const,
      seqNo,
      version,
      logged: {
        id,
        routing,
        source: {
          text,
          cuts: all.map(({ offset, field, docOffset, form }) => ({
            offset,
            field,
            docOffset,
            form
          }))
        },
        vectors: all.map(({ vector }) => vector)
      }
    }))
)

test('decodeOpRow: gives back what encodeOpRow was given, from bytes at any alignment', (t) => {
  fc.assert(
    fc.property(rows, fc.nat(7), (row, shift) => {
      const encoded = encodeOpRow(row)
      const shifted = new Uint8Array(encoded.length + shift).subarray(shift)
      shifted.set(encoded)
      t.deepEqual(decodeOpRow(shifted), row)
    }),
    { seed }
  )
})

test('decodeOpRow: an id that begins with a byte order mark keeps it', (t) => {
  const row: OpRow = { type: 'delete', seqNo: 1, version: 1, id: '\uFEFFa' }
  t.deepEqual(decodeOpRow(encodeOpRow(row)), row)
})

test('decodeOpRow: what it gives does not share memory with the row', (t) => {
  const text = new TextEncoder().encode('{"a":1}')
  const source = { text, cuts: [] }
  const bytes = encodeOpRow({
    type: 'index',
    seqNo: 1,
    version: 1,
    logged: { id: 'a', routing: null, source, vectors: [] }
  })
  const row = decodeOpRow(bytes)
  bytes.fill(0)
  t.deepEqual(row.type === 'index' ? row.logged.source.text : null, text)
})

test('decodeOpRow: a newer row version is refused by number', (t) => {
  const bytes = encodeOpRow({ type: 'delete', seqNo: 1, version: 1, id: 'a' })
  bytes[0] = 2
  const error = t.throws(() => decodeOpRow(bytes), { instanceOf: VectorStoreError })
  t.is(error.code, 'STORE_FORMAT')
})

test('decodeOpRow: a row cut short or with an unknown type is an error, never a shorter document', (t) => {
  const bytes = encodeOpRow({
    type: 'index',
    seqNo: 1,
    version: 1,
    logged: {
      id: 'a',
      routing: 'r',
      source: {
        text: new Uint8Array(0),
        cuts: [{ offset: 0, field: 1, docOffset: 0, form: 'float32' }]
      },
      vectors: [new Float32Array([1, 2])]
    }
  })
  for (let length = 0; length < bytes.length; length++) {
    const error = t.throws(() => decodeOpRow(bytes.slice(0, length)), {
      instanceOf: VectorStoreError
    })
    t.is(error.code, 'STORE_CHECKSUM')
  }
  const unknown = bytes.slice()
  unknown[1] = 3
  t.throws(() => decodeOpRow(unknown), { instanceOf: VectorStoreError, message: /type is 3/ })
})
