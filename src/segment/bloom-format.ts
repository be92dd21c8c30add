/**
 * Bloom filter of the ids of a segment, format 1: an upsert asks every segment for its id, and nearly all say no.
 *
 * Pages of kind `bloom`: the bits as u32, lowest first, cut at 16 KiB. Bits: 10 an id, rounded up to whole words, so that one in
 * about 120 absent ids is looked up in vain. Seven bits an id: (h1 + i * h2) mod bits for i = 0 .. 6, h1 and h2 two
 * 32-bit hashes over the UTF-16 units of the id, h2 made odd.
 */
import { BitSet } from '../util/index.ts'

export type BloomInfo = { readonly bitCount: number }

const bitsPerId = 10
const probeCount = 7

function bloomBitCount(idCount: number): number {
  return Math.max(64, Math.ceil((idCount * bitsPerId) / 32) * 32)
}

export class BloomFilter {
  readonly bits: BitSet

  constructor(bits: BitSet) {
    this.bits = bits
  }

  static of(idCount: number): BloomFilter {
    return new BloomFilter(new BitSet(bloomBitCount(idCount)))
  }

  add(id: string): void {
    const { bits } = this
    const { capacity } = bits
    hashId(id)
    let hash = firstHash
    for (let probe = 0; probe < probeCount; probe++) {
      bits.add(hash % capacity)
      hash = (hash + secondHash) >>> 0
    }
  }

  /** False: the id is not there, for sure. */
  mayHave(id: string): boolean {
    const { bits } = this
    const { capacity } = bits
    hashId(id)
    let hash = firstHash
    for (let probe = 0; probe < probeCount; probe++) {
      if (!bits.has(hash % capacity)) return false
      hash = (hash + secondHash) >>> 0
    }
    return true
  }
}

/** Of the id that was hashed last: where its probes begin, and how far they are apart. */
let firstHash = 0
let secondHash = 0

function hashId(id: string): void {
  let first = 0x811c9dc5
  let second = 0x9747b28c
  for (let at = 0; at < id.length; at++) {
    const unit = id.charCodeAt(at)
    first = Math.imul(first ^ unit, 0x01000193)
    second = Math.imul(second ^ unit, 0x5bd1e995)
    second ^= second >>> 15
  }
  firstHash = mixed(first) >>> 0
  secondHash = mixed(second) | 1
}

/** Finalizer of MurmurHash3: every bit of the input changes about half of those of the output. */
function mixed(hash: number): number {
  let bits = hash ^ (hash >>> 16)
  bits = Math.imul(bits, 0x85ebca6b)
  bits ^= bits >>> 13
  bits = Math.imul(bits, 0xc2b2ae35)
  return bits ^ (bits >>> 16)
}
