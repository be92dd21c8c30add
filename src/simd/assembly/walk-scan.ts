/**
 * Comparing the codes of all accepted nodes: where they are few, or the beam of a walk would be long, less than what a walk costs.
 * Nodes are near their neighbours in memory (src/vector/hnsw/renumber.ts), and those of a scan come in order.
 */
import { ids, nodeCount, results, siftedKeys } from './walk-memory'
import { heapTop, offerKey, sortKeys, startHeap } from './walk-heap'
import { siftHop } from './walk-search'

/** Nodes whose distances are computed in one go, or up to 31 more. */
const BATCH: i32 = 64

/** Offers the `count` nodes of `ids`. */
@inline
function offerBatch(query: usize, count: i32): void {
  const fresh = siftHop(query, count, heapTop)
  for (let j = 0; j < fresh; j++) offerKey(load<u64>(siftedKeys + (<usize>j << 3)))
}

/** Best `most` nodes, of `accept`, a bit set, where it is not 0, into `results`; returns how many. */
export function scanAccepted(query: usize, most: i32, accept: usize): i32 {
  startHeap(results, most)
  let count = 0
  for (let first: u32 = 0; first < nodeCount; first += 32) {
    let word = accept ? load<u32>(accept + (first >> 3)) : u32.MAX_VALUE
    const left = nodeCount - first
    if (left < 32) word &= (<u32>1 << left) - 1
    while (word) {
      store<u32>(ids + (<usize>count << 2), first + ctz<u32>(word))
      word &= word - 1
      count++
    }
    if (count < BATCH) continue
    offerBatch(query, count)
    count = 0
  }
  offerBatch(query, count)
  return sortKeys()
}
