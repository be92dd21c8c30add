/**
 * Rows of float32 that are kept as bytes (src/vector/row-packing.ts): as floats again, or compared as they are with a query of
 * whole numbers.
 */

const PACKED_U8 = 1

/** 0: rows are not packed. */
export let packing: i32 = 0
let length: i32 = 0
/** A row as float32. */
let widened: usize = 0
/** A query of whole numbers, two bytes each, zeros behind it up to a multiple of 16. */
let wholeQuery: usize = 0
/** The element that comparing begins at, going round. */
let wholeStart: usize = 0

/** `scratch` has room for a row of 16 KiB, and for half as much and 32 bytes. */
export function bindPacked(kind: i32, rowLength: i32, scratch: usize): void {
  packing = kind
  length = rowLength
  widened = scratch
  wholeQuery = scratch + 16384
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

/** Elements that are compared between two looks at the sum. */
const BLOCK: usize = 64

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
  wholeStart = startOfWhole()
  return true
}

@inline
function energyOf(block: usize): i32 {
  const words = wholeQuery + ((block * BLOCK) << 1)
  let sums = i32x4.splat(0)
  for (let at: usize = 0; at < BLOCK << 1; at += 16) {
    const eight = v128.load(words + at)
    sums = i32x4.add(sums, i32x4.dot_i16x8_s(eight, eight))
  }
  return across(sums)
}

/**
 * The block behind which, going round, half of the blocks have most of the query's squares: a row that is not near the query
 * differs most where the query is far from 0, and what is left out of it is what would have added least.
 */
function startOfWhole(): usize {
  const count = <usize>length / BLOCK
  const half = count >> 1
  let energy = 0
  for (let block: usize = 0; block < half; block++) energy += energyOf(block)
  let most = energy
  let start: usize = 0
  for (let block: usize = 1; block < count; block++) {
    energy += energyOf((block + half - 1) % count) - energyOf(block - 1)
    if (energy <= most) continue
    most = energy
    start = block
  }
  return start * BLOCK
}

/** Wanted are sums up to `limit`; any, when it is infinite. */
export function limitWhole(limit: f32): void {
  wholeLimit = limit < <f32>FLOAT_EXACT ? <i32>limit : FLOAT_EXACT
}

@inline
function across(s: v128): i32 {
  return (i32x4.extract_lane(s, 0) + i32x4.extract_lane(s, 1)) + (i32x4.extract_lane(s, 2) + i32x4.extract_lane(s, 3))
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

/** The same of a block. The offsets are constants in the code: an address less to compute for each of twelve loads. */
@inline
function blockOf(isUnsigned: bool, row: usize, words: usize): v128 {
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

@inline
function wholeSum(isUnsigned: bool, row: usize): i32 {
  const words = wholeQuery
  const limit = wholeLimit
  const end = <usize>length & ~(BLOCK - 1)
  let sums = i32x4.splat(0)
  // A row is padded by zeros to a multiple of 16, as the query is.
  for (let at = end; at < <usize>length; at += 16) {
    sums = i32x4.add(sums, sixteen(isUnsigned, row + at, words + (at << 1)))
  }
  let at = wholeStart
  for (let left = end; left; left -= BLOCK) {
    sums = i32x4.add(sums, blockOf(isUnsigned, row + at, words + (at << 1)))
    if (across(sums) > limit) break
    at += BLOCK
    if (at == end) at = 0
  }
  return across(sums)
}

/**
 * Squared distance of the whole query, or of a part of it where that is above the limit already. Negative where float32
 * would round: below 1 << 24, sums of whole numbers in any order are the same number, and rounding never brings one back below.
 */
export function wholeL2(row: usize): i32 {
  const sum = packing == PACKED_U8 ? wholeSum(true, row) : wholeSum(false, row)
  return sum <= FLOAT_EXACT || sum > wholeLimit && wholeLimit < FLOAT_EXACT ? sum : -1
}
