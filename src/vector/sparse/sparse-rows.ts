/**
 * Rows of true indices in their pages, and everything that compares them.
 *
 * | pages     | what                                                                                                  |
 * | --------- | ----------------------------------------------------------------------------------------------------- |
 * | vectors   | u32le[4096], of segments on disk with at most 65,536 dims u16le[8192]: one stream of words, the true  |
 * |           | indices of row after row, ascending; rows cross pages                                                 |
 * | rowStarts | u32le[4096]: the word of that stream at which each row starts, and, behind the last, where it ends    |
 */
import { sparseRowKernels } from '../../simd/index.ts'
import type { SparseRowKernels } from '../../simd/index.ts'
import { assert, VectorStoreError } from '../../util/index.ts'
import { wordsPerPage } from '../geometry.ts'
import { ScratchArea } from '../kernels/area.ts'
import { KernelContext } from '../kernels/context.ts'
import { functionMetric, smallIsNear } from '../spaces.ts'
import type {
  HashHits,
  NearestValues,
  PageSource,
  RawValue,
  Space,
  Vector,
  VectorFunction,
  VectorSpec
} from '../types.ts'
import { nthValue } from './nth-value.ts'
import type { RowLists } from './row-lists.ts'
import { readWords } from './word-reader.ts'

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

/** What is known of rows beside their spec. */
export type RowTables = {
  readonly starts: SparsePages
  readonly rows: SparsePages
  /** Of an index in `rows`; 2 where dims allow it. */
  readonly indexBytes: 2 | 4
  /** null: there are none. */
  readonly lists: RowLists | null
}

export class SparseRows {
  readonly #spec: VectorSpec
  readonly #source: PageSource
  readonly #context: KernelContext
  readonly #scratch: Scratch
  readonly #starts: SparsePages
  readonly #rows: SparsePages
  readonly #indexBytes: 2 | 4
  readonly #lists: RowLists | null

  constructor(spec: VectorSpec, source: PageSource, tables: RowTables) {
    checkSpace(spec.space)
    const { starts, rows, indexBytes, lists } = tables
    this.#spec = spec
    this.#source = source
    this.#context = KernelContext.of(source)
    this.#scratch = scratchOf(source)
    this.#starts = starts
    this.#rows = rows
    this.#indexBytes = indexBytes
    this.#lists = lists
  }

  vectorAt(ord: number): Int32Array {
    const from = this.#startOf(ord)
    const vector = new Int32Array(this.#startOf(ord + 1) - from)
    readWords(this.#context, this.#rows, this.#indexBytes, from, vector)
    return vector
  }

  #startOf(ord: number): number {
    const frame = this.#starts.frame(Math.floor(ord / wordsPerPage))
    return this.#context.words[(frame >>> 2) + (ord % wordsPerPage)]!
  }

  /**
   * All are compared, but who wants the nearest only needs no look at each.
   *
   * Cost   Where rows have lists, mostly .4 ns a row in those of the query, and 10 ns a hit.
   */
  nearestValues(query: Vector, space: Space, hits: HashHits, wanted: number): NearestValues | null {
    const { ords, counts } = hits
    if (wanted === 0 || wanted >= ords.length) return null
    // Common terms are then the common indices.
    const isCounted = this.#spec.hashes?.model === 'trueIndices'
    const values = this.#valuesOf(query, space, ords, isCounted ? counts : null)
    const isSmallNear = smallIsNear(space)
    const worst = nthValue(values, isSmallNear ? wanted : values.length + 1 - wanted)
    return { values, smallIsNear: isSmallNear, worst, limit: isSmallNear ? Infinity : 0 }
  }

  /**
   * Raw values of many rows.
   *
   * Cost   about a ns for four indices; less of many rows that have lists.
   * Errors REQUEST_ARGUMENT when the space is not defined for sets.
   */
  rawValues(query: Vector, space: Space, ords: Uint32Array): Float32Array {
    return this.#valuesOf(query, space, ords, null)
  }

  /** @param counts  Common indices of each, where they are known. */
  #valuesOf(
    query: Vector,
    space: Space,
    ords: Uint32Array,
    counts: Uint32Array | null
  ): Float32Array {
    checkSpace(space)
    checkSparse(query, this.#spec)
    const values = new Float32Array(ords.length)
    const { words, floats } = this.#context
    const { kernels } = this.#scratch
    const compare = this.#comparer(query, ords.length, counts !== null)
    for (let from = 0; from < ords.length; from += chunkRows) {
      const chunk = ords.subarray(from, from + chunkRows)
      const pairs = compare(chunk)
      const at = pairs >>> 2
      if (counts !== null) {
        for (let i = 0; i < chunk.length; i++) words[at + 2 * i] = counts[from + i]!
      }
      kernels.setValues(pairs, chunk.length, query.length, space === 'jaccard', pairs)
      values.set(floats.subarray(at, at + chunk.length), from)
    }
    return values
  }

  /**
   * Gives of up to `chunkRows` rows the address of what each has in common with the query, and how many indices it has.
   *
   * @param rowCount   Rows that will be asked for.
   * @param areCounted What they have in common is known.
   */
  #comparer(
    query: Int32Array,
    rowCount: number,
    areCounted: boolean
  ): (ords: Uint32Array) => number {
    const { words } = this.#context
    const { kernels, area } = this.#scratch
    const { length } = query
    const markBytes = areCounted ? 0 : markBytesOf(this.#spec.dims)
    const address = area.reserve(length * 4 + chunkRows * 12 + markBytes)
    const ordsAt = address + length * 4
    const out = ordsAt + chunkRows * 4
    const counts = areCounted ? null : (this.#lists?.commonCounts(query, rowCount) ?? null)
    const shift = this.#indexBytes === 2 ? 1 : 2
    kernels.bind(this.#starts.address, this.#starts.id, this.#rows.address, this.#rows.id, shift)
    if (areCounted || counts !== null) {
      return (ords) => {
        words.set(ords, ordsAt >>> 2)
        kernels.counted(ordsAt, ords.length, counts?.address ?? 0, counts?.shift ?? 0, out)
        return out
      }
    }
    words.set(query, address >>> 2)
    // For a few rows marking costs more than it saves; short indices are compared in no other way.
    const isMarked = markBytes > 0 && markBytes <= rowCount * markBytesPerRow
    if (isMarked || this.#indexBytes === 2) {
      kernels.mark(address, length, out + chunkRows * 8, markBytes)
    }
    return (ords) => {
      words.set(ords, ordsAt >>> 2)
      kernels.compare(address, length, ordsAt, ords.length, out)
      return out
    }
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

  /** What lists say otherwise than the rows. */
  listFaults(): string[] {
    return this.#lists?.faults((ord) => this.vectorAt(ord)) ?? []
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

/** Errors: REQUEST_ARGUMENT when a space is not defined for sets. */
export function checkSpace(space: Space): void {
  if (space === 'jaccard' || space === 'hamming') return
  throw new VectorStoreError(
    'REQUEST_ARGUMENT',
    `space is ${space} for sparse-bool elements, wanted jaccard, hamming`,
    { details: { space, element: 'sparse-bool' } }
  )
}
