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
import type { BitSet } from '../../util/index.ts'
import { wordsPerPage } from '../geometry.ts'
import { ScratchArea } from '../kernels/area.ts'
import { KernelContext } from '../kernels/context.ts'
import { functionMetric } from '../spaces.ts'
import type { CommonCounts } from '../hash-postings.ts'
import type {
  NearestRequest,
  NearestRows,
  PageSource,
  RawValue,
  Space,
  Vector,
  VectorFunction,
  VectorSpec
} from '../types.ts'
import { chunkRows, NearOrders } from './near-orders.ts'
import type { RowLists } from './row-lists.ts'
import { readWords } from './word-reader.ts'

/** A table whose pages can be read in; a growing table changes its address. */
export type SparsePages = {
  readonly address: number
  readonly id: number
  frame(page: number): number
}

/** Rows that the kernel compares at once. */
const comparedAtOnce = 1024
/** Rows of which the nearest are listed in one go: about a ms, of rows that are compared and of those that are counted. */
const comparedRows = 8192
const countedRows = 2 ** 20
/** Marks are cleared at 30 bytes a ns or so, a row of some dozen indices takes a tenth of a µs less. */
const markBytesPerRow = 1024
/** Bytes of a bit for each index at most: more than the processor's nearer caches hold is slower than walking two lists. */
const markBytesMax = 2 ** 17

type Scratch = {
  readonly kernels: SparseRowKernels
  readonly area: ScratchArea
  readonly orders: ScratchArea
}
const scratchByContext = new WeakMap<KernelContext, Scratch>()

function scratchOf(source: PageSource): Scratch {
  const context = KernelContext.of(source)
  const known = scratchByContext.get(context)
  if (known !== undefined) return known
  const scratch = {
    kernels: sparseRowKernels({ memory: source.memory, fault: source.fault }),
    area: new ScratchArea(source.shared ?? source),
    orders: new ScratchArea(source.shared ?? source)
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

  /** nearestRows() is shorter. */
  nearestValues(): null {
    return null
  }

  /**
   * The nearest of rows.
   *
   * @param size   Rows that there are.
   * @param known  Counts of common indices, where they are known.
   * Cost   Where rows have lists, mostly .4 ns a row in those of the query, half a ns a row; else as rawValues.
   */
  nearestRows(request: NearestRequest, size: number, known: CommonCounts | null): NearestRows {
    const { query, space, ords, accept, from, sharing } = request
    checkSpace(space)
    checkSparse(query, this.#spec)
    const total = ords?.length ?? size
    const countedNext = Math.min(total, from + countedRows)
    const counts = known ?? this.#lists?.commonCounts(query, countedNext - from) ?? null
    const next = counts === null ? Math.min(total, from + comparedRows) : countedNext
    const { kernels, orders: area } = this.#scratch
    kernels.bindQuery(query.length, space === 'jaccard', sharing)
    const tools = { context: this.#context, kernels, area }
    const near = new NearOrders(tools, request, next - from)
    if (ords === null && counts !== null) {
      this.#orderCounted(near, counts, { from, to: next, bits: this.#bitsOf(accept, size) })
    } else {
      const given = ords?.subarray(from, next) ?? acceptedFrom(accept, from, next)
      this.#orderGiven(near, query, given, counts)
    }
    return { ...near.list(), count: near.count, next }
  }

  /** Address of a bit of each row; 0: all are accepted. */
  #bitsOf(accept: BitSet | null, size: number): number {
    return accept === null ? 0 : this.#context.writeAccept(accept, size)
  }

  #orderCounted(
    near: NearOrders,
    { address, shift }: CommonCounts,
    { from, to, bits }: { readonly from: number; readonly to: number; readonly bits: number }
  ): void {
    const { kernels } = this.#scratch
    this.#bind()
    for (let first = from; first < to; first += chunkRows) {
      const end = Math.min(to, first + chunkRows)
      kernels.rowOrders(first, end, address, shift, near.address)
      if (bits !== 0) kernels.refuseOrders(near.address, end - first, bits + (first >>> 3))
      near.take(end - first, first, null)
    }
  }

  #orderGiven(
    near: NearOrders,
    query: Int32Array,
    ords: Uint32Array,
    counts: CommonCounts | null
  ): void {
    const order = this.#orderer(query, ords, counts)
    for (let first = 0; first < ords.length; first += chunkRows) {
      const end = Math.min(ords.length, first + chunkRows)
      order(first, end, near.address)
      near.take(end - first, first, ords)
    }
  }

  /**
   * Raw values of many rows.
   *
   * Cost   about a ns for four indices; less of many rows that have lists.
   * Errors REQUEST_ARGUMENT when the space is not defined for sets.
   */
  rawValues(query: Vector, space: Space, ords: Uint32Array): Float32Array {
    checkSpace(space)
    checkSparse(query, this.#spec)
    const values = new Float32Array(ords.length)
    const { floats } = this.#context
    const { kernels, orders: area } = this.#scratch
    const areShares = space === 'jaccard'
    kernels.bindQuery(query.length, areShares, false)
    const address = area.reserve((Math.min(chunkRows, ords.length) + comparedAtOnce) * 4)
    const order = this.#orderer(query, ords, this.#countsFor(query, ords.length))
    for (let from = 0; from < ords.length; from += chunkRows) {
      const end = Math.min(ords.length, from + chunkRows)
      order(from, end, address)
      values.set(floats.subarray(address >>> 2, (address >>> 2) + end - from), from)
    }
    if (areShares) for (let at = 0; at < values.length; at++) values[at] = 0 - values[at]!
    return values
  }

  #countsFor(query: Int32Array, rowCount: number): CommonCounts | null {
    return this.#lists?.commonCounts(query, rowCount) ?? null
  }

  #bind(): void {
    const { address: starts, id: startsId } = this.#starts
    const { address: rows, id: rowsId } = this.#rows
    this.#scratch.kernels.bind(starts, startsId, rows, rowsId, this.#indexBytes === 2 ? 1 : 2)
  }

  /**
   * Writes the orders of the rows from one place among `ords` to another, by the query that is bound, to an address. Ordinals that
   * lie in the kernels' memory are compared where they are.
   */
  #orderer(
    query: Int32Array,
    ords: Uint32Array,
    counts: CommonCounts | null
  ): (first: number, end: number, out: number) => void {
    const { words, buffer } = this.#context
    const { kernels, area } = this.#scratch
    const { length } = query
    const markBytes = counts === null ? markBytesOf(this.#spec.dims) : 0
    const address = area.reserve(length * 4 + comparedAtOnce * 12 + markBytes)
    const ordsAt = address + length * 4
    const commons = ordsAt + comparedAtOnce * 4
    const lengths = commons + comparedAtOnce * 4
    this.#bind()
    // For a few rows marking costs more than it saves; short indices are compared in no other way.
    const isMarked = markBytes > 0 && markBytes <= ords.length * markBytesPerRow
    if (counts === null) words.set(query, address >>> 2)
    if (counts === null && (isMarked || this.#indexBytes === 2)) {
      kernels.mark(address, length, lengths + comparedAtOnce * 4, markBytes)
    }
    const placed = ords.buffer === buffer ? ords.byteOffset : null
    return (first, end, out) => {
      for (let from = first; from < end; from += comparedAtOnce) {
        const count = Math.min(comparedAtOnce, end - from)
        const some = placed === null ? ordsAt : placed + from * 4
        if (placed === null)
          for (let at = 0; at < count; at++) words[(ordsAt >>> 2) + at] = ords[from + at]!
        if (counts === null) kernels.compare(address, length, some, count, commons, lengths)
        else kernels.counted(some, count, counts.address, counts.shift, commons, lengths)
        kernels.setOrders(commons, lengths, count, out + (from - first) * 4)
      }
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

function acceptedFrom(accept: BitSet | null, from: number, to: number): Uint32Array {
  const ords = new Uint32Array(to - from)
  let count = 0
  for (let ord = from; ord < to; ord++) if (accept === null || accept.has(ord)) ords[count++] = ord
  return ords.subarray(0, count)
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
