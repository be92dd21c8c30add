/**
 * What stands before every payload in the database (ARCHITECTURE.md R2), 16 bytes, little-endian:
 *
 *   0  u32  magic, the letters "LVRT"
 *   4  u8   kind, the same as in the key
 *   5  u8   version of this header, 1
 *   6  u16  0
 *   8  u32  payload bytes
 *   12 u32  CRC-32 (zlib) over key, bytes 0 to 11 of this header, payload
 *   16      payload, 8-aligned in the value
 *
 * The key is part of the sum, so a record under another's key is found like a flipped bit.
 */
import { crc32 } from 'node:zlib'
import { assert, VectorStoreError } from '../util/index.ts'
import { describeKey, kindOf } from './keys.ts'

const headerBytes = 16
const magic = 0x5452564c
const version = 1
const crcOffset = 12

/** Bytes of the value of a payload. */
export function sealedBytes(payload: Uint8Array): number {
  return headerBytes + payload.length
}

/**
 * Value to store under `key`: header and a copy of the payload.
 *
 * @param value  Where it goes, of `sealedBytes` bytes. @default an array of its own
 */
export function sealRecord(
  key: Uint8Array,
  payload: Uint8Array,
  value: Uint8Array = new Uint8Array(sealedBytes(payload))
): Uint8Array {
  assert(payload.length <= 0xffff_ffff, 'payload length is a u32')
  setU32(value, 0, magic)
  value[4] = kindOf(key)
  value[5] = version
  value[6] = 0
  value[7] = 0
  setU32(value, 8, payload.length)
  value.set(payload, headerBytes)
  setU32(value, crcOffset, sumOf(key, value))
  return value
}

/**
 * Payload of a stored value, a view into it.
 *
 * Errors   STORE_CHECKSUM with the parts of the key in `details` when any byte is not what was written;
 *          STORE_FORMAT when the header is of a newer version.
 */
export function openRecord(key: Uint8Array, value: Uint8Array): Uint8Array {
  const fault = faultOf(key, value)
  if (fault !== null) {
    const code = fault.startsWith('header version') ? 'STORE_FORMAT' : 'STORE_CHECKSUM'
    const details = describeKey(key)
    throw new VectorStoreError(code, `record ${nameOf(details)} is damaged: ${fault}`, { details })
  }
  return payloadOf(value)
}

/** Frees the value that a payload is a view of; nobody else may hold it. A value that shares its buffer stays. */
export function freeValue(payload: Uint8Array): void {
  const { buffer, byteOffset, byteLength } = payload
  if (byteOffset !== headerBytes || buffer.byteLength !== headerBytes + byteLength) return
  // Detaching gives the bytes back now; the new buffer has none.
  if (buffer instanceof ArrayBuffer) buffer.transfer(0)
}

/** The sum in a value's header; links batch records. */
export function crcOf(value: Uint8Array): number {
  return u32(value, crcOffset)
}

/** Name of a record in messages. */
export function nameOf(details: Readonly<Record<string, string | number>>): string {
  return Object.entries(details)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')
}

function faultOf(key: Uint8Array, value: Uint8Array): string | null {
  if (value.length < headerBytes) return `${value.length} bytes, wanted at least ${headerBytes}`
  const payloadBytes = u32(value, 8)
  if (u32(value, 0) !== magic) return 'magic number is not ours'
  if (value[4] !== kindOf(key)) return `kind is ${value[4]}, wanted ${kindOf(key)}`
  if (payloadBytes !== value.length - headerBytes) {
    return `payload is ${value.length - headerBytes} bytes, wanted ${payloadBytes}`
  }
  if (u32(value, crcOffset) !== sumOf(key, value)) return 'checksum does not fit'
  // Asked last: with a sum that fits this is no damage, but a record of later code.
  if (value[5] !== version) return `header version is ${value[5]}, wanted ${version}`
  return null
}

/** Key and start of the header, side by side: one call instead of two, which cost more than the bytes do. */
const headMax = 64
const head = new Uint8Array(headMax)
const heads = Array.from({ length: headMax + 1 }, (_none, length) => head.subarray(0, length))

function sumOf(key: Uint8Array, value: Uint8Array): number {
  const length = key.length + crcOffset
  assert(length <= headMax, 'a key has at most 52 bytes')
  for (let at = 0; at < key.length; at++) head[at] = key[at]!
  for (let at = 0; at < crcOffset; at++) head[key.length + at] = value[at]!
  return crc32(payloadOf(value), crc32(heads[length]!))
}

/** Not `subarray`: of a Buffer it makes another Buffer, which takes longer. */
function payloadOf(value: Uint8Array): Uint8Array {
  return new Uint8Array(value.buffer, value.byteOffset + headerBytes, value.length - headerBytes)
}

function setU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value
  bytes[at + 1] = value >>> 8
  bytes[at + 2] = value >>> 16
  bytes[at + 3] = value >>> 24
}

function u32(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0
  )
}
