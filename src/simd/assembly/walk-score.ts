/**
 * Raw values of original rows (row-value.ts) in batches, and the best k of them: exact search, rescoring of a walk's
 * candidates, scripts. Called from src/vector/kernels/score-kernel.ts.
 *
 * A key is ordered(value, or 0 - value where large is near) << 32 | ord (walk-heap.ts).
 */
import { evictions, fenceAt, keepLoads, moved } from './frames'
import { F32_DOT, compareF32 } from './lanes'
import { length, limitWhole, orderedBlocks, packing, takeWhole, wholeL2, wholeQuery } from './packed-rows'
import { bindRows, hasNorms, limit, limitValues, mayBeWhole, normOf, rowAddress, stride, value, valueOf } from './row-value'
import { distanceWithin, leastDistance, project, sketchDistances } from './sketches'
import { finish, heapMax, heapTop, offerKey } from './walk-heap'
export { loadedSum } from './frames'
export { limitHeap, startHeap } from './walk-heap'

let largeIsNear: bool = false
let batchIds: usize = 0
let batchRows: usize = 0
let batchNorms: usize = 0
let batchValues: usize = 0
let batchPlaces: usize = 0
/** Whether takeWhole has the query of the rows that are compared now. */
let isWhole: bool = false

const BATCH: i32 = 64

export function bind(block: usize, metricNumber: i32, largeIsNearFlag: i32, scratch: usize): void {
  largeIsNear = largeIsNearFlag != 0
  batchIds = scratch
  fenceAt(scratch)
  batchRows = scratch + (<usize>BATCH << 2)
  batchNorms = scratch + (<usize>BATCH << 3)
  batchValues = scratch + <usize>BATCH * 12
  batchPlaces = scratch + (<usize>BATCH << 4)
  bindRows(block, metricNumber, scratch + <usize>BATCH * 20)
}

/** Whether the rows that follow are compared with the query in whole numbers. */
function takeQuery(query: usize): void {
  isWhole = mayBeWhole() && takeWhole(query)
  limitWhole(Infinity)
  limitValues(NaN)
}

/** Raw value of one row. */
export function score(query: usize, ord: u32): f32 {
  limitValues(NaN)
  return valueOf(query, ord)
}

/** Sum of the squares of `count` floats, in the order of compareF32. */
export function squaredMagnitude(at: usize, count: i32): f32 {
  return compareF32(F32_DOT, at, at, count)
}

// ---- the best k -------------------------------------------------------------------------------------------------

@inline
function offer(ord: u32, raw: f32): f32 {
  let order: f32 = largeIsNear ? <f32>0 - raw : raw
  // Infinities less infinities: farther than everything.
  if (order != order) order = Infinity
  const bits = reinterpret<i32>(order)
  const key = (<u64>(<u32>(bits ^ ((bits >> 31) | <i32>0x80000000))) << 32) | <u64>ord
  offerKey(key)
  return order
}

/** What is touched ahead of a row: of floats enough for the processor to see where the loads go; packed rows are compared in half that time. */
const TOUCHED_BYTES: usize = 512
const TOUCHED_PACKED_BYTES: usize = 1024

@inline
function aheadOf(): usize {
  return min<usize>(stride, packing ? TOUCHED_PACKED_BYTES : TOUCHED_BYTES)
}

/** Loads a byte of each cache line, four at a time: what the processor does beside the loads is a third of it. */
@inline
function touchLines(row: usize, bytes: usize): u32 {
  let sum: u32 = 0
  let line: usize = 0
  for (; line + 192 < bytes; line += 256) {
    const at = row + line
    sum += (<u32>load<u8>(at) + <u32>load<u8>(at, 64)) + (<u32>load<u8>(at, 128) + <u32>load<u8>(at, 192))
  }
  for (; line < bytes; line += 64) sum += load<u8>(row + line)
  return sum
}

/** In whole numbers, but for rows whose sums float32 would round. */
@inline
function compareWhole(query: usize, count: i32): void {
  wholeL2(batchRows, count, batchValues)
  for (let i: usize = 0; i < <usize>count << 2; i += 4) {
    if (load<f32>(batchValues + i) < 0) store<f32>(batchValues + i, value(query, load<u32>(batchRows + i), 1))
  }
}

/**
 * Raw values of the `count` rows in `batchIds`, to `batchValues`. All are found first, which also loads a byte of their first
 * `ahead` bytes' cache lines, so that the misses of the processor's cache overlap. When a page went meanwhile each is compared
 * on its own.
 */
function compareBatch(query: usize, count: i32, ahead: usize): void {
  if (hasNorms()) {
    for (let i: usize = 0; i < <usize>count << 2; i += 4) store<f32>(batchNorms + i, normOf(load<u32>(batchIds + i)))
  }
  const before = evictions()
  let sum: u32 = 0
  for (let i: usize = 0; i < <usize>count << 2; i += 4) {
    const row = rowAddress(load<u32>(batchIds + i))
    store<u32>(batchRows + i, <u32>row)
    sum += touchLines(row, ahead)
  }
  keepLoads(sum)
  if (evictions() == before) {
    if (isWhole) compareWhole(query, count)
    else {
      for (let i: usize = 0; i < <usize>count << 2; i += 4) {
        store<f32>(batchValues + i, value(query, load<u32>(batchRows + i), load<f32>(batchNorms + i)))
      }
    }
    if (!moved(before)) return
  }
  for (let i: usize = 0; i < <usize>count << 2; i += 4) {
    store<f32>(batchValues + i, valueOf(query, load<u32>(batchIds + i)))
  }
}

/** Value of the worst hit so far, as it is ordered: small is near. */
@inline
function worstOrder(): f64 {
  const bits = <i32>(<u32>(heapTop >> 32))
  return <f64>reinterpret<f32>(bits ^ (~(bits >> 31) | <i32>0x80000000))
}

/** Offers a row of a batch that was compared. */
@inline
function offerAt(i: i32): f32 {
  const at = <usize>i << 2
  return offer(load<u32>(batchIds + at), load<f32>(batchValues + at))
}

function offerBatch(query: usize, count: i32, ahead: usize): void {
  if (isWhole) limitWhole(<f32>worstOrder())
  compareBatch(query, count, ahead)
  for (let i = 0; i < count; i++) offerAt(i)
}

/** Raw values of `count` rows, whose ordinals lie at `ords`, to `out`. */
export function values(query: usize, ords: usize, count: i32, out: usize): void {
  takeQuery(query)
  for (let from = 0; from < count; from += BATCH) {
    const batch = min<i32>(BATCH, count - from)
    memory.copy(batchIds, ords + (<usize>from << 2), <usize>batch << 2)
    compareBatch(query, batch, aheadOf())
    memory.copy(out + (<usize>from << 2), batchValues, <usize>batch << 2)
  }
}

/** How much farther than the worst hit so far a row has to be for its value not to matter. */
const SLACK: f64 = 1.0 / 65536

/** Counts from here on are not told apart. */
const MANY: u32 = 255

/** The highest count that `first` of the rows reach, in words; 0 where fewer rows are. */
function leastOf(counts: usize, count: i32, first: i32): u32 {
  // As many words as a batch has room for.
  const histogram = batchIds
  memory.fill(histogram, 0, (MANY + 1) << 2)
  for (let i: usize = 0; i < <usize>count << 2; i += 4) {
    const at = histogram + (<usize>min<u32>(load<u32>(counts + i), MANY) << 2)
    store<u32>(at, load<u32>(at) + 1)
  }
  let least = MANY
  let sum = load<i32>(histogram + (<usize>least << 2))
  while (least > 0 && sum < first) sum += load<i32>(histogram + (<usize>(--least) << 2))
  return least
}

/** The rows of a batch: those that are near are offered, and all values go to their places. */
function nearestOf(query: usize, count: i32, out: usize): void {
  limitValues(farthest())
  if (isWhole) limitWhole(limit)
  compareBatch(query, count, aheadOf())
  for (let i = 0; i < count; i++) {
    const raw = load<f32>(batchValues + (<usize>i << 2))
    store<f32>(out + (<usize>load<u32>(batchPlaces + (<usize>i << 2)) << 2), raw)
    if (!(raw > limit)) offerAt(i)
  }
}

/**
 * The same, and offers the rows to the heap; small is near. Of a row that is farther than `farthest` then says, any such value.
 * First are `first` rows or more with the highest of the `counts`, which are likely near; the others come in their order.
 */
export function nearest(query: usize, ords: usize, counts: usize, count: i32, first: i32, out: usize): void {
  const least = leastOf(counts, count, first)
  takeQuery(query)
  let batch = 0
  for (let round = 0; round < 2; round++) {
    const isFirst = round == 0
    for (let place = 0; place < count; place++) {
      const at = <usize>place << 2
      store<u32>(batchIds + (<usize>batch << 2), load<u32>(ords + at))
      store<u32>(batchPlaces + (<usize>batch << 2), place)
      // Who belongs to the other round is written over.
      batch += <i32>((load<u32>(counts + at) >= least) == isFirst)
      if (batch < BATCH) continue
      nearestOf(query, batch, out)
      batch = 0
    }
  }
  nearestOf(query, batch, out)
}

/** Inner products of a query of whole numbers with the axes of the rows' sketches, 64 i32. Returns whether it is one. */
export function sketch(query: usize, out: usize): bool {
  takeQuery(query)
  // Blocks are put in order later.
  if (isWhole) project(wholeQuery, length, orderedBlocks, out)
  return isWhole
}

/**
 * The same by the sketches of the rows, of a query that has one: rows whose sketch is farther than that of one that is near can be
 * are not looked at. `distances` has room for a word of each row.
 */
export function nearestSketched(
  query: usize, querySketch: usize, reach: f64, error: f64, ords: usize, distances: usize, count: i32, first: i32, out: usize
): void {
  sketchDistances(querySketch, ords, count, batchRows, distances)
  const middle = leastDistance(distances, count, first, batchIds)
  takeQuery(query)
  for (let at: usize = 0; at < <usize>count << 2; at += 4) store<f32>(out + at, Infinity)
  for (let round = 0; round < 2; round++) {
    const low = round ? middle : -1
    let high = round ? distanceWithin(farthest(), reach, error) : middle
    let batch = 0
    for (let place = 0; place < count; place++) {
      const at = <usize>place << 2
      const distance = load<i32>(distances + at)
      store<u32>(batchIds + (<usize>batch << 2), load<u32>(ords + at))
      store<u32>(batchPlaces + (<usize>batch << 2), place)
      batch += <i32>(distance > low) & <i32>(distance <= high)
      if (batch < BATCH) continue
      nearestOf(query, batch, out)
      batch = 0
      if (round) high = distanceWithin(farthest(), reach, error)
    }
    nearestOf(query, batch, out)
  }
}

/** Value of the worst of k hits; NaN while there are fewer. */
export function worst(): f32 {
  return <f32>worstOrder()
}

/** The same and a little more. */
export function farthest(): f32 {
  return <f32>(worstOrder() * (1 + SLACK))
}

/** Offers the rows from .. to - 1, or those of them that `accept` has, to the heap. Returns how many. */
export function scan(query: usize, from: u32, to: u32, accept: usize): u32 {
  takeQuery(query)
  // Rows in order come by themselves, rows here and there do not.
  const ahead: usize = accept ? aheadOf() : 1
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
      offerBatch(query, count, ahead)
      total += count
      count = 0
    }
  }
  offerBatch(query, count, ahead)
  return total + count
}

/** Rows looked at beyond the k nearest by code before any is left out: enough to know the errors of the codes. */
const PROBED: i32 = 2
/** Rows looked at between two decisions. */
const STEP: i32 = 4
const DEVIATIONS: f64 = 3
/** Variance of a dimension's error, when a row and a query are both rounded to whole steps. */
const ROUNDING: f64 = 1.0 / 6.0

let errorSum: f64 = 0
let errorSquares: f64 = 0

/** Value that the code of a key stands for, up to a constant. */
@inline
function estimate(key: u64, unit: f64): f64 {
  return unit * <f64>(<u32>(key >> 32))
}

function rescoreBatch(query: usize, keys: usize, count: i32, unit: f64): void {
  for (let i = 0; i < count; i++) {
    store<u32>(batchIds + (<usize>i << 2), <u32>load<u64>(keys + (<usize>i << 3)) >> 1)
  }
  compareBatch(query, count, aheadOf())
  for (let i = 0; i < count; i++) {
    const error = <f64>offerAt(i) - estimate(load<u64>(keys + (<usize>i << 3)), unit)
    errorSum += error
    errorSquares += error * error
  }
}

/**
 * Offers the nodes of up to `count` keys of a walk, nearest first, to the heap. Returns how many.
 *
 * `unit` is what one unit of a squared distance of codes is in values. With it the errors of the codes of the rows looked at
 * tell which others could still be among the best: those whose estimate is not worse than the worst hit by more than
 * three standard deviations. With 0 all are looked at.
 */
export function rescore(query: usize, keys: usize, count: i32, unit: f64): i32 {
  takeQuery(query)
  errorSum = 0
  errorSquares = 0
  const probed = unit > 0 ? min(count, heapMax + PROBED) : count
  let done = 0
  while (done < probed) {
    const batch = min(probed - done, BATCH)
    rescoreBatch(query, keys + (<usize>done << 3), batch, unit)
    done += batch
  }
  while (done < count) {
    const mean = errorSum / <f64>done
    const next = estimate(load<u64>(keys + (<usize>done << 3)), unit)
    const variance = max<f64>(errorSquares / <f64>done - mean * mean, 4 * ROUNDING * unit * next)
    const limit = worstOrder() - mean + DEVIATIONS * sqrt<f64>(variance)
    let batch = 0
    while (batch < STEP && done + batch < count && estimate(load<u64>(keys + (<usize>(done + batch) << 3)), unit) <= limit) batch++
    if (batch == 0) break
    rescoreBatch(query, keys + (<usize>done << 3), batch, unit)
    done += batch
  }
  return done
}

/** Sorts the heap, best first, and turns its keys into pairs of ord and raw value. Returns how many. */
export function finishHeap(): i32 {
  return finish(largeIsNear)
}
