/**
 * Hash postings: finds terms by their keys, counts who has them, picks those with the most. Types, shapes and meanings:
 * ../hash-postings.ts; pages and block: src/vector/lsh/postings-format.ts.
 */
import { touch } from './lanes'

// @ts-ignore: decorator
@external("env", "fault")
declare function fault(table: u32, page: u32): u32

/** Words of a page of postings: 1 << 13 of two bytes. */
const WORD_SHIFT: u32 = 13
const WORD_MASK: u32 = 8191

// ---- keys -------------------------------------------------------------------------------------------------------

/** A bijection that spreads keys evenly (the finaliser of MurmurHash3). */
// @ts-ignore: decorator
@inline
function mixed(x: u64): u64 {
  x = (x ^ (x >> 33)) * 0xff51afd7ed558ccd
  x = (x ^ (x >> 33)) * 0xc4ceb9fe1a85ec53
  return x ^ (x >> 33)
}

/** `length` bytes, at most 7, in the lower bytes of a word. */
// @ts-ignore: decorator
@inline
function packed(at: usize, length: u32): u64 {
  let word: u64 = 0
  for (let i: u32 = 0; i < length; i++) word |= <u64>load<u8>(at + i) << (i << 3)
  return word
}

function keyOf(at: usize, length: u32): u64 {
  if (length < 8) return mixed(packed(at, length) | (<u64>length << 56))
  let hash: u64 = length
  let left = length
  for (; left >= 8; left -= 8) {
    hash = mixed(hash ^ load<u64>(at))
    at += 8
  }
  if (left) hash = mixed(hash ^ packed(at, left))
  return mixed(hash | 0x8000000000000000)
}

export function keysOf(bytes: usize, ends: usize, count: i32, keys: usize): void {
  let from: u32 = 0
  for (let i: usize = 0; i < <usize>count; i++) {
    const end = load<u32>(ends + (i << 2))
    store<u64>(keys + (i << 3), keyOf(bytes + from, end - from))
    from = end
  }
}

// ---- pages ------------------------------------------------------------------------------------------------------

let termTable: usize = 0
let termTableId: u32 = 0
let postingTable: usize = 0
let postingTableId: u32 = 0
let firsts: usize = 0
let termPageCount: u32 = 0
let hasFrequencies: bool = false
let isChunked: bool = false

export function bind(block: usize): void {
  termTable = load<u32>(block)
  termTableId = load<u32>(block, 4)
  postingTable = load<u32>(block, 8)
  postingTableId = load<u32>(block, 12)
  firsts = load<u32>(block, 16)
  termPageCount = load<u32>(block, 20)
  const flags = load<u32>(block, 24)
  hasFrequencies = (flags & 1) != 0
  isChunked = (flags & 2) != 0
}

// @ts-ignore: decorator
@inline
function frame(at: usize, id: u32, page: u32): usize {
  let found = <usize>load<u32>(at + (<usize>page << 2))
  if (!found) found = <usize>fault(id, page)
  touch(found)
  return found
}

// @ts-ignore: decorator
@inline
function firstOf(page: u32): u64 {
  return load<u64>(firsts + (<usize>page << 3))
}

/** Words of the postings of a key, start in the upper half and end in the lower; 0 when it is not there. */
function find(key: u64): u64 {
  const high = <u32>(key >> 32)
  // Keys are spread evenly: the page and the place in it are close to where their share of the range says.
  let page = <u32>((<u64>high * <u64>termPageCount) >> 32)
  while (page > 0 && firstOf(page) > key) page--
  while (page + 1 < termPageCount && firstOf(page + 1) <= key) page++
  const low = <u32>(firstOf(page) >> 32)
  if (high < low) return 0
  const top: u64 = page + 1 < termPageCount ? firstOf(page + 1) >> 32 : 0xffffffff
  const at = frame(termTable, termTableId, page)
  const count = load<u32>(at)
  const highs = at + 4
  const lows = highs + (<usize>count << 2)
  const starts = lows + (<usize>count << 2)
  let i = min<u32>(count - 1, <u32>((<u64>(high - low) * <u64>count) / (top - <u64>low + 1)))
  while (i > 0 && load<u32>(highs + (<usize>i << 2)) >= high) i--
  while (i < count && load<u32>(highs + (<usize>i << 2)) < high) i++
  for (; i < count && load<u32>(highs + (<usize>i << 2)) == high; i++) {
    if (load<u32>(lows + (<usize>i << 2)) != <u32>key) continue
    const start = starts + (<usize>i << 2)
    return (<u64>load<u32>(start) << 32) | <u64>load<u32>(start, 4)
  }
  return 0
}

/** Where the postings of every key lie: pairs of words, end and start. */
export function findKeys(keys: usize, count: i32, places: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    store<u64>(places + (i << 3), termPageCount ? find(load<u64>(keys + (i << 3))) : 0)
  }
}

/** Zeros; much faster than from outside, as the memory is shared. */
export function clear(at: usize, bytes: usize): void {
  memory.fill(at, 0, bytes)
}

// ---- counting ---------------------------------------------------------------------------------------------------

// @ts-ignore: decorator
@inline
function more16(counts: usize, ord: usize, by: u32): void {
  const at = counts + (ord << 1)
  store<u16>(at, load<u16>(at) + <u16>by)
}

// @ts-ignore: decorator
@inline
function more32(counts: usize, ord: usize, by: u32): void {
  const at = counts + (ord << 2)
  store<u32>(at, load<u32>(at) + by)
}

function countNarrow(at: usize, end: usize, counts: usize): void {
  for (; at + 8 <= end; at += 8) {
    const four = load<u64>(at)
    more16(counts, <usize>(four & 0xffff), 1)
    more16(counts, <usize>((four >> 16) & 0xffff), 1)
    more16(counts, <usize>((four >> 32) & 0xffff), 1)
    more16(counts, <usize>(four >> 48), 1)
  }
  for (; at < end; at += 2) more16(counts, load<u16>(at), 1)
}

function countWide(at: usize, end: usize, counts: usize): void {
  for (; at < end; at += 2) more32(counts, load<u16>(at), 1)
}

function countFrequencies(at: usize, end: usize, counts: usize, wide: bool, frequency: u32): void {
  for (; at < end; at += 4) {
    const by = min<u32>(load<u16>(at, 2), frequency)
    if (wide) more32(counts, load<u16>(at), by)
    else more16(counts, load<u16>(at), by)
  }
}

/** Postings from word `from` to `to`, without a head; the ordinals count from that of `counts`. */
function countRun(from: u64, to: u64, counts: usize, wide: bool, frequency: u32): void {
  while (from < to) {
    const page = <u32>(from >> WORD_SHIFT)
    const pageEnd = (<u64>page + 1) << WORD_SHIFT
    const end = min<u64>(to, pageEnd)
    const at = frame(postingTable, postingTableId, page) + (<usize>(<u32>from & WORD_MASK) << 1)
    const atEnd = at + (<usize>(end - from) << 1)
    if (hasFrequencies) countFrequencies(at, atEnd, counts, wide, frequency)
    else if (wide) countWide(at, atEnd, counts)
    else countNarrow(at, atEnd, counts)
    from = end
  }
}

function wordAt(word: u64): u32 {
  const at = frame(postingTable, postingTableId, <u32>(word >> WORD_SHIFT))
  return load<u16>(at + (<usize>(<u32>word & WORD_MASK) << 1))
}

/** Adds to `counts` (u16, or u32 when wide) for every place; a word of `frequencies` for each. */
export function count(places: usize, frequencies: usize, placeCount: i32, counts: usize, wide: bool): void {
  const ordShift: usize = wide ? 2 : 1
  for (let i: usize = 0; i < <usize>placeCount; i++) {
    const place = load<u64>(places + (i << 3))
    const frequency = load<u32>(frequencies + (i << 2))
    let from = place >> 32
    const to = place & 0xffffffff
    if (!isChunked) {
      countRun(from, to, counts, wide, frequency)
      continue
    }
    while (from < to) {
      const chunk = wordAt(from)
      const words = (<u64>wordAt(from + 1) + 1) << (hasFrequencies ? 1 : 0)
      countRun(from + 2, from + 2 + words, counts + ((<usize>chunk << 16) << ordShift), wide, frequency)
      from += 2 + words
    }
  }
}

// ---- the most hits ----------------------------------------------------------------------------------------------

// @ts-ignore: decorator
@inline
function accepts(accept: usize, ord: u32): bool {
  if (!accept) return true
  return ((load<u32>(accept + (<usize>(ord >> 5) << 2)) >> (ord & 31)) & 1) != 0
}

// @ts-ignore: decorator
@inline
function countOf(counts: usize, ord: u32, wide: bool): u32 {
  return wide ? load<u32>(counts + (<usize>ord << 2)) : <u32>load<u16>(counts + (<usize>ord << 1))
}

/** Lanes of eight counts from `ord` on that are above `bound`, a bit each. */
// @ts-ignore: decorator
@inline
function above(counts: usize, ord: u32, bound: u32, wide: bool): i32 {
  if (!wide) return v128.bitmask<u16>(v128.gt<u16>(v128.load(counts + (<usize>ord << 1)), v128.splat<u16>(<u16>bound)))
  const at = counts + (<usize>ord << 2)
  const limit = v128.splat<u32>(bound)
  const low = v128.bitmask<u32>(v128.gt<u32>(v128.load(at), limit))
  return low | (v128.bitmask<u32>(v128.gt<u32>(v128.load(at, 16), limit)) << 4)
}

/**
 * Writes the `wanted` ordinals with the most hits in their order, of those that tie for the last places the first.
 * Counts are padded by zeros to a multiple of 8; the words of `histogram` up to the largest count must be 0.
 */
export function select(counts: usize, size: u32, wide: bool, wanted: u32, accept: usize, histogram: usize, out: usize): u32 {
  // First pass: who is in the best so far. Once there are enough, only a count above the least of them gets in.
  let kept: u32 = 0
  let least: u32 = 0
  for (let ord: u32 = 0; ord < size; ord += 8) {
    for (let lanes = above(counts, ord, least, wide); lanes; lanes &= lanes - 1) {
      const at = ord + <u32>ctz<i32>(lanes)
      const hits = countOf(counts, at, wide)
      if (hits <= least || !accepts(accept, at)) continue
      const place = histogram + (<usize>hits << 2)
      store<u32>(place, load<u32>(place) + 1)
      if (kept < wanted) {
        if (++kept < wanted) continue
        least = 1
      } else {
        const last = histogram + (<usize>least << 2)
        store<u32>(last, load<u32>(last) - 1)
      }
      while (!load<u32>(histogram + (<usize>least << 2))) least++
    }
  }
  // Second pass: those above the least, and of those at it as many as are left of it in the histogram.
  let ties: u32 = least ? load<u32>(histogram + (<usize>least << 2)) : 0
  const bound: u32 = least ? least - 1 : 0
  let found: u32 = 0
  for (let ord: u32 = 0; ord < size; ord += 8) {
    for (let lanes = above(counts, ord, bound, wide); lanes; lanes &= lanes - 1) {
      const at = ord + <u32>ctz<i32>(lanes)
      if (!accepts(accept, at)) continue
      if (least && countOf(counts, at, wide) == least) {
        if (!ties) continue
        ties--
      }
      store<u32>(out + (<usize>found << 2), at)
      found++
    }
  }
  return found
}
