/**
 * Sketches of packed rows (src/vector/flat/sketches.ts): a byte for each of 64 axes, a cache line a row. How far two of them lie
 * apart tells how far apart their rows lie at least.
 */
import { evictions, frame, keepLoads, moved } from './frames'

/** Sketches of a page: 1 << 8 of 64 bytes. */
const PAGE_SHIFT: u32 = 8
const PAGE_MASK: u32 = 255
const SKETCH_SHIFT: usize = 6
/** Axes lie in groups of eight, as ../projections.ts has directions: of each eight elements first those of axis 0, then of axis 1 … */
const GROUPS: u32 = 8
const BLOCK_BYTES: usize = 128

const BATCH: i32 = 64

let table: usize = 0
let tableId: u32 = 0
let axes: usize = 0
let axesId: u32 = 0

/** `block` has addresses and ids of the tables of sketches and axes. */
export function bindSketches(block: usize): void {
  table = load<u32>(block)
  tableId = load<u32>(block, 4)
  axes = load<u32>(block, 8)
  axesId = load<u32>(block, 12)
}

@inline
function across(s: v128): i32 {
  return (i32x4.extract_lane(s, 0) + i32x4.extract_lane(s, 1)) + (i32x4.extract_lane(s, 2) + i32x4.extract_lane(s, 3))
}

@inline
function plus(sum: v128, part: v128, at: usize): v128 {
  return i32x4.add(sum, i32x4.dot_i16x8_s(part, v128.load(at)))
}

/** Inner products of `words`, two bytes each, with the eight axes of a group; blocks that are all zeros are not in `blocks`. */
function projectGroup(words: usize, group: usize, blocks: usize, end: usize, out: usize): void {
  let a = i32x4.splat(0)
  let b = a
  let c = a
  let d = a
  let e = a
  let f = a
  let g = a
  let h = a
  for (let at = blocks; at < end; at += 4) {
    const block = <usize>load<u32>(at)
    const part = v128.load(words + (block << 4))
    const rows = group + block * BLOCK_BYTES
    a = plus(a, part, rows)
    b = plus(b, part, rows + 16)
    c = plus(c, part, rows + 32)
    d = plus(d, part, rows + 48)
    e = plus(e, part, rows + 64)
    f = plus(f, part, rows + 80)
    g = plus(g, part, rows + 96)
    h = plus(h, part, rows + 112)
  }
  store<i32>(out, across(a))
  store<i32>(out, across(b), 4)
  store<i32>(out, across(c), 8)
  store<i32>(out, across(d), 12)
  store<i32>(out, across(e), 16)
  store<i32>(out, across(f), 20)
  store<i32>(out, across(g), 24)
  store<i32>(out, across(h), 28)
}

/** Inner products of `length` words with all axes, to 64 i32 at `out`; `blocks` has room for a word of each eight. */
export function project(words: usize, length: i32, blocks: usize, out: usize): void {
  let end = blocks
  for (let block: usize = 0; block << 3 < <usize>length; block++) {
    store<u32>(end, <u32>block)
    end += v128.any_true(v128.load(words + (block << 4))) ? 4 : 0
  }
  for (let group: u32 = 0; group < GROUPS; group++) {
    let before: u32 = 0
    do {
      before = evictions()
      projectGroup(words, frame(axes, axesId, group), blocks, end, out + (<usize>group << 5))
    } while (moved(before))
  }
}

/** Squares of eight differences, neighbours added. */
@inline
function squares(bytes: v128, words: v128): v128 {
  const d = i16x8.sub(bytes, words)
  return i32x4.dot_i16x8_s(d, d)
}

/**
 * Squared distances of `query`, two bytes an axis, from the sketches of `count` rows, to `out`. 0 for those whose pages went
 * meanwhile: nothing is known of them. `addresses` has room for a batch.
 */
export function sketchDistances(query: usize, ords: usize, count: i32, addresses: usize, out: usize): void {
  const a = v128.load(query)
  const b = v128.load(query, 16)
  const c = v128.load(query, 32)
  const d = v128.load(query, 48)
  const e = v128.load(query, 64)
  const f = v128.load(query, 80)
  const g = v128.load(query, 96)
  const h = v128.load(query, 112)
  for (let from = 0; from < count; from += BATCH) {
    const bytes = <usize>min<i32>(BATCH, count - from) << 2
    const to = out + (<usize>from << 2)
    const before = evictions()
    let sum: u32 = 0
    for (let i: usize = 0; i < bytes; i += 4) {
      const ord = load<u32>(ords + (<usize>from << 2) + i)
      const at = frame(table, tableId, ord >> PAGE_SHIFT) + (<usize>(ord & PAGE_MASK) << SKETCH_SHIFT)
      store<u32>(addresses + i, <u32>at)
      sum += load<u8>(at)
    }
    keepLoads(sum)
    for (let i: usize = 0; i < bytes; i += 4) {
      const at = <usize>load<u32>(addresses + i)
      const ab = i32x4.add(squares(v128.load_ext<i8>(at), a), squares(v128.load_ext<i8>(at, 8), b))
      const cd = i32x4.add(squares(v128.load_ext<i8>(at, 16), c), squares(v128.load_ext<i8>(at, 24), d))
      const ef = i32x4.add(squares(v128.load_ext<i8>(at, 32), e), squares(v128.load_ext<i8>(at, 40), f))
      const gh = i32x4.add(squares(v128.load_ext<i8>(at, 48), g), squares(v128.load_ext<i8>(at, 56), h))
      store<i32>(to + i, across(i32x4.add(i32x4.add(ab, cd), i32x4.add(ef, gh))))
    }
    if (moved(before)) memory.fill(to, 0, bytes)
  }
}

/** Ranks of squared distances, sixteen an octave: those below 64 have the first, 64 * 255 * 255 has the last. */
const RANKS: i32 = 256
const LEAST_BITS: i32 = 133 << 4
const RANK_SHIFT: i32 = 19

@inline
function rankOf(distance: i32): i32 {
  return max<i32>(0, (reinterpret<i32>(<f32>distance) >> RANK_SHIFT) - LEAST_BITS)
}

/** A squared distance that `first` of them or more do not exceed, and not many more. `histogram` has room for 256 words. */
export function leastDistance(distances: usize, count: i32, first: i32, histogram: usize): i32 {
  memory.fill(histogram, 0, RANKS << 2)
  for (let i: usize = 0; i < <usize>count << 2; i += 4) {
    const at = histogram + (<usize>rankOf(load<i32>(distances + i)) << 2)
    store<u32>(at, load<u32>(at) + 1)
  }
  let rank = 0
  let sum = load<i32>(histogram)
  while (sum < first && rank + 1 < RANKS) sum += load<i32>(histogram + (<usize>(++rank) << 2))
  // Whole numbers: ranks begin at them.
  return <i32>reinterpret<f32>((rank + 1 + LEAST_BITS) << RANK_SHIFT) - 1
}

/** More than float32 rounds a distance of rows. */
const SLACK: f64 = 1.0 / 16384

/**
 * The largest squared distance of a sketch whose row may be as near as `limit`, a squared distance of rows. NaN: any.
 *
 * @param reach  What a unit of distance of rows is at most between sketches.
 * @param error  How far both sketches together are from what they round.
 */
export function distanceWithin(limit: f32, reach: f64, error: f64): i32 {
  if (limit != limit) return i32.MAX_VALUE
  const most = sqrt<f64>(<f64>limit) * (1 + SLACK) * reach + error
  // What float64 rounds is far less than one.
  return <i32>min<f64>(most * most + 1, <f64>i32.MAX_VALUE)
}
