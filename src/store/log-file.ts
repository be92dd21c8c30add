/**
 * Reads LevelDB's log files (its write-ahead log and its MANIFEST have the same form) without LevelDB, which drops what it
 * cannot read and says nothing.
 *
 * Form (leveldb doc/log_format.md): blocks of 32 KiB; in them physical records
 *   u32le masked CRC-32C over type and data · u16le length · u8 type · data
 * type 1 full, 2 first, 3 middle, 4 last part of a logical record; fewer than 7 bytes left in a block are padding.
 *
 * Where a record does not fit, the reader looks for the next one byte by byte: after a failed write LevelDB counts bytes
 * that are not in the file, and everything behind is shifted, but whole.
 */
import { maskedCrc32c } from './crc32c.ts'

export type LogContents = {
  /** Logical records in order, views into the file's bytes where they were whole. */
  readonly records: readonly Uint8Array[]
  /** Bytes between records that could not be read: damage, as something follows them. */
  readonly bytesDropped: number
  /** Bytes behind the last record: a write that did not end, or padding. */
  readonly tailBytes: number
}

const blockBytes = 32_768
const headerBytes = 7
const type = { full: 1, first: 2, middle: 3, last: 4 } as const

export function readLog(bytes: Uint8Array): LogContents {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const records: Uint8Array[] = []
  let parts: Uint8Array[] = []
  let at = 0
  let goodEnd = 0
  let skipped = 0
  let bytesDropped = 0
  while (at + headerBytes <= bytes.length) {
    const length = lengthAt(bytes, view, at)
    if (length < 0) {
      const blockLeft = blockBytes - (at % blockBytes)
      const isPadding = blockLeft < headerBytes && skipped === 0
      at += isPadding ? blockLeft : 1
      if (!isPadding) skipped++
      continue
    }
    if (skipped > 0) parts = []
    bytesDropped += skipped
    skipped = 0
    const part = bytes.subarray(at + headerBytes, at + headerBytes + length)
    const partType = bytes[at + 6]
    if (partType === type.full) records.push(part)
    else if (partType === type.first) parts = [part]
    else if (parts.length > 0) {
      parts.push(part)
      if (partType === type.last) {
        records.push(Buffer.concat(parts))
        parts = []
      }
    }
    at += headerBytes + length
    goodEnd = at
  }
  return { records, bytesDropped, tailBytes: bytes.length - goodEnd }
}

/** Length of the data of the physical record at an offset, -1 when there is none. */
function lengthAt(bytes: Uint8Array, view: DataView, at: number): number {
  const partType = bytes[at + 6]!
  if (partType < type.full || partType > type.last) return -1
  const length = view.getUint16(at + 4, true)
  const end = at + headerBytes + length
  if (length > blockBytes - headerBytes || end > bytes.length) return -1
  return view.getUint32(at, true) === maskedCrc32c(bytes, at + 6, end) ? length : -1
}
