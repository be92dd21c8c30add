/**
 * Raw value of one original row: where it lies, and what it is by the metric that is bound. One row is compared in one way only,
 * so equal rows have equal values wherever they are looked at.
 */
import { evictions, frame, moved } from './frames'
import { F32_DOT, F32_L1, F32_L2, F32_LINF, I8_DOT, I8_L2 } from './lanes'
import { compareBits, compareBytes, compareF32, squaresWithin } from './lanes'
import { bindPacked, packing, widen } from './packed-rows'
import { bindSketches } from './sketches'

// The numbers of src/vector/kernels/blocks.ts.
const METRIC_F32_L2 = 0
const METRIC_F32_DOT = 1
const METRIC_F32_L1 = 2
const METRIC_F32_LINF = 3
/** Of the normalised row; the query comes normalised. */
const METRIC_F32_COSINE = 4
/** Inner product of the query as it comes, divided by the row's magnitude. */
const METRIC_F32_SCRIPT_COSINE = 5
const METRIC_I8_L2 = 6
const METRIC_I8_DOT = 7
const METRIC_I8_COSINE = 8
const METRIC_I8_L1 = 9
const METRIC_I8_LINF = 10
const METRIC_HAMMING = 11
// 12: common bits, of bit rows.

let table: usize = 0
let tableId: u32 = 0
export let stride: usize = 0
let rowsPerPage: u32 = 0
let magic: u64 = 0
let shift: u64 = 0
let length: i32 = 0
let metric: i32 = 0
let normTable: usize = 0
let normTableId: u32 = 0
/** Squared distances above need not be known; NaN: all are wanted. */
export let limit: f32 = NaN

/** `scratch` is for packed rows that are widened. */
export function bindRows(block: usize, metricNumber: i32, scratch: usize): void {
  table = load<u32>(block)
  tableId = load<u32>(block, 4)
  stride = load<u32>(block, 8)
  rowsPerPage = load<u32>(block, 12)
  magic = load<u32>(block, 16)
  shift = load<u32>(block, 20)
  length = load<i32>(block, 24)
  normTable = load<u32>(block, 28)
  normTableId = load<u32>(block, 32)
  metric = metricNumber
  bindPacked(load<i32>(block, 36), length, scratch)
  bindSketches(block + 40)
}

@inline
export function limitValues(most: f32): void {
  limit = most
}

@inline
export function hasNorms(): bool {
  return metric == METRIC_F32_COSINE
}

/** Squared distances of packed rows can be summed in whole numbers. */
@inline
export function mayBeWhole(): bool {
  return packing != 0 && metric == METRIC_F32_L2
}

@inline
export function rowAddress(ord: u32): usize {
  const page = <u32>((<u64>ord * magic) >> shift)
  return frame(table, tableId, page) + <usize>(ord - page * rowsPerPage) * stride
}

@inline
export function normOf(ord: u32): f32 {
  while (true) {
    const before = evictions()
    const norm = load<f32>(frame(normTable, normTableId, ord >> 12) + (<usize>(ord & 4095) << 2))
    if (!moved(before)) return norm
  }
}

/** compareF32(F32_DOT) of the query with the row divided by its magnitude: the same additions in the same order. */
function normalisedDot(query: usize, row: usize, norm: f32): f32 {
  if (norm == 1) return compareF32(F32_DOT, query, row, length)
  const divisor = f32x4.splat(norm)
  let s = f32x4.splat(0)
  let t = f32x4.splat(0)
  const bytes = <usize>length << 2
  const even = bytes & ~31
  let i: usize = 0
  for (; i < even; i += 32) {
    s = f32x4.add(s, f32x4.mul(v128.load(query + i), f32x4.div(v128.load(row + i), divisor)))
    t = f32x4.add(t, f32x4.mul(v128.load(query + i, 16), f32x4.div(v128.load(row + i, 16), divisor)))
  }
  if (bytes & 16) {
    s = f32x4.add(s, f32x4.mul(v128.load(query + i), f32x4.div(v128.load(row + i), divisor)))
    i += 16
  }
  // Rows and queries lie in slots padded by zeros to 16 bytes.
  if (length & 3) t = f32x4.add(t, f32x4.mul(v128.load(query + i), f32x4.div(v128.load(row + i), divisor)))
  s = f32x4.add(s, t)
  return (f32x4.extract_lane(s, 0) + f32x4.extract_lane(s, 1)) + (f32x4.extract_lane(s, 2) + f32x4.extract_lane(s, 3))
}

function bytesCosine(query: usize, row: usize): f32 {
  const product = <f64>compareBytes(I8_DOT, query, query, length) * <f64>compareBytes(I8_DOT, row, row, length)
  if (product == 0) return 0
  return <f32>(<f64>compareBytes(I8_DOT, query, row, length) / sqrt<f64>(product))
}

function bytesL1(query: usize, row: usize): i32 {
  let sum = 0
  for (let i: usize = 0; i < <usize>length; i++) sum += abs<i32>(<i32>load<i8>(query + i) - <i32>load<i8>(row + i))
  return sum
}

function bytesLinf(query: usize, row: usize): i32 {
  let most = 0
  for (let i: usize = 0; i < <usize>length; i++) most = max<i32>(most, abs<i32>(<i32>load<i8>(query + i) - <i32>load<i8>(row + i)))
  return most
}

function commonBits(query: usize, row: usize): i32 {
  let sum = 0
  for (let i: usize = 0; i < <usize>length; i++) sum += popcnt<i32>(<i32>load<u8>(query + i) & <i32>load<u8>(row + i))
  return sum
}

function rareValue(query: usize, row: usize): f32 {
  switch (metric) {
    case METRIC_F32_L1: return compareF32(F32_L1, query, row, length)
    case METRIC_F32_LINF: return compareF32(F32_LINF, query, row, length)
    case METRIC_F32_SCRIPT_COSINE: return compareF32(F32_DOT, query, row, length) / sqrt<f32>(compareF32(F32_DOT, row, row, length))
    case METRIC_I8_COSINE: return bytesCosine(query, row)
    case METRIC_I8_L1: return <f32>bytesL1(query, row)
    case METRIC_I8_LINF: return <f32>bytesLinf(query, row)
    default: return <f32>commonBits(query, row)
  }
}

/** Of a row that lies at an address; the norm is of F32_COSINE only. */
export function value(query: usize, row: usize, norm: f32): f32 {
  if (packing) row = widen(row)
  if (metric == METRIC_F32_L2) {
    return limit == limit ? squaresWithin(query, row, length, limit) : compareF32(F32_L2, query, row, length)
  }
  if (metric == METRIC_F32_DOT) return compareF32(F32_DOT, query, row, length)
  if (metric == METRIC_F32_COSINE) return normalisedDot(query, row, norm)
  if (metric == METRIC_I8_L2) return <f32>compareBytes(I8_L2, query, row, length)
  if (metric == METRIC_I8_DOT) return <f32>compareBytes(I8_DOT, query, row, length)
  if (metric == METRIC_HAMMING) return <f32>compareBits(query, row, length)
  return rareValue(query, row)
}

/** Of an ordinal, whatever is taken out of the cache meanwhile. */
export function valueOf(query: usize, ord: u32): f32 {
  const norm: f32 = metric == METRIC_F32_COSINE ? normOf(ord) : 1
  while (true) {
    const before = evictions()
    const raw = value(query, rowAddress(ord), norm)
    if (!moved(before)) return raw
  }
}
