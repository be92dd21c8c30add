/**
 * The frames of a memory and who is in them: which is free, which is the next to go.
 *
 * Eviction is the clock algorithm: a hand goes round; a frame whose reference byte is set is spared once and the byte
 * cleared, the first without is taken. There are two ranks with a hand each. Rank 0 (lists, vectors, everything that is
 * read once or twice a query) goes first; rank 1 (codes, read for every vector a walk looks at) goes only while rank 0 has no more than
 * its floor, an eighth of the frames. Without the floor, codes larger than the budget would leave the rest one frame.
 *
 * What a thread that reads a miss must know lies in the shared memory, from `address` on:
 *
 * | field  | type               | meaning                              |
 * | ------ | ------------------ | ------------------------------------ |
 * | table  | u32[frameCountMax] | id of the table whose page is here   |
 * | page   | u32[frameCountMax] | number of that page                  |
 * | rank   | u8[frameCountMax]  | 0: free, else rank + 1               |
 */
import { assert } from '../util/index.ts'

export type Rank = 0 | 1

/** Bytes a frame costs beside itself, in the shared memory. */
export const clockBytesPerFrame = 9

/** An eighth: a walk reads about one list page for every eight to sixteen code pages. A guess. */
const floorShift = 3

export class FrameClock {
  readonly #table: Uint32Array
  readonly #page: Uint32Array
  readonly #rank: Uint8Array
  /** reference[frame]: set by kernels and readers. */
  readonly #reference: Uint8Array
  readonly #hands: [number, number] = [0, 0]
  readonly #residentCounts: [number, number] = [0, 0]
  /** Frames that were used and given back. */
  #free: number[] = []
  /** Frames from here on were never used, so that a memory of many frames shrinks and grows without touching a list. */
  #freshFrom = 0
  #frameCount = 0

  constructor(memory: WebAssembly.Memory, address: number, reference: Uint8Array) {
    const count = reference.length
    this.#reference = reference
    this.#table = new Uint32Array(memory.buffer, address, count)
    this.#page = new Uint32Array(memory.buffer, address + count * 4, count)
    this.#rank = new Uint8Array(memory.buffer, address + count * 8, count)
  }

  get frameCount(): number {
    return this.#frameCount
  }

  get freeCount(): number {
    return this.#free.length + this.#frameCount - this.#freshFrom
  }

  tableOf(frame: number): number {
    return this.#table[frame]!
  }

  pageOf(frame: number): number {
    return this.#page[frame]!
  }

  isFree(frame: number): boolean {
    return this.#rank[frame] === 0
  }

  /** More frames, or fewer; those that go must be free. */
  resize(frameCount: number): void {
    assert(frameCount <= this.#rank.length, 'frames fit their tables')
    for (let frame = frameCount; frame < this.#frameCount; frame++) {
      assert(this.isFree(frame), 'a frame that goes is free')
    }
    if (frameCount < this.#freshFrom) {
      this.#free = this.#free.filter((frame) => frame < frameCount)
      this.#freshFrom = frameCount
    }
    this.#frameCount = frameCount
    this.#hands[0] %= frameCount
    this.#hands[1] %= frameCount
  }

  /** A free frame, or -1; the lowest fresh one last, so that the end stays free for the heap. */
  takeFree(): number {
    const frame = this.#free.pop()
    if (frame !== undefined) return frame
    return this.#freshFrom < this.#frameCount ? this.#freshFrom++ : -1
  }

  /** Whose turn it is to go. There must be no free frame. */
  victim(): number {
    const floor = this.#frameCount >> floorShift
    return this.#sweep(this.#residentCounts[0] > floor ? 0 : 1)
  }

  occupy(frame: number, table: number, page: number, rank: Rank): void {
    this.#table[frame] = table
    this.#page[frame] = page
    this.#rank[frame] = rank + 1
    this.#reference[frame] = 1
    this.#residentCounts[rank]++
  }

  /** Empties a frame; `keep` it for the caller, who occupies it at once, or put it with the free ones. */
  vacate(frame: number, keep: boolean): void {
    assert(!this.isFree(frame), 'a frame is vacated once')
    this.#residentCounts[this.#rank[frame] === 1 ? 0 : 1]--
    this.#rank[frame] = 0
    if (!keep) this.#free.push(frame)
  }

  #sweep(rank: Rank): number {
    assert(this.#residentCounts[rank] > 0, 'the rank that must give a frame has one')
    for (let step = 0; ; step++) {
      assert(step <= 2 * this.#frameCount, 'two rounds of the clock find a frame')
      const frame = this.#hands[rank]
      this.#hands[rank] = frame + 1 === this.#frameCount ? 0 : frame + 1
      if (this.#rank[frame] !== rank + 1) continue
      if (this.#reference[frame] === 0) return frame
      this.#reference[frame] = 0
    }
  }
}
