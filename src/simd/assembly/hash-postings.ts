/**
 * Hash postings: finds terms by their keys, counts who has them, picks those with the most. Types, shapes and meanings:
 * ../hash-postings.ts; pages and block: src/vector/lsh/postings-format.ts.
 */
import { evictions, frame, keepLoads, moved } from './frames'
import { bindPostings } from './posting-counts'
export { loadedSum } from './frames'
export { keysOf } from './hash-keys'
export { copyAt, count } from './posting-counts'
export { bindLists, listPlaces } from './row-lists'

/** Keys that are looked up at once. */
const GROUP: usize = 64
/** Terms of a page; the last one may have fewer. */
const TERMS_MAX: u32 = 1364
/** Bytes of a term on its page: where its postings start, upper and lower half of its key. */
const TERM_BYTES: usize = 12
const HIGH: usize = 4
const LOW: usize = 8

/** A key is mostly no more terms than this away from where it is looked for. */
const NEAR: u32 = 12

// ---- pages ------------------------------------------------------------------------------------------------------

let termTable: usize = 0
let termTableId: u32 = 0
let firsts: usize = 0
let termPageCount: u32 = 0
let termCount: u32 = 0

export function bind(block: usize): void {
  termTable = load<u32>(block)
  termTableId = load<u32>(block, 4)
  firsts = load<u32>(block, 16)
  termPageCount = load<u32>(block, 20)
  const flags = load<u32>(block, 24)
  termCount = load<u32>(block, 28)
  bindPostings(load<u32>(block, 8), load<u32>(block, 12), (flags & 1) != 0, (flags & 2) != 0)
}

@inline
function firstOf(page: u32): u64 {
  return load<u64>(firsts + (<usize>page << 3))
}

/** Page that a key is on, if it is on any. */
@inline
function pageOf(key: u64): u32 {
  // Keys are spread evenly: the page and the place in it are close to where their share of the range says.
  let page = <u32>(((key >> 32) * <u64>termPageCount) >> 32)
  while (page > 0 && firstOf(page) > key) page--
  while (page + 1 < termPageCount && firstOf(page + 1) <= key) page++
  return page
}

@inline
function termsOf(page: u32): u32 {
  return min<u32>(TERMS_MAX, termCount - page * TERMS_MAX)
}

/** Term of a page of `count` terms that is about as far into its range as a key with this upper half, not below its first. */
@inline
function guessOf(high: u32, page: u32, count: u32): u32 {
  const low = firstOf(page) >> 32
  const top: u64 = page + 1 < termPageCount ? firstOf(page + 1) >> 32 : 0xffffffff
  return min<u32>(count - 1, <u32>(((<u64>high - low) * <u64>count) / (top - low + 1)))
}

/** Address of a term on the page in a frame. */
@inline
function termAt(at: usize, term: u32): usize {
  return at + 4 + <usize>term * TERM_BYTES
}

/**
 * Words of the postings of a key on a page that is resident, start in the upper half and end in the lower; 0 when it is not there.
 * It is looked for around `guess`.
 */
@inline
function findOn(at: usize, key: u64, page: u32, guess: u32): u64 {
  const high = <u32>(key >> 32)
  const first = termAt(at, 0)
  const end = termAt(at, termsOf(page))
  let term = termAt(at, guess)
  while (term > first && load<u32>(term, HIGH) >= high) term -= TERM_BYTES
  while (term < end && load<u32>(term, HIGH) < high) term += TERM_BYTES
  for (; term < end && load<u32>(term, HIGH) == high; term += TERM_BYTES) {
    if (load<u32>(term, LOW) != <u32>key) continue
    // The next term starts where this one's postings end.
    return (<u64>load<u32>(term) << 32) | <u64>load<u32>(term + TERM_BYTES)
  }
  return 0
}

function find(key: u64, page: u32, guess: u32): u64 {
  let before: u32 = 0
  let found: u64 = 0
  do {
    before = evictions()
    found = findOn(frame(termTable, termTableId, page), key, page, guess)
  } while (moved(before))
  return found
}

/** Loads the lines around a term, where its page is resident. Nothing is believed of what is read. */
@inline
function touchTerm(page: u32, term: u32): u32 {
  const at = <usize>load<u32>(termTable + (<usize>page << 2))
  if (!at) return 0
  const end = termAt(at, min<u32>(term + NEAR, termsOf(page)))
  let sum: u32 = 0
  for (let line = termAt(at, max<u32>(term, NEAR) - NEAR); line < end; line += 64) sum += load<u32>(line)
  return sum
}

/** Of a key that is below all others. */
const NO_PAGE: u32 = 0xffffffff

/**
 * Where the postings of every key lie: pairs of words, end and start. What the processor has to fetch for one key of a group is
 * fetched for all of them at once.
 */
export function findKeys(keys: usize, count: i32, places: usize): void {
  if (!termPageCount) {
    memory.fill(places, 0, <usize>count << 3)
    return
  }
  for (let from: usize = 0; from < <usize>count; from += GROUP) {
    const to = min<usize>(from + GROUP, <usize>count)
    let sum: u32 = 0
    for (let i = from; i < to; i++) {
      const place = places + (i << 3)
      const key = load<u64>(keys + (i << 3))
      const page = pageOf(key)
      if (key < firstOf(page)) {
        store<u32>(place, NO_PAGE)
        continue
      }
      const guess = guessOf(<u32>(key >> 32), page, termsOf(page))
      store<u32>(place, page)
      store<u32>(place, guess, 4)
      sum += touchTerm(page, guess)
    }
    keepLoads(sum)
    for (let i = from; i < to; i++) {
      const place = places + (i << 3)
      const page = load<u32>(place)
      store<u64>(place, page == NO_PAGE ? 0 : find(load<u64>(keys + (i << 3)), page, load<u32>(place, 4)))
    }
  }
}

/** Zeros; much faster than from outside, as the memory is shared. */
export function clear(at: usize, bytes: usize): void {
  memory.fill(at, 0, bytes)
}

// ---- the most hits ----------------------------------------------------------------------------------------------

@inline
function countOf(counts: usize, ord: u32, shift: usize): u32 {
  const at = counts + (<usize>ord << shift)
  return shift == 0 ? <u32>load<u8>(at) : shift == 1 ? <u32>load<u16>(at) : load<u32>(at)
}

/** Takes the hits of who is not accepted. */
function refuse(counts: usize, size: u32, shift: usize, accept: usize): void {
  for (let from: u32 = 0; from < size; from += 32) {
    for (let refused = ~load<u32>(accept + (<usize>(from >> 5) << 2)); refused; refused &= refused - 1) {
      const ord = from + ctz<u32>(refused)
      if (ord >= size) break
      const at = counts + (<usize>ord << shift)
      if (shift == 0) store<u8>(at, 0)
      else if (shift == 1) store<u16>(at, 0)
      else store<u32>(at, 0)
    }
  }
}

/** Lanes of a vector of counts of type T that are at least those of `bound`: ones, which are -1. */
@inline
function least<T>(at: usize, bound: v128): v128 {
  return v128.ge<T>(v128.load(at), bound)
}

/** The sum of bytes. */
@inline
function sumOfBytes(bytes: v128): u32 {
  const words = i16x8.extadd_pairwise_i8x16_u(bytes)
  const sums = i32x4.extadd_pairwise_i16x8_u(words)
  return i32x4.extract_lane(sums, 0) + i32x4.extract_lane(sums, 1) + i32x4.extract_lane(sums, 2) + i32x4.extract_lane(sums, 3)
}

/** A byte counts so far. */
const BYTE_MAX: usize = 255

/** How many of the counts that lie in `bytes`, of type T, are at least `bound`. */
@inline
function howMany<T>(counts: usize, bytes: usize, bound: u32): u32 {
  const limit = v128.splat<T>(<T>bound)
  const end = counts + bytes
  let sum: u32 = 0
  let at = counts
  while (at < end) {
    const stop = min<usize>(end, at + (BYTE_MAX << 4))
    let lanes = i8x16.splat(0)
    for (; at < stop; at += 16) lanes = i8x16.sub(lanes, least<T>(at, limit))
    // All bytes of a wider lane have counted it.
    sum += sumOfBytes(lanes)
  }
  return sum >> <u32>alignof<T>()
}

function atLeast(counts: usize, size: u32, shift: usize, bound: u32): u32 {
  // A count is no more than what its bytes hold.
  if (shift < 2 && bound >> (8 << <u32>shift)) return 0
  const bytes = (<usize>(size + 15) & ~15) << shift
  if (shift == 0) return howMany<u8>(counts, bytes, bound)
  if (shift == 1) return howMany<u16>(counts, bytes, bound)
  return howMany<u32>(counts, bytes, bound)
}

/** How many exceed the bound that was found last, if `wanted` reach it. */
let above: u32 = 0

/** The highest count from 1 on that `wanted` have or exceed, looked for around a guess; 1 where fewer have any. */
function boundOf(counts: usize, size: u32, shift: usize, wanted: u32, guess: u32): u32 {
  // What is enough, and what is not; 0: not known yet.
  let low: u32 = 0
  let high: u32 = 0
  let step: u32 = 1
  let bound = guess
  above = 0
  while (!low || !high || high - low > 1) {
    const found = atLeast(counts, size, shift, bound)
    if (found >= wanted) low = bound
    else if (bound == 1) return 1
    else {
      high = bound
      above = found
    }
    if (!high) bound += step
    else if (!low) bound = high - min<u32>(step, high - 1)
    else bound = low + ((high - low) >> 1)
    step <<= 1
  }
  return low
}

/** Of so many, and of no fewer than this, the share that makes the guess. */
const SAMPLE_SHIFT: u32 = 4
const SAMPLE_MIN: u32 = 256

/** Of so many at least one is wanted where they are gathered: many more than are wanted may have nearly as many hits. */
const GATHERED_SHIFT: u32 = 6
/** The bound is taken so much lower than it is guessed, and twice as much when that is not enough. */
const LESS: u32 = 1

/**
 * Writes the `wanted` ordinals with the most hits in their order, of those that tie for the last places the first, and how many
 * hits each has. Takes the hits of who is not accepted. Counts are padded by zeros to a multiple of 16.
 *
 * Where few are wanted, who has about enough hits is gathered in one pass, and the bound is found among them: trying bounds is a
 * pass over all counts for each.
 */
export function select(
  counts: usize, size: u32, shift: usize, wanted: u32, accept: usize, ords: usize, hits: usize, room: u32
): u32 {
  if (accept) refuse(counts, size, shift, accept)
  // The first ordinals tell about where the bound is.
  const sample = size >> SAMPLE_SHIFT
  const guess = sample < SAMPLE_MIN ? <u32>1 : boundOf(counts, sample & ~15, shift, max<u32>(1, wanted >> SAMPLE_SHIFT), 1)
  let found = room
  if (wanted <= size >> GATHERED_SHIFT) {
    let less = LESS + (guess >> 4)
    let low = guess - min<u32>(guess - 1, less)
    found = gather(counts, size, shift, low, ords, hits, room)
    while (found < wanted && low > 1) {
      less <<= 1
      low -= min<u32>(low - 1, less)
      found = gather(counts, size, shift, low, ords, hits, room)
    }
    if (found <= wanted) return found
  }
  if (found == room) {
    const bound = boundOf(counts, size, shift, wanted, guess)
    return gatherBest(counts, size, shift, bound, wanted - above, ords, hits)
  }
  memory.fill(hits + (<usize>found << 2), 0, 64)
  const bound = boundOf(hits, found, 2, wanted, guess)
  return keepBest(found, bound, wanted - above, ords, hits)
}

/** Whether one of 64 bytes is at least `bound`. */
@inline
function hasByte(at: usize, bound: v128): bool {
  const two = v128.or(least<u8>(at, bound), least<u8>(at + 16, bound))
  return v128.any_true(v128.or(two, v128.or(least<u8>(at + 32, bound), least<u8>(at + 48, bound))))
}

/** Writes those of the 64 from `ord` on whose bit is set, behind those who were found; gives how many there are then. */
@inline
function write(lanes: u64, counts: usize, ord: u32, shift: usize, ords: usize, hits: usize, found: u32): u32 {
  for (; lanes; lanes &= lanes - 1) {
    const at = ord + <u32>ctz<u64>(lanes)
    store<u32>(ords + (<usize>found << 2), at)
    store<u32>(hits + (<usize>found << 2), countOf(counts, at, shift))
    found++
  }
  return found
}

/** Writes who has at least so many hits, but no more than `room`. */
function gather(counts: usize, size: u32, shift: usize, bound: u32, ords: usize, hits: usize, room: u32): u32 {
  const limit = i8x16.splat(<i8>bound)
  let found: u32 = 0
  for (let ord: u32 = 0; ord < size; ord += 64) {
    // Most have less, and most counts are bytes.
    if (shift == 0) while (ord + 64 <= size && !hasByte(counts + <usize>ord, limit)) ord += 64
    if (ord >= size) break
    let lanes = lanesFrom(counts, size, ord, shift, bound, false)
    if (found + <u32>popcnt<u64>(lanes) >= room) return room
    found = write(lanes, counts, ord, shift, ords, hits, found)
  }
  return found
}

/** Writes who has more hits than the bound, and the first `ties` of those who have as many. */
function gatherBest(counts: usize, size: u32, shift: usize, bound: u32, ties: u32, ords: usize, hits: usize): u32 {
  let found: u32 = 0
  for (let ord: u32 = 0; ord < size; ord += 64) {
    let lanes = lanesFrom(counts, size, ord, shift, bound, false)
    const equal = lanesFrom(counts, size, ord, shift, bound, true)
    const equalCount = <u32>popcnt<u64>(equal)
    if (equalCount > ties) {
      let late = equal
      for (; ties; ties--) late &= late - 1
      lanes ^= late
    } else ties -= equalCount
    found = write(lanes, counts, ord, shift, ords, hits, found)
  }
  return found
}

/** Leaves of who was gathered those whom gatherBest() writes. */
function keepBest(count: u32, bound: u32, ties: u32, ords: usize, hits: usize): u32 {
  let found: u32 = 0
  for (let i: usize = 0; i < <usize>count; i++) {
    const hit = load<u32>(hits + (i << 2))
    store<u32>(ords + (<usize>found << 2), load<u32>(ords + (i << 2)))
    store<u32>(hits + (<usize>found << 2), hit)
    const isTie = <u32>(hit == bound)
    const isTaken = <u32>(hit > bound) | (isTie & <u32>(ties != 0))
    found += isTaken
    ties -= isTie & isTaken
  }
  return found
}

/** Lanes of 64 counts from `ord` on that are at least `bound`, or equal to it, a bit each. */
@inline
function lanesFrom(counts: usize, size: u32, ord: u32, shift: usize, bound: u32, equal: bool): u64 {
  const at = counts + (<usize>ord << shift)
  const padded = (size + 15) & ~15
  let lanes = <u64>sixteenFrom(at, shift, bound, equal)
  if (ord + 16 < padded) lanes |= <u64>sixteenFrom(at + (16 << shift), shift, bound, equal) << 16
  if (ord + 32 < padded) lanes |= <u64>sixteenFrom(at + (32 << shift), shift, bound, equal) << 32
  if (ord + 48 < padded) lanes |= <u64>sixteenFrom(at + (48 << shift), shift, bound, equal) << 48
  return lanes
}

/** The same of the sixteen counts at an address. */
@inline
function sixteenFrom(at: usize, shift: usize, bound: u32, equal: bool): u32 {
  if (shift == 0) return <u32>v128.bitmask<u8>(compared<u8>(at, bound, equal))
  if (shift == 1) {
    return <u32>v128.bitmask<u16>(compared<u16>(at, bound, equal)) |
      (<u32>v128.bitmask<u16>(compared<u16>(at + 16, bound, equal)) << 8)
  }
  return <u32>v128.bitmask<u32>(compared<u32>(at, bound, equal)) |
    (<u32>v128.bitmask<u32>(compared<u32>(at + 16, bound, equal)) << 4) |
    (<u32>v128.bitmask<u32>(compared<u32>(at + 32, bound, equal)) << 8) |
    (<u32>v128.bitmask<u32>(compared<u32>(at + 48, bound, equal)) << 12)
}

@inline
function compared<T>(at: usize, bound: u32, equal: bool): v128 {
  const limit = v128.splat<T>(<T>bound)
  return equal ? v128.eq<T>(v128.load(at), limit) : least<T>(at, limit)
}
