/** A set of small integers, one bit each, in 32-bit words. Fixed capacity. */
export class BitSet {
  readonly capacity: number
  readonly words: Uint32Array

  /** @param words  Storage to use (kept, not copied), at least `BitSet.wordCount(capacity)` words. */
  constructor(capacity: number, words: Uint32Array = new Uint32Array(BitSet.wordCount(capacity))) {
    this.capacity = capacity
    this.words = words
  }

  static wordCount(capacity: number): number {
    return (capacity + 31) >>> 5
  }

  has(bit: number): boolean {
    return ((this.words[bit >>> 5] ?? 0) & (1 << (bit & 31))) !== 0
  }

  add(bit: number): void {
    this.words[bit >>> 5]! |= 1 << (bit & 31)
  }

  remove(bit: number): void {
    this.words[bit >>> 5]! &= ~(1 << (bit & 31))
  }

  /** Sets bits 0 .. end - 1. */
  addRange(end: number): void {
    const full = end >>> 5
    this.words.fill(0xffffffff, 0, full)
    if ((end & 31) !== 0) this.words[full]! |= (1 << (end & 31)) - 1
  }

  /** The lowest member at or after `from`, or -1. */
  next(from: number): number {
    let word = from >>> 5
    const count = BitSet.wordCount(this.capacity)
    if (word >= count) return -1
    let bits = (this.words[word] ?? 0) & (0xffffffff << (from & 31))
    while (bits === 0) {
      word += 1
      if (word >= count) return -1
      bits = this.words[word] ?? 0
    }
    return (word << 5) + (31 - Math.clz32(bits & -bits))
  }

  /** Number of members. */
  count(): number {
    let total = 0
    const end = BitSet.wordCount(this.capacity)
    for (let at = 0; at < end; at++) total += popcount(this.words[at] ?? 0)
    return total
  }

  /** A copy with `capacity` bits; bits beyond are dropped, new bits are 0. */
  copy(capacity: number = this.capacity): BitSet {
    const result = new BitSet(capacity)
    const words = Math.min(BitSet.wordCount(capacity), BitSet.wordCount(this.capacity))
    result.words.set(this.words.subarray(0, words))
    if (capacity < this.capacity && (capacity & 31) !== 0)
      result.words[capacity >>> 5]! &= (1 << (capacity & 31)) - 1
    return result
  }

  intersect(other: BitSet): void {
    const end = this.words.length
    for (let at = 0; at < end; at++) this.words[at]! &= other.words[at] ?? 0
  }
}

/** Set bits of a 32-bit word. */
export function popcount(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555)
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333)
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}
