import test from 'ava'
import * as fc from 'fast-check'
import { decodeOpRecord, OpRecords } from '../../../src/engine/op-row.ts'
import type { OpRow } from '../../../src/engine/op-row.ts'
import { opKey } from '../../../src/store/index.ts'
import type { RecordPut } from '../../../src/store/index.ts'
import { ByteWriter, VectorStoreError } from '../../../src/util/index.ts'

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

function recordsOf(given: readonly OpRow[], takenBack: (at: number) => boolean = () => false) {
  const records = new OpRecords(new ByteWriter(16), (seqNo) => opKey(1, 1, seqNo))
  for (const [at, row] of given.entries()) {
    records.add(row)
    if (takenBack(at)) records.takeBack()
    else records.keep()
  }
  return records.finish()
}

function recordOf(row: OpRow): Uint8Array {
  const [record] = recordsOf([row])
  return record!.payload
}

const rowsIn = (records: readonly RecordPut[]): OpRow[] =>
  records.flatMap(({ payload }) => decodeOpRecord(payload).map(({ row }) => row))

test('decodeOpRecord: gives back the rows that were kept, from bytes at any alignment', (t) => {
  const given = fc.array(fc.tuple(rows, fc.boolean()), { minLength: 1, maxLength: 6 })
  fc.assert(
    fc.property(given, fc.nat(7), (all, shift) => {
      const records = recordsOf(
        all.map(([row]) => row),
        (at) => all[at]![1]
      )
      const shifted = records.map(({ key, payload }) => {
        const moved = new Uint8Array(payload.length + shift).subarray(shift)
        moved.set(payload)
        return { key, payload: moved }
      })
      const kept = all.filter(([, isTakenBack]) => !isTakenBack).map(([row]) => row)
      t.deepEqual(rowsIn(shifted), kept)
    }),
    { seed }
  )
})

test('OpRecords: a record holds many rows, has the key of its first and about 64 KiB; sizes add up to it', (t) => {
  const text = new Uint8Array(1000)
  const given = Array.from({ length: 300 }, (_none, at): OpRow => {
    const logged = { id: `${at}`, routing: null, source: { text, cuts: [] }, vectors: [] }
    return { type: 'index', seqNo: 1000 + at, version: 1, logged }
  })
  // One in three is refused, the first among them.
  const records = recordsOf(given, (at) => at % 3 === 0)
  t.deepEqual(
    rowsIn(records),
    given.filter((_row, at) => at % 3 !== 0)
  )
  t.is(records.length, 4)
  for (const { key, payload } of records) {
    const all = decodeOpRecord(payload)
    t.deepEqual(key, opKey(1, 1, all[0]!.row.seqNo))
    t.is(1 + all.reduce((sum, { bytes }) => sum + bytes, 0), payload.length)
    t.true(payload.length < (64 << 10) + 1100)
  }
})

test('OpRecords: where no row is kept there is no record', (t) => {
  const row: OpRow = { type: 'delete', seqNo: 1, version: 1, id: 'a' }
  t.deepEqual(recordsOf([]), [])
  t.deepEqual(
    recordsOf([row, row], () => true),
    []
  )
})

test('decodeOpRecord: an id that begins with a byte order mark keeps it', (t) => {
  const row: OpRow = { type: 'delete', seqNo: 1, version: 1, id: '\uFEFFa' }
  t.deepEqual(rowsIn(recordsOf([row])), [row])
})

test('decodeOpRecord: what it gives does not share memory with the row', (t) => {
  const text = new TextEncoder().encode('{"a":1}')
  const source = { text, cuts: [] }
  const bytes = recordOf({
    type: 'index',
    seqNo: 1,
    version: 1,
    logged: { id: 'a', routing: null, source, vectors: [] }
  })
  const [decoded] = decodeOpRecord(bytes)
  const { row } = decoded!
  bytes.fill(0)
  t.deepEqual(row.type === 'index' ? row.logged.source.text : null, text)
})

test('decodeOpRecord: another version is refused by number', (t) => {
  const bytes = recordOf({ type: 'delete', seqNo: 1, version: 1, id: 'a' })
  bytes[0] = 3
  const error = t.throws(() => decodeOpRecord(bytes), { instanceOf: VectorStoreError })
  t.is(error.code, 'STORE_FORMAT')
})

test('decodeOpRecord: a row cut short or with an unknown type is an error, never a shorter document', (t) => {
  const bytes = recordOf({
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
    const error = t.throws(() => decodeOpRecord(bytes.slice(0, length)), {
      instanceOf: VectorStoreError
    })
    t.is(error.code, 'STORE_CHECKSUM')
  }
  const unknown = bytes.slice()
  unknown[1] = 3
  t.throws(() => decodeOpRecord(unknown), { instanceOf: VectorStoreError, message: /type is 3/ })
})
