/**
 * Walks over the graph that give accepted nodes only. Which of them is worth it: src/vector/hnsw/planner.ts.
 */
import { keepLoads } from './frames'
import { bridges, copyList, degreeMax, ids, nextEpoch, own, pool, poolMax, results, siftedKeys, touchList, visited } from './walk-memory'
import { findCodes } from './walk-distance'
import { collect, farthestKept, insertFound, insertIntoPool, insertSorted, keyLimit, poolSize, siftFound, touchNext } from './walk-search'

export let resultSize: i32 = 0

@inline
function accepted(accept: usize, node: u32): i32 {
  return <i32>((load<u32>(accept + (<usize>(node >> 5) << 2)) >> (node & 31)) & 1)
}

/** As collect, but only accepted nodes; refused neighbours go to `bridges`. Counts are packed: bridges << 16 | nodes. */
@inline
function collectAccepted(node: u32, accept: usize, epoch: u32): i32 {
  let at = own
  const end = at + (<usize>copyList(node, 0) << 2)
  let count = 0
  let bridgeCount = 0
  while (at < end) {
    at += 4
    const neighbour = load<u32>(at)
    const mark = <u32>load<u8>(visited + <usize>neighbour)
    const fresh = <i32>(mark != epoch)
    const bit = accepted(accept, neighbour)
    store<u8>(visited + <usize>neighbour, <u8>(bit ? epoch : mark))
    store<u32>(ids + (<usize>count << 2), neighbour)
    count += fresh & bit
    store<u32>(bridges + (<usize>bridgeCount << 2), neighbour)
    bridgeCount += fresh & ~bit
  }
  return (bridgeCount << 16) | count
}

/** Lists of bridges loaded ahead. */
const BRIDGES_AHEAD: i32 = 6

/**
 * Accepted neighbours, then accepted neighbours of the refused neighbours until there are about as many as a hop of a walk
 * without a filter finds new (arXiv:2403.04871, ACORN-1, with an end).
 */
function collectTwoHops(node: u32, accept: usize, epoch: u32): i32 {
  const packed = collectAccepted(node, accept, epoch)
  let count = packed & 0xffff
  const bridgeCount = packed >> 16
  const enough = (degreeMax * 3) >> 2
  if (count < enough) {
    let sum: u32 = 0
    for (let i = 0; i < min(bridgeCount, BRIDGES_AHEAD); i++) sum += touchList(load<u32>(bridges + (<usize>i << 2)))
    keepLoads(sum)
  }
  for (let i = 0; i < bridgeCount && count < enough; i++) {
    const bridge = load<u32>(bridges + (<usize>i << 2))
    store<u8>(visited + <usize>bridge, <u8>epoch)
    let at = own
    const end = at + (<usize>copyList(bridge, 0) << 2)
    // Few are accepted: whether those are new is asked of them alone.
    let last = count
    while (at < end) {
      at += 4
      const neighbour = load<u32>(at)
      store<u32>(ids + (<usize>last << 2), neighbour)
      last += accepted(accept, neighbour)
    }
    for (let j = count; j < last; j++) {
      const neighbour = load<u32>(ids + (<usize>j << 2))
      const mark = <u32>load<u8>(visited + <usize>neighbour)
      store<u8>(visited + <usize>neighbour, <u8>epoch)
      store<u32>(ids + (<usize>count << 2), neighbour)
      count += <i32>(mark != epoch)
    }
  }
  return count
}

/** As searchLevel, at level 0, over accepted nodes. */
function walkTwoHops(query: usize, ef: i32, accept: usize, limit: u32, floor: i32): void {
  const epoch = nextEpoch()
  store<u8>(visited + <usize>(<u32>load<u64>(pool) >> 1), <u8>epoch)
  const farthest = keyLimit(limit)
  let next = 0
  while (next < poolSize) {
    const best = load<u64>(pool + (<usize>next << 3))
    if (best & 1) {
      next++
      continue
    }
    if (best > farthest && next >= floor) break
    store<u64>(pool + (<usize>next << 3), best | 1)
    const count = collectTwoHops(<u32>best >> 1, accept, epoch)
    findCodes(count)
    touchNext(next + 1)
    const first = insertFound(query, count, ef, farthestKept(ef))
    next = first <= next ? first : next + 1
  }
}

/** Best `ef` accepted nodes of level 0 into `results`, passing over refused ones, which are not scored. */
export function searchTwoHops(query: usize, ef: i32, accept: usize, limit: u32, floor: i32): void {
  const entry = <u32>load<u64>(pool) >> 1
  const isRefused = 1 - accepted(accept, entry)
  // The beam holds accepted nodes only, but for the entry.
  walkTwoHops(query, min(ef + isRefused, poolMax), accept, limit, floor)
  resultSize = 0
  for (let i = 0; i < poolSize && resultSize < ef; i++) {
    const key = load<u64>(pool + (<usize>i << 3))
    store<u64>(results + (<usize>resultSize << 3), key)
    resultSize += isRefused & <i32>(<u32>key >> 1 == entry) ? 0 : 1
  }
}

/**
 * Best `ef` accepted nodes of level 0 into `results`. Refused nodes are walked through, scored and expanded. Nodes farther than
 * `limit` are expanded only while fewer than `floor` accepted ones are nearer.
 */
export function searchFiltered(query: usize, ef: i32, accept: usize, limit: u32, floor: i32): void {
  const epoch = nextEpoch()
  const entry = load<u64>(pool)
  store<u8>(visited + <usize>(<u32>entry >> 1), <u8>epoch)
  resultSize = 0
  if (accepted(accept, <u32>entry >> 1)) {
    store<u64>(results, entry)
    resultSize = 1
  }
  const farthest = keyLimit(limit)
  let next = 0
  while (next < poolSize) {
    const best = load<u64>(pool + (<usize>next << 3))
    if (best & 1) {
      next++
      continue
    }
    if (resultSize == ef && best > load<u64>(results + (<usize>(ef - 1) << 3))) break
    if (best > farthest && (floor == 0 || (resultSize >= floor && best > load<u64>(results + (<usize>(floor - 1) << 3))))) break
    store<u64>(pool + (<usize>next << 3), best | 1)
    const count = collect(<u32>best >> 1, 0, epoch)
    findCodes(count)
    touchNext(next + 1)
    let first = poolSize + 1
    const fresh = siftFound(query, count, resultSize == ef ? load<u64>(results + (<usize>(ef - 1) << 3)) : u64.MAX_VALUE)
    for (let j = 0; j < fresh; j++) {
      const key = load<u64>(siftedKeys + (<usize>j << 3))
      if (resultSize == ef && key >= load<u64>(results + (<usize>(ef - 1) << 3))) continue
      if (accepted(accept, <u32>key >> 1)) {
        const grown = resultSize < ef ? resultSize + 1 : ef
        insertSorted(results, resultSize, grown, key)
        resultSize = grown
      }
      first = min(first, insertIntoPool(key, poolMax))
    }
    next = first <= next ? first : next + 1
  }
}
