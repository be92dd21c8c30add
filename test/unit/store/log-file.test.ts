/** Method: logs are written here after leveldb's doc/log_format.md, then damaged. */
import test from 'ava'
import { crc32c, maskedCrc32c } from '../../../src/store/crc32c.ts'
import { readLog } from '../../../src/store/log-file.ts'
import { bytesOf, randomOf } from '../../suite/store.ts'

const blockBytes = 32_768

/** A log of these records, and where each begins. */
function writeLog(records: readonly Uint8Array[]): { bytes: Buffer; starts: number[] } {
  const chunks: Uint8Array[] = []
  const starts: number[] = []
  let at = 0
  const push = (chunk: Uint8Array): void => {
    chunks.push(chunk)
    at += chunk.length
  }
  for (const record of records) {
    let from = 0
    let isFirst = true
    do {
      const left = blockBytes - (at % blockBytes)
      if (left < 7) push(new Uint8Array(left))
      const room = blockBytes - (at % blockBytes) - 7
      const part = record.subarray(from, from + room)
      from += part.length
      const isLast = from === record.length
      if (isFirst) starts.push(at)
      const type = isFirst ? (isLast ? 1 : 2) : isLast ? 4 : 3
      const body = Buffer.concat([Uint8Array.of(type), part])
      const header = Buffer.alloc(6)
      header.writeUInt32LE(maskedCrc32c(body, 0, body.length), 0)
      header.writeUInt16LE(part.length, 4)
      push(Buffer.concat([header, body]))
      isFirst = false
    } while (from < record.length)
  }
  return { bytes: Buffer.concat(chunks), starts }
}

const random = randomOf(20261121)
const records = Array.from({ length: 120 }, (_, i) =>
  bytesOf(i + 1000, Math.floor(random() ** 3 * 100_000))
)
const log = writeLog(records)

function foundIn(bytes: Buffer): number[] {
  const found = readLog(bytes).records.map((record) => Buffer.from(record))
  return records.flatMap((record, i) => (found.some((each) => each.equals(record)) ? [i] : []))
}

test('crc32c: gives the published values', (t) => {
  // RFC 3720, appendix B.4, and the check value of CRC-32C.
  t.is(crc32c(Buffer.from('123456789')), 0xe3069283)
  t.is(crc32c(new Uint8Array(32)), 0x8a9136aa)
  t.is(crc32c(new Uint8Array(32).fill(0xff)), 0x62a8ab43)
  t.is(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e)
})

test('readLog: gives the records as they were written, whole and in parts', (t) => {
  const { records: found, bytesDropped, tailBytes } = readLog(log.bytes)
  t.is(found.length, records.length)
  t.true(found.every((record, i) => Buffer.from(record).equals(records[i] ?? new Uint8Array(0))))
  t.is(bytesDropped, 0)
  t.is(tailBytes, 0)
})

test('readLog: a log that ends anywhere gives every record before its end', (t) => {
  for (let cut = 0; cut < 60; cut++) {
    const length = Math.floor(random() * log.bytes.length)
    const { records: found, bytesDropped } = readLog(log.bytes.subarray(0, length))
    const whole = log.starts.filter((_, i) => (log.starts[i + 1] ?? log.bytes.length) <= length)
    t.is(found.length, whole.length, `length ${length}`)
    t.is(bytesDropped, 0)
  }
})

test('readLog: a flipped bit costs the record it is in and no other', (t) => {
  for (let flip = 0; flip < 60; flip++) {
    const bytes = Buffer.from(log.bytes)
    const at = Math.floor(random() * (log.bytes.length - 40_000))
    bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(random() * 8))
    const hit = log.starts.findLastIndex((start) => start <= at)
    const found = foundIn(bytes)
    t.true(found.length >= records.length - 1, `byte ${at}`)
    t.true(found.length === records.length || !found.includes(hit), `byte ${at}`)
  }
})

test('readLog: bytes that a failed write left out shift the rest, which is found all the same', (t) => {
  // What LevelDB writes after an error: its blocks no longer begin where the reader expects them (2.4).
  const from = log.starts[30] ?? 0
  const bytes = Buffer.concat([log.bytes.subarray(0, from), log.bytes.subarray(from + 5_000)])
  const lost = log.starts.filter((start) => start >= from && start < from + 5_000).length
  const found = foundIn(bytes)
  t.true(found.length >= records.length - lost - 1)
  t.true(readLog(bytes).bytesDropped > 0)
})

test('readLog: zeros and foreign bytes are no records', (t) => {
  t.is(readLog(new Uint8Array(100_000)).records.length, 0)
  t.is(readLog(bytesOf(1, 100_000)).records.length, 0)
  const { records: found, tailBytes } = readLog(
    Buffer.concat([log.bytes, new Uint8Array(64 << 10)])
  )
  t.is(found.length, records.length)
  t.is(tailBytes, 64 << 10)
})
