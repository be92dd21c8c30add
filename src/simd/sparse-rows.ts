/** The kernels of assembly/sparse-rows.ts, bound to a memory and its pages. */
import { assert } from '../util/index.ts'
import { instantiate } from './loader.ts'
import type { KernelImports } from './loader.ts'

export type SparseRowKernels = {
  /**
   * Takes the rows to look at: tables of their starts (u32 words, one more than rows) and of their indices, of 1 << shift bytes.
   * With those of two bytes the query has to be marked.
   */
  bind(starts: number, startsId: number, rows: number, rowsId: number, shift: 1 | 2): void
  /**
   * Marks the indices of the query that the next comparisons are with, until rows are bound again: a row is then looked up
   * index by index. Left out: both are walked side by side.
   *
   * Shapes   query: i32[queryCount], all below 8 * bytes; bits: u8[bytes], a power of two.
   */
  mark(query: number, queryCount: number, bits: number, bytes: number): void
  /**
   * Compares a set with rows: out[i] = indices in common, indices of the row.
   *
   * Shapes   query: i32[queryCount], ascending, each once. ords: u32[count]. out: u32[2 * count].
   * Cost     a ns for four indices of the row, where the query is marked; else of the longer of the two.
   */
  compare(query: number, queryCount: number, ords: number, count: number, out: number): void
  /**
   * The same where what each row has in common with the set was counted before.
   *
   * Shapes   counts: by ordinal u8[], u16[] or u32[] when `shift` is 0, 1 or 2, or 0: then it is left out. ords: u32[count].
   *          out: u32[2 * count].
   */
  counted(ords: number, count: number, counts: number, shift: number, out: number): void
  /**
   * Values of pairs as compare and counted give them: the Jaccard share of common indices (1 of two empty sets), or the number of
   * indices that only one of the two has.
   *
   * Shapes   pairs: u32[2 * count]. out: f32[count], which may be where the pairs are.
   */
  setValues(pairs: number, count: number, queryCount: number, areShares: boolean, out: number): void
}

function areKernels(exports: object): exports is SparseRowKernels {
  return ['bind', 'mark', 'compare', 'counted', 'setValues'].every((name) => name in exports)
}

/** The kernels of sparse rows over a memory. */
export function sparseRowKernels(imports: KernelImports): SparseRowKernels {
  const exports = instantiate('sparse-rows', imports)
  assert(areKernels(exports), 'the sparse-rows module exports every kernel of sparse rows')
  return exports
}
