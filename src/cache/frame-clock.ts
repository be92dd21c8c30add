/**
 * The frames of a memory and who is in them: which is free, which is the next to go.
 *
 * A frame is 4 KiB; four that are aligned are a slot. A page takes a frame or a whole slot. A slot belongs to one rank: it
 * is free, holds one large page, or up to four small ones of its rank.
 *
 * Eviction is the clock algorithm: a hand goes round; a page whose reference byte is set is spared once and the byte
 * cleared, the first without is taken. Each rank has a hand, which goes round the slots of that rank alone: past all others it took
 * 1 us a miss where lists had a hundredth of the slots. Lower ranks go first, each down to its floor:
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
 * A page whose readers do not look at the eviction counter (page-frames.ts) must not be taken out by another thread than
 * theirs: a slot that holds such a page is unchecked, and `victims` can leave those out.
 *
 * All state lies in the shared memory, from `address` on, so that every thread that reads a miss has it. Whoever calls holds the
 * lock of page-frames.ts.
 *
 * | field    | type               | meaning                                                       |
 * | -------- | ------------------ | ------------------------------------------------------------- |
 * | table    | u32[frameCountMax] | the table whose page is here, 0: free, or inside a page       |
 * | page     | u32[frameCountMax] | number of that page                                           |
 * | next     | i32[slotCountMax]  | next slot of the ring of partly used ones that this one is in, or of the list of free ones, whose last has -1 |
 * | previous | i32[slotCountMax]  | the one before, in that ring                                  |
 * | after    | i32[slotCountMax]  | next slot of the ring of its rank                             |
 * | before   | i32[slotCountMax]  | the one before, in that ring                                  |
 * | state    | u8[slotCountMax]   | 0 free, else rank + 1, plus 8 where it is unchecked           |
 * | used     | u8[slotCountMax]   | frames in use; 255: one large page                            |
 * | words    | i32[25]            | by rank: frame of its slot that the hand is at 0 .. 3, slots 4 .. 7, first partly used slot 8 .. 11, checked slots |
 * |          |                    | 16 .. 19, slot that the hand is at 21 .. 24; first free slot 12, free slots 13, slots 14, first slot never used |
 * |          |                    | 15, shift of floors 20                                        |
 */
import { assert } from '../util/index.ts'
import { SlotRings } from './slot-rings.ts'

export type Rank = 0 | 1 | 2 | 3
const rankCount = 4
/** Where every rank is at its floor. */
const ranksLast: readonly Rank[] = [3, 2, 1, 0]
export const scanRank: Rank = 0
/** Of what is in use and has no better one (page-kinds.ts). */
export const restRank: Rank = 1

export const framesPerSlot = 4

/**
 * A floor is 2^-shift of all slots: a sixteenth. At 100,000 x 768 and a quarter of all bytes an eighth for originals drives out
 * codes that would fit (400 us a query instead of 290).
 */
export const floorShiftDefault = 4
/** A sixteenth for pages in passing: enough that a batch of a scan finds its pages still there. A guess. */
const scanShift = 4

const isLarge = 255
const handWord = 0
const slotsWord = 4
const partialWord = 8
const freeWord = 12
const freeCountWord = 13
const slotCountWord = 14
/** Slots from here on were never used, so that a memory of many shrinks and grows without touching a list. */
const freshWord = 15
const checkedWord = 16
const floorWord = 20
const handSlotWord = 21
const wordCount = 25

const rankBits = 7
const uncheckedBit = 8

/** Bytes of the clock's state for a memory of this many slots, in the shared memory. */
export function clockBytes(slotCount: number): number {
  return slotCount * (framesPerSlot * 8 + 18) + wordCount * 4
}

export class FrameClock {
  readonly #table: Uint32Array
  readonly #page: Uint32Array
  readonly #next: Int32Array
  readonly #partial: SlotRings
  readonly #ranked: SlotRings
  readonly #state: Uint8Array
  readonly #used: Uint8Array
  readonly #words: Int32Array
  /** reference[frame]: set by kernels and readers. */
  readonly #reference: Uint8Array

  /**
   * @param address     4-aligned; clockBytes(reference.length / 4) from here are the clock's.
   * @param floorShift  null: another thread has made the clock that is there.
   */
  constructor(
    memory: WebAssembly.Memory,
    address: number,
    reference: Uint8Array,
    floorShift: number | null = floorShiftDefault
  ) {
    const { buffer } = memory
    const frames = reference.length
    const slots = frames / framesPerSlot
    assert(Number.isInteger(slots), 'frames come by slots')
    this.#reference = reference
    this.#table = new Uint32Array(buffer, address, frames)
    this.#page = new Uint32Array(buffer, address + frames * 4, frames)
    this.#words = new Int32Array(buffer, address + frames * 8, wordCount)
    const lists = address + frames * 8 + wordCount * 4
    const links = [0, 1, 2, 3].map((at) => new Int32Array(buffer, lists + slots * 4 * at, slots))
    const [next, previous, after, before] = links as [
      Int32Array,
      Int32Array,
      Int32Array,
      Int32Array
    ]
    this.#next = next
    const firsts = (word: number): Int32Array => this.#words.subarray(word, word + rankCount)
    this.#partial = new SlotRings(next, previous, firsts(partialWord))
    this.#ranked = new SlotRings(after, before, firsts(handSlotWord))
    this.#state = new Uint8Array(buffer, lists + slots * 16, slots)
    this.#used = new Uint8Array(buffer, lists + slots * 17, slots)
    // The rest of a new memory is zero.
    if (floorShift === null) return
    this.#words[floorWord] = floorShift
    this.#clearLists()
  }

  get slotCount(): number {
    return this.#words[slotCountWord]!
  }

  /** Forgets all pages. */
  clear(): void {
    this.#table.fill(0)
    this.#state.fill(0)
    const { slotCount } = this
    this.#words.fill(0, 0, floorWord)
    this.#clearLists()
    this.#words[slotCountWord] = slotCount
  }

  #clearLists(): void {
    this.#words[freeWord] = -1
    this.#partial.clear()
    this.#ranked.clear()
  }

  /** Slots that hold nothing. */
  get freeSlotCount(): number {
    return this.#words[freeCountWord]! + this.slotCount - this.#words[freshWord]!
  }

  tableOf(frame: number): number {
    return this.#table[frame]!
  }

  pageOf(frame: number): number {
    return this.#page[frame]!
  }

  /** Rank of the slot of a frame in use. */
  rankOf(frame: number): number {
    return (this.#state[Math.floor(frame / framesPerSlot)]! & rankBits) - 1
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
    for (let slot = slotCount; slot < this.slotCount; slot++) {
      assert(this.isFree(slot), 'a slot that goes is free')
    }
    if (slotCount < this.#words[freshWord]!) {
      this.#dropFreeFrom(slotCount)
      this.#words[freshWord] = slotCount
    }
    this.#words[slotCountWord] = slotCount
  }

  /**
   * Puts a page into a free place of its size; gives its (first) frame, or -1 when there is none. Fresh slots go last and
   * from below, so that the end stays free for the heap.
   *
   * @param isChecked  Its readers look at the eviction counter.
   */
  take(
    frameCount: number,
    rank: Rank,
    table: number,
    page: number,
    isChecked: boolean = true
  ): number {
    if (frameCount === 1) {
      const partial = this.#partial.first(rank)
      if (partial >= 0) {
        if (!isChecked) this.#uncheck(partial, rank)
        return this.#fillOne(partial, rank, table, page)
      }
    }
    const slot = this.#takeSlot()
    if (slot < 0) return -1
    this.#state[slot] = rank + 1
    this.#words[slotsWord + rank]! += 1
    this.#words[checkedWord + rank]! += 1
    this.#ranked.enter(rank, slot)
    if (!isChecked) this.#uncheck(slot, rank)
    if (frameCount === 1) {
      this.#used[slot] = 0
      this.#partial.enter(rank, slot)
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
    const rank = (state & rankBits) - 1
    this.#table[frame] = 0
    const used = this.#used[slot]!
    if (used !== isLarge) {
      this.#used[slot] = used - 1
      if (used === framesPerSlot) this.#partial.enter(rank, slot)
      if (used > 1) return
      this.#partial.leave(rank, slot)
    }
    this.#words[slotsWord + rank]! -= 1
    if ((state & uncheckedBit) === 0) this.#words[checkedWord + rank]! -= 1
    if (this.#ranked.first(rank) === slot) this.#words[handWord + rank] = 0
    this.#ranked.leave(rank, slot)
    this.#giveSlot(slot)
  }

  /**
   * Frames of the pages that are to go so that a page of this size and rank finds a place: one, or all of a slot. There
   * must be no free place.
   *
   * @param checkedOnly  Of checked slots alone; there may be none then.
   */
  victims(frameCount: number, rank: Rank, checkedOnly: boolean = false): readonly number[] {
    const from = this.#rankToGiveFor(rank, checkedOnly ? checkedWord : slotsWord)
    if (from === null) return []
    // A place in a slot of another rank is none: the whole slot must go.
    return this.#sweep(from, frameCount === 1 && from === rank, checkedOnly ? uncheckedBit : 0)
  }

  #uncheck(slot: number, rank: Rank): void {
    if ((this.#state[slot]! & uncheckedBit) !== 0) return
    this.#state[slot]! |= uncheckedBit
    this.#words[checkedWord + rank]! -= 1
  }

  /** Frames of all pages in a slot. */
  pagesIn(slot: number): readonly number[] {
    const first = slot * framesPerSlot
    const frames: number[] = []
    for (let frame = first; frame < first + framesPerSlot; frame++) {
      if (this.#table[frame] !== 0) frames.push(frame)
    }
    return frames
  }

  /** @param counts  Word of the slots by rank that may be taken. Result: null when there is none. */
  #rankToGiveFor(rank: Rank, counts: number): Rank | null {
    const has = (each: Rank): boolean => this.#words[counts + each]! > 0
    const { slotCount } = this
    const isScan = rank === scanRank
    if (has(scanRank) && (!isScan || this.slotsOf(scanRank) > slotCount >> scanShift))
      return scanRank
    const floor = slotCount >> this.#words[floorWord]!
    if (this.slotsOf(1) > floor && has(1)) return 1
    if (this.slotsOf(2) > floor && has(2)) return 2
    return ranksLast.find(has) ?? null
  }

  /**
   * Finds a small page without reference, or a slot whose pages have none. Other threads may mark all of them again while the
   * hand goes round: what it comes to after two rounds goes, used or not.
   */
  #sweep(rank: Rank, one: boolean, without: number): readonly number[] {
    const slotCount = this.slotsOf(rank)
    assert(slotCount > 0, 'the rank that must give a frame has one')
    let victims: readonly number[] = []
    let slot = this.#ranked.first(rank)
    let place = this.#words[handWord + rank]!
    for (let passedCount = 0; victims.length === 0;) {
      assert(passedCount <= 3 * slotCount + 1, 'three rounds of the clock find a frame')
      const goes = rank === scanRank || passedCount > 2 * slotCount
      const skips = (this.#state[slot]! & without) !== 0
      if (skips || !one || this.#used[slot] === isLarge) {
        if (!skips && (goes || !this.#wasUsed(slot))) victims = this.pagesIn(slot)
        place = framesPerSlot
      } else {
        const frame = slot * framesPerSlot + place
        if (this.#table[frame] !== 0) {
          if (goes || this.#reference[frame] === 0) victims = [frame]
          else this.#reference[frame] = 0
        }
        place++
      }
      if (place < framesPerSlot) continue
      place = 0
      slot = this.#ranked.next(slot)
      passedCount++
    }
    this.#words[handWord + rank] = place
    this.#ranked.beginAt(rank, slot)
    return victims
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

  #fillOne(slot: number, rank: number, table: number, page: number): number {
    let frame = slot * framesPerSlot
    while (this.#table[frame] !== 0) frame++
    const used = this.#used[slot]! + 1
    this.#used[slot] = used
    if (used === framesPerSlot) this.#partial.leave(rank, slot)
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
      this.#words[freeCountWord]! -= 1
      return slot
    }
    const fresh = this.#words[freshWord]!
    if (fresh >= this.slotCount) return -1
    this.#words[freshWord] = fresh + 1
    return fresh
  }

  #giveSlot(slot: number): void {
    this.#state[slot] = 0
    this.#next[slot] = this.#words[freeWord]!
    this.#words[freeWord] = slot
    this.#words[freeCountWord]! += 1
  }

  #dropFreeFrom(slotCount: number): void {
    let kept = -1
    let keptCount = 0
    for (let slot = this.#words[freeWord]!; slot >= 0;) {
      const next = this.#next[slot]!
      if (slot < slotCount) {
        this.#next[slot] = kept
        kept = slot
        keptCount++
      }
      slot = next
    }
    this.#words[freeWord] = kept
    this.#words[freeCountWord] = keptCount
  }
}
