/**
 * Raw values of original rows, and the best k of them: exact search, rescoring of a walk's candidates, scripts. Called
 * from src/vector/kernels/score-kernel.ts. One row is compared in one way only, so equal rows have equal values wherever
 * they are looked at.
 *
 * A key is ordered(value, or 0 - value where large is near) << 32 | ord. The best k are kept in a heap, worst on top.
 */
import { F32_DOT, F32_L1, F32_L2, F32_LINF, I8_DOT, I8_L2 } from './lanes'
import { compareBits, compareBytes, compareF32, touch } from './lanes'

// @ts-ignore: decorator
@external("env", "fault")
declare function fault(table: u32, page: u32): u32

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
let stride: usize = 0
let rowsPerPage: u32 = 0
let magic: u64 = 0
let shift: u64 = 0
let length: i32 = 0
let metric: i32 = 0
let normTable: usize = 0
let normTableId: u32 = 0
let largeIsNear: bool = false
let batchIds: usize = 0
let batchRows: usize = 0
let batchNorms: usize = 0
let missCount: u32 = 0

const BATCH: i32 = 64

export function bind(block: usize, metricNumber: i32, largeIsNearFlag: i32, scratch: usize): void {
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
  largeIsNear = largeIsNearFlag != 0
  batchIds = scratch
  batchRows = scratch + (<usize>BATCH << 2)
  batchNorms = scratch + (<usize>BATCH << 3)
}

function miss(id: u32, page: u32): usize {
  missCount++
  return <usize>fault(id, page)
}

// @ts-ignore: decorator
@inline
function frame(at: usize, id: u32, page: u32): usize {
  let found = <usize>load<u32>(at + (<usize>page << 2))
  if (!found) found = miss(id, page)
  touch(found)
  return found
}

// @ts-ignore: decorator
@inline
function rowAddress(ord: u32): usize {
  const page = <u32>((<u64>ord * magic) >> shift)
  return frame(table, tableId, page) + <usize>(ord - page * rowsPerPage) * stride
}

// @ts-ignore: decorator
@inline
function normOf(ord: u32): f32 {
  return load<f32>(frame(normTable, normTableId, ord >> 12) + (<usize>(ord & 4095) << 2))
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

function value(query: usize, row: usize, norm: f32): f32 {
  if (metric == METRIC_F32_L2) return compareF32(F32_L2, query, row, length)
  if (metric == METRIC_F32_DOT) return compareF32(F32_DOT, query, row, length)
  if (metric == METRIC_F32_COSINE) return normalisedDot(query, row, norm)
  if (metric == METRIC_I8_L2) return <f32>compareBytes(I8_L2, query, row, length)
  if (metric == METRIC_I8_DOT) return <f32>compareBytes(I8_DOT, query, row, length)
  if (metric == METRIC_HAMMING) return <f32>compareBits(query, row, length)
  return rareValue(query, row)
}

/** Raw value of one row. */
export function score(query: usize, ord: u32): f32 {
  const norm: f32 = metric == METRIC_F32_COSINE ? normOf(ord) : 1
  return value(query, rowAddress(ord), norm)
}

/** Sum of the squares of `count` floats, in the order of compareF32. */
export function squaredMagnitude(at: usize, count: i32): f32 {
  return compareF32(F32_DOT, at, at, count)
}

// ---- the best k -------------------------------------------------------------------------------------------------

let heap: usize = 0
let heapMax: i32 = 0
let heapSize: i32 = 0
let heapTop: u64 = 0

export function startHeap(at: usize, k: i32): void {
  heap = at
  heapMax = k
  heapSize = 0
  heapTop = u64.MAX_VALUE
}

function siftDown(from: i32, size: i32, key: u64): void {
  let hole = from
  while (true) {
    let child = 2 * hole + 1
    if (child >= size) break
    let childKey = load<u64>(heap + (<usize>child << 3))
    if (child + 1 < size) {
      const other = load<u64>(heap + (<usize>child << 3), 8)
      if (other > childKey) {
        childKey = other
        child++
      }
    }
    if (childKey <= key) break
    store<u64>(heap + (<usize>hole << 3), childKey)
    hole = child
  }
  store<u64>(heap + (<usize>hole << 3), key)
}

function push(key: u64): void {
  if (heapSize < heapMax) {
    let hole = heapSize
    heapSize++
    while (hole > 0) {
      const parent = (hole - 1) >> 1
      const parentKey = load<u64>(heap + (<usize>parent << 3))
      if (parentKey >= key) break
      store<u64>(heap + (<usize>hole << 3), parentKey)
      hole = parent
    }
    store<u64>(heap + (<usize>hole << 3), key)
  } else siftDown(0, heapSize, key)
  if (heapSize == heapMax) heapTop = load<u64>(heap)
}

// @ts-ignore: decorator
@inline
function offer(ord: u32, raw: f32): void {
  let order: f32 = largeIsNear ? <f32>0 - raw : raw
  // Infinities less infinities: farther than everything.
  if (order != order) order = Infinity
  const bits = reinterpret<i32>(order)
  const key = (<u64>(<u32>(bits ^ ((bits >> 31) | <i32>0x80000000))) << 32) | <u64>ord
  if (key < heapTop) push(key)
}

/** Compares the `count` rows in `batchIds`: addresses first, so that misses of the processor's cache overlap. */
function offerBatch(query: usize, count: i32): void {
  const before = missCount
  const cosine = metric == METRIC_F32_COSINE
  for (let i = 0; i < count; i++) {
    const at = <usize>i << 2
    const ord = load<u32>(batchIds + at)
    if (cosine) store<f32>(batchNorms + at, normOf(ord))
    const row = rowAddress(ord)
    store<u32>(batchRows + at, <u32>row)
    touched += load<u8>(row)
  }
  const resident = before == missCount
  for (let i = 0; i < count; i++) {
    const at = <usize>i << 2
    const ord = load<u32>(batchIds + at)
    const row = resident ? <usize>load<u32>(batchRows + at) : rowAddress(ord)
    offer(ord, value(query, row, load<f32>(batchNorms + at)))
  }
}
/** Keeps the loads above from being optimised away. */
let touched: u32 = 0
export function touchedSum(): u32 {
  return touched
}

/** Offers the rows from .. to - 1, or those of them that `accept` has, to the heap. Returns how many. */
export function scan(query: usize, from: u32, to: u32, accept: usize): u32 {
  let total: u32 = 0
  let count = 0
  for (let ord = from; ord < to; ord++) {
    if (accept) {
      const word = load<u32>(accept + (<usize>(ord >> 5) << 2)) >> (ord & 31)
      if (!word) {
        ord |= 31
        continue
      }
      ord += ctz<u32>(word)
      if (ord >= to) break
    }
    store<u32>(batchIds + (<usize>count << 2), ord)
    count++
    if (count == BATCH) {
      offerBatch(query, count)
      total += count
      count = 0
    }
  }
  offerBatch(query, count)
  return total + count
}

/** Offers the nodes of `count` keys of a walk to the heap. */
export function rescore(query: usize, keys: usize, count: i32): void {
  let pending = 0
  for (let i = 0; i < count; i++) {
    store<u32>(batchIds + (<usize>pending << 2), <u32>load<u64>(keys + (<usize>i << 3)) >> 1)
    pending++
    if (pending == BATCH) {
      offerBatch(query, pending)
      pending = 0
    }
  }
  offerBatch(query, pending)
}

/** Sorts the heap, best first, and turns its keys into pairs of ord and raw value. Returns how many. */
export function finishHeap(): i32 {
  for (let end = heapSize - 1; end > 0; end--) {
    const last = load<u64>(heap + (<usize>end << 3))
    store<u64>(heap + (<usize>end << 3), load<u64>(heap))
    siftDown(0, end, last)
  }
  for (let i = 0; i < heapSize; i++) {
    const at = heap + (<usize>i << 3)
    const key = load<u64>(at)
    const order = <i32>(<u32>(key >> 32))
    const raw = reinterpret<f32>(order ^ (~(order >> 31) | <i32>0x80000000))
    store<u32>(at, <u32>key)
    store<f32>(at, largeIsNear ? <f32>0 - raw : raw, 4)
  }
  return heapSize
}
