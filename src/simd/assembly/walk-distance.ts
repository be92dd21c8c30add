/**
 * Distances of codes as u32 that order like the distances: small is near. One node, four nodes, all nodes of a hop.
 *
 * | kind                   | what lies behind the code | distance                                                        |
 * | ---------------------- | ------------------------- | --------------------------------------------------------------- |
 * | f32-l2, l1, linf       |                           | bits of the float, which is not negative                        |
 * | f32-dot                |                           | ordered(0 - dot)                                                |
 * | i7-l2, i8-l2, hamming  |                           | the integer                                                     |
 * | i7-dot                 | f32 correction            | ordered(0 - (dot + correction of both))                         |
 * | i8-dot                 |                           | 2^31 - dot                                                      |
 * | i8-cos                 | u32 squared norm          | ordered(0 - dot / root of the product of the norms)             |
 */
import { BIT_HAMMING, F32_DOT, I7_DOT, I7_L2, I8_COS, I8_DOT } from './lanes'
import { compareBits, compareBytes, compareF32, compareFourBits, compareFourBytes, compareFourF32 } from './lanes'
import {
  addresses, codeAddress, codeLength, codedDims, dims, distances, ids, rangeLow, rangeScale, resolveCodes, siftedKeys, tailOffset
} from './walk-memory'
import { evictions, keepLoads, moved } from './frames'

/** Maps a float to a u32 of the same order. */
@inline
export function ordered(value: f32): u32 {
  const bits = reinterpret<i32>(value)
  return <u32>(bits ^ ((bits >> 31) | <i32>0x80000000))
}

@inline
function orderedFour(values: v128): v128 {
  return v128.xor(values, v128.or(i32x4.shr_s(values, 31), i32x4.splat(<i32>0x80000000)))
}

export function distance(query: usize, code: usize): u32 {
  if (KIND < I7_L2) {
    const value = compareF32(KIND, query, code, codeLength)
    if (KIND == F32_DOT) return ordered(0 - value)
    return reinterpret<u32>(value)
  }
  if (KIND == BIT_HAMMING) return compareBits(query, code, codeLength)
  const sum = compareBytes(KIND, query, code, codeLength)
  if (KIND == I7_DOT) return ordered(0 - (<f32>sum + (load<f32>(query + tailOffset) + load<f32>(code + tailOffset))))
  if (KIND == I8_DOT) return <u32>(<i32>0x80000000 - sum)
  if (KIND == I8_COS) return ordered(0 - <f32>sum / sqrt<f32>(<f32>load<u32>(query + tailOffset) * <f32>load<u32>(code + tailOffset)))
  return sum
}

@inline
function tails(a: usize, b: usize, c: usize, d: usize): v128 {
  let four = v128.load32_splat(a + tailOffset)
  four = v128.load_lane<u32>(b + tailOffset, four, 1)
  four = v128.load_lane<u32>(c + tailOffset, four, 2)
  return v128.load_lane<u32>(d + tailOffset, four, 3)
}

export function distanceFour(query: usize, a: usize, b: usize, c: usize, d: usize, out: usize): void {
  const zero = f32x4.splat(0)
  if (KIND < I7_L2) {
    const values = compareFourF32(KIND, query, a, b, c, d, codeLength)
    v128.store(out, KIND == F32_DOT ? orderedFour(f32x4.sub(zero, values)) : values)
    return
  }
  if (KIND == BIT_HAMMING) {
    v128.store(out, compareFourBits(query, a, b, c, d, codeLength))
    return
  }
  let sums = compareFourBytes(KIND, query, a, b, c, d, codeLength)
  if (KIND == I7_DOT) {
    const corrections = f32x4.add(v128.load32_splat(query + tailOffset), tails(a, b, c, d))
    sums = orderedFour(f32x4.sub(zero, f32x4.add(f32x4.convert_i32x4_s(sums), corrections)))
  }
  if (KIND == I8_DOT) sums = i32x4.sub(i32x4.splat(<i32>0x80000000), sums)
  if (KIND == I8_COS) {
    const norms = f32x4.mul(f32x4.splat(<f32>load<u32>(query + tailOffset)), f32x4.convert_i32x4_u(tails(a, b, c, d)))
    sums = orderedFour(f32x4.sub(zero, f32x4.div(f32x4.convert_i32x4_s(sums), f32x4.sqrt(norms))))
  }
  v128.store(out, sums)
}

/** What is touched ahead of a code; behind it the processor has seen where the loads go. */
const TOUCHED_BYTES: usize = 1024

/** Distances to `count` resolved addresses. */
export function distancesAt(query: usize, count: i32): void {
  let i = 0
  for (; i + 4 <= count; i += 4) {
    const at = addresses + (<usize>i << 2)
    distanceFour(query, load<u32>(at), load<u32>(at, 4), load<u32>(at, 8), load<u32>(at, 12), distances + (<usize>i << 2))
  }
  for (; i < count; i++) {
    const at = <usize>i << 2
    store<u32>(distances + at, distance(query, load<u32>(addresses + at)))
  }
}

/** Distance of one node, however often its page goes meanwhile. */
export function distanceOf(query: usize, node: u32): u32 {
  while (true) {
    const before = evictions()
    const found = distance(query, codeAddress(node))
    if (!moved(before)) return found
  }
}

/** Loads the first byte of a line and of the next. */
@inline
function touchTwo(code: usize): u32 {
  return <u32>load<u8>(code) + <u32>load<u8>(code, 64)
}

/**
 * Loads a byte of each cache line of `count` codes, or of what is touched ahead of them. Of short ones in as few instructions as it
 * takes: all those of a hop are then under way at once (1,000,000 x 128: a seventh of a search).
 */
@inline
function touchCodes(count: i32): u32 {
  const end = addresses + (<usize>count << 2)
  let at = addresses
  let sum: u32 = 0
  if (tailOffset <= 128) {
    for (; at < end; at += 16) {
      sum += touchTwo(load<u32>(at)) + touchTwo(load<u32>(at, 4)) + touchTwo(load<u32>(at, 8)) + touchTwo(load<u32>(at, 12))
    }
    return sum
  }
  const ahead = min<usize>(tailOffset, TOUCHED_BYTES)
  for (; at < end; at += 4) {
    const code = <usize>load<u32>(at)
    for (let line: usize = 0; line < ahead; line += 64) sum += load<u8>(code + line)
  }
  return sum
}

/** What the eviction counter was when the codes of a hop were found. */
let foundAt: u32 = 0

/**
 * Finds the codes of the `count` nodes in `ids` and loads them into the processor's cache, so that its misses overlap. Until
 * distancesFound nothing may resolve a page.
 */
export function findCodes(count: i32): void {
  foundAt = evictions()
  if (resolveCodes(count)) {
    for (let i: usize = 0; i < <usize>count << 2; i += 4) store<u32>(addresses + i, <u32>codeAddress(load<u32>(ids + i)))
  }
  keepLoads(touchCodes(count))
}

/** Distances of the nodes that findCodes found. When a page went meanwhile each is compared on its own. */
export function distancesFound(query: usize, count: i32): void {
  const before = foundAt
  if (evictions() == before) {
    distancesAt(query, count)
    if (!moved(before)) return
  }
  for (let i = 0; i < count; i++) {
    const at = <usize>i << 2
    store<u32>(distances + at, distanceOf(query, load<u32>(ids + at)))
  }
}

/** Distances of the `count` nodes in `ids`, however often their pages go meanwhile. */
export function distancesOf(query: usize, count: i32): void {
  findCodes(count)
  distancesFound(query, count)
}

// ---- 7-bit codes ------------------------------------------------------------------------------------------------

@inline
function quantize(at: usize): v128 {
  const scaled = f32x4.mul(f32x4.sub(v128.load(at), f32x4.splat(rangeLow)), f32x4.splat(rangeScale))
  const clipped = f32x4.pmin(f32x4.pmax(scaled, f32x4.splat(0)), f32x4.splat(127))
  // Added to 2^23 a float is rounded to an integer, ties to even, that its low bits hold.
  return v128.and(f32x4.add(clipped, f32x4.splat(8388608)), i32x4.splat(127))
}

/** What four floats lie outside the range of codes, squared, in steps. */
@inline
function squaredCut(values: v128): v128 {
  const scaled = f32x4.mul(f32x4.sub(values, f32x4.splat(rangeLow)), f32x4.splat(rangeScale))
  const cut = f32x4.sub(scaled, f32x4.pmin(f32x4.pmax(scaled, f32x4.splat(0)), f32x4.splat(127)))
  return f32x4.mul(cut, cut)
}

/** How far the `dims` floats at `source` lie outside the range of codes: a squared distance in steps. */
export function squaredBeyond(source: usize): f32 {
  let s = f32x4.splat(0)
  let t = f32x4.splat(0)
  const bytes = <usize>dims << 2
  const even = bytes & ~31
  let i: usize = 0
  for (; i < even; i += 32) {
    s = f32x4.add(s, squaredCut(v128.load(source + i)))
    t = f32x4.add(t, squaredCut(v128.load(source + i, 16)))
  }
  // A value of the range stands for what is not there: it is not cut.
  for (; i < bytes; i += 4) {
    const one = f32x4.replace_lane(f32x4.splat(rangeLow), 0, load<f32>(source + i))
    t = f32x4.add(t, squaredCut(one))
  }
  s = f32x4.add(s, t)
  return f32x4.extract_lane(s, 0) + f32x4.extract_lane(s, 1) + f32x4.extract_lane(s, 2) + f32x4.extract_lane(s, 3)
}

/** The floats of the dimensions that have codes, one after another. */
function gatherCoded(source: usize): usize {
  let to = siftedKeys
  const end = codedDims + 4 + (<usize>load<u32>(codedDims) << 1)
  for (let at = codedDims + 4; at < end; at += 2) {
    store<f32>(to, load<f32>(source + (<usize>load<u16>(at) << 2)))
    to += 4
  }
  return siftedKeys
}

/**
 * Writes the 7-bit code of the `dims` floats at `source`, which are followed by zeros up to a multiple of 16, and what
 * lies behind it. With x = low + c / scale the inner product of two vectors is, in units of 1 / scale^2, the inner product
 * of the codes plus a correction of each: low * scale * (sum of its codes) + dims * (low * scale)^2 / 2.
 */
export function encode(source: usize, code: usize): void {
  let sums = i32x4.splat(0)
  let count = dims
  if (KIND == I7_L2 && codedDims) {
    count = load<i32>(codedDims)
    source = gatherCoded(source)
  }
  for (let i: usize = 0; i < <usize>codeLength; i += 16) {
    const at = source + (i << 2)
    const low = i16x8.narrow_i32x4_s(quantize(at), quantize(at + 16))
    const high = i16x8.narrow_i32x4_s(quantize(at + 32), quantize(at + 48))
    v128.store(code + i, i8x16.narrow_i16x8_u(low, high))
  }
  // The padding must not count.
  memory.fill(code + <usize>count, 0, <usize>(codeLength - count))
  if (KIND != I7_DOT) return
  for (let i: usize = 0; i < <usize>codeLength; i += 16) {
    sums = i32x4.add(sums, i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(v128.load(code + i))))
  }
  const sum = i32x4.extract_lane(sums, 0) + i32x4.extract_lane(sums, 1) + i32x4.extract_lane(sums, 2) + i32x4.extract_lane(sums, 3)
  const offset = <f64>rangeLow * <f64>rangeScale
  store<f32>(code + tailOffset, <f32>(offset * <f64>sum + (<f64>dims * offset * offset) / 2))
}
