/**
 * Walks over the graph that give accepted nodes only. Refused nodes are walked through: they are compared and expanded as others.
 * Which beam is worth it, and when a scan is: src/vector/hnsw/planner.ts.
 */
import { clearVisited, pool, poolMax, results, siftedKeys, visit, visited } from './walk-memory'
import { findCodes } from './walk-distance'
import { collect, insertSorted, keyLimit, mergeIntoPool, poolSize, scoredCount, siftFound, touchNext, trimPool } from './walk-search'

let resultSize: i32 = 0

@inline
function accepted(accept: usize, node: u32): i32 {
  return <i32>((load<u32>(accept + (<usize>(node >> 5) << 2)) >> (node & 31)) & 1)
}

let endRank: i32 = 0
let endRatio: f32 = 0
let endFloor: i32 = 0

/**
 * As endAtSpread (walk-search.ts), by the accepted nodes alone; `ratio` 0: it does not count. Where it is below 1 as many as `rank`
 * are found, but what is around the last of them is not looked at.
 */
export function endAtDistance(rank: i32, ratio: f32, atLeast: i32): void {
  endRank = rank
  endRatio = ratio
  endFloor = atLeast
}

/** Floats beyond this are no u32. */
const WORD_MAX: f32 = 4294967040

@inline
function resultAt(i: i32): u64 {
  return load<u64>(results + (<usize>i << 3))
}

/** Nodes with keys beyond this are neither expanded nor kept. */
@inline
function farthestWanted(ef: i32): u64 {
  const bound = resultSize == ef ? resultAt(ef - 1) : u64.MAX_VALUE
  if (endRatio == 0 || resultSize < max(endRank, endFloor)) return bound
  const near = <f32>(<u32>(resultAt(endRank - 1) >> 32))
  return min(bound, max(resultAt(endFloor - 1), keyLimit(<u32>min<f32>(near * endRatio, WORD_MAX))))
}

@inline
function offerResult(key: u64, ef: i32): void {
  const grown = resultSize < ef ? resultSize + 1 : ef
  insertSorted(results, resultSize, grown, key)
  resultSize = grown
}

/**
 * Best `ef` accepted nodes of level 0 into `results`; returns how many, 0 when `scoredMax` nodes were compared before the end. Nodes
 * farther than `limit` are expanded only while fewer than `floor` accepted ones are nearer. `most`: as of searchLevel.
 */
export function searchFiltered(query: usize, ef: i32, accept: usize, limit: u32, floor: i32, scoredMax: u32, most: i32): i32 {
  clearVisited()
  const entry = load<u64>(pool)
  visit(visited, <u32>entry >> 1)
  resultSize = 0
  if (accepted(accept, <u32>entry >> 1)) offerResult(entry, ef)
  const farthest = keyLimit(limit)
  let next = 0
  let together = 1
  while (true) {
    const bound = farthestWanted(ef)
    // What is inserted shifts all that is farther.
    trimPool(bound)
    let count = 0
    let left = together
    for (; next < poolSize && left; next++) {
      const best = load<u64>(pool + (<usize>next << 3))
      if (best & 1) continue
      if (best > farthest && (floor == 0 || (resultSize >= floor && best > resultAt(floor - 1)))) break
      store<u64>(pool + (<usize>next << 3), best | 1)
      count = collect(<u32>best >> 1, 0, count)
      left--
    }
    if (left == together) break
    if (scoredCount > scoredMax) return 0
    // The codes first, as in searchLevel.
    findCodes(count)
    touchNext(next, most)
    const fresh = siftFound(query, count, bound)
    for (let j = 0; j < fresh; j++) {
      const key = load<u64>(siftedKeys + (<usize>j << 3))
      if (resultSize == ef && key >= resultAt(ef - 1)) continue
      if (accepted(accept, <u32>key >> 1)) offerResult(key, ef)
    }
    const first = mergeIntoPool(fresh, poolMax)
    together = first < next ? 1 : most
    next = min(first, next)
  }
  return resultSize
}
