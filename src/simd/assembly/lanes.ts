/**
 * What all kernels are made of: one row against a query, four rows against a query. Everything is inlined, and
 * `kind` and RELAXED (0 plain, 1 one instruction, 2 pairs: ../loader.ts) are constants of a module, so the branches on them vanish.
 *
 * Order of float32 additions (the same for one row and for four, so a score does not depend on the way a row was
 * reached; the twin in ../twin.ts does the same): element i goes to lane i % 8 of two accumulators of four lanes; the last
 * dims % 4 elements go to the second accumulator; the two are added, then (lane 0 + lane 1) + (lane 2 + lane 3).
 * No fused multiply-add: it differs between machines. Sums of integers are exact and have no order.
 *
 * Rows may lie at any address and have any length; nothing behind the end of a row is read.
 */

// The numbers of scripts/build-simd.ts.
export const F32_L2 = 0
export const F32_DOT = 1
export const F32_L1 = 2
export const F32_LINF = 3
/** Codes of 7 bits, 0 .. 127 in a byte. */
export const I7_L2 = 4
export const I7_DOT = 5
/** Bytes of users, -128 .. 127. */
export const I8_L2 = 6
export const I8_DOT = 7
/** Compared by inner product here; the caller divides by the norms. */
export const I8_COS = 8
export const BIT_HAMMING = 9

/** Address of the reference bytes and log2 of the bytes of a frame: constants of ../loader.ts. */
export const REFERENCE_BASE: usize = 65536
export const FRAME_SHIFT: usize = 12

/** Tells the cache's clock that the frame at `frame` was used. */
@inline
export function touch(frame: usize): void {
  store<u8>(REFERENCE_BASE + (frame >>> FRAME_SHIFT), 1)
}

// ---- float32 ----------------------------------------------------------------------------------------------------

@inline
function addF32(kind: i32, sum: v128, x: v128, y: v128): v128 {
  if (kind == F32_DOT) return f32x4.add(sum, f32x4.mul(x, y))
  const d = f32x4.sub(x, y)
  if (kind == F32_L2) return f32x4.add(sum, f32x4.mul(d, d))
  if (kind == F32_L1) return f32x4.add(sum, f32x4.abs(d))
  return f32x4.pmax(sum, f32x4.abs(d))
}

@inline
function foldF32(kind: i32, a: v128, b: v128): v128 {
  if (kind == F32_LINF) return f32x4.pmax(a, b)
  return f32x4.add(a, b)
}

/** The last 1 to 3 floats of a row, zeros behind them. */
@inline
function tailF32(at: usize, count: i32): v128 {
  if (count == 1) return v128.load_zero<u32>(at)
  const two = v128.load_zero<u64>(at)
  if (count == 2) return two
  return v128.load_lane<u32>(at + 8, two, 2)
}

/** (lane 0 + lane 1) + (lane 2 + lane 3). */
@inline
function acrossF32(kind: i32, s: v128): f32 {
  const pairs = foldF32(kind, s, i8x16.shuffle(s, s, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11))
  return f32x4.extract_lane(foldF32(kind, pairs, i8x16.shuffle(pairs, pairs, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7)), 0)
}

/** One row of `dims` floats. */
@inline
export function compareF32(kind: i32, query: usize, row: usize, dims: i32): f32 {
  let s = f32x4.splat(0)
  let t = f32x4.splat(0)
  const bytes = <usize>dims << 2
  const even = bytes & ~31
  let i: usize = 0
  for (; i < even; i += 32) {
    s = addF32(kind, s, v128.load(query + i), v128.load(row + i))
    t = addF32(kind, t, v128.load(query + i, 16), v128.load(row + i, 16))
  }
  if (bytes & 16) {
    s = addF32(kind, s, v128.load(query + i), v128.load(row + i))
    i += 16
  }
  const rest = dims & 3
  if (rest) t = addF32(kind, t, tailF32(query + i, rest), tailF32(row + i, rest))
  return acrossF32(kind, foldF32(kind, s, t))
}

/** Floats between two looks at a sum. */
const LOOK_BYTES: usize = 512

/**
 * compareF32 of squared distances, or that of the first elements where it is above `limit` already: sums of squares only grow,
 * rounded or not, in every lane and through all that joins them. A limit that is no number is none.
 */
export function squaresWithin(query: usize, row: usize, dims: i32, limit: f32): f32 {
  let s = f32x4.splat(0)
  let t = f32x4.splat(0)
  const bytes = <usize>dims << 2
  const even = bytes & ~31
  let i: usize = 0
  while (i < even) {
    for (const end = min<usize>(even, i + LOOK_BYTES); i < end; i += 32) {
      s = addF32(F32_L2, s, v128.load(query + i), v128.load(row + i))
      t = addF32(F32_L2, t, v128.load(query + i, 16), v128.load(row + i, 16))
    }
    const sum = acrossF32(F32_L2, f32x4.add(s, t))
    if (sum > limit) return sum
  }
  if (bytes & 16) {
    s = addF32(F32_L2, s, v128.load(query + i), v128.load(row + i))
    i += 16
  }
  const rest = dims & 3
  if (rest) t = addF32(F32_L2, t, tailF32(query + i, rest), tailF32(row + i, rest))
  return acrossF32(F32_L2, f32x4.add(s, t))
}

@inline
function transposeLow(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27)
}
@inline
function transposeHigh(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31)
}
@inline
function lowHalves(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23)
}
@inline
function highHalves(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31)
}

/** Four rows of `dims` floats: f32x4 of the results, each exactly what compareF32 gives. */
@inline
export function compareFourF32(kind: i32, query: usize, a: usize, b: usize, c: usize, d: usize, dims: i32): v128 {
  let sa = f32x4.splat(0)
  let sb = f32x4.splat(0)
  let sc = f32x4.splat(0)
  let sd = f32x4.splat(0)
  let ta = f32x4.splat(0)
  let tb = f32x4.splat(0)
  let tc = f32x4.splat(0)
  let td = f32x4.splat(0)
  const bytes = <usize>dims << 2
  const even = bytes & ~31
  let i: usize = 0
  for (; i < even; i += 32) {
    const x = v128.load(query + i)
    sa = addF32(kind, sa, x, v128.load(a + i))
    sb = addF32(kind, sb, x, v128.load(b + i))
    sc = addF32(kind, sc, x, v128.load(c + i))
    sd = addF32(kind, sd, x, v128.load(d + i))
    const y = v128.load(query + i, 16)
    ta = addF32(kind, ta, y, v128.load(a + i, 16))
    tb = addF32(kind, tb, y, v128.load(b + i, 16))
    tc = addF32(kind, tc, y, v128.load(c + i, 16))
    td = addF32(kind, td, y, v128.load(d + i, 16))
  }
  if (bytes & 16) {
    const x = v128.load(query + i)
    sa = addF32(kind, sa, x, v128.load(a + i))
    sb = addF32(kind, sb, x, v128.load(b + i))
    sc = addF32(kind, sc, x, v128.load(c + i))
    sd = addF32(kind, sd, x, v128.load(d + i))
    i += 16
  }
  const rest = dims & 3
  if (rest) {
    const x = tailF32(query + i, rest)
    ta = addF32(kind, ta, x, tailF32(a + i, rest))
    tb = addF32(kind, tb, x, tailF32(b + i, rest))
    tc = addF32(kind, tc, x, tailF32(c + i, rest))
    td = addF32(kind, td, x, tailF32(d + i, rest))
  }
  sa = foldF32(kind, sa, ta)
  sb = foldF32(kind, sb, tb)
  sc = foldF32(kind, sc, tc)
  sd = foldF32(kind, sd, td)
  const ab = foldF32(kind, transposeLow(sa, sb), transposeHigh(sa, sb))
  const cd = foldF32(kind, transposeLow(sc, sd), transposeHigh(sc, sd))
  return foldF32(kind, lowHalves(ab, cd), highHalves(ab, cd))
}

// ---- bytes ------------------------------------------------------------------------------------------------------

/**
 * Eight ones in a register. Where V8 knows a constant it makes it anew at each use, in the middle of a loop; a length it does
 * not know. The same is the matter with the one instruction of RELAXED 1 on machines without VNNI.
 */
@inline
function onesOf(length: i32): v128 {
  return i16x8.splat(<i16>(length != 0))
}

/** Products of 7-bit codes, added to a sum. */
@inline
function addProducts(sum: v128, x: v128, y: v128, ones: v128): v128 {
  if (RELAXED == 1) return i32x4.relaxed_dot_i8x16_i7x16_add_s(x, y, sum)
  return i32x4.add(sum, i32x4.dot_i16x8_s(i16x8.relaxed_dot_i8x16_i7x16_s(x, y), ones))
}

/**
 * Sixteen elements. 7-bit codes: |x - y| fits 7 bits as well, so L2 is the dot product of the difference with itself, and
 * a pair of products (at most 2 * 127 * 127) fits the 16 bits in between, where machines would differ.
 */
@inline
function addBytes(kind: i32, sum: v128, x: v128, row: usize, ones: v128): v128 {
  if (kind == I7_L2) {
    const d = i8x16.sub(x, v128.load(row))
    if (RELAXED) {
      const e = i8x16.abs(d)
      return addProducts(sum, e, e, ones)
    }
    const low = i16x8.extend_low_i8x16_s(d)
    const high = i16x8.extend_high_i8x16_s(d)
    return i32x4.add(sum, i32x4.add(i32x4.dot_i16x8_s(low, low), i32x4.dot_i16x8_s(high, high)))
  }
  if (kind == I7_DOT) {
    if (RELAXED) return addProducts(sum, x, v128.load(row), ones)
  }
  const xLow = i16x8.extend_low_i8x16_s(x)
  const xHigh = i16x8.extend_high_i8x16_s(x)
  if (kind == I8_L2) {
    const low = i16x8.sub(xLow, v128.load_ext<i8>(row))
    const high = i16x8.sub(xHigh, v128.load_ext<i8>(row, 8))
    return i32x4.add(sum, i32x4.add(i32x4.dot_i16x8_s(low, low), i32x4.dot_i16x8_s(high, high)))
  }
  return i32x4.add(sum, i32x4.add(i32x4.dot_i16x8_s(xLow, v128.load_ext<i8>(row)), i32x4.dot_i16x8_s(xHigh, v128.load_ext<i8>(row, 8))))
}

/** One element of the last length % 16. */
@inline
function addByte(kind: i32, sum: i32, x: i32, y: i32): i32 {
  if (kind == I7_L2 || kind == I8_L2) return sum + (x - y) * (x - y)
  return sum + x * y
}

@inline
function acrossI32(s: v128): i32 {
  return i32x4.extract_lane(s, 0) + i32x4.extract_lane(s, 1) + i32x4.extract_lane(s, 2) + i32x4.extract_lane(s, 3)
}

/** One row of `length` bytes; exact up to 32,768 bytes. */
@inline
export function compareBytes(kind: i32, query: usize, row: usize, length: i32): i32 {
  const ones = onesOf(length)
  let s = i32x4.splat(0)
  let t = i32x4.splat(0)
  const bytes = <usize>length
  const even = bytes & ~31
  let i: usize = 0
  for (; i < even; i += 32) {
    s = addBytes(kind, s, v128.load(query + i), row + i, ones)
    t = addBytes(kind, t, v128.load(query + i, 16), row + i + 16, ones)
  }
  if (bytes & 16) {
    s = addBytes(kind, s, v128.load(query + i), row + i, ones)
    i += 16
  }
  let sum = acrossI32(i32x4.add(s, t))
  for (; i < bytes; i++) sum = addByte(kind, sum, load<i8>(query + i), load<i8>(row + i))
  return sum
}

/** Four rows of `length` bytes: i32x4 of the results. */
@inline
export function compareFourBytes(kind: i32, query: usize, a: usize, b: usize, c: usize, d: usize, length: i32): v128 {
  const ones = onesOf(length)
  let sa = i32x4.splat(0)
  let sb = i32x4.splat(0)
  let sc = i32x4.splat(0)
  let sd = i32x4.splat(0)
  const bytes = <usize>length
  const whole = bytes & ~15
  let i: usize = 0
  for (; i < whole; i += 16) {
    const x = v128.load(query + i)
    sa = addBytes(kind, sa, x, a + i, ones)
    sb = addBytes(kind, sb, x, b + i, ones)
    sc = addBytes(kind, sc, x, c + i, ones)
    sd = addBytes(kind, sd, x, d + i, ones)
  }
  const ab = i32x4.add(transposeLow(sa, sb), transposeHigh(sa, sb))
  const cd = i32x4.add(transposeLow(sc, sd), transposeHigh(sc, sd))
  let sums = i32x4.add(lowHalves(ab, cd), highHalves(ab, cd))
  if (i < bytes) {
    let ra = 0
    let rb = 0
    let rc = 0
    let rd = 0
    for (; i < bytes; i++) {
      const x = <i32>load<i8>(query + i)
      ra = addByte(kind, ra, x, load<i8>(a + i))
      rb = addByte(kind, rb, x, load<i8>(b + i))
      rc = addByte(kind, rc, x, load<i8>(c + i))
      rd = addByte(kind, rd, x, load<i8>(d + i))
    }
    sums = i32x4.add(sums, fourI32(ra, rb, rc, rd))
  }
  return sums
}

@inline
function fourI32(a: i32, b: i32, c: i32, d: i32): v128 {
  return i32x4.replace_lane(i32x4.replace_lane(i32x4.replace_lane(i32x4.splat(a), 1, b), 2, c), 3, d)
}

// ---- bits -------------------------------------------------------------------------------------------------------

/** Differing bits of two rows of `length` bytes. Scalar popcnt is faster than the vector one on x86 (measured). */
@inline
export function compareBits(query: usize, row: usize, length: i32): i32 {
  let s: u64 = 0
  let t: u64 = 0
  const bytes = <usize>length
  const even = bytes & ~15
  let i: usize = 0
  for (; i < even; i += 16) {
    s += popcnt<u64>(load<u64>(query + i) ^ load<u64>(row + i))
    t += popcnt<u64>(load<u64>(query + i, 8) ^ load<u64>(row + i, 8))
  }
  if (bytes & 8) {
    s += popcnt<u64>(load<u64>(query + i) ^ load<u64>(row + i))
    i += 8
  }
  for (; i < bytes; i++) t += <u64>popcnt<u32>(<u32>load<u8>(query + i) ^ <u32>load<u8>(row + i))
  return <i32>(s + t)
}

/** Differing bits of four rows: i32x4 of the results. */
@inline
export function compareFourBits(query: usize, a: usize, b: usize, c: usize, d: usize, length: i32): v128 {
  let sa: u64 = 0
  let sb: u64 = 0
  let sc: u64 = 0
  let sd: u64 = 0
  const bytes = <usize>length
  const whole = bytes & ~7
  let i: usize = 0
  for (; i < whole; i += 8) {
    const x = load<u64>(query + i)
    sa += popcnt<u64>(x ^ load<u64>(a + i))
    sb += popcnt<u64>(x ^ load<u64>(b + i))
    sc += popcnt<u64>(x ^ load<u64>(c + i))
    sd += popcnt<u64>(x ^ load<u64>(d + i))
  }
  for (; i < bytes; i++) {
    const x = <u32>load<u8>(query + i)
    sa += <u64>popcnt<u32>(x ^ <u32>load<u8>(a + i))
    sb += <u64>popcnt<u32>(x ^ <u32>load<u8>(b + i))
    sc += <u64>popcnt<u32>(x ^ <u32>load<u8>(c + i))
    sd += <u64>popcnt<u32>(x ^ <u32>load<u8>(d + i))
  }
  return fourI32(<i32>sa, <i32>sb, <i32>sc, <i32>sd)
}
