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
    const middle = Math.min(start + length, from.length)
    const end = Math.min(start + 2 * length, from.length)
    let left = start
    let right = middle
    for (let at = start; at < end; at++) {
      const takeLeft = right === end || (left < middle && compare(from[left]!, from[right]!) <= 0)
      to[at] = takeLeft ? from[left++]! : from[right++]!
      const waiting = pause()
      if (waiting !== null) await waiting
    }
  }
}
