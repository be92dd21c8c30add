/**
 * Inserts nodes into a graph whose pages are all resident. HNSW paper, arXiv:1603.09320, algorithms 1 and 4.
 *
 * Several threads may insert at once: a writer of a list holds the list's lock (striped), readers take none. A reader may
 * see a list half rewritten: every word of it is a node all the time, so the walk only takes another way. Whoever raises the
 * top level holds the header's lock until the node is linked. One thread alone always builds the same graph.
 */
import {
  addresses, bridges, chosen, chosenAddresses, chosenDistances, clearVisited, codeAddress, degreeMax, distances, header, ids, levels, listAddress, locks, own,
  pool, sorted, tailOffset, visit, visited
} from './walk-memory'
import { distance, distanceFour, distancesAt, distancesOf } from './walk-distance'
import { I7_L2 } from './lanes'
import { descend, keyOf, poolSize, resetPool, searchLevel, sortKeys, startPool } from './walk-search'

const ENTRY: usize = 0
const TOP_LEVEL: usize = 4
const HEADER_LOCK: usize = 8
const STOP: usize = 16
const LOCK_MASK: u32 = 16383
/** Level of a node that was deleted: its lists are still there, but it is to be in nobody's. */
const GONE: u8 = 255
/** Nodes a mended list is chosen from at most; `sorted` holds them. */
const MEND_MAX: i32 = 256

/**
 * A candidate that is by less than a thirty-second (1 >> SLACK_SHIFT of the squared distance) nearer to a chosen one is chosen too: what
 * shorter walks find is not passed over for so little. 200,000 x 128, distances for a recall of .99: 1,917 with none, 1,658; a sixteenth
 * takes 1,645, and has 20.6 links a node instead of 19.3.
 */
const SLACK_SHIFT: u32 = 5
/** As many are expanded of a narrow beam, however far it goes. */
const EXPANDED_MIN: i32 = 32
/**
 * Nodes expanded in one go: with two a build takes 5 to 8 % less, and searches 1 % more comparisons (50,000 x 128, four seeds: 470 and 475
 * for a recall of .95, 818 and 825 for .99); three gain no more.
 */
const TOGETHER: i32 = 2

/** Tries before a waiting thread sleeps. A lock is held for microseconds, unless its holder has lost the processor. */
const SPINS: i32 = 200
const SLEEP_NS: i64 = 50_000

function lockAt(at: usize): void {
  let spins = 0
  while (atomic.cmpxchg<u32>(at, 0, 1) != 0) {
    spins++
    // Nobody notifies: unlocking stays one store, and sleepers look again by themselves.
    if (spins > SPINS) atomic.wait<i32>(at, 1, SLEEP_NS)
  }
}

@inline
function unlockAt(at: usize): void {
  atomic.store<u32>(at, 0)
}

@inline
function lockOf(node: u32): usize {
  return locks + (<usize>(node & LOCK_MASK) << 2)
}

@inline
function isDuplicate(a: usize, b: usize): bool {
  return load<u32>(a) == load<u32>(b) && memory.compare(a, b, tailOffset) == 0
}

@inline
function choose(place: i32, node: u32, far: u32, code: usize): void {
  const at = <usize>place << 2
  store<u32>(chosen + at, node)
  store<u32>(chosenDistances + at, far)
  // Four at a time are compared: behind the last one it stands again.
  v128.store(chosenAddresses + at, i32x4.splat(<i32>code))
}

/**
 * Chooses up to `wanted` of `count` sorted keys: a candidate stays when it is nearer to the node than to every one chosen
 * before. `self` is never chosen. Nodes with the very code of `self` take half of the places, and more only when nobody
 * else wants them: a crowd of equal vectors that knows itself only would be a trap for walks.
 */
function select(keys: usize, count: i32, wanted: i32, self: u32): i32 {
  const selfCode = codeAddress(self)
  let duplicates = 0
  let passedOver = -1
  let kept = 0
  for (let i = 0; i < count && kept < wanted; i++) {
    const key = load<u64>(keys + (<usize>i << 3))
    const node = <u32>key >> 1
    if (node == self) continue
    const far = <u32>(key >> 32)
    const code = codeAddress(node)
    if (isDuplicate(code, selfCode)) {
      if (duplicates == wanted >> 1) {
        if (passedOver < 0) passedOver = i
        continue
      }
      duplicates++
    } else if (!isDiverse(code, far, kept)) continue
    choose(kept++, node, far, code)
  }
  if (passedOver < 0) return kept
  for (let i = passedOver; i < count && kept < wanted; i++) {
    const key = load<u64>(keys + (<usize>i << 3))
    const node = <u32>key >> 1
    const code = codeAddress(node)
    if (node != self && isDuplicate(code, selfCode)) choose(kept++, node, <u32>(key >> 32), code)
  }
  return kept
}

@inline
function isDiverse(code: usize, far: u32, kept: i32): bool {
  const bound = KIND == I7_L2 ? far - (far >> SLACK_SHIFT) : far
  for (let j = 0; j < kept; j += 4) {
    const at = chosenAddresses + (<usize>j << 2)
    distanceFour(code, load<u32>(at), load<u32>(at, 4), load<u32>(at, 8), load<u32>(at, 12), distances)
    if (v128.any_true(i32x4.lt_u(v128.load(distances), i32x4.splat(<i32>bound)))) {
      if (j > 0 && j + 4 <= kept) askFirst(<usize>j << 2)
      return false
    }
  }
  return true
}

/** Whoever stands in the way of one candidate often does in that of the next: four that did change places with the first four. */
@inline
function askFirst(at: usize): void {
  exchange(chosen, at)
  exchange(chosenAddresses, at)
  exchange(chosenDistances, at)
}

@inline
function exchange(array: usize, at: usize): void {
  const first = v128.load(array)
  v128.store(array, v128.load(array + at))
  v128.store(array + at, first)
}

/** Two threads that insert neighbours at once may choose each other. */
@inline
function contains(list: usize, bytes: usize, node: u32): bool {
  for (let at: usize = 0; at < bytes; at += 4) if (load<u32>(list + at) == node) return true
  return false
}

/** Adds `node` to the list of `neighbour`; a full list is chosen anew. */
function linkBack(neighbour: u32, node: u32, far: u32, level: i32): void {
  const wanted = level == 0 ? degreeMax << 1 : degreeMax
  lockAt(lockOf(neighbour))
  const list = listAddress(neighbour, level)
  const count = load<i32>(list)
  const last = <usize>count << 2
  if (contains(list + 4, last, node)) {
    unlockAt(lockOf(neighbour))
    return
  }
  if (count < wanted) {
    store<u32>(list + 4 + last, node)
    store<i32>(list, count + 1)
    unlockAt(lockOf(neighbour))
    return
  }
  for (let j = 0; j < count; j++) {
    const at = <usize>j << 2
    const other = load<u32>(list + 4 + at)
    store<u32>(ids + at, other)
    store<u32>(addresses + at, <u32>codeAddress(other))
  }
  distancesAt(codeAddress(neighbour), count)
  store<u32>(ids + last, node)
  store<u32>(distances + last, far)
  sortFound(count + 1)
  const kept = select(sorted, count + 1, wanted, neighbour)
  const displaced = isDuplicate(codeAddress(node), codeAddress(neighbour)) ? displace(kept, node, codeAddress(node)) : node
  memory.copy(list + 4, chosen, <usize>kept << 2)
  store<i32>(list, kept)
  unlockAt(lockOf(neighbour))
  if (displaced != node) append(node, displaced, level)
}

/** Keys of the first `count` ids and distances, ascending, to `sorted`. */
function sortFound(count: i32): void {
  for (let j = 0; j < count; j++) store<u64>(sorted + (<usize>j << 3), keyOf(j))
  sortKeys(sorted, count)
}

/**
 * A duplicate that was not chosen takes the place of the last chosen duplicate, which it is to link to: so every one of a
 * crowd of equal vectors can be reached, from one to the next. Returns who had to go, or `node`.
 */
function displace(kept: i32, node: u32, code: usize): u32 {
  let last: usize = 0
  for (let j = 0; j < kept; j++) {
    const at = <usize>j << 2
    if (load<u32>(chosen + at) == node) return node
    if (isDuplicate(load<u32>(chosenAddresses + at), code)) last = chosen + at
  }
  if (!last) return node
  const displaced = load<u32>(last)
  store<u32>(last, node)
  return displaced
}

/** Adds `other` to the list of `node` when there is room. */
function append(node: u32, other: u32, level: i32): void {
  const wanted = level == 0 ? degreeMax << 1 : degreeMax
  lockAt(lockOf(node))
  const list = listAddress(node, level)
  const count = load<i32>(list)
  const last = <usize>count << 2
  if (count < wanted && !contains(list + 4, last, other)) {
    store<u32>(list + 4 + last, other)
    store<i32>(list, count + 1)
  }
  unlockAt(lockOf(node))
}

/**
 * Fills the beam with what lies around a node that is to be linked.
 *
 * Of 7-bit codes the far half of a beam is not expanded, as it is seldom chosen from: it is found and may be chosen (without it
 * 200,000 x 128 took 7 to 10 % more distances for a recall of .99). With half of the beam 50,000 x 128 is linked 10 % sooner than with .6,
 * and takes 1 % more comparisons (four seeds: 467 and 470 for .95, 807 and 818 for .99). With a quarter nodes of a dense crowd know
 * nobody outside (minilm, 384 dims, at a beam of 64 .977 instead of .983).
 */
function searchAround(code: usize, level: i32, ef: i32): void {
  const expanded = KIND == I7_L2 ? max(ef >> 1, EXPANDED_MIN) : ef
  searchLevel(code, level, ef, 0, expanded, false, TOGETHER)
}

/** Links `node` on one level; the beam holds where to start and afterwards what was found. */
function linkLevel(node: u32, code: usize, level: i32, ef: i32): void {
  searchAround(code, level, ef)
  const kept = select(pool, poolSize, degreeMax, node)
  lockAt(lockOf(node))
  const list = listAddress(node, level)
  memory.copy(list + 4, chosen, <usize>kept << 2)
  store<i32>(list, kept)
  unlockAt(lockOf(node))
  // linkBack uses the arrays of select.
  const ownDistances = own + (<usize>degreeMax << 2)
  memory.copy(own, chosen, <usize>kept << 2)
  memory.copy(ownDistances, chosenDistances, <usize>kept << 2)
  for (let i = 0; i < kept; i++) {
    linkBack(load<u32>(own + (<usize>i << 2)), node, load<u32>(ownDistances + (<usize>i << 2)), level)
  }
}

function insert(node: u32, ef: i32): void {
  const level = <i32>load<u8>(levels + <usize>node)
  lockAt(header + HEADER_LOCK)
  const top = load<i32>(header + TOP_LEVEL)
  const entry = load<u32>(header + ENTRY)
  const raises = level > top
  if (!raises) unlockAt(header + HEADER_LOCK)
  if (top >= 0) {
    const code = codeAddress(node)
    startPool(descend(code, entry, top, level))
    for (let l = min(level, top); l >= 0; l--) {
      resetPool()
      linkLevel(node, code, l, ef)
    }
  }
  if (raises) {
    store<u32>(header + ENTRY, node)
    store<i32>(header + TOP_LEVEL, level)
    unlockAt(header + HEADER_LOCK)
  }
}

/**
 * Links the nodes from .. to - 1. Returns how many: fewer when the build stops.
 *
 * `starts`, when it is not 0, has a word for each node of the index: the node of level 1 where the walk on level 0 begins
 * (findStarts). Such nodes are on level 0 only.
 */
export function insertRange(from: u32, to: u32, ef: i32, starts: usize): u32 {
  for (let node = from; node < to; node++) {
    if (atomic.load<u32>(header + STOP) != 0) return node - from
    if (starts) insertAt(node, load<u32>(starts + (<usize>node << 2)), ef)
    else insert(node, ef)
  }
  return to - from
}

function insertAt(node: u32, start: u32, ef: i32): void {
  const code = codeAddress(node)
  startPool((<u64>distance(code, codeAddress(start)) << 32) | (<u64>start << 1))
  linkLevel(node, code, 0, ef)
}

/** For each of the nodes from .. to - 1 the nearest node of level 1 that a descent finds, a word each to `starts`. */
export function findStarts(from: u32, to: u32, starts: usize): u32 {
  const entry = load<u32>(header + ENTRY)
  const top = load<i32>(header + TOP_LEVEL)
  for (let node = from; node < to; node++) {
    if (atomic.load<u32>(header + STOP) != 0) return node - from
    store<u32>(starts + (<usize>node << 2), <u32>descend(codeAddress(node), entry, top, 0) >> 1)
  }
  return to - from
}

/**
 * Takes deleted nodes out of the lists of the nodes from .. to - 1. Their places go to the nearest of what stood in the lists of
 * the deleted ones (theirs in turn, where those are deleted too) that are diverse from what stays. Only lists of deleted nodes
 * are read beside the own one, and those do not change: several threads may mend at once, with one outcome.
 *
 * Source   Singh et al., "FreshDiskANN" (arXiv:2105.09613), algorithm 4, but what stays is not chosen again: that would drop
 *          links that nobody asked to drop (measured: recall at a beam of 16 from .958 to .923 for a tenth deleted).
 */
export function mendRange(from: u32, to: u32): u32 {
  for (let node = from; node < to; node++) {
    if (atomic.load<u32>(header + STOP) != 0) return node - from
    const level = load<u8>(levels + <usize>node)
    if (level == GONE) continue
    for (let l = 0; l <= <i32>level; l++) mend(node, l)
  }
  return to - from
}

@inline
function isGone(node: u32): bool {
  return load<u8>(levels + <usize>node) == GONE
}

function mend(node: u32, level: i32): void {
  const list = listAddress(node, level)
  const degree = load<i32>(list)
  const code = codeAddress(node)
  let live = 0
  for (let i = 0; i < degree; i++) {
    const other = load<u32>(list + 4 + (<usize>i << 2))
    if (isGone(other)) continue
    choose(live++, other, 0, codeAddress(other))
  }
  if (live == degree) return
  clearVisited()
  visit(visited, node)
  const count = collectLive(list, level)
  distancesOf(code, count)
  sortFound(count)
  let kept = live
  for (let i = 0; i < count && kept < degree; i++) {
    const key = load<u64>(sorted + (<usize>i << 3))
    const other = <u32>key >> 1
    const at = codeAddress(other)
    if (isDiverse(at, <u32>(key >> 32), kept)) choose(kept++, other, <u32>(key >> 32), at)
  }
  memory.copy(list + 4, chosen, <usize>kept << 2)
  store<i32>(list, kept)
}

/** Live nodes of the lists of a list's deleted nodes to `ids`, and so on until there are enough; not those of the list itself. */
function collectLive(list: usize, level: i32): i32 {
  let count = 0
  let goneCount = 0
  let next = 0
  let own = true
  while (true) {
    const end = list + (<usize>load<u32>(list) << 2)
    for (let at = list; at < end && count < MEND_MAX; at += 4) {
      const other = load<u32>(at, 4)
      if (!visit(visited, other)) continue
      if (!isGone(other)) {
        if (own) continue
        store<u32>(ids + (<usize>count << 2), other)
        count++
      } else if (goneCount < MEND_MAX) {
        store<u32>(bridges + (<usize>goneCount << 2), other)
        goneCount++
      }
    }
    own = false
    if (next == goneCount || count == MEND_MAX) break
    list = listAddress(load<u32>(bridges + (<usize>next << 2)), level)
    next++
  }
  return count
}
