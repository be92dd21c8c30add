/**
 * The nearest of sets whose orders (simd/sparse-rows.ts) come chunk after chunk: the worst of the best `wanted` so far says
 * how far they may be, and those are kept who are no farther, ties included.
 */
import type { SparseRowKernels } from '../../simd/index.ts'
import type { ScratchArea } from '../kernels/area.ts'
import type { KernelContext } from '../kernels/context.ts'
import type { NearestRequest } from '../types.ts'

/** Of a chunk, whose orders stay in the processor's nearer caches. */
export const chunkRows = 16_384
/** The kernels write so many behind the last. */
const padding = 4
/** Beyond twice as many as are wanted. */
const bestRoomMin = 64

type Kept = { readonly ords: Uint32Array; readonly orders: Float32Array }
type Tools = {
  readonly context: KernelContext
  readonly kernels: SparseRowKernels
  readonly area: ScratchArea
}

export class NearOrders {
  /** Where the orders of a chunk are written. */
  readonly address: number
  readonly #tools: Tools
  readonly #areShares: boolean
  readonly #mayLeaveOut: boolean
  readonly #lastOf: NearestRequest['lastOf']
  /** Not all are wanted. */
  readonly #isBounded: boolean
  readonly #places: number
  readonly #kept: Kept[] = []
  #worst = Infinity
  #last = Infinity
  /** Who was not left out. */
  count = 0

  /** @param total  Of all chunks. */
  constructor(tools: Tools, request: NearestRequest, total: number) {
    const { space, wanted, lastOf, sharing, accept } = request
    const room = Math.min(chunkRows, total) + padding
    this.#tools = tools
    this.#areShares = space === 'jaccard'
    this.#mayLeaveOut = sharing || accept !== null
    this.#lastOf = lastOf
    this.#isBounded = wanted < total
    const bestRoom = this.#isBounded ? wanted * 2 + bestRoomMin : 0
    const best = tools.area.reserve((bestRoom + padding + room * 2) * 4)
    this.address = best + (bestRoom + padding) * 4
    this.#places = this.address + room * 4
    if (this.#isBounded) tools.kernels.startBest(best, bestRoom, wanted)
  }

  /**
   * Takes the orders that were written.
   *
   * @param first  Ordinal of the first; of those given, the place of the first among them.
   * @param given  null: ordinals lie one behind the other.
   */
  take(count: number, first: number, given: Uint32Array | null): void {
    const { kernels, context } = this.#tools
    this.count += this.#mayLeaveOut ? kernels.finiteOrders(this.address, count) : count
    if (this.#isBounded) this.#raise(kernels.offerOrders(this.address, count))
    const found = kernels.keepOrders(this.address, count, this.#last, first, this.#places)
    if (found === 0) return
    const places = this.#places >>> 2
    const from = this.address >>> 2
    const { words, floats } = context
    // Two views cost less than another buffer.
    const buffer = new ArrayBuffer(found * 8)
    const ords = new Uint32Array(buffer, 0, found)
    const orders = new Float32Array(buffer, found * 4, found)
    for (let at = 0; at < found; at++) {
      const place = words[places + at]!
      ords[at] = given === null ? place : given[place]!
      orders[at] = floats[from + at]!
    }
    this.#kept.push({ ords, orders })
  }

  #raise(worst: number): void {
    if (worst === this.#worst) return
    this.#worst = worst
    this.#last = this.#turned(this.#lastOf(this.#turned(worst)))
  }

  /** Value of an order, order of a value. */
  #turned(number: number): number {
    return this.#areShares ? 0 - number : number
  }

  list(): { readonly ords: Uint32Array; readonly values: Float32Array } {
    const { ords, orders } = joined(this.#kept, this.#last)
    if (this.#areShares) for (let at = 0; at < orders.length; at++) orders[at] = 0 - orders[at]!
    return { ords, values: orders }
  }
}

/** Those that are no farther than `last`: in the first chunks more seemed near. */
function joined(kept: readonly Kept[], last: number): Kept {
  if (kept.length === 1) return kept[0]!
  let room = 0
  for (const { ords } of kept) room += ords.length
  const all = { ords: new Uint32Array(room), orders: new Float32Array(room) }
  let count = 0
  for (const { ords, orders } of kept) {
    for (let at = 0; at < ords.length; at++) {
      if (orders[at]! > last) continue
      all.ords[count] = ords[at]!
      all.orders[count++] = orders[at]!
    }
  }
  return { ords: all.ords.subarray(0, count), orders: all.orders.subarray(0, count) }
}
