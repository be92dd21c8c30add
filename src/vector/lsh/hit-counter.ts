/** Counts the terms that each vector of an index has in common with a query, and picks those with the most. */
import { hashPostingKernels } from '../../simd/index.ts'
import type { HashPostingKernels } from '../../simd/index.ts'
import type { BitSet } from '../../util/index.ts'
import { pageBytesMax } from '../geometry.ts'
import { ScratchArea } from '../kernels/area.ts'
import { KernelContext } from '../kernels/context.ts'
import type { CommonCounts, HashHits } from '../hash-postings.ts'
import type { PageSource } from '../types.ts'
import type { HashTerms } from './hash-terms.ts'
import { keysOf } from './term-keys.ts'

const uint8Max = 2 ** 8 - 1
const uint16Max = 2 ** 16 - 1
/** The kernel looks at so many counts at once. */
const lanes = 16
/** Who is gathered before the last places are given: so many for each who is wanted, and these. */
const gatheredShare = 2
const gatheredMin = 1024

/** Rows by true index (sparse/row-lists.ts): tables of starts and lists, and how the starts of a block lie. */
type BoundLists = {
  readonly starts: number
  readonly startsId: number
  readonly lists: number
  readonly listsId: number
  /** First row of each block. */
  readonly firsts: readonly number[]
  readonly blockHeadWords: number
  readonly blockWords: number
}

const counterByContext = new WeakMap<KernelContext, HitCounter>()

export class HitCounter {
  readonly #context: KernelContext
  readonly #kernels: HashPostingKernels
  readonly #areas: Readonly<Record<'keys' | 'counts' | 'ords' | 'hits', ScratchArea>>
  #counts = 0
  #countMax = 0
  #size = 0

  /** One for all indexes of a memory: they count one after another on its thread. */
  static of(source: PageSource): HitCounter {
    const context = KernelContext.of(source)
    const known = counterByContext.get(context)
    if (known !== undefined) return known
    const counter = new HitCounter(context, source)
    counterByContext.set(context, counter)
    return counter
  }

  constructor(context: KernelContext, source: PageSource) {
    const allocator = source.shared ?? source
    this.#context = context
    this.#kernels = hashPostingKernels({ memory: source.memory, fault: source.fault })
    this.#kernels.copyAt(allocator.allocate(pageBytesMax))
    this.#areas = {
      keys: new ScratchArea(allocator),
      counts: new ScratchArea(allocator),
      ords: new ScratchArea(allocator),
      hits: new ScratchArea(allocator)
    }
  }

  /** Sets the counts of `size` vectors to 0. No vector can have more than all terms of the query. */
  start(size: number, terms: HashTerms): void {
    let countMax = 0
    for (const frequency of terms.frequencies) countMax += frequency
    this.#clear(size, countMax)
  }

  #clear(size: number, countMax: number): void {
    this.#size = size
    this.#countMax = countMax
    const bytes = (Math.ceil(size / lanes) * lanes) << this.#shift
    this.#counts = this.#areas.counts.reserve(bytes)
    this.#kernels.clear(this.#counts, bytes)
  }

  /** Of a count: log2 of its bytes. Small ones stay in the processor's nearest caches. */
  get #shift(): 0 | 1 | 2 {
    if (this.#countMax <= uint8Max) return 0
    return this.#countMax <= uint16Max ? 1 : 2
  }

  /** The counts, by ordinal; valid until the next start. */
  get counts(): Uint8Array | Uint16Array | Uint32Array {
    const { buffer } = this.#context
    const shift = this.#shift
    if (shift === 0) return new Uint8Array(buffer, this.#counts, this.#size)
    if (shift === 1) return new Uint16Array(buffer, this.#counts, this.#size)
    return new Uint32Array(buffer, this.#counts, this.#size)
  }

  /** Where they are. */
  get common(): CommonCounts {
    return { address: this.#counts, shift: this.#shift }
  }

  /** Counts the postings of an index in pages, which its block describes (postings-format.ts). */
  countPages(block: number, terms: HashTerms): void {
    const { words } = this.#context
    const { count } = terms
    const keys = this.#areas.keys.reserve(count * 20)
    const places = keys + count * 8
    const frequencies = places + count * 8
    words.set(keysOf(terms), keys >>> 2)
    words.set(terms.frequencies, frequencies >>> 2)
    this.#kernels.bind(block)
    this.#kernels.findKeys(keys, count, places)
    this.#kernels.count(places, frequencies, count, this.#counts, this.#shift)
  }

  /**
   * Counts the indices that rows have in common with a query.
   *
   * @param rowsMax  null where its lists have more rows.
   */
  countLists(
    bound: BoundLists,
    query: Int32Array,
    size: number,
    rowsMax: number
  ): CommonCounts | null {
    const kernels = this.#kernels
    const { firsts, blockHeadWords, blockWords } = bound
    const count = query.length
    const places = this.#areas.keys.reserve((firsts.length * 2 + 1) * count * 4)
    const queryAt = places + firsts.length * count * 8
    this.#context.words.set(query, queryAt >>> 2)
    kernels.bindLists(bound.starts, bound.startsId, bound.lists, bound.listsId)
    let rowCount = 0
    for (let block = 0; block < firsts.length; block++) {
      const first = block * blockWords + blockHeadWords
      rowCount += kernels.listPlaces(queryAt, count, first, places + block * count * 8)
    }
    if (rowCount > rowsMax) return null
    this.#clear(size, count)
    const { address, shift } = this.common
    for (let block = 0; block < firsts.length; block++) {
      const at = places + block * count * 8
      kernels.count(at, at, count, address + (firsts[block]! << shift), shift)
    }
    return this.common
  }

  /**
   * The vectors with the most common terms, in their order; of those that tie for the last places the first.
   *
   * Source   Elastiknn, spec 6.4; but ordinals that are not accepted take no place.
   * Cost     A few passes over all counts, sixteen bytes at a time. Counts of who is not accepted are 0 then.
   */
  take(wanted: number, accept: BitSet | null): HashHits {
    const { ords, hits, found } = this.#select(wanted, accept)
    return { ords: this.#context.copyOf(ords, found), counts: this.#context.copyOf(hits, found) }
  }

  /** The same without their counts, where the kernel wrote them: valid until the next of these calls. */
  takeOrds(wanted: number, accept: BitSet | null): Uint32Array {
    const { ords, found } = this.#select(wanted, accept)
    return new Uint32Array(this.#context.buffer, ords, found)
  }

  /** Where they and their counts are written, and how many. */
  #select(
    wanted: number,
    accept: BitSet | null
  ): { readonly ords: number; readonly hits: number; readonly found: number } {
    const size = this.#size
    const most = Math.min(wanted, size)
    if (most <= 0) return { ords: 0, hits: 0, found: 0 }
    const room = Math.min(gatheredShare * most + gatheredMin, size + 1)
    const ords = this.#areas.ords.reserve((room + lanes) * 4)
    const hits = this.#areas.hits.reserve((room + lanes) * 4)
    const bits = accept === null ? 0 : this.#context.writeAccept(accept, size)
    const shift = this.#shift
    const found = this.#kernels.select(this.#counts, size, shift, most, bits, ords, hits, room)
    return { ords, hits, found }
  }
}
