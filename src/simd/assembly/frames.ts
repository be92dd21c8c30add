/**
 * Whether what was read from frames is what was meant.
 *
 * A page may be taken out of its frame at any time, by a miss of this thread or of another one: its word in the page table
 * becomes 0, then the eviction counter grows, then the frame is overwritten (src/cache/page-frames.ts). Whoever reads through
 * the address of a frame looks at the counter before it resolves the address and after the last byte was read; when the
 * counter moved, what was read is thrown away, never used as an address or a node, and read again. A loop that does so
 * resolves one page, else a cache of few frames could let its pages drive each other out for ever.
 *
 * The words of page tables are read by plain loads: what lies behind an address cannot be read before the address is known.
 */

import { touch } from './lanes'

@external("env", "fault")
declare function fault(table: u32, page: u32): u32

/** Counts evictions. This and the next are constants of ../loader.ts. */
export const EVICTIONS: usize = 64
/** 0: only this thread takes pages out. */
const OTHERS: usize = 68

/** A word that only this thread writes, or 0. */
let mine: usize = 0
export function fenceAt(at: usize): void {
  mine = at
}

@inline
export function evictions(): u32 {
  return atomic.load<u32>(EVICTIONS)
}

/** Whether a page may have gone since the counter was `before`. */
@inline
export function moved(before: u32): bool {
  // What was read comes before the counter: an atomic load alone would not wait for the loads before it on every machine.
  if (load<u32>(OTHERS)) atomic.add<u32>(mine, 0)
  return atomic.load<u32>(EVICTIONS) != before
}

/** Whether other threads take pages out: else a page stays until this one resolves another. */
@inline
export function othersEvict(): bool {
  return load<u32>(OTHERS) != 0
}

/** Address of the frame of a page, which is read in where it is not there. */
@inline
export function frame(table: usize, tableId: u32, page: u32): usize {
  let at = <usize>load<u32>(table + (<usize>page << 2))
  if (!at) at = <usize>fault(tableId, page)
  touch(at)
  return at
}

let loaded: u32 = 0
/** Takes the sum of loads that are only for the processor's cache: else they would be optimised away. */
@inline
export function keepLoads(sum: u32): void {
  loaded = sum
}
/** Exported by every module that calls keepLoads: what nobody could read would be optimised away too. */
export function loadedSum(): u32 {
  return loaded
}
