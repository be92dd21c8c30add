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
    visitBits(id, this.bits.capacity, (bit) => {
      this.bits.add(bit)
      return true
    })
  }

  /** False: the id is not there, for sure. */
  mayHave(id: string): boolean {
    return visitBits(id, this.bits.capacity, (bit) => this.bits.has(bit))
  }
}

/** False as soon as `visit` says so. */
function visitBits(id: string, bitCount: number, visit: (bit: number) => boolean): boolean {
  let first = 0x811c9dc5
  let second = 0x9747b28c
  for (let at = 0; at < id.length; at++) {
    const unit = id.charCodeAt(at)
    first = Math.imul(first ^ unit, 0x01000193)
    second = Math.imul(second ^ unit, 0x5bd1e995)
    second ^= second >>> 15
  }
  first = mixed(first)
  second = mixed(second) | 1
  let hash = first >>> 0
  for (let probe = 0; probe < probeCount; probe++) {
    if (!visit(hash % bitCount)) return false
    hash = (hash + second) >>> 0
  }
  return true
}

/** Finalizer of MurmurHash3: every bit of the input changes about half of those of the output. */
function mixed(hash: number): number {
  let bits = hash ^ (hash >>> 16)
  bits = Math.imul(bits, 0x85ebca6b)
  bits ^= bits >>> 13
  bits = Math.imul(bits, 0xc2b2ae35)
  return bits ^ (bits >>> 16)
}
