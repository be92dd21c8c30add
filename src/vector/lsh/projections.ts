/**
 * Fixed random directions, in kernel memory: for hash functions of dense vectors.
 *
 * Hash functions only want to know between which bounds an inner product lies. So the directions are kept a second time as 16-bit
 * integers: half the bytes to read, twice the elements an instruction. What they tell is right up to a margin that is known;
 * the few products that lie within it of a bound are computed from the float32 directions, as all would be. The hash is thus
 * the same bit for bit. Blocks of eight elements that are all zeros are left out. Measured, 1225 directions of 784 dims on a busy
 * machine: 29 µs instead of 68, bound by reading; 20 µs where six of ten blocks are zeros (MNIST).
 */
import {
  createKernelMemory,
  distanceKernels,
  kernelMemoryBytesMax,
  referenceBase
} from '../../simd/index.ts'
import { assert, VectorStoreError } from '../../util/index.ts'
import { CoarseDirections, coarseBytes } from './coarse-directions.ts'
import type { Cells, NearDots } from './coarse-directions.ts'
import type { JavaRandom } from './java-random.ts'

/** Rows begin on a cache line. */
const alignment = 64

export class Projections {
  readonly sizeInBytes: number
  readonly #dims: number
  readonly #vector: Float32Array
  readonly #dots: Float32Array
  readonly #coarse: CoarseDirections
  readonly #all: () => void
  readonly #one: (at: number) => number

  /**
   * Draws `count` directions of `dims` Gaussians each, direction by direction, rounded to float32.
   *
   * Cost     50 ns a number drawn.
   * Errors   REQUEST_ARGUMENT when they do not fit into a memory of 4 GiB.
   */
  constructor(count: number, dims: number, random: JavaRandom) {
    const vector = referenceBase
    const dots = vector + aligned(dims * 4)
    const rows = dots + aligned(count * 4)
    const coarse = rows + aligned(count * dims * 4)
    this.sizeInBytes = coarse + coarseBytes(count, dims)
    if (this.sizeInBytes > kernelMemoryBytesMax) {
      throw new VectorStoreError(
        'REQUEST_ARGUMENT',
        `hash functions take ${this.sizeInBytes} bytes, wanted at most ${kernelMemoryBytesMax}`,
        { details: { bytes: this.sizeInBytes, bytesMax: kernelMemoryBytesMax } }
      )
    }
    const memory = createKernelMemory(this.sizeInBytes)
    this.#dims = dims
    this.#vector = new Float32Array(memory.buffer, vector, dims)
    this.#dots = new Float32Array(memory.buffer, dots, count)
    const directions = new Float32Array(memory.buffer, rows, count * dims)
    for (let at = 0; at < directions.length; at++) directions[at] = random.nextGaussian()
    this.#coarse = new CoarseDirections(memory, { address: coarse, vector, rows: directions, dims })
    const { dotF32, dotF32Rows } = distanceKernels(memory)
    this.#all = () => dotF32Rows(vector, rows, dims * 4, count, dims, dots)
    this.#one = (at) => dotF32(vector, rows + at * dims * 4, dims)
  }

  /**
   * Inner products of a vector with every direction.
   *
   * Shapes   vector: f32[dims]. Result: f32[count], valid until the next call. The sums go in the fixed order of the
   *          kernels, so that every machine gets the same bits.
   * Cost     one pass over the directions; nothing allocated.
   */
  of(vector: Float32Array): Float32Array {
    this.#take(vector)
    this.#all()
    return this.#dots
  }

  /** The same, approximately, at half the cost; dotAt() gives those that must be exact. */
  near(vector: Float32Array): NearDots {
    this.#take(vector)
    return this.#coarse.near()
  }

  /**
   * Cells of `width` that the products of a vector with every direction, each from its offset on, lie in.
   *
   * Shapes   vector: f32[dims]; offsets: f32[count]. Result: valid until the next call. Of cells that are not sure dotAt()
   *          gives the product.
   */
  cells(vector: Float32Array, offsets: Float32Array, width: number): Cells {
    this.#take(vector)
    return this.#coarse.cells(offsets, width)
  }

  /** Inner product of the last vector with one direction: the very number that of() gives. */
  dotAt(at: number): number {
    return this.#one(at)
  }

  #take(vector: Float32Array): void {
    assert(vector.length === this.#dims, 'vector length = dims of the model')
    this.#vector.set(vector)
  }
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / alignment) * alignment
}
