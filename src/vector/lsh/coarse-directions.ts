/**
 * Directions as 16-bit integers, each with a scale of its own, and what they tell of an inner product: where it nearly is, and
 * how far from there it can be (projections.ts).
 */
import { projectionGroup, projectionKernels } from '../../simd/index.ts'
import type { ProjectionKernels } from '../../simd/index.ts'
import { assert } from '../../util/index.ts'

/** Approximate inner products; the true ones are at most their margin away. Valid until the next call. */
export type NearDots = { readonly dots: Float64Array; readonly margins: Float64Array }
/** Cells, and which of them are not sure. Valid until the next call. */
export type Cells = { readonly cells: Int32Array; readonly unsure: Uint32Array }

/** Largest integer of a direction; those of a vector get what then fits into sums of 32 bits. */
const directionMax = 16_383
const int16Max = 32_767
const int32Max = 2 ** 31 - 1
/** From here on sums of float32 may become infinite, and infinities no number. */
const overflowing = 2 ** 120
/** What an operation of float32 is off at most, of what is summed; a hundredth more for what errors of errors add. */
const rounding = 1.01 * 2 ** -24
/** What each product of float32 may lose besides when it is next to nothing. */
const underflow = 2 ** -149
const alignment = 64
/** Elements that are multiplied at once. */
const blockDims = 8

type Layout = Readonly<
  Record<
    | 'groups'
    | 'sums'
    | 'scales'
    | 'errors'
    | 'magnitudes'
    | 'dots'
    | 'margins'
    | 'offsets'
    | 'cells'
    | 'unsure'
    | 'blocks'
    | 'places'
    | 'facts'
    | 'end',
    number
  >
>

function layOut(address: number, count: number, dims: number): Layout {
  let end = address
  const take = (bytes: number): number => {
    const at = end
    end += Math.ceil(bytes / alignment) * alignment
    return at
  }
  const blockCount = Math.ceil(dims / blockDims)
  const groupCount = Math.ceil(count / projectionGroup)
  const padded = groupCount * projectionGroup
  return {
    groups: take(groupCount * groupBytesOf(dims)),
    sums: take(padded * 4),
    scales: take(padded * 8),
    errors: take(padded * 8),
    magnitudes: take(padded * 8),
    dots: take(padded * 8),
    margins: take(padded * 8),
    offsets: take(padded * 8),
    cells: take(padded * 4),
    unsure: take(padded * 4),
    blocks: take(blockCount * blockDims * 2),
    places: take(blockCount * 4),
    facts: take(24),
    end
  }
}

function groupBytesOf(dims: number): number {
  return Math.ceil(dims / blockDims) * blockDims * 2 * projectionGroup
}

/** Bytes that `count` directions take. */
export function coarseBytes(count: number, dims: number): number {
  return layOut(0, count, dims).end
}

export class CoarseDirections {
  readonly #count: number
  readonly #dims: number
  /** Where the vector is found. */
  readonly #vector: number
  readonly #layout: Layout
  readonly #kernels: ProjectionKernels
  readonly #facts: Float64Array
  readonly #scales: Float64Array
  /** Times the sum of a vector's magnitudes: what rounding of a direction, and of float32 sums, can make of a product. */
  readonly #errors: Float64Array
  /** Times the largest error of a vector's element: what its rounding can make of a product. */
  readonly #magnitudes: Float64Array
  readonly #offsets: Float64Array
  readonly #near: NearDots
  readonly #cells: Int32Array
  readonly #unsure: Uint32Array
  /** Length of a vector's integers: no sum of products exceeds that times the length of a direction's. */
  readonly #lengthMax: number
  #largest = 0
  #offsetsTaken: Float32Array | null = null

  /**
   * @param given  address: of coarseBytes() bytes for the directions; vector: where of() finds a vector, zeros behind it up to
   *               a multiple of eight; rows: f32[count * dims].
   */
  constructor(
    memory: WebAssembly.Memory,
    given: {
      readonly address: number
      readonly vector: number
      readonly rows: Float32Array
      readonly dims: number
    }
  ) {
    const { rows, dims } = given
    const count = rows.length / dims
    const layout = layOut(given.address, count, dims)
    const { buffer } = memory
    this.#count = count
    this.#dims = dims
    this.#vector = given.vector
    this.#layout = layout
    this.#kernels = projectionKernels(memory)
    this.#facts = new Float64Array(buffer, layout.facts, 3)
    this.#scales = new Float64Array(buffer, layout.scales, count)
    this.#errors = new Float64Array(buffer, layout.errors, count)
    this.#magnitudes = new Float64Array(buffer, layout.magnitudes, count)
    this.#offsets = new Float64Array(buffer, layout.offsets, count)
    this.#near = {
      dots: new Float64Array(buffer, layout.dots, count),
      margins: new Float64Array(buffer, layout.margins, count)
    }
    this.#cells = new Int32Array(buffer, layout.cells, count)
    this.#unsure = new Uint32Array(buffer, layout.unsure, count)
    const integers = new Int16Array(buffer, layout.groups, (layout.sums - layout.groups) / 2)
    let length = 1
    for (let at = 0; at < count; at++) {
      const row = rows.subarray(at * dims, (at + 1) * dims)
      length = Math.max(length, this.#round(at, row, integers))
    }
    // Rounding a vector's elements may make it longer by less than the root of their number.
    this.#lengthMax = int32Max / length - Math.sqrt(dims) - 1
    assert(this.#lengthMax > 0, 'sums of products have room for a vector')
  }

  /** Gives the length of the integers. */
  #round(at: number, row: Float32Array, integers: Int16Array): number {
    let largest = 0
    for (const value of row) largest = Math.max(largest, Math.abs(value))
    this.#largest = Math.max(this.#largest, largest)
    const scale = largest === 0 ? 1 : largest / directionMax
    const inGroup = at % projectionGroup
    const start = (((at - inGroup) / projectionGroup) * groupBytesOf(this.#dims)) / 2
    let error = 0
    let sum = 0
    let squares = 0
    for (let dim = 0; dim < row.length; dim++) {
      const integer = Math.round(row[dim]! / scale)
      const inBlock = dim % blockDims
      const block = (dim - inBlock) * projectionGroup
      integers[start + block + inGroup * blockDims + inBlock] = integer
      sum += Math.abs(integer)
      squares += integer ** 2
      error = Math.max(error, Math.abs(row[dim]! - integer * scale))
    }
    this.#scales[at] = scale
    // Sums of float32 go in eight lanes.
    this.#errors[at] = error + largest * (Math.ceil(row.length / 8) + 16) * rounding
    this.#magnitudes[at] = sum * scale
    return Math.sqrt(squares)
  }

  /** Where the products of the vector in memory are. */
  near(): NearDots {
    const { blocks, places, groups, sums, scales, errors, magnitudes, dots, margins } = this.#layout
    const { sum, scale, error } = this.#measure()
    const blockCount = this.#kernels.takeBlocks(this.#vector, this.#dims, scale, blocks, places)
    const groupBytes = groupBytesOf(this.#dims)
    const groupCount = Math.ceil(this.#count / projectionGroup)
    this.#kernels.dotGroups(blocks, places, blockCount, groups, groupBytes, groupCount, sums)
    const least = sum * this.#largest < overflowing ? this.#dims * underflow : Infinity
    const count = this.#count
    // prettier-ignore
    this.#kernels.placeSums(sums, count, scales, errors, magnitudes, scale, sum, error, least, dots, margins)
    return this.#near
  }

  cells(offsets: Float32Array, width: number): Cells {
    if (this.#offsetsTaken !== offsets) {
      this.#offsets.set(offsets)
      this.#offsetsTaken = offsets
    }
    this.near()
    const { dots, margins, offsets: offsetsAt, cells, unsure } = this.#layout
    const count = this.#count
    const unsureCount = this.#kernels.cells(dots, margins, offsetsAt, count, width, cells, unsure)
    return { cells: this.#cells, unsure: this.#unsure.subarray(0, unsureCount) }
  }

  /** The step of the vector's integers; small whole numbers stay what they are. */
  #measure(): { sum: number; scale: number; error: number } {
    const isWhole = this.#kernels.measure(this.#vector, this.#dims, this.#layout.facts) === 1
    const sum = this.#facts[0]!
    const largest = this.#facts[1]!
    const length = Math.sqrt(this.#facts[2]!)
    if (isWhole && largest <= int16Max && length <= this.#lengthMax)
      return { sum, scale: 1, error: 0 }
    const scale = largest === 0 ? 1 : Math.max(largest / int16Max, length / this.#lengthMax)
    // Half a step, and what the division is off.
    return { sum, scale, error: scale * 0.5001 }
  }
}
