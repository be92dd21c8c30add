/**
 * Lists of level 0 as they are stored: a neighbour takes as many bits as the number of the last node, and no list more than its
 * neighbours need. 100,000 nodes with M = 16 take 44 bytes each instead of 144, so a page holds 71 lists instead of 28: fewer
 * misses, and more of the cache for the rest.
 *
 * A page has `perPage` lists, the last one fewer:
 *
 *   u16[lists + 1]  where each list begins and the last one ends, in bytes from the start of the page
 *   lists           neighbours of `bits` bits each, the lowest bits of the first byte first; padded to whole bytes with zeros
 *
 * A list has as many neighbours as fit its bytes: fewer than `bits` bits are padding, as `bits` is at least 8. Kernels load 8 bytes
 * at once, so what is stored ends `slackBytes` before the frame does.
 */
import { assert } from '../../util/index.ts'
import { pageBytesMax, recordGeometry, smallPageBytes } from '../geometry.ts'
import type { PageGeometry } from '../geometry.ts'

export const slackBytes = 8
const bitsMin = 8

/** Bits of a neighbour in a graph of so many nodes. */
export function listBits(count: number): number {
  return Math.max(bitsMin, 32 - Math.clz32(Math.max(0, count - 1)))
}

/** Bytes of a list. */
export function packedBytes(neighbourCount: number, bits: number): number {
  return Math.ceil((neighbourCount * bits) / 8)
}

/** Pages of packed lists as a kernel finds them: page and place of a list by division, no stride. */
export function packedGeometry(perPage: number, pageBytes: number): PageGeometry {
  return recordGeometry(0, perPage, pageBytes)
}

/**
 * Lists a page can hold so that each page holds as many: small pages where they are half full at least, else large ones.
 *
 * @param sizes  Bytes of the lists in the order of the nodes.
 */
export function planPages(sizes: Uint16Array): {
  readonly perPage: number
  readonly pageBytes: number
} {
  if (sizes.length === 0) return { perPage: 1, pageBytes: smallPageBytes }
  const sums = new Float64Array(sizes.length + 1)
  for (let node = 0; node < sizes.length; node++) sums[node + 1] = sums[node]! + sizes[node]!
  const perSmallPage = mostPerPage(sums, smallPageBytes)
  const pageCount = Math.ceil(sizes.length / Math.max(1, perSmallPage))
  const isSmall = perSmallPage > 0 && sums[sizes.length]! >= (pageCount * smallPageBytes) / 2
  if (isSmall || sizes.length <= perSmallPage) {
    return { perPage: perSmallPage, pageBytes: smallPageBytes }
  }
  return { perPage: mostPerPage(sums, pageBytesMax), pageBytes: pageBytesMax }
}

/** 0 where a page cannot hold the longest list. */
function mostPerPage(sums: Float64Array, pageBytes: number): number {
  const room = pageBytes - slackBytes - 2
  const count = sums.length - 1
  const average = Math.floor((room * count) / (sums[count]! + 2 * count))
  let perPage = Math.max(1, Math.min(count, average))
  while (perPage > 0 && !fits(sums, perPage, room)) perPage--
  return perPage
}

function fits(sums: Float64Array, perPage: number, room: number): boolean {
  const count = sums.length - 1
  for (let first = 0; first < count; first += perPage) {
    const end = Math.min(count, first + perPage)
    if (sums[end]! - sums[first]! + 2 * (end - first) > room) return false
  }
  return true
}

/** Makes pages of lists, one after another. */
export class ListPacker {
  readonly #bits: number
  readonly #bytes: Uint8Array
  readonly #offsets: Uint16Array
  #used = 0
  #end = 0

  constructor(bits: number, pageBytes: number) {
    this.#bits = bits
    this.#bytes = new Uint8Array(pageBytes)
    this.#offsets = new Uint16Array(this.#bytes.buffer)
  }

  /** @param lists  Lists that the page will have. */
  begin(lists: number): void {
    this.#bytes.fill(0)
    this.#used = 0
    this.#end = 2 * (lists + 1)
    this.#offsets[0] = this.#end
  }

  /** @param neighbours  `count` of them from `from` on, each a place in `ordOf`. */
  add(neighbours: Uint32Array, from: number, count: number, ordOf: Uint32Array): void {
    const [bits, bytes] = [this.#bits, this.#bytes]
    let at = this.#end
    /** Bits of the byte at `at` that are used. */
    let used = 0
    for (let i = from; i < from + count; i++) {
      const ord = ordOf[neighbours[i]!]!
      bytes[at] = bytes[at]! | (ord << used)
      let done = 8 - used
      for (; done <= bits; done += 8) bytes[++at] = ord >>> done
      used = bits - done + 8
    }
    if (used > 0) at += 1
    this.#end = at
    this.#used += 1
    this.#offsets[this.#used] = at
  }

  /** The page, valid until the next begin(). */
  finish(): Uint8Array {
    assert(this.#end <= this.#bytes.length - slackBytes, 'the lists of a page fit it')
    assert(this.#offsets[0] === 2 * (this.#used + 1), 'a page has the lists it was begun for')
    return this.#bytes.subarray(0, this.#end)
  }
}

/**
 * A list of a page: count, then neighbours, at most as many as `record` has room for.
 *
 * @param page    4-aligned, of a whole frame.
 * @param slot    Which of its lists.
 * @param record  Where it goes; what is not used becomes 0.
 */
export function unpackList(
  page: Uint8Array,
  slot: number,
  bits: number,
  record: Uint32Array
): void {
  const offsets = new Uint16Array(page.buffer, page.byteOffset, page.length >>> 1)
  const start = offsets[slot]!
  const end = Math.min(offsets[slot + 1]!, page.length - slackBytes)
  const count = Math.min(record.length - 1, Math.floor((8 * Math.max(0, end - start)) / bits))
  record.fill(0)
  record[0] = count
  const range = 2 ** bits
  let at = start
  let held = 0
  let heldBits = 0
  for (let i = 1; i <= count; i++) {
    for (; heldBits < bits; heldBits += 8) held += page[at++]! * 2 ** heldBits
    record[i] = held % range
    held = Math.floor(held / range)
    heldBits -= bits
  }
}
