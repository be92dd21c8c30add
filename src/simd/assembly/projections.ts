/**
 * Inner products of a vector with many directions, as 16-bit integers, and the buckets that they fall into. Types, shapes and
 * meanings: ../projections.ts.
 */

/** Elements of a block: what one instruction multiplies. */
const BLOCK: i32 = 8
/** Directions of a group, whose blocks lie side by side. */
const GROUP: usize = 8

// ---- the vector -------------------------------------------------------------------------------------------------

@inline
function acrossF64(v: v128): f64 {
  return f64x2.extract_lane(v, 0) + f64x2.extract_lane(v, 1)
}

/** Sum of the magnitudes, the largest, and the sum of the squares of `dims` floats to `facts`: f64; whether all are whole numbers. */
export function measure(vector: usize, dims: i32, facts: usize): bool {
  let sums = f64x2.splat(0)
  let squares = f64x2.splat(0)
  let largest = f32x4.splat(0)
  let broken = f32x4.splat(0)
  const end = vector + (<usize>dims << 2)
  for (let at = vector; at < end; at += 16) {
    const four = v128.load(at)
    const magnitudes = f32x4.abs(four)
    const low = f64x2.promote_low_f32x4(magnitudes)
    const high = f64x2.promote_low_f32x4(i8x16.shuffle(magnitudes, magnitudes, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7))
    sums = f64x2.add(sums, f64x2.add(low, high))
    squares = f64x2.add(squares, f64x2.add(f64x2.mul(low, low), f64x2.mul(high, high)))
    largest = f32x4.pmax(largest, magnitudes)
    broken = v128.or(broken, f32x4.ne(f32x4.nearest(four), four))
  }
  store<f64>(facts, acrossF64(sums))
  const two = f32x4.pmax(largest, i8x16.shuffle(largest, largest, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7))
  store<f64>(facts, <f64>max<f32>(f32x4.extract_lane(two, 0), f32x4.extract_lane(two, 1)), 8)
  store<f64>(facts, acrossF64(squares), 16)
  return !v128.any_true(broken)
}

/** Four floats over a step, rounded. */
@inline
function rounded(at: usize, step: v128): v128 {
  const low = i32x4.trunc_sat_f64x2_s_zero(f64x2.nearest(f64x2.div(f64x2.promote_low_f32x4(v128.load64_zero(at)), step)))
  const high = i32x4.trunc_sat_f64x2_s_zero(f64x2.nearest(f64x2.div(f64x2.promote_low_f32x4(v128.load64_zero(at, 8)), step)))
  return i8x16.shuffle(low, high, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23)
}

/** Writes the blocks of a vector that are not all zeros, over `step`: their integers to `blocks`, their places to `places`. */
export function takeBlocks(vector: usize, dims: i32, step: f64, blocks: usize, places: usize): i32 {
  const steps = f64x2.splat(step)
  let count = 0
  for (let dim = 0; dim < dims; dim += BLOCK) {
    const at = vector + (<usize>dim << 2)
    const eight = step == 1
      ? i16x8.narrow_i32x4_s(i32x4.trunc_sat_f32x4_s(v128.load(at)), i32x4.trunc_sat_f32x4_s(v128.load(at, 16)))
      : i16x8.narrow_i32x4_s(rounded(at, steps), rounded(at + 16, steps))
    if (!v128.any_true(eight)) continue
    v128.store(blocks + (<usize>count << 4), eight)
    store<u32>(places + (<usize>count << 2), dim * 2 * <u32>GROUP)
    count++
  }
  return count
}

// ---- products ---------------------------------------------------------------------------------------------------

@inline
function plus(sum: v128, part: v128, at: usize): v128 {
  return i32x4.add(sum, i32x4.dot_i16x8_s(part, v128.load(at)))
}

/** Lane by lane, the sums of four vectors' lanes. */
@inline
function across(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = i32x4.add(
    i8x16.shuffle(a, b, 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27),
    i8x16.shuffle(a, b, 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31)
  )
  const cd = i32x4.add(
    i8x16.shuffle(c, d, 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27),
    i8x16.shuffle(c, d, 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31)
  )
  return i32x4.add(
    i8x16.shuffle(ab, cd, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23),
    i8x16.shuffle(ab, cd, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31)
  )
}

export function dotGroups(
  blocks: usize, places: usize, blockCount: i32, groups: usize, groupBytes: usize, groupCount: i32, out: usize
): void {
  const end = blocks + (<usize>blockCount << 4)
  for (let group = 0; group < groupCount; group++) {
    let a = i32x4.splat(0)
    let b = a
    let c = a
    let d = a
    let e = a
    let f = a
    let g = a
    let h = a
    let place = places
    for (let at = blocks; at < end; at += 16) {
      const part = v128.load(at)
      const rows = groups + <usize>load<u32>(place)
      a = plus(a, part, rows)
      b = plus(b, part, rows + 16)
      c = plus(c, part, rows + 32)
      d = plus(d, part, rows + 48)
      e = plus(e, part, rows + 64)
      f = plus(f, part, rows + 80)
      g = plus(g, part, rows + 96)
      h = plus(h, part, rows + 112)
      place += 4
    }
    v128.store(out, across(a, b, c, d))
    v128.store(out, across(e, f, g, h), 16)
    out += GROUP << 2
    groups += groupBytes
  }
}

// ---- what the sums mean -----------------------------------------------------------------------------------------

/** Bucket of a place: its cell of a width, saturated; NaN is in cell 0. */
@inline
function cellOf(place: v128, width: v128): v128 {
  return f64x2.floor(f64x2.div(place, width))
}

@inline
function pairAt(at: usize): v128 {
  return v128.load(at)
}

export function placeSums(
  sums: usize, count: i32, scales: usize, errors: usize, magnitudes: usize,
  scale: f64, sum: f64, error: f64, least: f64, dots: usize, margins: usize
): void {
  for (let i: usize = 0; i < <usize>count; i += 2) {
    const at = i << 3
    const exact = f64x2.convert_low_i32x4_s(v128.load64_zero(sums + (i << 2)))
    v128.store(dots + at, f64x2.mul(exact, f64x2.mul(pairAt(scales + at), f64x2.splat(scale))))
    const margin = f64x2.add(
      f64x2.mul(pairAt(errors + at), f64x2.splat(sum)),
      f64x2.mul(pairAt(magnitudes + at), f64x2.splat(error))
    )
    v128.store(margins + at, f64x2.add(margin, f64x2.splat(least)))
  }
}

export function cells(
  dots: usize, margins: usize, offsets: usize, count: i32, width: f64, out: usize, unsure: usize
): i32 {
  const widths = f64x2.splat(width)
  let unsureCount = 0
  for (let i: usize = 0; i < <usize>count; i += 2) {
    const near = f64x2.add(pairAt(dots + (i << 3)), pairAt(offsets + (i << 3)))
    const margin = pairAt(margins + (i << 3))
    const lowest = cellOf(f64x2.sub(near, margin), widths)
    const differ = f64x2.ne(lowest, cellOf(f64x2.add(near, margin), widths))
    store<u64>(out + (i << 2), i64x2.extract_lane(i32x4.trunc_sat_f64x2_s_zero(lowest), 0))
    if (!v128.any_true(differ)) continue
    for (let lane: usize = 0; lane < 2 && i + lane < <usize>count; lane++) {
      if (!(lane ? i64x2.extract_lane(differ, 1) : i64x2.extract_lane(differ, 0))) continue
      store<u32>(unsure + (<usize>unsureCount << 2), <u32>(i + lane))
      unsureCount++
    }
  }
  return unsureCount
}
