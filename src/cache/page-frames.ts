/**
 * Pages in the frames of a memory, for all threads that read misses. Each thread has one of these over the same bytes.
 *
 * Shared words, all there are beside those of the clock (frame-clock.ts):
 *
 * | where                         | type | what                                                                                   |
 * | ----------------------------- | ---- | -------------------------------------------------------------------------------------- |
 * | simd's evictionsAddress       | u32  | pages taken out so far                                                                 |
 * | simd's othersAddress          | u32  | 1 once there was a thread beside the first that takes pages out                        |
 * | simd's framesLockAddress      | u32  | the lock (frame-lock.ts); whoever changes a word of this table or of the clock holds it |
 * | table - 64 + 0, 4, 8, 12      | u32  | pages; bytes of one; rank; 1: readers check the counter                                |
 * | table - 64 + 16, 20, 24       | u32  | misses, evictions, resident pages, since the table was opened                          |
 * | table ..                      | u32  | for each page the address of its frame, 0: not there                                   |
 * | behind that                   | bit  | for each page: a scan read it and it went again                                        |
 *
 * A page comes: record from the store (no lock), lock, look again (another thread may have been faster: then its frame is
 * taken), a place from the clock, bytes, address into the table, unlock. A page goes, under the lock: 0 into the table, counter
 * plus one, then the frame is overwritten. Readers hold no lock and look at the counter (assembly/frames.ts,
 * KernelContext.stable). Those that do not (columns, terms, ids: TypeScript of the first thread) are safe because other threads
 * take out checked pages only, and the first thread itself only in calls that may miss.
 *
 * Tables are opened and closed by the first thread; it closes none that a search of another thread still uses.
 */
import { evictionsAddress, othersAddress, referenceBase } from '../simd/index.ts'
import { assert, VectorStoreError } from '../util/index.ts'
import { alignUp, frameBytes } from './budget.ts'
import { FrameClock, floorShiftDefault, framesPerSlot, restRank, scanRank } from './frame-clock.ts'
import type { Rank } from './frame-clock.ts'
import { FrameLock } from './frame-lock.ts'

/** Bytes before the words of a table. */
export const tableHeadBytes = 64
const pageCountWord = -16
const pageBytesWord = -15
const rankWord = -14
const checkedWord = -13
const missesWord = -12
const evictionsWord = -11
const residentWord = -10

/** What is being read: for use, by a scan, or once and never again. */
type Passing = 'no' | 'scan' | 'once'

/** Where the frames of a memory are. Plain data. */
export type FramesPlace = {
  readonly clockAddress: number
  readonly frameBase: number
  /** Slots there can be from frameBase on. */
  readonly slotCountMax: number
}

export type TableCounts = {
  readonly missCount: number
  readonly evictionCount: number
  readonly residentCount: number
}

/** Bytes of a table with its head. */
export function tableBytes(pageCount: number): number {
  return tableHeadBytes + pageCount * 4 + ((pageCount + 31) >>> 5) * 4
}

export class PageFrames {
  readonly clock: FrameClock
  readonly lock: FrameLock
  readonly #bytes: Uint8Array
  readonly #words: Uint32Array
  readonly #doubles: Float64Array
  readonly #frameBase: number
  readonly #isFirst: boolean
  #passing: Passing = 'no'

  /**
   * @param thread      1: the first, which opens tables and says how many slots there are.
   * @param floorShift  Of the first thread's; frame-clock.ts.
   */
  constructor(
    memory: WebAssembly.Memory,
    place: FramesPlace,
    thread: number,
    floorShift: number = floorShiftDefault
  ) {
    this.#bytes = new Uint8Array(memory.buffer)
    this.#words = new Uint32Array(memory.buffer)
    this.#doubles = new Float64Array(memory.buffer)
    this.#frameBase = place.frameBase
    this.#isFirst = thread === 1
    this.lock = new FrameLock(memory, thread)
    const references = referenceBase + place.frameBase / frameBytes
    const frameCount = place.slotCountMax * framesPerSlot
    const reference = new Uint8Array(memory.buffer, references, frameCount)
    const shift = this.#isFirst ? floorShift : null
    this.clock = new FrameClock(memory, place.clockAddress, reference, shift)
    if (!this.#isFirst) Atomics.store(this.#words, othersAddress / 4, 1)
  }

  /** Writes the head of an empty table (zeroed); `address` is that of its words. */
  open(
    address: number,
    facts: {
      readonly pageCount: number
      readonly pageBytes: number
      readonly rank: Rank
      readonly isChecked: boolean
    }
  ): void {
    const { pageCount, pageBytes, rank, isChecked } = facts
    this.#words.set(
      [pageCount, pageBytes, rank, isChecked ? 1 : 0],
      (address >>> 2) + pageCountWord
    )
  }

  /** PageCache.inPassing, of what this thread reads. */
  inPassing<T>(work: () => T, once: boolean): T {
    const before = this.#passing
    this.#passing = once ? 'once' : 'scan'
    try {
      return work()
    } finally {
      this.#passing = before
    }
  }

  /**
   * Puts a page that was read into a frame, unless it is there by now; gives its address.
   *
   * Errors   MEMORY_LIMIT when all frames hold pages that this thread may not take out.
   */
  put(table: number, page: number, payload: Uint8Array): number {
    const words = this.#words
    const at = table >>> 2
    const pageBytes = words[at + pageBytesWord]!
    assert(payload.byteLength <= pageBytes, 'a page fits its frame')
    this.lock.take()
    try {
      const resident = words[at + page]!
      if (resident !== 0) return resident
      const address = this.#place(table, page)
      this.#bytes.set(payload, address)
      this.#clear(address + payload.byteLength, address + pageBytes)
      Atomics.store(words, at + page, address)
      words[at + missesWord]! += 1
      words[at + residentWord]! += 1
      return address
    } finally {
      this.lock.give()
    }
  }

  /** By eight bytes, as far as they go: bytes of shared memory are filled one by one. @param to  8-aligned */
  #clear(from: number, to: number): void {
    const aligned = Math.min(to, alignUp(from, 8))
    this.#bytes.fill(0, from, aligned)
    this.#doubles.fill(0, aligned / 8, to / 8)
  }

  counts(table: number): TableCounts {
    const at = table >>> 2
    return {
      missCount: this.#words[at + missesWord]!,
      evictionCount: this.#words[at + evictionsWord]!,
      residentCount: this.#words[at + residentWord]!
    }
  }

  /** Frees the frames of a table. */
  empty(table: number): void {
    this.locked(() => {
      const first = table >>> 2
      const pageCount = this.#words[first + pageCountWord]!
      for (let page = 0; page < pageCount; page++) {
        const address = this.#words[first + page]!
        if (address === 0) continue
        this.clock.vacate((address - this.#frameBase) / frameBytes)
        this.#words[first + page] = 0
      }
      this.#words[first + residentWord] = 0
    })
  }

  /** More slots, or fewer: pages in those that go are taken out. */
  resize(slotCount: number): void {
    this.locked(() => {
      for (let slot = slotCount; slot < this.clock.slotCount; slot++) {
        if (this.clock.isFree(slot)) continue
        for (const frame of this.clock.pagesIn(slot)) this.#evict(frame)
      }
      this.clock.resize(slotCount)
    })
  }

  /** A thread that is gone had the lock: nothing is known of the frames, so all of the tables' pages go. */
  recover(tables: Iterable<number>): void {
    for (const table of tables) {
      const first = table >>> 2
      this.#words.fill(0, first, first + this.#words[first + pageCountWord]!)
      this.#words[first + residentWord] = 0
    }
    this.#countEviction()
    this.clock.clear()
    this.lock.give()
  }

  locked<T>(work: () => T): T {
    this.lock.take()
    try {
      return work()
    } finally {
      this.lock.give()
    }
  }

  /** Address of a frame or slot that is the page's from now on. */
  #place(table: number, page: number): number {
    const at = table >>> 2
    const frameCount = this.#words[at + pageBytesWord]! / frameBytes
    const isChecked = this.#words[at + checkedWord] === 1
    const rank = this.#rankFor(table, page)
    let frame = this.clock.take(frameCount, rank, table, page, isChecked)
    if (frame < 0) {
      for (const victim of this.clock.victims(frameCount, rank, !this.#isFirst)) this.#evict(victim)
      frame = this.clock.take(frameCount, rank, table, page, isChecked)
    }
    if (frame < 0) {
      assert(!this.#isFirst, 'the place of what went is free')
      throw new VectorStoreError('MEMORY_LIMIT', 'no frame is one that a search thread may take')
    }
    return this.#frameBase + frame * frameBytes
  }

  #rankFor(table: number, page: number): Rank {
    const rank = this.#words[(table >>> 2) + rankWord]! as Rank
    if (this.#passing === 'no') return rank
    if (this.#passing === 'once') return scanRank
    return rank !== restRank || this.#takePassed(table, page) ? rank : scanRank
  }

  #evict(frame: number): void {
    const table = this.clock.tableOf(frame)
    const page = this.clock.pageOf(frame)
    const at = table >>> 2
    Atomics.store(this.#words, at + page, 0)
    this.#countEviction()
    if (this.clock.rankOf(frame) === scanRank) {
      this.#words[this.#passedWord(table, page)]! |= 1 << (page & 31)
    }
    this.clock.vacate(frame)
    this.#words[at + residentWord]! -= 1
    this.#words[at + evictionsWord]! += 1
  }

  #countEviction(): void {
    Atomics.add(this.#words, evictionsAddress / 4, 1)
  }

  /** Whether a page went since a scan read it; asked once. */
  #takePassed(table: number, page: number): boolean {
    const word = this.#passedWord(table, page)
    const bits = this.#words[word]!
    const bit = 1 << (page & 31)
    this.#words[word] = bits & ~bit
    return (bits & bit) !== 0
  }

  #passedWord(table: number, page: number): number {
    const at = table >>> 2
    return at + this.#words[at + pageCountWord]! + (page >>> 5)
  }
}
