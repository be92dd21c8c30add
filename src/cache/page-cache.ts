/**
 * Pages of the store in frames of one kernel memory, under one byte budget.
 *
 * | bytes                     | what                                                                                     |
 * | ------------------------- | ---------------------------------------------------------------------------------------- |
 * | 0 ..                      | simd's layout: nothing at 0, reference bytes (simd/loader.ts)                            |
 * | then                      | tables of the clock (frame-clock.ts)                                                     |
 * | frame base ..             | frames of 16 KiB, aligned to 16 KiB                                                      |
 * | heap start .. memory end  | page tables, scratch, pinned pages (heap.ts); grows downwards over frames it has evicted |
 *
 * The memory has the size of the budget from the start and is virtual until touched; so nothing can be over budget and no
 * view goes stale. A miss: key of the page, record from the store (which has checked it), a frame from the clock, copy,
 * address into the page table. Evicting writes 0 into the table of the page that goes.
 */
import {
  createKernelMemory,
  frameShift,
  kernelMemoryBytesMax,
  referenceBase,
  reservedBytes
} from '../simd/index.ts'
import { pageBytesMax } from '../store/index.ts'
import { assert, VectorStoreError } from '../util/index.ts'
import { clockBytesPerFrame, FrameClock } from './frame-clock.ts'
import type { Rank } from './frame-clock.ts'
import { Heap } from './heap.ts'
import { pinnedPageCountFirst, Table } from './table.ts'
import type { TableAccess } from './table.ts'
import type {
  CacheStats,
  KindCounters,
  PageKind,
  PageSource,
  PageTable,
  PinnedTable,
  SharedMemory,
  TableOptions
} from './types.ts'

const frameBytes = 1 << frameShift
/** Fewer and a filtered walk evicts the pages it is about to read again: four ranks of neighbours at once. A guess. */
const frameCountMin = 128
/** Room for tables and scratch beside the fewest frames. */
const heapBytesMin = 128 * frameBytes
/** Free bytes the heap keeps at its lower end, so that scratch that comes and goes does not evict each time. */
const slackBytesMax = 1 << 20

export type PageCacheOptions = {
  /** Frames, tables, scratch and pinned pages together. */
  readonly budgetBytes: number
  /** The part of the budget that pinned pages may take, and that nothing else in the heap may. */
  readonly reserveBytes: number
  /** Payload of a record, checked, at most pageBytesMax; throws what the store throws. */
  readonly read: (key: Uint8Array) => Uint8Array
  /** Told when the payload of a read is copied into its frame. @default left to the garbage collector */
  readonly discard?: (payload: Uint8Array) => void
}

/** The smallest budget that works with a reserve. */
export function budgetBytesMin(reserveBytes: number): number {
  const framesBytes = frameCountMin * frameBytes + heapBytesMin + reserveBytes
  const tablesBytes = Math.ceil(framesBytes / frameBytes) * (clockBytesPerFrame + 1)
  return referenceBase + framesBytes + tablesBytes + 8 * frameBytes
}

type KindState = {
  residentCount: number
  pinnedBytes: number
  missCount: number
  evictionCount: number
}

export class PageCache {
  readonly memory: WebAssembly.Memory
  /** The import `env.fault` of every kernel. */
  readonly fault: (tableId: number, page: number) => number
  readonly #options: PageCacheOptions
  readonly #bytes: Uint8Array
  readonly #words: Uint32Array
  readonly #reference: Uint8Array
  readonly #clock: FrameClock
  readonly #heap: Heap
  readonly #frameBase: number
  readonly #slackBytes: number
  readonly #views: (Uint8Array | undefined)[] = []
  readonly #tables = new Map<number, Table>()
  readonly #kinds = new Map<PageKind, KindState>()
  #nextTableId = 1
  #pinnedBytes = 0
  #pagesRead = 0

  /**
   * A cache with its memory.
   *
   * Errors   OPTION_INVALID when the budget is below budgetBytesMin(reserveBytes) or above the largest memory.
   */
  constructor(options: PageCacheOptions) {
    checkOptions(options)
    this.#options = options
    this.memory = createKernelMemory(options.budgetBytes - (options.budgetBytes % 65_536))
    const { buffer } = this.memory
    this.#bytes = new Uint8Array(buffer)
    this.#words = new Uint32Array(buffer)
    const clockAddress = alignUp(reservedBytes(buffer.byteLength), 8)
    const frameCountMax = Math.floor(buffer.byteLength / frameBytes)
    this.#frameBase = alignUp(clockAddress + frameCountMax * clockBytesPerFrame, frameBytes)
    const firstSlot = this.#frameBase >>> frameShift
    const count = frameCountMax - firstSlot
    this.#reference = new Uint8Array(buffer, referenceBase + firstSlot, count)
    this.#clock = new FrameClock(this.memory, clockAddress, this.#reference)
    this.#clock.resize(count)
    this.#heap = new Heap(this.#frameBase + count * frameBytes)
    this.#slackBytes = Math.min(slackBytesMax, alignUp(options.budgetBytes / 64, frameBytes))
    this.fault = (tableId, page) => this.#fault(tableId >>> 0, page >>> 0)
  }

  /** Pages read from the store since the start. */
  get pagesRead(): number {
    return this.#pagesRead
  }

  /**
   * A table of pages of the store. May evict, as it takes memory.
   *
   * Errors   MEMORY_LIMIT when the table does not fit.
   */
  table({ kind, pageCount, keyOf }: TableOptions): PageTable {
    assert(Number.isInteger(pageCount) && pageCount >= 0, 'a page count is a whole number')
    const table = new Table(this.#access, {
      id: this.#nextTableId++,
      kind,
      address: this.allocate(pageCount * 4),
      pageCount,
      pageCountMax: pageCount,
      keyOf
    })
    this.#tables.set(table.id, table)
    return table
  }

  /**
   * A table of pages that the caller fills and that are never evicted. May evict others, as it takes memory.
   *
   * Errors   MEMORY_LIMIT when the table does not fit into the reserve.
   */
  pinnedTable(kind: PageKind, pageCountMax: number): PinnedTable {
    const table = new Table(this.#access, {
      id: this.#nextTableId++,
      kind,
      address: this.#allocatePinned(kind, pinnedPageCountFirst * 4),
      pageCount: 0,
      pageCountMax,
      keyOf: null
    })
    this.#tables.set(table.id, table)
    return table
  }

  /**
   * Bytes of the kernels' memory, 64-aligned and zeroed, until free(). May evict, like a miss.
   *
   * Errors   MEMORY_LIMIT when frames would become too few, or the reserve be touched.
   */
  allocate(bytes: number): number {
    return this.#allocate(bytes, this.#options.reserveBytes - this.#pinnedBytes)
  }

  free(address: number): void {
    this.#heap.give(address)
    const spare = this.#heap.slackBytes - this.#slackBytes
    if (spare < frameBytes) return
    this.#heap.moveStart(this.#heap.start + Math.floor(spare / frameBytes) * frameBytes)
    this.#clock.resize((this.#heap.start - this.#frameBase) / frameBytes)
  }

  /** What one open index needs; `keyOf` names its pages in the store. close() frees everything it took. */
  source(keyOf: (kind: PageKind, page: number) => Uint8Array): PageSource {
    const tables = new Set<PageTable>()
    const addresses = new Set<number>()
    const pagesRead = (): number => this.#pagesRead
    return {
      memory: this.memory,
      fault: this.fault,
      table: (kind, pageCount) => {
        const table = this.table({ kind, pageCount, keyOf: (page) => keyOf(kind, page) })
        tables.add(table)
        return table
      },
      allocate: (bytes) => {
        const address = this.allocate(bytes)
        addresses.add(address)
        return address
      },
      free: (address) => {
        assert(addresses.delete(address), 'a source frees what it allocated')
        this.free(address)
      },
      shared: this.#shared,
      get pagesRead(): number {
        return pagesRead()
      },
      close: () => {
        for (const table of tables) table.close()
        for (const address of addresses) this.free(address)
        tables.clear()
        addresses.clear()
      }
    }
  }

  stats(): CacheStats {
    const kinds: Record<PageKind, KindCounters> = {}
    for (const [kind, { residentCount, ...counters }] of this.#kinds) {
      kinds[kind] = { residentBytes: residentCount * frameBytes, ...counters }
    }
    return {
      budgetBytes: this.#options.budgetBytes,
      frameCount: this.#clock.frameCount,
      freeFrameCount: this.#clock.freeCount,
      allocatedBytes: this.#heap.allocatedBytes,
      pinnedBytes: this.#pinnedBytes,
      kinds
    }
  }

  readonly #shared: SharedMemory = {
    allocate: (bytes) => this.allocate(bytes),
    free: (address) => this.free(address)
  }

  /** What tables may do that others may not. */
  readonly #access: TableAccess = {
    frame: (table, page) => {
      const resident = this.#words[(table.address >>> 2) + page]!
      if (resident === 0) return this.#fault(table.id, page)
      this.#bytes[referenceBase + (resident >>> frameShift)] = 1
      return resident
    },
    view: (address) => this.#view(address),
    append: (table) => {
      const address = this.#allocatePinned(table.kind, frameBytes)
      this.#words[(table.address >>> 2) + table.pageCount] = address
      return address
    },
    grow: (table) => this.#growPinned(table),
    close: (table) => this.#close(table)
  }

  #close(table: Table): void {
    assert(this.#tables.delete(table.id), 'a table is closed once')
    const first = table.address >>> 2
    for (let page = 0; page < table.pageCount; page++) {
      const address = this.#words[first + page]!
      if (address === 0) continue
      if (table.keyOf === null) this.#freePinned(table.kind, address)
      else {
        this.#clock.vacate((address - this.#frameBase) / frameBytes, false)
        this.#kind(table.kind).residentCount--
      }
    }
    if (table.keyOf === null) this.#freePinned(table.kind, table.address)
    else this.free(table.address)
  }

  #fault(tableId: number, page: number): number {
    const table = this.#tables.get(tableId)
    assert(table !== undefined, 'a page is asked of an open table')
    assert(page < table.pageCount, 'page < page count of its table')
    assert(table.keyOf !== null, 'a page of a pinned table is appended before it is read')
    const word = (table.address >>> 2) + page
    const resident = this.#words[word]!
    if (resident !== 0) return resident
    const payload = this.#options.read(table.keyOf(page))
    assert(payload.byteLength <= pageBytesMax, 'a page fits a frame')
    const frame = this.#emptyFrame()
    const address = this.#frameBase + frame * frameBytes
    this.#bytes.set(payload, address)
    this.#bytes.fill(0, address + payload.byteLength, address + frameBytes)
    this.#options.discard?.(payload)
    this.#clock.occupy(frame, tableId, page, rankOf(table.kind))
    this.#words[word] = address
    const kind = this.#kind(table.kind)
    kind.missCount++
    kind.residentCount++
    this.#pagesRead++
    return address
  }

  #emptyFrame(): number {
    const free = this.#clock.takeFree()
    if (free >= 0) return free
    const frame = this.#clock.victim()
    this.#evict(frame, true)
    return frame
  }

  #evict(frame: number, keep: boolean): void {
    const table = this.#tables.get(this.#clock.tableOf(frame))
    assert(table !== undefined, 'a frame belongs to an open table')
    this.#words[(table.address >>> 2) + this.#clock.pageOf(frame)] = 0
    this.#clock.vacate(frame, keep)
    const kind = this.#kind(table.kind)
    kind.residentCount--
    kind.evictionCount++
  }

  #allocatePinned(kind: PageKind, bytes: number): number {
    const { reserveBytes } = this.#options
    if (this.#pinnedBytes + bytes > reserveBytes) {
      throw new VectorStoreError(
        'MEMORY_LIMIT',
        `write buffer needs ${this.#pinnedBytes + bytes} bytes, wanted at most ${reserveBytes}`,
        { details: { pinnedBytes: this.#pinnedBytes, bytes, reserveBytes } }
      )
    }
    const address = this.#allocate(bytes, 0)
    const allocatedBytes = this.#heap.bytesAt(address)
    this.#pinnedBytes += allocatedBytes
    this.#kind(kind).pinnedBytes += allocatedBytes
    return address
  }

  #freePinned(kind: PageKind, address: number): void {
    const bytes = this.#heap.bytesAt(address)
    this.#pinnedBytes -= bytes
    this.#kind(kind).pinnedBytes -= bytes
    this.free(address)
  }

  /** A table of pinned pages twice as large; gives its address. */
  #growPinned(table: Table): number {
    const { kind, address, pageCount } = table
    const grown = this.#allocatePinned(kind, pageCount * 2 * 4)
    this.#words.copyWithin(grown >>> 2, address >>> 2, (address >>> 2) + pageCount)
    this.#freePinned(kind, address)
    return grown
  }

  /** @param keptBytes  Bytes below the heap that must stay available to pinned pages. */
  #allocate(bytes: number, keptBytes: number): number {
    const address = this.#heap.take(bytes) || this.#allocateByGrowing(bytes, keptBytes)
    this.#bytes.fill(0, address, address + this.#heap.bytesAt(address))
    return address
  }

  #allocateByGrowing(bytes: number, keptBytes: number): number {
    const growBytes = alignUp(this.#heap.missingBytes(bytes), frameBytes)
    const start = this.#heap.start - growBytes
    const startMin = this.#frameBase + frameCountMin * frameBytes + Math.max(0, keptBytes)
    if (start < startMin) {
      throw new VectorStoreError(
        'MEMORY_LIMIT',
        `allocation of ${bytes} bytes leaves ${Math.max(0, start - this.#frameBase)} bytes for pages, wanted at least ${startMin - this.#frameBase} (cache of ${this.#options.budgetBytes} bytes)`,
        { details: { bytes, budgetBytes: this.#options.budgetBytes } }
      )
    }
    const frameCount = (start - this.#frameBase) / frameBytes
    for (let frame = frameCount; frame < this.#clock.frameCount; frame++) {
      if (!this.#clock.isFree(frame)) this.#evict(frame, false)
    }
    this.#clock.resize(frameCount)
    this.#heap.moveStart(start)
    return this.#heap.take(bytes)
  }

  /** One view per address, made when first asked for. */
  #view(address: number): Uint8Array {
    const slot = address >>> frameShift
    const known = this.#views[slot]
    if (known !== undefined && known.byteOffset === address) return known
    const view = this.#bytes.subarray(address, address + frameBytes)
    this.#views[slot] = view
    return view
  }

  #kind(kind: PageKind): KindState {
    const known = this.#kinds.get(kind)
    if (known !== undefined) return known
    const state = { residentCount: 0, pinnedBytes: 0, missCount: 0, evictionCount: 0 }
    this.#kinds.set(kind, state)
    return state
  }
}

function rankOf(kind: PageKind): Rank {
  return kind === 'codes' ? 1 : 0
}

function alignUp(bytes: number, alignment: number): number {
  return Math.ceil(bytes / alignment) * alignment
}

function checkOptions({ budgetBytes, reserveBytes }: PageCacheOptions): void {
  const bytesMin = budgetBytesMin(reserveBytes)
  if (budgetBytes >= bytesMin && budgetBytes <= kernelMemoryBytesMax) return
  throw new VectorStoreError(
    'OPTION_INVALID',
    `budgetBytes is ${budgetBytes}, wanted ${bytesMin} to ${kernelMemoryBytesMax} with a reserve of ${reserveBytes} bytes`,
    { details: { budgetBytes, reserveBytes, bytesMin, bytesMax: kernelMemoryBytesMax } }
  )
}
