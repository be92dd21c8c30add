/**
 * Distances between rows in memory, one to one and one to many. Types, shapes and meanings: ../distance.ts.
 */
import { BIT_HAMMING, compareBits, compareBytes, compareF32, compareFourBits, compareFourBytes, compareFourF32 } from './lanes'
import { F32_DOT, F32_L1, F32_L2, F32_LINF, I7_DOT, I7_L2, I8_DOT, I8_L2 } from './lanes'

export function dotF32(a: usize, b: usize, dims: i32): f32 { return compareF32(F32_DOT, a, b, dims) }
export function l2F32(a: usize, b: usize, dims: i32): f32 { return compareF32(F32_L2, a, b, dims) }
export function l1F32(a: usize, b: usize, dims: i32): f32 { return compareF32(F32_L1, a, b, dims) }
export function linfF32(a: usize, b: usize, dims: i32): f32 { return compareF32(F32_LINF, a, b, dims) }
export function normF32(a: usize, dims: i32): f32 { return sqrt<f32>(compareF32(F32_DOT, a, a, dims)) }

export function dotI7(a: usize, b: usize, dims: i32): i32 { return compareBytes(I7_DOT, a, b, dims) }
export function l2I7(a: usize, b: usize, dims: i32): i32 { return compareBytes(I7_L2, a, b, dims) }
export function dotI8(a: usize, b: usize, dims: i32): i32 { return compareBytes(I8_DOT, a, b, dims) }
export function l2I8(a: usize, b: usize, dims: i32): i32 { return compareBytes(I8_L2, a, b, dims) }
export function normI8(a: usize, dims: i32): f32 { return sqrt<f32>(<f32>compareBytes(I8_DOT, a, a, dims)) }
export function hamming(a: usize, b: usize, bytes: i32): i32 { return compareBits(a, b, bytes) }

@inline
function four(kind: i32, query: usize, row: usize, stride: usize, length: i32): v128 {
  const b = row + stride
  const c = b + stride
  const d = c + stride
  if (kind == BIT_HAMMING) return compareFourBits(query, row, b, c, d, length)
  if (kind < I7_L2) return compareFourF32(kind, query, row, b, c, d, length)
  return compareFourBytes(kind, query, row, b, c, d, length)
}

@inline
function one(kind: i32, query: usize, row: usize, length: i32, out: usize): void {
  if (kind == BIT_HAMMING) store<i32>(out, compareBits(query, row, length))
  else if (kind < I7_L2) store<f32>(out, compareF32(kind, query, row, length))
  else store<i32>(out, compareBytes(kind, query, row, length))
}

@inline
function many(kind: i32, query: usize, rows: usize, stride: usize, count: i32, length: i32, out: usize): void {
  let i = 0
  for (; i + 4 <= count; i += 4) {
    v128.store(out, four(kind, query, rows, stride, length))
    rows += stride << 2
    out += 16
  }
  for (; i < count; i++) {
    one(kind, query, rows, length, out)
    rows += stride
    out += 4
  }
}

export function dotF32Rows(query: usize, rows: usize, stride: usize, count: i32, dims: i32, out: usize): void { many(F32_DOT, query, rows, stride, count, dims, out) }
export function l2F32Rows(query: usize, rows: usize, stride: usize, count: i32, dims: i32, out: usize): void { many(F32_L2, query, rows, stride, count, dims, out) }
export function l1F32Rows(query: usize, rows: usize, stride: usize, count: i32, dims: i32, out: usize): void { many(F32_L1, query, rows, stride, count, dims, out) }
export function linfF32Rows(query: usize, rows: usize, stride: usize, count: i32, dims: i32, out: usize): void { many(F32_LINF, query, rows, stride, count, dims, out) }
export function dotI7Rows(query: usize, rows: usize, stride: usize, count: i32, dims: i32, out: usize): void { many(I7_DOT, query, rows, stride, count, dims, out) }
export function l2I7Rows(query: usize, rows: usize, stride: usize, count: i32, dims: i32, out: usize): void { many(I7_L2, query, rows, stride, count, dims, out) }
export function dotI8Rows(query: usize, rows: usize, stride: usize, count: i32, dims: i32, out: usize): void { many(I8_DOT, query, rows, stride, count, dims, out) }
export function l2I8Rows(query: usize, rows: usize, stride: usize, count: i32, dims: i32, out: usize): void { many(I8_L2, query, rows, stride, count, dims, out) }
export function hammingRows(query: usize, rows: usize, stride: usize, count: i32, bytes: i32, out: usize): void { many(BIT_HAMMING, query, rows, stride, count, bytes, out) }
