/** The least values of many linear functions over a set, by the kernel of sets. */
import { createKernelMemory, referenceBase, setKernels } from '../../simd/index.ts'

/** Members that the kernel gets at once; larger sets go in pieces. */
const pieceMax = 16_384
/** The kernel takes so many members a step. */
const step = 8

export class LeastSums {
  readonly sizeInBytes: number
  readonly #set: Int32Array
  readonly #sums: Int32Array
  readonly #least: Int32Array
  readonly #run: (count: number) => void

  /** Functions x -> factor x + offset, in wrapping 32-bit arithmetic. */
  constructor(factors: Int32Array, offsets: Int32Array) {
    const count = factors.length
    const set = referenceBase
    const factorsAt = set + pieceMax * 4
    const offsetsAt = factorsAt + count * 4
    const sumsAt = offsetsAt + count * 4
    this.sizeInBytes = sumsAt + count * 4
    const memory = createKernelMemory(this.sizeInBytes)
    this.#set = new Int32Array(memory.buffer, set, pieceMax)
    new Int32Array(memory.buffer, factorsAt, count).set(factors)
    new Int32Array(memory.buffer, offsetsAt, count).set(offsets)
    this.#sums = new Int32Array(memory.buffer, sumsAt, count)
    this.#least = new Int32Array(count)
    const { leastSums } = setKernels(memory)
    this.#run = (members) => leastSums(set, members, factorsAt, offsetsAt, count, sumsAt)
  }

  /**
   * Least values over a set of at least one member.
   *
   * Shapes   Result: i32[functions], valid until the next call.
   */
  of(set: Int32Array): Int32Array {
    const least = this.#least
    for (let from = 0; from < set.length; from += pieceMax) {
      this.#runPiece(set, from)
      if (from === 0) least.set(this.#sums)
      else
        for (let at = 0; at < least.length; at++) least[at] = Math.min(least[at]!, this.#sums[at]!)
    }
    return least
  }

  #runPiece(set: Int32Array, from: number): void {
    const count = Math.min(pieceMax, set.length - from)
    const filled = Math.ceil(count / step) * step
    this.#set.set(from === 0 && count === set.length ? set : set.subarray(from, from + count))
    this.#set.fill(set[from]!, count, filled)
    this.#run(filled)
  }
}
