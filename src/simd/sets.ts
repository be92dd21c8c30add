/**
 * The kernels of assembly/sets.ts, bound to a memory.
 *
 * Shapes   Addresses in the memory, aligned or not, and counts. Sets are ascending i32, each once; nothing behind the end of a
 *          set is read.
 */
import { assert } from '../util/index.ts'
import { instantiate } from './loader.ts'

export type SetKernels = {
  /**
   * For each function the least of factor * member + offset, in wrapping 32-bit arithmetic: out[f], i32.
   *
   * Shapes   count: a multiple of 8, as the set may be filled up with copies of a member. factors, offsets, out:
   *          i32[functionCount].
   * Cost     about 0.1 ns a member and function.
   */
  readonly leastSums: (
    set: number,
    count: number,
    factors: number,
    offsets: number,
    functionCount: number,
    out: number
  ) => void
  /** Members that both sets have. Cost: a ns for four members. */
  readonly intersectionCount: (a: number, aCount: number, b: number, bCount: number) => number
}

function areSetKernels(exports: object): exports is SetKernels {
  return 'leastSums' in exports && 'intersectionCount' in exports
}

/** The kernels of sets over `memory`. */
export function setKernels(memory: WebAssembly.Memory): SetKernels {
  const exports = instantiate('sets', { memory })
  assert(areSetKernels(exports), 'the sets module exports every kernel of sets')
  return exports
}
