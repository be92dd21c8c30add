/**
 * Comparing the codes of all accepted nodes: where they are few, or the beam of a walk would be long, less than what a walk costs.
 * Nodes are near their neighbours in memory (src/vector/hnsw/renumber.ts), and those of a scan come in order.
 */
import { distances, ids, nodeCount, results } from './walk-memory'
import { distancesOf } from './walk-distance'
import { heapTop, offerKey, sortKeys, startHeap } from './walk-heap'
import { countScored } from './walk-search'

/** Nodes whose distances are computed in one go, or up to 63 more. */
const BATCH: i32 = 64

/** Offers the `count` nodes of `ids`: of most fours none is near enough. */
@inline
function offerBatch(query: usize, count: i32): void {
  countScored(count)
  distancesOf(query, count)
  for (let i = 0; i < count; i += 4) {
    const four = v128.load(distances + (<usize>i << 2))
    if (!v128.any_true(i32x4.le_u(four, i32x4.splat(<i32>(heapTop >> 32))))) continue
    for (let j = i; j < min(i + 4, count); j++) {
      const at = <usize>j << 2
      offerKey((<u64>load<u32>(distances + at) << 32) | (<u64>load<u32>(ids + at) << 1))
    }
  }
}

/** Best `most` nodes, of `accept`, a bit set, where it is not 0, into `results`; returns how many. */
export function scanAccepted(query: usize, most: i32, accept: usize): i32 {
  startHeap(results, most)
  let count = 0
  for (let first: u32 = 0; first < nodeCount; first += 64) {
    let word = accept ? load<u64>(accept + (first >> 3)) : u64.MAX_VALUE
    const left = nodeCount - first
    if (left < 64) word &= (<u64>1 << left) - 1
    let to = ids + (<usize>count << 2)
    count += <i32>popcnt<u64>(word)
    // Four at once, whether they are there or not: how many a word has is hard to foresee.
    while (word) {
      for (let i: usize = 0; i < 16; i += 4) {
        store<u32>(to + i, first + <u32>ctz<u64>(word))
        word &= word - 1
      }
      to += 16
    }
    if (count < BATCH) continue
    offerBatch(query, count)
    count = 0
  }
  offerBatch(query, count)
  return sortKeys()
}
