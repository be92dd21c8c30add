/** Sorting that leaves the event loop free: a flush sorts the ids and terms of a whole write buffer. */

/** Sorted in one go: about 0.1 ms for strings. */
const runLength = 256

/**
 * Sorts numbers by `compare`, stable: short runs first, then merged by pairs.
 *
 * @param pause  Asked for every run that is sorted and every value that is moved; a promise is awaited before going on.
 */
export async function sliceSort(
  values: Int32Array,
  compare: (a: number, b: number) => number,
  pause: () => Promise<void> | null
): Promise<Int32Array> {
  let from = values.slice()
  for (let start = 0; start < from.length; start += runLength) {
    from.subarray(start, start + runLength).sort(compare)
    const waiting = pause()
    if (waiting !== null) await waiting
  }
  let to = new Int32Array(from.length)
  for (let length = runLength; length < from.length; length *= 2) {
    await mergePass(from, to, length, compare, pause)
    ;[from, to] = [to, from]
  }
  return from
}

async function mergePass(
  from: Int32Array,
  to: Int32Array,
  length: number,
  compare: (a: number, b: number) => number,
  pause: () => Promise<void> | null
): Promise<void> {
  for (let start = 0; start < from.length; start += 2 * length) {
    const pair = new RunPair(from, to, start, length)
    for (;;) {
      const waiting = pair.goOn(compare, pause)
      if (waiting === null) break
      await waiting
    }
  }
}

/** Two runs side by side. Why not as a loop of mergePass: see PostingsMerge. */
class RunPair {
  readonly #from: Int32Array
  readonly #to: Int32Array
  readonly #middle: number
  readonly #end: number
  #left: number
  #right: number
  #at: number

  constructor(from: Int32Array, to: Int32Array, start: number, length: number) {
    this.#from = from
    this.#to = to
    this.#middle = Math.min(start + length, from.length)
    this.#end = Math.min(start + 2 * length, from.length)
    this.#left = start
    this.#right = this.#middle
    this.#at = start
  }

  /** null when they are one; a promise when there is something to wait for before going on. */
  goOn(
    compare: (a: number, b: number) => number,
    pause: () => Promise<void> | null
  ): Promise<void> | null {
    const from = this.#from
    const to = this.#to
    const middle = this.#middle
    const end = this.#end
    let left = this.#left
    let right = this.#right
    let waiting: Promise<void> | null = null
    let at = this.#at
    while (at < end && waiting === null) {
      const takeLeft = right === end || (left < middle && compare(from[left]!, from[right]!) <= 0)
      to[at++] = takeLeft ? from[left++]! : from[right++]!
      waiting = pause()
    }
    this.#left = left
    this.#right = right
    this.#at = at
    return waiting
  }
}
