/**
 * The distance kernels of assembly/distance.ts, bound to a memory.
 *
 * Shapes   All arguments are addresses in the memory, or counts. Rows lie anywhere (no alignment) and have any length; float32
 *          rows take 4 bytes an element, codes and bytes one, bits an eighth (lengths of bit rows are in bytes).
 *          `Rows` variants compare one query with `count` rows that lie `stride` bytes apart and write `count` words
 *          to `out`, which overlaps neither: f32 for float32 rows, i32 for the rest.
 * Values   dot: inner product. l2: squared distance. l1: sum, linf: maximum of the absolute differences. norm: root of
 *          the sum of squares. hamming: differing bits.
 *          float32 sums are made in one fixed order without fused multiply-add (assembly/lanes.ts): the same bits on
 *          every machine, for one row and for many. The rest is exact: 7-bit codes 0 .. 127 (I7) and signed bytes (I8)
 *          up to 32,768 elements.
 * Cost     One pass over the rows; 5 to 100 ns a row of 128 to 768 elements, and about 10 ns to call.
 */
import { assert } from '../util/index.ts'
import { instantiate, moduleFor } from './loader.ts'
import type { CodeSums } from './loader.ts'

type One = (a: number, b: number, length: number) => number
type Rows = (
  query: number,
  rows: number,
  stride: number,
  count: number,
  length: number,
  out: number
) => void

export type DistanceKernels = {
  readonly dotF32: One
  readonly l2F32: One
  readonly l1F32: One
  readonly linfF32: One
  readonly normF32: (a: number, dims: number) => number
  readonly dotI7: One
  readonly l2I7: One
  readonly dotI8: One
  readonly l2I8: One
  readonly normI8: (a: number, dims: number) => number
  readonly hamming: One
  readonly dotF32Rows: Rows
  readonly l2F32Rows: Rows
  readonly l1F32Rows: Rows
  readonly linfF32Rows: Rows
  readonly dotI7Rows: Rows
  readonly l2I7Rows: Rows
  readonly dotI8Rows: Rows
  readonly l2I8Rows: Rows
  readonly hammingRows: Rows
}

const kernelNames: Readonly<Record<keyof DistanceKernels, true>> = {
  dotF32: true,
  l2F32: true,
  l1F32: true,
  linfF32: true,
  normF32: true,
  dotI7: true,
  l2I7: true,
  dotI8: true,
  l2I8: true,
  normI8: true,
  hamming: true,
  dotF32Rows: true,
  l2F32Rows: true,
  l1F32Rows: true,
  linfF32Rows: true,
  dotI7Rows: true,
  l2I7Rows: true,
  dotI8Rows: true,
  l2I8Rows: true,
  hammingRows: true
}

function areDistanceKernels(exports: object): exports is DistanceKernels {
  return Object.keys(kernelNames).every((name) => name in exports)
}

/**
 * The distance kernels over `memory`.
 *
 * @param sums  How 7-bit codes are compared. Only tests say it.
 */
export function distanceKernels(memory: WebAssembly.Memory, sums?: CodeSums): DistanceKernels {
  const exports = instantiate(moduleFor('distance', sums), { memory })
  assert(areDistanceKernels(exports), 'the distance module exports every distance kernel')
  return exports
}
