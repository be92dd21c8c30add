/**
 * How near sets are to a query, from what they have in common with it and how many indices they have, and the nearest of them.
 * Shapes and meanings: ../sparse-rows.ts.
 *
 * An order is a value, or 0 - value where large is near: small is near. Infinity is left out.
 */
import { evictions, moved } from './frames'
import { startOf, startsAt, WORD_MASK, WORD_SHIFT } from './row-starts'

/** Up to here float32 holds every integer, and a quotient of two of them is that of float64 rounded. */
const EXACT_MAX: i32 = 1 << 24

let queryLength: u32 = 0
let areShares: bool = false
let areSharing: bool = false

export function bindQuery(queryCount: u32, shares: bool, sharing: bool): void {
  queryLength = queryCount
  areShares = shares
  areSharing = sharing
}

/** Shares of two sets by float64, as float32. */
@inline
function wideShares(common: v128, either: v128): v128 {
  return f32x4.demote_f64x2_zero(f64x2.div(f64x2.convert_low_i32x4_u(common), f64x2.convert_low_i32x4_u(either)))
}

@inline
function upper(four: v128): v128 {
  return i8x16.shuffle(four, four, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7)
}

function sharesOfLong(common: v128, either: v128): v128 {
  const low = wideShares(common, either)
  const high = wideShares(upper(common), upper(either))
  return i8x16.shuffle(low, high, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23)
}

/** Of four sets. Two empty ones have all in common. */
@inline
function ordersOf(common: v128, lengths: v128, queryLengths: v128, shares: bool, sharing: bool): v128 {
  const either = i32x4.sub(i32x4.add(queryLengths, lengths), common)
  let orders: v128
  if (shares) {
    const quotients = v128.any_true(i32x4.gt_u(either, i32x4.splat(EXACT_MAX)))
      ? sharesOfLong(common, either)
      : f32x4.div(f32x4.convert_i32x4_s(common), f32x4.convert_i32x4_s(either))
    const areEmpty = i32x4.eq(either, i32x4.splat(0))
    orders = f32x4.sub(f32x4.splat(0), v128.bitselect(f32x4.splat(1), quotients, areEmpty))
  } else orders = f32x4.convert_i32x4_u(i32x4.sub(either, common))
  if (!sharing) return orders
  return v128.bitselect(f32x4.splat(Infinity), orders, i32x4.eq(common, i32x4.splat(0)))
}

export function setOrders(common: usize, lengths: usize, count: i32, out: usize): void {
  const own = i32x4.splat(queryLength)
  const shares = areShares
  const sharing = areSharing
  for (let i: usize = 0; i < <usize>count << 2; i += 16) {
    v128.store(out + i, ordersOf(v128.load(common + i), v128.load(lengths + i), own, shares, sharing))
  }
}

/** Four counts of type T. */
@inline
function fourFrom<T>(at: usize): v128 {
  if (sizeof<T>() == 1) return i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(at)))
  if (sizeof<T>() == 2) return v128.load16x4_u(at)
  return v128.load(at)
}

/** Of rows that lie one behind the other on a page of starts, a multiple of four. */
@inline
function ordersFrom<T>(starts: usize, count: usize, counts: usize, out: usize): void {
  const own = i32x4.splat(queryLength)
  const shares = areShares
  const sharing = areSharing
  for (let i: usize = 0; i < count; i += 4) {
    const start = starts + (i << 2)
    const lengths = i32x4.sub(v128.load(start, 4), v128.load(start))
    const common = fourFrom<T>(counts + (i << alignof<T>()))
    v128.store(out + (i << 2), ordersOf(common, lengths, own, shares, sharing))
  }
}

@inline
export function countOf(counts: usize, ord: u32, shift: usize): u32 {
  const at = counts + (<usize>ord << shift)
  return shift == 0 ? <u32>load<u8>(at) : shift == 1 ? <u32>load<u16>(at) : load<u32>(at)
}

export function rowOrders(from: u32, to: u32, counts: usize, shift: usize, out: usize): void {
  for (let ord = from; ord < to; ) {
    const word = ord & WORD_MASK
    // The last row of a page ends on the next one.
    const count = min<u32>(to - ord, WORD_MASK - word) & ~3
    const at = out + (<usize>(ord - from) << 2)
    if (!count) {
      const common = i32x4.splat(countOf(counts, ord, shift))
      const lengths = i32x4.splat(startOf(ord + 1) - startOf(ord))
      const orders = ordersOf(common, lengths, i32x4.splat(queryLength), areShares, areSharing)
      store<f32>(at, f32x4.extract_lane(orders, 0))
      ord++
      continue
    }
    const before = evictions()
    const starts = startsAt(ord >> WORD_SHIFT) + (<usize>word << 2)
    const those = counts + (<usize>ord << shift)
    if (shift == 0) ordersFrom<u8>(starts, count, those, at)
    else if (shift == 1) ordersFrom<u16>(starts, count, those, at)
    else ordersFrom<u32>(starts, count, those, at)
    if (!moved(before)) ord += count
  }
}

export function refuseOrders(orders: usize, count: u32, accept: usize): void {
  for (let from: u32 = 0; from < count; from += 32) {
    for (let refused = ~load<u32>(accept + (<usize>(from >> 5) << 2)); refused; refused &= refused - 1) {
      const i = from + ctz<u32>(refused)
      if (i >= count) break
      store<f32>(orders + (<usize>i << 2), Infinity)
    }
  }
}

/** Fills the last four up. */
@inline
function endOrders(orders: usize, count: u32): void {
  v128.store(orders + (<usize>count << 2), f32x4.splat(Infinity))
}

export function finiteOrders(orders: usize, count: u32): u32 {
  endOrders(orders, count)
  let sums = i32x4.splat(0)
  for (let i: usize = 0; i < <usize>count << 2; i += 16) {
    sums = i32x4.sub(sums, f32x4.lt(v128.load(orders + i), f32x4.splat(Infinity)))
  }
  return i32x4.extract_lane(sums, 0) + i32x4.extract_lane(sums, 1) + i32x4.extract_lane(sums, 2) + i32x4.extract_lane(sums, 3)
}

// ---- the worst of the best --------------------------------------------------------------------------------------

let best: usize = 0
let bestRoom: u32 = 0
let bestCount: u32 = 0
let bestWanted: u32 = 0
/** Nothing is taken that is no nearer. */
let worst: f32 = Infinity

export function startBest(at: usize, room: u32, wanted: u32): void {
  best = at
  bestRoom = room
  bestCount = 0
  bestWanted = wanted
  worst = Infinity
}

/** Floats are in the order of these integers. */
@inline
function keyOf(order: f32): i32 {
  const bits = reinterpret<i32>(order)
  return bits ^ ((bits >> 31) & 0x7fffffff)
}

/** 0 for -0, as they are the same. */
@inline
function orderOf(key: i32): f32 {
  return reinterpret<f32>(key ^ ((key >> 31) & 0x7fffffff)) + <f32>0
}

/** How many are no farther than a limit, of each `step`th four. */
@inline
function countTo(orders: usize, count: u32, step: usize, limit: f32): u32 {
  const limits = f32x4.splat(limit)
  const end = orders + (<usize>count << 2)
  let sums = i32x4.splat(0)
  for (let at = orders; at < end; at += step << 4) sums = i32x4.sub(sums, f32x4.le(v128.load(at), limits))
  return i32x4.extract_lane(sums, 0) + i32x4.extract_lane(sums, 1) + i32x4.extract_lane(sums, 2) + i32x4.extract_lane(sums, 3)
}

/** An order that from `least` to `most` are no farther than, if there is one, or the nearest that `least` are no farther than. */
function limitOf(orders: usize, count: u32, step: usize, least: u32, most: u32): f32 {
  const end = orders + (<usize>count << 2)
  let nearest = f32x4.splat(Infinity)
  for (let at = orders; at < end; at += step << 4) nearest = f32x4.min(nearest, v128.load(at))
  const two = f32x4.min(nearest, upper(nearest))
  let low = keyOf(min<f32>(f32x4.extract_lane(two, 0), f32x4.extract_lane(two, 1)))
  let high = keyOf(worst)
  while (low < high) {
    const middle = low + <i32>(<u32>(high - low) >> 1)
    const found = countTo(orders, count, step, orderOf(middle))
    if (found < least) low = middle + 1
    else if (found > most) high = middle
    else return orderOf(middle)
  }
  return orderOf(low)
}

/** Finds the last that is wanted, and forgets who is farther. */
function settle(): void {
  if (bestCount < bestWanted) return
  endOrders(best, bestCount)
  worst = limitOf(best, bestCount, 1, bestWanted, 0)
  let kept: u32 = 0
  for (let i: usize = 0; i < <usize>bestCount; i++) {
    const order = load<f32>(best + (i << 2))
    store<f32>(best + (<usize>kept << 2), order)
    kept += <u32>(order < worst)
  }
  for (; kept < bestWanted; kept++) store<f32>(best + (<usize>kept << 2), worst)
  bestCount = bestWanted
}

/** Takes those that are nearer than the worst. */
function takeNear(orders: usize, count: u32): void {
  const end = orders + (<usize>count << 2)
  let limit = f32x4.splat(worst)
  for (let at = orders; at < end; at += 16) {
    for (let near = i32x4.bitmask(f32x4.lt(v128.load(at), limit)); near; near &= near - 1) {
      store<f32>(best + (<usize>bestCount << 2), load<f32>(at + (<usize>ctz<i32>(near) << 2)))
      bestCount++
    }
    if (bestCount + 4 > bestRoom) {
      settle()
      limit = f32x4.splat(worst)
    }
  }
}

/** One of so many fours tells about how far the best may be. */
const SAMPLE_SHIFT: u32 = 3
/** Where so many times as many are offered as are wanted. */
const SAMPLED_SHIFT: u32 = 4

export function offerOrders(orders: usize, count: u32): f32 {
  endOrders(orders, count)
  if (!bestCount && count >> SAMPLED_SHIFT >= bestWanted) {
    const share = (bestWanted >> SAMPLE_SHIFT) + 1
    const limit = limitOf(orders, count, 1 << SAMPLE_SHIFT, share + (share >> 1), 2 * share)
    // Who is as far is taken too.
    if (limit < Infinity) worst = orderOf(keyOf(limit) + 1)
    takeNear(orders, count)
    settle()
    if (bestCount == bestWanted) return worst
    // Too few: then of all.
    bestCount = 0
    worst = Infinity
  }
  takeNear(orders, count)
  settle()
  return bestCount < bestWanted ? Infinity : worst
}

export function keepOrders(orders: usize, count: u32, last: f32, first: u32, ords: usize): u32 {
  endOrders(orders, count)
  const limit = f32x4.splat(min<f32>(last, f32.MAX_VALUE))
  let found: usize = 0
  for (let i: usize = 0; i < <usize>count << 2; i += 16) {
    for (let near = i32x4.bitmask(f32x4.le(v128.load(orders + i), limit)); near; near &= near - 1) {
      const lane = <usize>ctz<i32>(near)
      store<f32>(orders + (found << 2), load<f32>(orders + i + (lane << 2)))
      store<u32>(ords + (found << 2), first + <u32>((i >> 2) + lane))
      found++
    }
  }
  return <u32>found
}
