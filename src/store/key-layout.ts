/** The three layouts of keys (keys.ts) as bytes; what the numbers mean is the caller's. */
import { assert } from '../util/index.ts'
import type { KeyRange } from './types.ts'

export const storeKeyBytes = 17
export const pageKeyBytes = 19
export const numberKeyBytes = 25
/** Of the kind in keys of an index. */
export const kindOffset = 12
const pageOffset = 15

export function storeLayout(kindByte: number, index: number, number: number): Uint8Array {
  assert(isU32(index), 'index number is a u32')
  const key = new Uint8Array(storeKeyBytes)
  key[4] = kindByte
  setU32(key, 5, index)
  setU64(key, 9, number)
  return key
}

export function storeRange(kindByte: number, index: number): KeyRange {
  const lt = storeLayout(kindByte, index, Number.MAX_SAFE_INTEGER)
  return { gte: storeLayout(kindByte, index, 0), lt }
}

export function pageLayout(
  index: number,
  generation: number,
  kindByte: number,
  field: number,
  page: number
): Uint8Array {
  assert(field >= 0 && field <= 0xffff && Number.isInteger(field), 'field number is a u16')
  assert(isU32(page), 'page number is a u32')
  const key = inIndex(pageKeyBytes, index, generation, kindByte)
  key[13] = field >>> 8
  key[14] = field
  setU32(key, pageOffset, page)
  return key
}

/** Makes a key of the page layout that of another page. */
export function setPage(key: Uint8Array, page: number): void {
  assert(isU32(page), 'page number is a u32')
  setU32(key, pageOffset, page)
}

export function numberLayout(
  index: number,
  generation: number,
  kindByte: number,
  number: number,
  page: number
): Uint8Array {
  assert(isU32(page), 'page number is a u32')
  const key = inIndex(numberKeyBytes, index, generation, kindByte)
  setU64(key, 13, number)
  setU32(key, 21, page)
  return key
}

/** What all keys of this index, generation and kind begin with. */
export function prefixOf(index: number, generation: number, kindByte: number): Uint8Array {
  return inIndex(kindOffset + 1, index, generation, kindByte)
}

function inIndex(length: number, index: number, generation: number, kindByte: number): Uint8Array {
  assert(isU32(index) && index > 0, 'index number is 1 to 2^32 - 1')
  const key = new Uint8Array(length)
  setU32(key, 0, index)
  setU64(key, 4, generation)
  key[kindOffset] = kindByte
  return key
}

function isU32(value: number): boolean {
  return value >>> 0 === value
}

function setU64(key: Uint8Array, offset: number, value: number): void {
  assert(Number.isSafeInteger(value) && value >= 0, 'number in a key is 0 to 2^53 - 1')
  setU32(key, offset, Math.floor(value / 0x1_0000_0000))
  setU32(key, offset + 4, value >>> 0)
}

/** Big-endian. By hand: a DataView a key takes longer than its bytes. */
function setU32(key: Uint8Array, offset: number, value: number): void {
  key[offset] = value >>> 24
  key[offset + 1] = value >>> 16
  key[offset + 2] = value >>> 8
  key[offset + 3] = value
}

export function getU32(key: Uint8Array, offset: number): number {
  return (
    ((key[offset]! << 24) |
      (key[offset + 1]! << 16) |
      (key[offset + 2]! << 8) |
      key[offset + 3]!) >>>
    0
  )
}

export function getU64(key: Uint8Array, offset: number): number {
  return getU32(key, offset) * 0x1_0000_0000 + getU32(key, offset + 4)
}
