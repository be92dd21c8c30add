/** Inner products of 16-bit integers, one vector with many rows. Types, shapes and meanings: ../projections.ts. */

// @ts-ignore: decorator
@inline
function laneSum(v: v128): i32 {
  return (i32x4.extract_lane(v, 0) + i32x4.extract_lane(v, 1)) + (i32x4.extract_lane(v, 2) + i32x4.extract_lane(v, 3))
}

// @ts-ignore: decorator
@inline
function product(vector: usize, row: usize): v128 {
  return i32x4.dot_i16x8_s(v128.load(vector), v128.load(row))
}

export function dotI16Rows(vector: usize, rows: usize, stride: usize, count: i32, out: usize): void {
  const end = vector + stride
  let i = 0
  for (; i + 4 <= count; i += 4) {
    let a = i32x4.splat(0)
    let b = a
    let c = a
    let d = a
    let row = rows
    for (let at = vector; at < end; at += 16) {
      const part = v128.load(at)
      a = i32x4.add(a, i32x4.dot_i16x8_s(part, v128.load(row)))
      b = i32x4.add(b, i32x4.dot_i16x8_s(part, v128.load(row + stride)))
      c = i32x4.add(c, i32x4.dot_i16x8_s(part, v128.load(row + stride * 2)))
      d = i32x4.add(d, i32x4.dot_i16x8_s(part, v128.load(row + stride * 3)))
      row += 16
    }
    store<i32>(out, laneSum(a))
    store<i32>(out, laneSum(b), 4)
    store<i32>(out, laneSum(c), 8)
    store<i32>(out, laneSum(d), 12)
    rows += stride << 2
    out += 16
  }
  for (; i < count; i++) {
    let a = i32x4.splat(0)
    let row = rows
    for (let at = vector; at < end; at += 16) {
      a = i32x4.add(a, product(at, row))
      row += 16
    }
    store<i32>(out, laneSum(a))
    rows += stride
    out += 4
  }
}
