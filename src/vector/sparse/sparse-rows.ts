/**
 * Rows of true indices in their pages, and everything that compares them.
 *
 * | pages     | what                                                                                                  |
 * | --------- | ----------------------------------------------------------------------------------------------------- |
 * | vectors   | u32le[4096], one stream of words: the true indices of row after row, ascending; rows cross pages      |
 * | rowStarts | u32le[4096]: the word of that stream at which each row starts, and, behind the last, where it ends    |
 */
import { sparseRowKernels } from '../../simd/index.ts'
import type { SparseRowKernels } from '../../simd/index.ts'
import { assert, VectorStoreError } from '../../util/index.ts'
import { wordsPerPage } from '../geometry.ts'
import { ScratchArea } from '../kernels/area.ts'
import { KernelContext } from '../kernels/context.ts'
import { differingCount, jaccard } from '../lsh/sparse-bool.ts'
import { functionMetric } from '../spaces.ts'
import type { PageSource, RawValue, Space, Vector, VectorFunction, VectorSpec } from '../types.ts'

/** A table whose pages can be read in; a growing table changes its address. */
export type SparsePages = {
  readonly address: number
  readonly id: number
  frame(page: number): number
}

/** Rows that the kernel compares at once. */
const chunkRows = 1024
/** Marks are cleared at 30 bytes a ns or so, a row of some dozen indices takes a tenth of a µs less. */
const markBytesPerRow = 1024
/** Bytes of a bit for each index at most: more than the processor's nearer caches hold is slower than walking two lists. */
const markBytesMax = 2 ** 17

type Scratch = { readonly kernels: SparseRowKernels; readonly area: ScratchArea }
const scratchByContext = new WeakMap<KernelContext, Scratch>()

function scratchOf(source: PageSource): Scratch {
  const context = KernelContext.of(source)
  const known = scratchByContext.get(context)
  if (known !== undefined) return known
  const scratch = {
    kernels: sparseRowKernels({ memory: source.memory, fault: source.fault }),
    area: new ScratchArea(source.shared ?? source)
  }
  scratchByContext.set(context, scratch)
  return scratch
}

export class SparseRows {
  readonly #spec: VectorSpec
  readonly #source: PageSource
  readonly #context: KernelContext
  readonly #scratch: Scratch
  readonly #starts: SparsePages
  readonly #rows: SparsePages

  constructor(spec: VectorSpec, source: PageSource, starts: SparsePages, rows: SparsePages) {
    checkSpace(spec.space)
    this.#spec = spec
    this.#source = source
    this.#context = KernelContext.of(source)
    this.#scratch = scratchOf(source)
    this.#starts = starts
    this.#rows = rows
  }

  vectorAt(ord: number): Int32Array {
    const context = this.#context
    const from = this.#startOf(ord)
    const vector = new Int32Array(this.#startOf(ord + 1) - from)
    for (let done = 0; done < vector.length;) {
      const page = Math.floor((from + done) / wordsPerPage)
      const at = (from + done) % wordsPerPage
      const count = Math.min(vector.length - done, wordsPerPage - at)
      const to = done
      context.stable(() => {
        const words = (this.#rows.frame(page) >>> 2) + at
        vector.set(context.words.subarray(words, words + count), to)
      })
      done += count
    }
    return vector
  }

  #startOf(ord: number): number {
    const frame = this.#starts.frame(Math.floor(ord / wordsPerPage))
    return this.#context.words[(frame >>> 2) + (ord % wordsPerPage)]!
  }

  /** A set is compared as a whole. */
  nearestValues(): null {
    return null
  }

  /**
   * Raw values of many rows.
   *
   * Cost   about a ns for four indices.
   * Errors REQUEST_ARGUMENT when the space is not defined for sets.
   */
  rawValues(query: Vector, space: Space, ords: Uint32Array): Float32Array {
    const valueOf = checkSpace(space)
    checkSparse(query, this.#spec)
    const values = new Float32Array(ords.length)
    const { words } = this.#context
    const { kernels, area } = this.#scratch
    const markBytes = markBytesOf(this.#spec.dims)
    const address = area.reserve(query.length * 4 + chunkRows * 12 + markBytes)
    const ordsAt = address + query.length * 4
    const out = ordsAt + chunkRows * 4
    words.set(query, address >>> 2)
    kernels.bind(this.#starts.address, this.#starts.id, this.#rows.address, this.#rows.id)
    // For a few rows marking costs more than it saves.
    if (markBytes > 0 && markBytes <= ords.length * markBytesPerRow) {
      kernels.mark(address, query.length, out + chunkRows * 8, markBytes)
    }
    for (let from = 0; from < ords.length; from += chunkRows) {
      const count = Math.min(chunkRows, ords.length - from)
      words.set(ords.subarray(from, from + count), ordsAt >>> 2)
      kernels.compare(address, query.length, ordsAt, count, out)
      for (let at = 0; at < count; at++) {
        const found = (out >>> 2) + 2 * at
        values[from + at] = valueOf(query.length, words[found + 1]!, words[found]!)
      }
    }
    return values
  }

  rawScorer(query: Vector): (ord: number) => RawValue {
    const own = query.slice()
    const ords = new Uint32Array(1)
    return (ord) => {
      ords[0] = ord
      return this.rawValues(own, this.#spec.space, ords)[0]!
    }
  }

  /** Errors: REQUEST_ARGUMENT, as scripts know no sets. */
  functionScorer(name: VectorFunction): never {
    functionMetric(name, this.#spec.element)
    assert(false, 'no script function is defined for sparse vectors')
  }

  get pagesRead(): number {
    return this.#source.pagesRead
  }
}

/** A power of two; 0: indices are too many to be marked. */
function markBytesOf(dims: number): number {
  const bytes = 2 ** Math.max(3, Math.ceil(Math.log2(dims / 8)))
  return bytes <= markBytesMax ? bytes : 0
}

/** Fails when a vector is not what the spec says: callers have checked the user's vectors before. */
export function checkSparse(vector: Vector, { dims }: VectorSpec): asserts vector is Int32Array {
  assert(vector instanceof Int32Array, 'sparse boolean vectors are Int32Array')
  let last = -1
  for (const index of vector) {
    assert(index > last, 'true indices ascend, each once')
    last = index
  }
  assert(last < dims, 'true indices < dims')
}

type SetValue = (queryCount: number, rowCount: number, commonCount: number) => number

/** Raw value of a space. Errors: REQUEST_ARGUMENT when it is not defined for sets. */
export function checkSpace(space: Space): SetValue {
  if (space === 'jaccard') return jaccard
  if (space === 'hamming') return differingCount
  throw new VectorStoreError(
    'REQUEST_ARGUMENT',
    `space is ${space} for sparse-bool elements, wanted jaccard, hamming`,
    { details: { space, element: 'sparse-bool' } }
  )
}
