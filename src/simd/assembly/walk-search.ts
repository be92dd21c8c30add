/**
 * Walks over the graph. HNSW paper, arXiv:1603.09320, algorithms 2 and 5.
 *
 * A key is distance << 32 | node << 1 | expanded: keys order by distance, then by the lower node. The beam is one sorted
 * array of keys, with binary search and a shift to insert: up to a few hundred entries nothing is faster.
 *
 * Whether a neighbour is new or near enough is a coin toss to the processor: such choices are sums, not branches.
 */
import { bridges, clearVisited, copyList, distances, ids, own, pool, siftedKeys, touchList, visit, visited } from './walk-memory'
import { keepLoads } from './frames'
import { I7_L2 } from './lanes'
import { distanceOf, distancesFound, distancesOf, findCodes } from './walk-distance'

export let poolSize: i32 = 0
/** Distances computed since the search began. */
export let scoredCount: u32 = 0

/** Of the j-th of `ids` and `distances`. */
@inline
export function keyOf(j: i32): u64 {
  return (<u64>load<u32>(distances + (<usize>j << 2)) << 32) | (<u64>load<u32>(ids + (<usize>j << 2)) << 1)
}

/** How many of the `size` sorted keys are below `key`. */
@inline
function rankOf(keys: usize, size: i32, key: u64): i32 {
  let low = 0
  let length = size
  while (length > 1) {
    const half = length >> 1
    low += load<u64>(keys + (<usize>(low + half - 1) << 3)) < key ? half : 0
    length -= half
  }
  return low + <i32>(length == 1 && load<u64>(keys + (<usize>low << 3)) < key)
}

/** Moves the keys from .. to - 1 up by `places`, which is not 0. */
@inline
function shiftKeys(keys: usize, from: i32, to: i32, places: i32): void {
  const end = keys + (<usize>from << 3)
  const by = <usize>places << 3
  let at = keys + (<usize>to << 3)
  while (at >= end + 16) {
    at -= 16
    v128.store(at + by, v128.load(at))
  }
  if (at > end) store<u64>(at - 8 + by, load<u64>(at - 8))
}

/** Inserts into a sorted array of `size` keys that ends up with `grown` keys (size, losing the last, or size + 1). */
@inline
export function insertSorted(keys: usize, size: i32, grown: i32, key: u64): i32 {
  const rank = rankOf(keys, size, key)
  shiftKeys(keys, rank, grown - 1, 1)
  store<u64>(keys + (<usize>rank << 3), key)
  return rank
}

export function beginSearch(): void {
  scoredCount = 0
}

export function countScored(count: u32): void {
  scoredCount += count
}

export function startPool(key: u64): void {
  store<u64>(pool, key)
  poolSize = 1
}

/** Makes every entry of the beam one to expand again: the beam of a level is where the next one starts. */
export function resetPool(): void {
  for (let i = 0; i < poolSize; i++) {
    const at = pool + (<usize>i << 3)
    store<u64>(at, load<u64>(at) & ~(<u64>1))
  }
}

/** Adds the unvisited neighbours to the `count` nodes in `ids` and marks them. Returns how many there are then. */
@inline
export function collect(node: u32, level: i32, count: i32): i32 {
  const marks = visited
  let at = own
  const end = at + (<usize>copyList(node, level) << 2)
  while (at < end) {
    at += 4
    const neighbour = load<u32>(at)
    store<u32>(ids + (<usize>count << 2), neighbour)
    count += visit(marks, neighbour)
  }
  return count
}

/** The next entries of the beam are the next to be expanded unless this hop finds better ones: load `count` lists meanwhile. */
@inline
export function touchNext(from: i32, count: i32): void {
  let sum: u32 = 0
  for (let i = from; i < poolSize && count; i++) {
    const key = load<u64>(pool + (<usize>i << 3))
    if (key & 1) continue
    sum += touchList(<u32>key >> 1)
    count--
  }
  keepLoads(sum)
}

/** Forgets nodes of the beam that are beyond `bound`. */
@inline
export function trimPool(bound: u64): void {
  while (poolSize > 0 && load<u64>(pool + (<usize>(poolSize - 1) << 3)) > bound) poolSize--
}

/** Behind findCodes: compares the `count` nodes of `ids` and gives how many are below `bound`: their keys are in `siftedKeys`. */
@inline
export function siftFound(query: usize, count: i32, bound: u64): i32 {
  scoredCount += count
  distancesFound(query, count)
  return sift(count, bound)
}

/** The same, and inserts those below `bound` into the beam of `ef`; returns the first place that changed. */
@inline
export function insertFound(query: usize, count: i32, ef: i32, bound: u64): i32 {
  return mergeIntoPool(siftFound(query, count, bound), ef)
}

/** Keys that are merged in one go: `pool` has room for so many more than the beam. */
const MERGED_MAX: i32 = 16

/** Merges the first `count` of `siftedKeys` into the beam of `ef`; returns the first place that changed, beyond the beam when none did. */
@inline
export function mergeIntoPool(count: i32, ef: i32): i32 {
  let first = poolSize + 1
  for (let from = 0; from < count; from += MERGED_MAX) {
    first = min(first, mergeSome(siftedKeys + (<usize>from << 3), min(count - from, MERGED_MAX), ef))
  }
  return first
}

/**
 * What they displace moves once, and the processor looks for the places of several at a time: one after another took a fifth of a
 * build, and each had to wait until what the one before it had moved was written.
 */
@inline
function mergeSome(keys: usize, count: i32, ef: i32): i32 {
  sortKeys(keys, count)
  // The distances are in the keys by now.
  const ranks = distances
  for (let j = 0; j < count; j++) {
    store<i32>(ranks + (<usize>j << 2), rankOf(pool, poolSize, load<u64>(keys + (<usize>j << 3))))
  }
  let end = poolSize
  for (let j = count - 1; j >= 0; j--) {
    const rank = load<i32>(ranks + (<usize>j << 2))
    shiftKeys(pool, rank, end, j + 1)
    store<u64>(pool + (<usize>(rank + j) << 3), load<u64>(keys + (<usize>j << 3)))
    end = rank
  }
  poolSize = min(poolSize + count, ef)
  return end
}

/** Few keys: an insertion sort. */
@inline
export function sortKeys(keys: usize, count: i32): void {
  for (let j = 1; j < count; j++) {
    let at = keys + (<usize>j << 3)
    const key = load<u64>(at)
    for (; at > keys && load<u64>(at - 8) > key; at -= 8) store<u64>(at, load<u64>(at - 8))
    store<u64>(at, key)
  }
}

/** Keys beyond this do not get into the beam of `ef`. */
@inline
export function farthestKept(ef: i32): u64 {
  return poolSize == ef ? load<u64>(pool + (<usize>(ef - 1) << 3)) : u64.MAX_VALUE
}

/** Copies the keys of `ids` that are below `bound` to `siftedKeys`. */
@inline
function sift(count: i32, bound: u64): i32 {
  let fresh = 0
  for (let j = 0; j < count; j++) {
    const key = keyOf(j)
    store<u64>(siftedKeys + (<usize>fresh << 3), key)
    fresh += <i32>(key < bound)
  }
  return fresh
}

/** Keys of nodes that are farther than a distance are above this. */
@inline
export function keyLimit(limit: u32): u64 {
  return (<u64>limit << 32) | <u64>u32.MAX_VALUE
}

let spreadRank: i32 = 0
let spreadFloor: i32 = 0
let spreadRatio: f32 = 0

/**
 * The next search ends where the next node to expand is `ratio` times as far as the `rank`-th nearest, but for the nearest
 * `atLeast`. Not for kinds whose distances have no ratio. Source: Al-Jazzazi et al., "Distance Adaptive Beam Search"
 * (arXiv:2505.15636): what lies around a query tells better than a number of nodes how far one has to look.
 */
export function endAtSpread(rank: i32, ratio: f32, atLeast: i32): void {
  spreadRank = rank
  spreadRatio = ratio
  spreadFloor = atLeast
}

@inline
function isBeyondSpread(key: u64, next: i32): bool {
  if (KIND != I7_L2 || next < spreadFloor) return false
  const near = <u32>(load<u64>(pool + (<usize>(spreadRank - 1) << 3)) >> 32)
  return <f32>(<u32>(key >> 32)) > <f32>near * spreadRatio
}

/** Floats beyond this are no u32. */
const WORD_MAX: f32 = 4294967040

/** Nodes beyond will never be expanded, as what is near only gets nearer: they need not be kept. */
@inline
function spreadBound(): u64 {
  if (KIND != I7_L2 || poolSize < spreadFloor) return u64.MAX_VALUE
  const near = <u32>(load<u64>(pool + (<usize>(spreadRank - 1) << 3)) >> 32)
  const ratioKey = keyLimit(<u32>min<f32>(<f32>near * spreadRatio, WORD_MAX))
  return max(ratioKey, load<u64>(pool + (<usize>(spreadFloor - 1) << 3)))
}

/**
 * Fills the beam, which holds at least one key, with the best `ef` nodes of a level. Nodes farther than `limit` are expanded only
 * while they are among the nearest `floor`. With `spread` endAtSpread counts.
 *
 * Where the last hop found none that is nearer than the next, as most do, the next `most` are expanded in one go: more of the
 * processor's misses overlap.
 */
export function searchLevel(query: usize, level: i32, ef: i32, limit: u32, floor: i32, spread: bool, most: i32): void {
  clearVisited()
  for (let i = 0; i < poolSize; i++) visit(visited, <u32>load<u64>(pool + (<usize>i << 3)) >> 1)
  const farthest = keyLimit(limit)
  let next = 0
  let together = 1
  while (true) {
    let count = 0
    let left = together
    for (; next < poolSize && left; next++) {
      const best = load<u64>(pool + (<usize>next << 3))
      if (best & 1) continue
      if (best > farthest && next >= floor) break
      if (spread && isBeyondSpread(best, next)) break
      store<u64>(pool + (<usize>next << 3), best | 1)
      count = collect(<u32>best >> 1, level, count)
      left--
    }
    if (left == together) break
    // The codes first: the processor keeps few instructions in mind while it waits for the first of them.
    findCodes(count)
    if (level == 0) touchNext(next, most)
    let bound = farthestKept(ef)
    if (spread) bound = min(bound, spreadBound())
    const first = insertFound(query, count, ef, bound)
    together = first < next ? 1 : most
    next = min(first, next)
  }
}

/** Nodes that a descent remembers, in `bridges`, which it does not need: by their last bits, as one more than they are. */
const REMEMBERED: usize = 128

/** Copies the neighbours to `ids` that are not remembered, and remembers them. One that was forgotten is compared again. */
@inline
function collectStrange(node: u32, level: i32): i32 {
  let at = own
  const end = at + (<usize>copyList(node, level) << 2)
  let count = 0
  while (at < end) {
    at += 4
    const neighbour = load<u32>(at)
    const place = bridges + ((<usize>neighbour & (REMEMBERED - 1)) << 2)
    const known = load<u32>(place)
    store<u32>(place, neighbour + 1)
    store<u32>(ids + (<usize>count << 2), neighbour)
    count += <i32>(known != neighbour + 1)
  }
  return count
}

/**
 * Goes down from level `from` to the one above `to`, always to the nearest neighbour. Returns the key it ends at. Who was compared
 * is not compared again, on this level or the next: the way is the same.
 */
export function descend(query: usize, entry: u32, from: i32, to: i32): u64 {
  for (let at: usize = 0; at < REMEMBERED << 2; at += 16) v128.store(bridges + at, i32x4.splat(0))
  store<u32>(bridges + ((<usize>entry & (REMEMBERED - 1)) << 2), entry + 1)
  let best = (<u64>distanceOf(query, entry) << 32) | (<u64>entry << 1)
  scoredCount++
  for (let level = from; level > to; level--) {
    let improved = true
    while (improved) {
      improved = false
      const count = collectStrange(<u32>best >> 1, level)
      distancesOf(query, count)
      scoredCount += count
      for (let j = 0; j < count; j++) {
        const key = keyOf(j)
        if (key < best) {
          best = key
          improved = true
        }
      }
    }
  }
  return best
}
