/** Random directions, and how far a vector reaches along each: one inner product a direction. */
import {
  createKernelMemory,
  distanceKernels,
  kernelMemoryBytesMax,
  referenceBase
} from '../../simd/index.ts'
import { assert, VectorStoreError } from '../../util/index.ts'
import type { JavaRandom } from './java-random.ts'

/** Rows begin on a cache line. */
const alignment = 64

export class Projections {
  readonly sizeInBytes: number
  readonly #dims: number
  readonly #query: Float32Array
  readonly #rows: Float32Array
  readonly #dots: Float32Array
  readonly #run: () => void

  /**
   * Draws `count` directions of `dims` Gaussians each, direction by direction, rounded to float32.
   *
   * Cost     50 ns a number drawn.
   * Errors   REQUEST_ARGUMENT when they do not fit into a memory of 4 GiB.
   */
  constructor(count: number, dims: number, random: JavaRandom) {
    const query = referenceBase
    const dots = query + aligned(dims * 4)
    const rows = dots + aligned(count * 4)
    this.sizeInBytes = rows + count * dims * 4
    if (this.sizeInBytes > kernelMemoryBytesMax) {
      throw new VectorStoreError(
        'REQUEST_ARGUMENT',
        `hash functions take ${this.sizeInBytes} bytes, wanted at most ${kernelMemoryBytesMax}`,
        { details: { bytes: this.sizeInBytes, bytesMax: kernelMemoryBytesMax } }
      )
    }
    const memory = createKernelMemory(this.sizeInBytes)
    this.#dims = dims
    this.#query = new Float32Array(memory.buffer, query, dims)
    this.#dots = new Float32Array(memory.buffer, dots, count)
    this.#rows = new Float32Array(memory.buffer, rows, count * dims)
    for (let at = 0; at < this.#rows.length; at++) this.#rows[at] = random.nextGaussian()
    const { dotF32Rows } = distanceKernels(memory)
    this.#run = () => dotF32Rows(query, rows, dims * 4, count, dims, dots)
  }

  /**
   * Inner products of a vector with every direction.
   *
   * Shapes   vector: f32[dims]. Result: f32[count], valid until the next call. The sums go in the fixed order of the
   *          kernels, so that every machine gets the same bits.
   * Cost     one pass over the directions; nothing allocated.
   */
  of(vector: Float32Array): Float32Array {
    assert(vector.length === this.#dims, 'vector length = dims of the model')
    this.#query.set(vector)
    this.#run()
    return this.#dots
  }
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / alignment) * alignment
}
