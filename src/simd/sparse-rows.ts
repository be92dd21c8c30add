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
   * Compares a set with rows: how many indices they have in common, and how many the row has.
   *
   * Shapes   query: i32[queryCount], ascending, each once. ords, commons, lengths: u32[count].
   * Cost     a ns for four indices of the row, where the query is marked; else of the longer of the two.
   */
  compare(
    query: number,
    queryCount: number,
    ords: number,
    count: number,
    commons: number,
    lengths: number
  ): void
  /**
   * The same where what each row has in common with the set was counted before.
   *
   * Shapes   counts: by ordinal u8[], u16[] or u32[] when `shift` is 0, 1 or 2. ords, commons, lengths: u32[count].
   */
  counted(
    ords: number,
    count: number,
    counts: number,
    shift: number,
    commons: number,
    lengths: number
  ): void
  /**
   * Takes the query that sets are ordered by. An order is 0 - the Jaccard share of common indices (1 of two empty sets), or the
   * number of indices that only one of the two has: small is near. Infinity is the order of who is left out: `areSharing` leaves
   * those out that have no index in common with the query.
   */
  bindQuery(queryCount: number, areShares: boolean, areSharing: boolean): void
  /** Orders of sets as compare and counted tell them. Shapes: as there; out: f32[count]; all are read and written by fours. */
  setOrders(commons: number, lengths: number, count: number, out: number): void
  /**
   * Orders of the rows from .. to - 1.
   *
   * Shapes   counts: as above. out: f32[to - from].
   * Cost     half a ns a row.
   */
  rowOrders(from: number, to: number, counts: number, shift: number, out: number): void
  /** Leaves out who is not accepted. Shapes: orders: f32[count]; accept: a bit each. */
  refuseOrders(orders: number, count: number, accept: number): void
  /** Who is not left out. Shapes: here and below orders: f32[count], with room for four behind them, which are written. */
  finiteOrders(orders: number, count: number): number
  /**
   * Forgets what was offered; so many are wanted of what will be, 1 or more.
   *
   * Shapes   at: i32[room + 4]; room: wanted + 4 or more, better twice as many.
   */
  startBest(at: number, room: number, wanted: number): void
  /**
   * Offers orders; gives the worst of the best `wanted` so far, Infinity as long as they are fewer.
   *
   * Cost   A third of a ns an order, and about ten ns for each that is among the best so far.
   */
  offerOrders(orders: number, count: number): number
  /**
   * Moves those to the front that are no farther than `last` and not left out; gives how many.
   *
   * Shapes   ords: u32[count], gets their places, counted from `first`.
   */
  keepOrders(orders: number, count: number, last: number, first: number, ords: number): number
}

const names = [
  'bind',
  'mark',
  'compare',
  'counted',
  'bindQuery',
  'setOrders',
  'rowOrders',
  'refuseOrders',
  'finiteOrders',
  'startBest',
  'offerOrders',
  'keepOrders'
]

function areKernels(exports: object): exports is SparseRowKernels {
  return names.every((name) => name in exports)
}

/** The kernels of sparse rows over a memory. */
export function sparseRowKernels(imports: KernelImports): SparseRowKernels {
  const exports = instantiate('sparse-rows', imports)
  assert(areKernels(exports), 'the sparse-rows module exports every kernel of sparse rows')
  return exports
}
