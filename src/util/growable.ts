/** A typed array that grows by doubling. Append-only: what was read once stays where it was, at the same index. */
export class Growable<A extends Int32Array | Uint8Array | Float64Array | BigInt64Array> {
  /** Storage, longer than `length`. Replaced when it grows: read it anew after every push. */
  array: A
  length = 0
  readonly #create: (length: number) => A

  constructor(create: (length: number) => A) {
    this.#create = create
    this.array = create(8)
  }

  push(value: A[number]): void {
    this.#makeRoom(1)
    ;(this.array as { [at: number]: A[number] })[this.length] = value
    this.length += 1
  }

  /** All of an array of the same kind, without an object for any of its numbers. It grows once. */
  append(values: A): void {
    this.#makeRoom(values.length)
    ;(this.array as { set(from: unknown, at: number): void }).set(values, this.length)
    this.length += values.length
  }

  #makeRoom(count: number): void {
    const length = this.length + count
    if (length <= this.array.length) return
    const grown = this.#create(Math.max(length, this.array.length * 2))
    // One type parameter on both sides: the two arrays are of the same kind.
    ;(grown as { set(from: unknown): void }).set(this.array)
    this.array = grown
  }

  /** Bytes held, spare room included. */
  get byteLength(): number {
    return this.array.byteLength
  }
}

/** Index of the first of `values[0 .. end - 1]` (ascending) that is not below `target`; `end` when all are. */
export function lowerBound(
  values: ArrayLike<number>,
  target: number,
  end: number,
  from: number = 0
): number {
  let low = from
  let high = end
  while (low < high) {
    const middle = (low + high) >>> 1
    if (values[middle]! < target) low = middle + 1
    else high = middle
  }
  return low
}
