/**
 * The kernels of assembly/projections.ts, bound to a memory. Shapes are addresses in it, aligned to 16 bytes.
 *
 * Directions lie in groups of eight, the last filled up by zeros: of each block of eight elements first that of direction 0,
 * then that of direction 1 … So a kernel reads them in one go, and leaves out blocks where the vector has only zeros.
 */
import { assert } from '../util/index.ts'
import { instantiate } from './loader.ts'

/** Directions of a group, and elements of a block. */
export const projectionGroup = 8

export type ProjectionKernels = {
  /**
   * Whether all elements are whole numbers.
   *
   * Shapes   vector: f32[dims], zeros behind it up to a multiple of 8; facts: f64[3], the sum of the magnitudes, the
   *          largest and the sum of the squares.
   */
  measure(vector: number, dims: number, facts: number): number
  /**
   * The blocks that are not all zeros, as whole multiples of `step`; gives their number.
   *
   * Shapes   vector: as for measure; blocks: i16[8] each; places: u32 each, where the block lies in a group.
   */
  takeBlocks(vector: number, dims: number, step: number, blocks: number, places: number): number
  /**
   * Inner products of the blocks with every direction.
   *
   * Shapes   groups: i16[8][8] a block, `groupBytes` from group to group; out: i32[8 * groupCount]. The sum of products of each
   *          direction, and of two elements side by side, must fit into 32 bits.
   */
  dotGroups(
    blocks: number,
    places: number,
    blockCount: number,
    groups: number,
    groupBytes: number,
    groupCount: number,
    out: number
  ): void
  /**
   * What the sums mean: dots = sums * (scales * scale), margins = errors * sum + magnitudes * error + least.
   *
   * Shapes   sums: i32; all others f64; all with room for an even count.
   */
  placeSums(
    sums: number,
    count: number,
    scales: number,
    errors: number,
    magnitudes: number,
    scale: number,
    sum: number,
    error: number,
    least: number,
    dots: number,
    margins: number
  ): void
  /**
   * Cells of `width` that dots + offsets lie in, saturated to 32 bits; gives how many of them are not sure, as the margins
   * reach into another cell.
   *
   * Shapes   dots, margins, offsets: f64; out: i32; all with room for an even count. unsure: u32, ascending.
   */
  cells(
    dots: number,
    margins: number,
    offsets: number,
    count: number,
    width: number,
    out: number,
    unsure: number
  ): number
}

const names = ['measure', 'takeBlocks', 'dotGroups', 'placeSums', 'cells'] as const

function areKernels(exports: object): exports is ProjectionKernels {
  return names.every((name) => name in exports)
}

export function projectionKernels(memory: WebAssembly.Memory): ProjectionKernels {
  const exports = instantiate('projections', { memory })
  assert(areKernels(exports), 'the projections module exports its kernels')
  return exports
}
