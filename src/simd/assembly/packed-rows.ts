/**
 * Rows of float32 that are kept as bytes (src/vector/row-packing.ts): as floats again, or compared as they are with a query of
 * whole numbers.
 */

const PACKED_U8 = 1

/** 0: rows are not packed. */
export let packing: i32 = 0
export let length: i32 = 0
/** A row as float32. */
let widened: usize = 0
/** A query of whole numbers, two bytes each, zeros behind it up to a multiple of 16. */
export let wholeQuery: usize = 0
/** The same by blocks, those with the largest squares first; and which of the row's each is compared with, two bytes. */
let orderedQuery: usize = 0
export let orderedBlocks: usize = 0
let isOrdered: bool = false

/** `scratch` has room for a row of 16 KiB, twice for half as much and 64 bytes, and for 2 KiB. */
export function bindPacked(kind: i32, rowLength: i32, scratch: usize): void {
  packing = kind
  length = rowLength
  widened = scratch
  wholeQuery = scratch + 16384
  orderedQuery = wholeQuery + 8256
  orderedBlocks = orderedQuery + 8256
}

@inline
function storeFour(at: usize, four: v128): void {
  v128.store(at, f32x4.convert_i32x4_s(four))
}

/** The floats that a packed row stands for. */
export function widen(row: usize): usize {
  let to = widened
  for (let at = row; at < row + <usize>length; at += 16) {
    const bytes = v128.load(at)
    const low = packing == PACKED_U8 ? i16x8.extend_low_i8x16_u(bytes) : i16x8.extend_low_i8x16_s(bytes)
    const high = packing == PACKED_U8 ? i16x8.extend_high_i8x16_u(bytes) : i16x8.extend_high_i8x16_s(bytes)
    storeFour(to, i32x4.extend_low_i16x8_s(low))
    storeFour(to + 16, i32x4.extend_high_i16x8_s(low))
    storeFour(to + 32, i32x4.extend_low_i16x8_s(high))
    storeFour(to + 48, i32x4.extend_high_i16x8_s(high))
    to += 64
  }
  return widened
}

/** Whole numbers of a query may lie so far from 0: differences from bytes then fit 16 bits, sums of squares 32. */
const WHOLE_MAX: f32 = 255
/** From here on float32 does not have all whole numbers. */
const FLOAT_EXACT: i32 = 1 << 24

/** Elements of a block: bytes of a row that are loaded at once. */
const BLOCK: usize = 16

/** Sums above are of no interest: it is enough that they are. */
let wholeLimit: i32 = FLOAT_EXACT

/** Takes a query that packed rows can be compared with in whole numbers. Returns whether it is one. */
export function takeWhole(query: usize): bool {
  const limit = f32x4.splat(WHOLE_MAX)
  // Queries end in zeros up to a multiple of 4, here up to 16.
  const last = wholeQuery + ((<usize>length & ~15) << 1)
  v128.store(last, i32x4.splat(0))
  v128.store(last, i32x4.splat(0), 16)
  for (let dim: usize = 0; dim < <usize>length; dim += 4) {
    const four = v128.load(query + (dim << 2))
    const isFit = v128.and(f32x4.eq(f32x4.nearest(four), four), f32x4.le(f32x4.abs(four), limit))
    if (!i32x4.all_true(isFit)) return false
    const words = i32x4.trunc_sat_f32x4_s(four)
    store<u64>(wholeQuery + (dim << 1), i64x2.extract_lane(i16x8.narrow_i32x4_s(words, words), 0))
  }
  isOrdered = false
  return true
}

@inline
function across(s: v128): i32 {
  return (i32x4.extract_lane(s, 0) + i32x4.extract_lane(s, 1)) + (i32x4.extract_lane(s, 2) + i32x4.extract_lane(s, 3))
}

@inline
function blockCount(): usize {
  return (<usize>length + BLOCK - 1) / BLOCK
}

/** About the logarithm of the squares of a block of the query, in fourths: 0 to 86. */
@inline
function rankOf(block: usize): usize {
  const words = wholeQuery + ((block * BLOCK) << 1)
  const low = v128.load(words)
  const high = v128.load(words, 16)
  const energy = across(i32x4.add(i32x4.dot_i16x8_s(low, low), i32x4.dot_i16x8_s(high, high)))
  return energy ? <usize>(reinterpret<u32>(<f32>energy) >> 21) - (127 << 2) + 1 : 0
}

const RANKS: usize = 96

/**
 * Puts the blocks of the query in order: a row that is not near the query differs most where the query is far from 0, and what is
 * left out of it is what would have added least.
 */
function orderBlocks(): void {
  const count = blockCount()
  // How many blocks of each rank there are, then where the next of each goes.
  const places = orderedBlocks + 512
  memory.fill(places, 0, RANKS << 2)
  for (let block: usize = 0; block < count; block++) {
    const at = places + (rankOf(block) << 2)
    store<u32>(at, load<u32>(at) + 1)
  }
  let sum: u32 = 0
  for (let rank = RANKS; rank > 0; rank--) {
    const at = places + ((rank - 1) << 2)
    const here = load<u32>(at)
    store<u32>(at, sum)
    sum += here
  }
  for (let block: usize = 0; block < count; block++) {
    const at = places + (rankOf(block) << 2)
    const place = <usize>load<u32>(at)
    store<u32>(at, <u32>place + 1)
    store<u16>(orderedBlocks + (place << 1), <u16>(block * BLOCK))
    memory.copy(orderedQuery + ((place * BLOCK) << 1), wholeQuery + ((block * BLOCK) << 1), BLOCK << 1)
  }
  isOrdered = true
}

/** Wanted are sums up to `limit`; any, when it is infinite. */
export function limitWhole(limit: f32): void {
  wholeLimit = limit < <f32>FLOAT_EXACT ? <i32>limit : FLOAT_EXACT
  if (wholeLimit < FLOAT_EXACT && !isOrdered) orderBlocks()
}

/** Squares of eight differences, neighbours added. */
@inline
function squares(bytes: v128, words: v128): v128 {
  const d = i16x8.sub(bytes, words)
  return i32x4.dot_i16x8_s(d, d)
}

/** Sixteen bytes of a row less sixteen words of the query, squared and added by fours. */
@inline
function sixteen(isUnsigned: bool, row: usize, words: usize): v128 {
  const low = isUnsigned ? v128.load_ext<u8>(row) : v128.load_ext<i8>(row)
  const high = isUnsigned ? v128.load_ext<u8>(row, 8) : v128.load_ext<i8>(row, 8)
  return i32x4.add(squares(low, v128.load(words)), squares(high, v128.load(words, 16)))
}

/** The same of four blocks. The offsets are constants in the code: an address less to compute for each of twelve loads. */
@inline
function fourBlocks(isUnsigned: bool, row: usize, words: usize): v128 {
  const bytes2 = isUnsigned ? v128.load_ext<u8>(row, 16) : v128.load_ext<i8>(row, 16)
  const bytes3 = isUnsigned ? v128.load_ext<u8>(row, 24) : v128.load_ext<i8>(row, 24)
  const bytes4 = isUnsigned ? v128.load_ext<u8>(row, 32) : v128.load_ext<i8>(row, 32)
  const bytes5 = isUnsigned ? v128.load_ext<u8>(row, 40) : v128.load_ext<i8>(row, 40)
  const bytes6 = isUnsigned ? v128.load_ext<u8>(row, 48) : v128.load_ext<i8>(row, 48)
  const bytes7 = isUnsigned ? v128.load_ext<u8>(row, 56) : v128.load_ext<i8>(row, 56)
  const a = sixteen(isUnsigned, row, words)
  const b = i32x4.add(squares(bytes2, v128.load(words, 32)), squares(bytes3, v128.load(words, 48)))
  const c = i32x4.add(squares(bytes4, v128.load(words, 64)), squares(bytes5, v128.load(words, 80)))
  const d = i32x4.add(squares(bytes6, v128.load(words, 96)), squares(bytes7, v128.load(words, 112)))
  return i32x4.add(i32x4.add(a, b), i32x4.add(c, d))
}

/** A row is padded by zeros to a multiple of 16, as the query is. */
@inline
function wholeSum(isUnsigned: bool, row: usize): i32 {
  const end = <usize>length & ~(4 * BLOCK - 1)
  let sums = i32x4.splat(0)
  for (let at: usize = 0; at < end; at += 4 * BLOCK) {
    sums = i32x4.add(sums, fourBlocks(isUnsigned, row + at, wholeQuery + (at << 1)))
  }
  for (let at = end; at < <usize>length; at += BLOCK) {
    sums = i32x4.add(sums, sixteen(isUnsigned, row + at, wholeQuery + (at << 1)))
  }
  return across(sums)
}

@inline
function ordered(isUnsigned: bool, row: usize, block: usize, words: usize): v128 {
  return sixteen(isUnsigned, row + <usize>load<u16>(block), words)
}

/** Four blocks of those in order. */
@inline
function fourOrdered(isUnsigned: bool, row: usize, block: usize, words: usize): v128 {
  const a = ordered(isUnsigned, row, block, words)
  const b = ordered(isUnsigned, row, block + 2, words + 32)
  const c = ordered(isUnsigned, row, block + 4, words + 64)
  const d = ordered(isUnsigned, row, block + 6, words + 96)
  return i32x4.add(i32x4.add(a, b), i32x4.add(c, d))
}

/** The same, with a look at the sum after each four blocks; before a quarter of the row few are above the limit. */
@inline
function sumWithin(isUnsigned: bool, row: usize): i32 {
  const limit = wholeLimit
  const count = blockCount()
  const end = orderedBlocks + (count << 1)
  const looked = orderedBlocks + (((count >> 2) & ~3) << 1)
  let block = orderedBlocks
  let words = orderedQuery
  let sums = i32x4.splat(0)
  for (; block < looked; block += 8) {
    sums = i32x4.add(sums, fourOrdered(isUnsigned, row, block, words))
    words += 128
  }
  for (; block + 8 <= end; block += 8) {
    sums = i32x4.add(sums, fourOrdered(isUnsigned, row, block, words))
    const sum = across(sums)
    if (sum > limit) return sum
    words += 128
  }
  for (; block < end; block += 2) {
    sums = i32x4.add(sums, ordered(isUnsigned, row, block, words))
    words += 32
  }
  return across(sums)
}

/** Below 1 << 24, sums of whole numbers in any order are the same number, and float32's rounding never brings one back below. */
@inline
function storeSum(at: usize, sum: i32, limit: i32): void {
  store<f32>(at, sum <= FLOAT_EXACT || sum > limit && limit < FLOAT_EXACT ? <f32>sum : -1)
}

@inline
function sumsOf(isUnsigned: bool, isLimited: bool, rows: usize, count: usize, values: usize): void {
  const limit = wholeLimit
  for (let i: usize = 0; i < count << 2; i += 4) {
    const row = <usize>load<u32>(rows + i)
    storeSum(values + i, isLimited ? sumWithin(isUnsigned, row) : wholeSum(isUnsigned, row), limit)
  }
}

/**
 * Squared distances of the whole query from rows at `count` addresses, or of a part of it where that is above the limit
 * already. Negative where float32 would round.
 */
export function wholeL2(rows: usize, count: usize, values: usize): void {
  if (wholeLimit < FLOAT_EXACT) {
    if (packing == PACKED_U8) sumsOf(true, true, rows, count, values)
    else sumsOf(false, true, rows, count, values)
  } else if (packing == PACKED_U8) sumsOf(true, false, rows, count, values)
  else sumsOf(false, false, rows, count, values)
}
