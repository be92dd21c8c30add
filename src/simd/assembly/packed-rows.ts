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
/** A query of whole numbers, two bytes each, zeros behind it up to a multiple of 8. */
let wholeQuery: usize = 0

/** `scratch` has room for a row of 16 KiB and for half as much. */
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

/** Takes a query that packed rows can be compared with in whole numbers. Returns whether it is one. */
export function takeWhole(query: usize): bool {
  const limit = f32x4.splat(WHOLE_MAX)
  // Queries end in zeros up to a multiple of 4, here up to 8.
  v128.store(wholeQuery + ((<usize>length & ~7) << 1), i32x4.splat(0))
  for (let dim: usize = 0; dim < <usize>length; dim += 4) {
    const four = v128.load(query + (dim << 2))
    const isFit = v128.and(f32x4.eq(f32x4.nearest(four), four), f32x4.le(f32x4.abs(four), limit))
    if (!i32x4.all_true(isFit)) return false
    const words = i32x4.trunc_sat_f32x4_s(four)
    store<u64>(wholeQuery + (dim << 1), i64x2.extract_lane(i16x8.narrow_i32x4_s(words, words), 0))
  }
  return true
}

/** Eight bytes of a row less eight words of the query, squared, neighbours added. */
@inline
function squares(sum: v128, row: usize, at: usize): v128 {
  const bytes = packing == PACKED_U8 ? v128.load_ext<u8>(row + at) : v128.load_ext<i8>(row + at)
  const d = i16x8.sub(bytes, v128.load(wholeQuery + (at << 1)))
  return i32x4.add(sum, i32x4.dot_i16x8_s(d, d))
}

/** From here on float32 does not have all whole numbers. */
const FLOAT_EXACT: i32 = 1 << 24

/** Squared distance of the whole query, negative where float32 would round: below, sums in any order are the same number. */
export function wholeL2(row: usize): i32 {
  let s = i32x4.splat(0)
  let t = i32x4.splat(0)
  const even = <usize>length & ~15
  let at: usize = 0
  for (; at < even; at += 16) {
    s = squares(s, row, at)
    t = squares(t, row, at + 8)
  }
  for (; at < <usize>length; at += 8) s = squares(s, row, at)
  s = i32x4.add(s, t)
  const sum = (i32x4.extract_lane(s, 0) + i32x4.extract_lane(s, 1)) + (i32x4.extract_lane(s, 2) + i32x4.extract_lane(s, 3))
  return sum <= FLOAT_EXACT ? sum : -1
}
