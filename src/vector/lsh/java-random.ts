/**
 * The generator behind every hash function of Elastiknn: java.util.Random, bit for bit.
 *
 * Source   Java SE API, class Random; 48 bits of state in two halves of 24, so that every product stays an exact double.
 */

const half = 0x1000000
const halfMask = 0xffffff
/** 0x5DEECE66D in halves. */
const multiplierHigh = 0x5de
const multiplierLow = 0xece66d
const increment = 0xb

export class JavaRandom {
  #high: number
  #low: number
  #nextGaussian = Number.NaN

  /** @param seed  A whole number of at most 2^53. */
  constructor(seed: number) {
    const low = ((seed % half) + half) % half
    const high = ((Math.floor(seed / half) % half) + half) % half
    this.#high = high ^ multiplierHigh
    this.#low = low ^ multiplierLow
  }

  /** The top `bits` bits (1 to 31) of the next state. */
  #next(bits: number): number {
    const low = this.#low * multiplierLow + increment
    const high = this.#high * multiplierLow + this.#low * multiplierHigh + Math.floor(low / half)
    this.#low = low & halfMask
    // `low` and `high` may pass 2^32; & takes the lower 32 bits, of which the lower 24 are wanted.
    this.#high = high & halfMask
    return ((this.#high << 8) | (this.#low >>> 16)) >>> (32 - bits)
  }

  /** Whole number from 0 to `bound` - 1; `bound` is at most 2^31 - 1. */
  nextInt(bound: number): number {
    if ((bound & -bound) === bound) return Math.floor((bound * this.#next(31)) / 2 ** 31)
    for (;;) {
      const drawn = this.#next(31)
      const value = drawn % bound
      if (drawn - value + (bound - 1) < 2 ** 31) return value
    }
  }

  /** From 0 to 1, a float32. */
  nextFloat(): number {
    return this.#next(24) / half
  }

  /** From 0 to 1. */
  nextDouble(): number {
    return (this.#next(26) * 2 ** 27 + this.#next(27)) / 2 ** 53
  }

  /** Standard normal, by Marsaglia's polar method: pairs, of which the second is kept for the next call. */
  nextGaussian(): number {
    const kept = this.#nextGaussian
    if (!Number.isNaN(kept)) {
      this.#nextGaussian = Number.NaN
      return kept
    }
    for (;;) {
      const first = 2 * this.nextDouble() - 1
      const second = 2 * this.nextDouble() - 1
      const square = first * first + second * second
      if (square >= 1 || square === 0) continue
      const factor = Math.sqrt((-2 * Math.log(square)) / square)
      this.#nextGaussian = second * factor
      return first * factor
    }
  }
}
