/**
 * Slots in rings, one ring for each rank, doubly linked: entering, leaving and going on to the next take the same time however many slots
 * of other ranks there are. A slot is in one ring at most. All numbers lie in the memory that threads share (frame-clock.ts).
 */
export class SlotRings {
  readonly #next: Int32Array
  readonly #previous: Int32Array
  readonly #firsts: Int32Array

  /** @param firsts  By ring its first slot; -1: it is empty. */
  constructor(next: Int32Array, previous: Int32Array, firsts: Int32Array) {
    this.#next = next
    this.#previous = previous
    this.#firsts = firsts
  }

  clear(): void {
    this.#firsts.fill(-1)
  }

  /** -1: there is none. */
  first(ring: number): number {
    return this.#firsts[ring]!
  }

  next(slot: number): number {
    return this.#next[slot]!
  }

  /** The ring begins with this slot, which is in it. */
  beginAt(ring: number, slot: number): void {
    this.#firsts[ring] = slot
  }

  /** Puts a slot behind all others. */
  enter(ring: number, slot: number): void {
    const first = this.#firsts[ring]!
    if (first < 0) {
      this.#firsts[ring] = slot
      this.#join(slot, slot)
      return
    }
    const last = this.#previous[first]!
    this.#join(last, slot)
    this.#join(slot, first)
  }

  /** Takes a slot out of the ring it is in; a ring that began with it begins with the next. */
  leave(ring: number, slot: number): void {
    const next = this.#next[slot]!
    this.#join(this.#previous[slot]!, next)
    if (this.#firsts[ring] === slot) this.#firsts[ring] = next === slot ? -1 : next
  }

  #join(slot: number, next: number): void {
    this.#next[slot] = next
    this.#previous[next] = slot
  }
}
