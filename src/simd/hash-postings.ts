/**
 * The kernels of assembly/hash-postings.ts, bound to a memory and its pages.
 *
 * Shapes   Addresses in the memory. keys: u64[count]. places: pairs of u32, end and start of the postings of a key in words of
 *          two bytes, both 0 when nobody has it. counts: u8[], u16[] or u32[] when `shift` is 0, 1 or 2, padded to a
 *          multiple of 16.
 */
import { assert } from '../util/index.ts'
import { instantiate } from './loader.ts'
import type { KernelImports } from './loader.ts'

export type HashPostingKernels = {
  /**
   * Keys of terms that lie one behind the other; ends: u32[count]. Terms of up to 7 bytes never share a key, longer ones
   * share one with a chance of 2^-63 a pair.
   */
  keysOf(bytes: number, ends: number, count: number, keys: number): void
  /** Takes room for a page, to be used where other threads take pages out of their frames. */
  copyAt(at: number): void
  /** Takes the index to look into from a block (vector/lsh/postings-format.ts). */
  bind(block: number): void
  /** Sets bytes to 0; from outside a shared memory takes ten times as long. */
  clear(at: number, bytes: number): void
  findKeys(keys: number, count: number, places: number): void
  /** Takes lists of rows by index to count in (vector/sparse/row-lists.ts): tables of their starts and of the lists. */
  bindLists(starts: number, startsId: number, lists: number, listsId: number): void
  /**
   * Places of the lists of a query's indices; gives how many rows they have together.
   *
   * Shapes   query: i32[queryCount]. first: number of the list of index 0.
   */
  listPlaces(query: number, queryCount: number, first: number, places: number): number
  /**
   * Adds one, or the lesser of the two frequencies, to the counts of all who are at the places. Frequencies are read, but mean
   * nothing where postings have none.
   */
  count(
    places: number,
    frequencies: number,
    placeCount: number,
    counts: number,
    shift: number
  ): void
  /**
   * The `wanted` accepted ordinals with the most hits, ascending; ties to the lower ones. Gives their number. Counts of
   * those that are not accepted become 0.
   *
   * Shapes   accept: bits, or 0 for all. ords, hits: u32[room + 16], room for more than min(wanted, size).
   * Cost     Where few are wanted, a pass or two over the counts, sixteen bytes at a time, and a step for each who has about enough
   *          hits; else some passes more.
   */
  select(
    counts: number,
    size: number,
    shift: number,
    wanted: number,
    accept: number,
    ords: number,
    hits: number,
    room: number
  ): number
}

const names = [
  'keysOf',
  'copyAt',
  'bind',
  'clear',
  'findKeys',
  'bindLists',
  'listPlaces',
  'count',
  'select'
] as const

function areKernels(exports: object): exports is HashPostingKernels {
  return names.every((name) => name in exports)
}

/** The kernels of hash postings over a memory. */
export function hashPostingKernels(imports: KernelImports): HashPostingKernels {
  const exports = instantiate('hash-postings', imports)
  assert(areKernels(exports), 'the hash-postings module exports every kernel of postings')
  return exports
}
