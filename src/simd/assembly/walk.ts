/**
 * The walk, for one kind of code (KIND, RELAXED: scripts/build-simd.ts). Called from src/vector/kernels/walk-kernel.ts.
 */
import { bindIndex, bindScratch, codeAddress, distances, header, ids, queryCode } from './walk-memory'
import { distancesOf, encode as encodeAt, squaredBeyond } from './walk-distance'
export { loadedSum } from './frames'
import { endAtDistance, searchFiltered } from './walk-filtered'
import { scanAccepted } from './walk-scan'
import { beginSearch, descend, endAtSpread, poolSize, scoredCount, searchLevel, startPool } from './walk-search'
export { findStarts, insertRange, mendRange } from './walk-build'

/** Must come before anything else, and again when another index or another thread's scratch is meant. */
export function bind(index: usize, scratch: usize): void {
  bindIndex(index)
  bindScratch(scratch)
}

/**
 * 7-bit kinds: the code of the floats at `source`, as the query. Other kinds find their query code written. Returns how far
 * the query lies outside the range, squared, in steps.
 */
export function encodeQuery(source: usize): f32 {
  encodeAt(source, queryCode)
  return squaredBeyond(source)
}

/** 7-bit kinds: the code of the floats at `source`, as that of `node`. */
export function encodeNode(source: usize, node: u32): void {
  encodeAt(source, codeAddress(node))
}

/**
 * Nodes expanded in one go: 5 to 10 % less time with 100 candidates, at 100,000 x 128 and 30,000 x 768, for .2 % more nodes compared.
 */
const TOGETHER: i32 = 3

/**
 * Best `ef` nodes; returns how many. Keys are in `pool`. Nodes farther than `limit` are expanded only while they are among the
 * nearest `floor`. `ratio`, when it is not 0: the search ends where the next is that many times as far as the `rank`-th, but for
 * the nearest `atLeast`.
 */
export function search(ef: i32, limit: u32, floor: i32, rank: i32, ratio: f32, atLeast: i32): i32 {
  beginSearch()
  endAtSpread(rank, ratio, atLeast)
  startPool(descend(queryCode, load<u32>(header), load<i32>(header, 4), 0))
  searchLevel(queryCode, 0, ef, limit, floor, ratio > 0, TOGETHER)
  return poolSize
}

/**
 * Best `ef` nodes of `accept`, a bit set; returns how many, 0 when `scoredMax` nodes were compared before the end. Keys are in
 * `results`. The rest: as of search.
 */
export function searchAccepted(ef: i32, accept: usize, limit: u32, floor: i32, rank: i32, ratio: f32, atLeast: i32, scoredMax: u32): i32 {
  beginSearch()
  startPool(descend(queryCode, load<u32>(header), load<i32>(header, 4), 0))
  endAtDistance(rank, ratio, atLeast)
  return searchFiltered(queryCode, ef, accept, limit, floor, scoredMax, TOGETHER)
}

/** The same by comparing the codes of all of them; `accept` 0: of all nodes. */
export function scanCodes(most: i32, accept: usize): i32 {
  beginSearch()
  return scanAccepted(queryCode, most, accept)
}

/** Distances computed by the last search. */
export function scored(): u32 {
  return scoredCount
}

/** Nodes whose distances are computed in one go. */
const RANGE_STEP: u32 = 64

/** Distance of the query to each of the nodes from .. to - 1, a u32 each, to `out`. */
export function distancesInRange(from: u32, to: u32, out: usize): void {
  for (let node = from; node < to; node += RANGE_STEP) {
    const count = min<u32>(RANGE_STEP, to - node)
    for (let i: u32 = 0; i < count; i++) store<u32>(ids + (<usize>i << 2), node + i)
    distancesOf(queryCode, count)
    memory.copy(out, distances, <usize>count << 2)
    out += <usize>count << 2
  }
}
