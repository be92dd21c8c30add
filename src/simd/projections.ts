/** The kernel of assembly/projections.ts, bound to a memory. */
import { assert } from '../util/index.ts'
import { instantiate } from './loader.ts'

export type ProjectionKernels = {
  /**
   * Inner products of a vector of 16-bit integers with `count` rows.
   *
   * Shapes   vector: i16[stride / 2]; rows: the same each, `stride` (a multiple of 16) bytes apart; out: i32[count]. The sum of
   *          products of every eighth pair of elements and those beside it, and the sum of all, must fit into 32 bits.
   */
  readonly dotI16Rows: (
    vector: number,
    rows: number,
    stride: number,
    count: number,
    out: number
  ) => void
}

function areKernels(exports: object): exports is ProjectionKernels {
  return 'dotI16Rows' in exports
}

export function projectionKernels(memory: WebAssembly.Memory): ProjectionKernels {
  const exports = instantiate('projections', { memory })
  assert(areKernels(exports), 'the projections module exports its kernel')
  return exports
}
