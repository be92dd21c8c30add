import type { Space, Vector, VectorIndex } from '../vector/index.ts'

/** Vectors that are compared in one call, at most: a call costs as much as about ten comparisons, and a row that has to be read 8 µs. */
const windowMax = 384

/**
 * Raw values of vectors against a query. Asked for one ordinal after another, it compares the following ones with them, more
 * each time; asked here and there, one at a time.
 */
export class RawValues {
  readonly #index: VectorIndex
  readonly #query: Vector
  readonly #space: Space
  /** Values of the ordinals from #from on. */
  #window: Float32Array | Float64Array = new Float32Array(0)
  #from: number = 0

  constructor(index: VectorIndex, query: Vector, space: Space) {
    this.#index = index
    this.#query = space === 'cosine' ? unit(query) : query
    this.#space = space
  }

  at(ord: number): number {
    const known = this.#window[ord - this.#from]
    if (known !== undefined) return known
    const isNext = ord === this.#from + this.#window.length
    const length = isNext
      ? Math.min(2 * this.#window.length + 1, windowMax, this.#index.size - ord)
      : 1
    const ords = new Uint32Array(length)
    for (let at = 0; at < length; at++) ords[at] = ord + at
    this.#window = this.of(ords)
    this.#from = ord
    return this.#window[0]!
  }

  /** Those that float32 cannot hold are of float64. */
  of(ords: Uint32Array): Float32Array | Float64Array {
    const values = this.#index.rawValues(this.#query, this.#space, ords)
    const exactOf = exactBySpace[this.#space]
    if (exactOf === undefined) return values
    // Magnitudes whose squares or sums float32 has not, and the cosine of vectors of zeros.
    const isZeroSure = this.#space !== 'cosine'
    let exact: Float64Array | null = null
    for (let at = 0; at < values.length; at++) {
      const value = values[at]!
      if (Number.isFinite(value) && (isZeroSure || value !== 0)) continue
      exact ??= Float64Array.from(values)
      exact[at] = exactOf(this.#query, this.#index.vectorAt(ords[at]!))
    }
    return exact ?? values
  }
}

/** The same direction at unit length, as near as float32 has it; zeros stay. */
function unit(vector: Vector): Vector {
  if (!(vector instanceof Float32Array)) return vector
  let squared = 0
  for (const value of vector) squared += value ** 2
  return squared === 0 ? vector : vector.map((value) => value / Math.sqrt(squared))
}

/** Cosine in float64; vectors of zeros have no direction: they are alike, and opposite to all others. */
function cosineOf(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let product = 0
  let aSquared = 0
  let bSquared = 0
  for (let at = 0; at < a.length; at++) {
    product += a[at]! * b[at]!
    aSquared += a[at]! ** 2
    bSquared += b[at]! ** 2
  }
  const length = Math.sqrt(aSquared) * Math.sqrt(bSquared)
  if (length > 0) return product / length
  return aSquared === bSquared ? 1 : -1
}

function squaredL2(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0
  for (let at = 0; at < a.length; at++) sum += (a[at]! - b[at]!) ** 2
  return sum
}

function l1(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0
  for (let at = 0; at < a.length; at++) sum += Math.abs(a[at]! - b[at]!)
  return sum
}

const exactBySpace: Readonly<
  Partial<Record<Space, (a: ArrayLike<number>, b: ArrayLike<number>) => number>>
> = { cosine: cosineOf, l2: squaredL2, l1 }
