/**
 * The frames of a memory and who is in them: which is free, which is the next to go.
 *
 * A frame is 4 KiB; four that are aligned are a slot. A page takes a frame or a whole slot. A slot belongs to one rank: it
 * is free, holds one large page, or up to four small ones of its rank.
 *
 * Eviction is the clock algorithm: a hand goes round; a page whose reference byte is set is spared once and the byte
 * cleared, the first without is taken. Each rank has a hand. Lower ranks go first, each down to its floor:
 *
 * | rank     | what                                                                                         | floor   |
 * | -------- | -------------------------------------------------------------------------------------------- | ------- |
 * | 0 scan   | read in passing: at most a sixteenth; the oldest goes, used or not                           | none    |
 * | 1 rest   | originals, columns, terms: tens of reads a query over most of the bytes                      | 1/16    |
 * | 2 lists  | neighbour lists, a read for each hop over a tenth to a quarter of the originals' bytes; ids  | 1/16    |
 * |          | of hits, ten reads over a few bytes a document                                               |         |
 * | 3 walk   | codes and upper levels: hundreds of reads a query                                            | none    |
 *
 * Without the floors, codes larger than the budget would leave the rest one frame.
 *
 * All state lies in the shared memory, from `address` on, so that a thread that reads a miss finds it:
 *
 * | field    | type               | meaning                                                       |
 * | -------- | ------------------ | ------------------------------------------------------------- |
 * | table    | u32[frameCountMax] | id of the table whose page is here, 0: free, or inside a page |
 * | page     | u32[frameCountMax] | number of that page                                           |
 * | next     | i32[slotCountMax]  | next slot of the list that this one is in, -1 the last        |
 * | previous | i32[slotCountMax]  | the one before, where the list is one of partly used slots    |
 * | state    | u8[slotCountMax]   | 0 free, else rank + 1                                         |
 * | used     | u8[slotCountMax]   | frames in use; 255: one large page                            |
 * | words    | i32[16]            | by rank: hands 0 .. 3, slots 4 .. 7, first partly used slot 8 .. 11; first free slot 12 |
 */
import { assert } from '../util/index.ts'

export type Rank = 0 | 1 | 2 | 3
const rankCount = 4
export const scanRank: Rank = 0

export const framesPerSlot = 4

/**
 * A sixteenth. At 100,000 x 768 and a quarter of all bytes an eighth for originals drives out codes that would fit (400 us
 * a query instead of 290).
 */
const floorShift = 4
/** A sixteenth for pages in passing: enough that a batch of a scan finds its pages still there. A guess. */
const scanShift = 4

const isLarge = 255
const handWord = 0
const slotsWord = 4
const partialWord = 8
const freeWord = 12
const wordCount = 16

/** Bytes of the clock's state for a memory of this many slots, in the shared memory. */
export function clockBytes(slotCount: number): number {
  return slotCount * (framesPerSlot * 8 + 10) + wordCount * 4
}

/** Of what is in use and not named below. */
export const restRank: Rank = 1

/** Kinds that every search reads; table at the head of this file. */
const rankByKind: ReadonlyMap<string, Rank> = new Map([
  ['lists', 2],
  ['ords', 2],
  ['docIds', 2],
  ['codes', 3],
  ['upper', 3]
])

/** Which of the ranks above pages of a kind have. */
export function rankOf(kind: string): Rank {
  return rankByKind.get(kind) ?? restRank
}

export class FrameClock {
  readonly #table: Uint32Array
  readonly #page: Uint32Array
  readonly #next: Int32Array
  readonly #previous: Int32Array
  readonly #state: Uint8Array
  readonly #used: Uint8Array
  readonly #words: Int32Array
  /** reference[frame]: set by kernels and readers. */
  readonly #reference: Uint8Array
  /** What victims() found. */
  readonly #victims: number[] = []
  /** Slots from here on were never used, so that a memory of many shrinks and grows without touching a list. */
  #freshFrom = 0
  #freeSlotCount = 0
  #slotCount = 0

  /** @param address  4-aligned; clockBytes(reference.length / 4) from here are the clock's. */
  constructor(memory: WebAssembly.Memory, address: number, reference: Uint8Array) {
    const { buffer } = memory
    const frames = reference.length
    const slots = frames / framesPerSlot
    assert(Number.isInteger(slots), 'frames come by slots')
    this.#reference = reference
    this.#table = new Uint32Array(buffer, address, frames)
    this.#page = new Uint32Array(buffer, address + frames * 4, frames)
    this.#words = new Int32Array(buffer, address + frames * 8, wordCount)
    const lists = address + frames * 8 + wordCount * 4
    this.#next = new Int32Array(buffer, lists, slots)
    this.#previous = new Int32Array(buffer, lists + slots * 4, slots)
    this.#state = new Uint8Array(buffer, lists + slots * 8, slots)
    this.#used = new Uint8Array(buffer, lists + slots * 9, slots)
    this.#words.fill(-1, partialWord, wordCount)
  }

  get slotCount(): number {
    return this.#slotCount
  }

  /** Slots that hold nothing. */
  get freeSlotCount(): number {
    return this.#freeSlotCount + this.#slotCount - this.#freshFrom
  }

  tableOf(frame: number): number {
    return this.#table[frame]!
  }

  pageOf(frame: number): number {
    return this.#page[frame]!
  }

  /** Rank of the slot of a frame in use. */
  rankOf(frame: number): number {
    return this.#state[Math.floor(frame / framesPerSlot)]! - 1
  }

  /** Slots that belong to a rank. */
  slotsOf(rank: Rank): number {
    return this.#words[slotsWord + rank]!
  }

  isFree(slot: number): boolean {
    return this.#state[slot] === 0
  }

  /** More slots, or fewer; those that go must be free. */
  resize(slotCount: number): void {
    assert(slotCount <= this.#state.length, 'slots fit their tables')
    for (let slot = slotCount; slot < this.#slotCount; slot++) {
      assert(this.isFree(slot), 'a slot that goes is free')
    }
    if (slotCount < this.#freshFrom) {
      this.#dropFreeFrom(slotCount)
      this.#freshFrom = slotCount
    }
    this.#slotCount = slotCount
    for (let rank = 0; rank < rankCount; rank++) {
      const hand = this.#words[handWord + rank]!
      if (hand >= slotCount * framesPerSlot) this.#words[handWord + rank] = 0
    }
  }

  /**
   * Puts a page into a free place of its size; gives its (first) frame, or -1 when there is none. Fresh slots go last and
   * from below, so that the end stays free for the heap.
   */
  take(frameCount: number, rank: Rank, table: number, page: number): number {
    if (frameCount === 1) {
      const partial = this.#words[partialWord + rank]!
      if (partial >= 0) return this.#fillOne(partial, rank, table, page)
    }
    const slot = this.#takeSlot()
    if (slot < 0) return -1
    this.#state[slot] = rank + 1
    this.#words[slotsWord + rank]! += 1
    if (frameCount === 1) {
      this.#used[slot] = 0
      this.#enterPartial(slot, rank)
      return this.#fillOne(slot, rank, table, page)
    }
    this.#used[slot] = isLarge
    return this.#enter(slot * framesPerSlot, table, page)
  }

  /** Empties a page's place. */
  vacate(frame: number): void {
    const slot = Math.floor(frame / framesPerSlot)
    const state = this.#state[slot]!
    assert(state > 0 && this.#table[frame] !== 0, 'a frame is vacated once')
    const rank = state - 1
    this.#table[frame] = 0
    const used = this.#used[slot]!
    if (used !== isLarge) {
      this.#used[slot] = used - 1
      if (used === framesPerSlot) this.#enterPartial(slot, rank)
      if (used > 1) return
      this.#leavePartial(slot, rank)
    }
    this.#words[slotsWord + rank]! -= 1
    this.#giveSlot(slot)
  }

  /**
   * Frames of the pages that are to go so that a page of this size and rank finds a place: one, or all of a slot. There
   * must be no free place. Valid until the next call.
   */
  victims(frameCount: number, rank: Rank): readonly number[] {
    const from = this.#rankToGiveFor(rank)
    this.#victims.length = 0
    // A place in a slot of another rank is none: the whole slot must go.
    this.#sweep(from, frameCount === 1 && from === rank)
    return this.#victims
  }

  /** Frames of all pages in a slot. Valid until the next call. */
  pagesIn(slot: number): readonly number[] {
    this.#victims.length = 0
    this.#addSlot(slot)
    return this.#victims
  }

  #rankToGiveFor(rank: Rank): Rank {
    const scanned = this.slotsOf(scanRank)
    const isScan = rank === scanRank
    if (scanned > 0 && (!isScan || scanned > this.#slotCount >> scanShift)) return scanRank
    const floor = this.#slotCount >> floorShift
    if (this.slotsOf(1) > floor) return 1
    if (this.slotsOf(2) > floor) return 2
    if (this.slotsOf(3) > 0) return 3
    return this.slotsOf(2) > 0 ? 2 : 1
  }

  /** Finds a small page without reference, or a slot whose pages have none. */
  #sweep(rank: Rank, one: boolean): void {
    assert(this.slotsOf(rank) > 0, 'the rank that must give a frame has one')
    const end = this.#slotCount * framesPerSlot
    const stepCountMax = 2 * end + framesPerSlot
    let frame = this.#words[handWord + rank]!
    for (let step = 0; this.#victims.length === 0;) {
      assert(step <= stepCountMax, 'two rounds of the clock find a frame')
      const slot = Math.floor(frame / framesPerSlot)
      const whole = !one || this.#used[slot] === isLarge
      const skips = this.#state[slot] !== rank + 1
      if (skips || whole) {
        if (!skips && (rank === scanRank || !this.#wasUsed(slot))) this.#addSlot(slot)
        step += framesPerSlot
        frame = (slot + 1) * framesPerSlot
      } else {
        if (this.#table[frame] !== 0) {
          if (rank === scanRank || this.#reference[frame] === 0) this.#victims.push(frame)
          else this.#reference[frame] = 0
        }
        step++
        frame++
      }
      if (frame >= end) frame = 0
    }
    this.#words[handWord + rank] = frame
  }

  /** Whether a page of a slot was used since the hand was here; clears the marks. */
  #wasUsed(slot: number): boolean {
    const first = slot * framesPerSlot
    let used = false
    for (let frame = first; frame < first + framesPerSlot; frame++) {
      if (this.#table[frame] !== 0 && this.#reference[frame] !== 0) used = true
      this.#reference[frame] = 0
    }
    return used
  }

  #addSlot(slot: number): void {
    const first = slot * framesPerSlot
    for (let frame = first; frame < first + framesPerSlot; frame++) {
      if (this.#table[frame] !== 0) this.#victims.push(frame)
    }
  }

  #fillOne(slot: number, rank: number, table: number, page: number): number {
    let frame = slot * framesPerSlot
    while (this.#table[frame] !== 0) frame++
    const used = this.#used[slot]! + 1
    this.#used[slot] = used
    if (used === framesPerSlot) this.#leavePartial(slot, rank)
    return this.#enter(frame, table, page)
  }

  #enter(frame: number, table: number, page: number): number {
    assert(table !== 0, 'a table has an id')
    this.#table[frame] = table
    this.#page[frame] = page
    this.#reference[frame] = 1
    return frame
  }

  #takeSlot(): number {
    const slot = this.#words[freeWord]!
    if (slot >= 0) {
      this.#words[freeWord] = this.#next[slot]!
      this.#freeSlotCount--
      return slot
    }
    return this.#freshFrom < this.#slotCount ? this.#freshFrom++ : -1
  }

  #giveSlot(slot: number): void {
    this.#state[slot] = 0
    this.#next[slot] = this.#words[freeWord]!
    this.#words[freeWord] = slot
    this.#freeSlotCount++
  }

  #dropFreeFrom(slotCount: number): void {
    let kept = -1
    this.#freeSlotCount = 0
    for (let slot = this.#words[freeWord]!; slot >= 0;) {
      const next = this.#next[slot]!
      if (slot < slotCount) {
        this.#next[slot] = kept
        kept = slot
        this.#freeSlotCount++
      }
      slot = next
    }
    this.#words[freeWord] = kept
  }

  #enterPartial(slot: number, rank: number): void {
    const first = this.#words[partialWord + rank]!
    this.#next[slot] = first
    this.#previous[slot] = -1
    if (first >= 0) this.#previous[first] = slot
    this.#words[partialWord + rank] = slot
  }

  #leavePartial(slot: number, rank: number): void {
    const next = this.#next[slot]!
    const previous = this.#previous[slot]!
    if (next >= 0) this.#previous[next] = previous
    if (previous >= 0) this.#next[previous] = next
    else this.#words[partialWord + rank] = next
  }
}
