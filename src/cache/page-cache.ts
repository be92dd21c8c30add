/**
 * Pages of the store in frames of one kernel memory, under one byte budget.
 *
 * | bytes                     | what                                                                                     |
 * | ------------------------- | ---------------------------------------------------------------------------------------- |
 * | 0 ..                      | simd's layout: nothing at 0, reference bytes (simd/loader.ts)                            |
 * | then                      | tables of the clock (frame-clock.ts)                                                     |
 * | frame base ..             | slots of 16 KiB, aligned to 16 KiB, each a page of that size or four frames of 4 KiB     |
 * | heap start .. memory end  | page tables, scratch, pinned pages (heap.ts); grows downwards over frames it has evicted |
 *
 * The memory has the size of the budget from the start and is virtual until touched; so nothing can be over budget and no
 * view goes stale. A miss: key of the page, record from the store (which has checked it), then page-frames.ts, which says what
 * several threads may do at once. Tables, scratch and pinned pages are the first thread's; others get chunks of the heap.
 */
import { createKernelMemory, frameShift, referenceBase, reservedBytes } from '../simd/index.ts'
import { assert, VectorStoreError } from '../util/index.ts'
import { alignUp, checkBudget, frameBytes, slotBytes, slotCountMin } from './budget.ts'
import { clockBytes } from './frame-clock.ts'
import { Heap } from './heap.ts'
import { PageCounters } from './page-counters.ts'
import { defaultOrder, isChecked, rankOf } from './page-kinds.ts'
import type { EvictionOrder } from './page-kinds.ts'
import { PageFrames, tableBytes, tableHeadBytes } from './page-frames.ts'
import type { FramesPlace } from './page-frames.ts'
import { pinnedPageCountFirst, Table } from './table.ts'
import type { TableAccess, TableState } from './table.ts'
import type {
  CacheStats,
  KindCounters,
  PageKind,
  PageSource,
  PageTable,
  PinnedTable,
  SharedMemory,
  SharedTable,
  TableOptions
} from './types.ts'

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
  /** Which pages go first. @default defaultOrder of page-kinds.ts */
  readonly order?: EvictionOrder
}

/** Number of the thread that has the tables. */
const firstThread = 1

export class PageCache {
  readonly memory: WebAssembly.Memory
  /** The import `env.fault` of every kernel. */
  readonly fault: (tableId: number, page: number) => number
  readonly #options: PageCacheOptions
  readonly #bytes: Uint8Array
  readonly #words: Uint32Array
  /** Where other threads find the frames. */
  readonly place: FramesPlace
  readonly #order: EvictionOrder
  readonly #frames: PageFrames
  readonly #heap: Heap
  readonly #slackBytes: number
  readonly #views: (Uint8Array | undefined)[] = []
  readonly #tables = new Map<number, Table>()
  readonly #counters = new PageCounters()
  readonly #closeListeners = new Set<(tableId: number) => void>()
  #nextTableId = 1
  #pinnedBytes = 0
  #pagesRead = 0

  /**
   * A cache with its memory.
   *
   * Errors   OPTION_INVALID when the budget is below budgetBytesMin(reserveBytes) or above the largest memory.
   */
  constructor(options: PageCacheOptions) {
    checkBudget(options)
    this.#options = options
    this.memory = createKernelMemory(options.budgetBytes - (options.budgetBytes % 65_536))
    const { buffer } = this.memory
    this.#bytes = new Uint8Array(buffer)
    this.#words = new Uint32Array(buffer)
    const clockAddress = alignUp(reservedBytes(buffer.byteLength), 8)
    const slotCountMax = Math.floor(buffer.byteLength / slotBytes)
    const frameBase = alignUp(clockAddress + clockBytes(slotCountMax), slotBytes)
    const count = slotCountMax - frameBase / slotBytes
    this.place = { clockAddress, frameBase, slotCountMax: count }
    this.#order = options.order ?? defaultOrder
    this.#frames = new PageFrames(this.memory, this.place, firstThread, this.#order.floorShift)
    this.#frames.resize(count)
    this.#heap = new Heap(frameBase + count * slotBytes)
    this.#slackBytes = Math.min(slackBytesMax, alignUp(options.budgetBytes / 64, slotBytes))
    this.fault = (tableId, page) => this.#fault(tableId >>> 0, page >>> 0)
  }

  /** Pages read from the store since the start. */
  get pagesRead(): number {
    return this.#pagesRead
  }

  /** What pinned pages may take yet. */
  get pinnedBytesLeft(): number {
    return this.#options.reserveBytes - this.#pinnedBytes
  }

  /**
   * A table of pages of the store. May evict, as it takes memory.
   *
   * Errors   MEMORY_LIMIT when the table does not fit.
   */
  table(options: TableOptions): PageTable {
    return this.#openStored(options)
  }

  #openStored({ kind, pageCount, pageBytes, index, keyOf }: TableOptions): Table {
    assert(Number.isInteger(pageCount) && pageCount >= 0, 'a page count is a whole number')
    const address = this.allocate(tableBytes(pageCount)) + tableHeadBytes
    const isSmall = pageBytes !== undefined && pageBytes <= frameBytes
    const counts = {
      pageCount,
      pageCountMax: pageCount,
      pageBytes: isSmall ? frameBytes : slotBytes
    }
    this.#frames.open(address, {
      ...counts,
      rank: rankOf(kind, this.#order),
      isChecked: isChecked(kind)
    })
    const table = this.#open(kind, index ?? 0, { address, ...counts, keyOf })
    this.#counters.opened(table)
    return table
  }

  /**
   * A table of pages of 16 KiB that the caller fills and that are never evicted. May evict others, as it takes memory.
   *
   * Errors   MEMORY_LIMIT when the table does not fit into the reserve.
   */
  pinnedTable(kind: PageKind, pageCountMax: number): PinnedTable {
    const address = this.#allocatePinned(kind, pinnedPageCountFirst * 4)
    const counts = { pageCount: 0, pageCountMax, pageBytes: slotBytes }
    return this.#open(kind, 0, { address, ...counts, keyOf: null })
  }

  #open(
    kind: PageKind,
    index: number,
    state: Pick<TableState, 'address' | 'pageCount' | 'pageCountMax' | 'pageBytes' | 'keyOf'>
  ): Table {
    const id = this.#nextTableId++
    const table = new Table(this.#access, { ...state, id, kind, index })
    this.#tables.set(id, table)
    return table
  }

  /**
   * Runs `work`, which scans: originals, columns and the like that it reads in do not drive out what is in use. They get
   * free frames, else the frames of what was read in passing before (a sixteenth of all). A page that went that way and
   * that a scan reads again is in use from then on: scans that come back find their pages.
   *
   * @param once  What is read will not be read again (a merge), whatever it is: it drives out nothing, however often.
   */
  inPassing<T>(work: () => T, once: boolean = false): T {
    return this.#frames.inPassing(work, once)
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
    if (spare < slotBytes) return
    this.#heap.moveStart(this.#heap.start + Math.floor(spare / slotBytes) * slotBytes)
    this.#frames.resize((this.#heap.start - this.place.frameBase) / slotBytes)
  }

  /**
   * What one open index needs; close() frees everything it took.
   *
   * @param keyOf  Gives what names the pages of a kind in the store.
   * @param index  Whose counters its pages count in, beside those of all.
   */
  source(keyOf: (kind: PageKind) => TableOptions['keyOf'], index: number = 0): PageSource {
    const tables = new Set<Table>()
    const addresses = new Set<number>()
    const pagesRead = (): number => this.#pagesRead
    const freePageCount = (): number => this.#frames.clock.freeSlotCount
    return {
      memory: this.memory,
      fault: this.fault,
      table: (kind, pageCount, pageBytes = slotBytes) => {
        const keys = keyOf(kind)
        const table = this.#openStored({ kind, pageCount, pageBytes, index, keyOf: keys })
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
      inPassing: (work, once) => this.inPassing(work, once),
      shared: this.#shared,
      get tables(): readonly SharedTable[] {
        return Array.from(tables, sharedTable)
      },
      get pagesRead(): number {
        return pagesRead()
      },
      get freePageCount(): number {
        return freePageCount()
      },
      close: () => {
        for (const table of tables) table.close()
        for (const address of addresses) this.free(address)
        tables.clear()
        addresses.clear()
      }
    }
  }

  /** Listener for the ids of tables that are closed. @returns takes the listener away again */
  onClose(listener: (tableId: number) => void): () => void {
    this.#closeListeners.add(listener)
    return () => void this.#closeListeners.delete(listener)
  }

  /**
   * A thread that is gone gives back what it held: the frames, should it have died with their lock. Called when it is certain
   * that it runs no more.
   */
  forgetThread(thread: number): void {
    if (this.#frames.lock.holder !== thread) return
    const stored = Array.from(this.#tables.values()).filter(({ keyOf }) => keyOf !== null)
    this.#frames.recover(stored.map(({ address }) => address))
  }

  stats(): CacheStats {
    return {
      budgetBytes: this.#options.budgetBytes,
      slotCount: this.#frames.clock.slotCount,
      freeSlotCount: this.#frames.clock.freeSlotCount,
      allocatedBytes: this.#heap.allocatedBytes,
      pinnedBytes: this.#pinnedBytes,
      kinds: this.#counters.all()
    }
  }

  /** Counters of one index by kind of page, since it was opened. Write buffers are in none. */
  statsOf(index: number): Record<PageKind, KindCounters> {
    return this.#counters.of(index)
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
    counts: (table) => this.#frames.counts(table.address),
    view: (address, bytes) => this.#view(address, bytes),
    append: (table) => {
      const address = this.#allocatePinned(table.kind, slotBytes)
      this.#words[(table.address >>> 2) + table.pageCount] = address
      return address
    },
    grow: (table) => this.#growPinned(table),
    close: (table) => this.#close(table)
  }

  #close(table: Table): void {
    assert(this.#tables.delete(table.id), 'a table is closed once')
    for (const listener of this.#closeListeners) listener(table.id)
    if (table.keyOf !== null) {
      this.#frames.empty(table.address)
      this.#counters.closed(table)
      this.free(table.address - tableHeadBytes)
      return
    }
    const first = table.address >>> 2
    for (let page = 0; page < table.pageCount; page++)
      this.#freePinned(table.kind, this.#words[first + page]!)
    this.#freePinned(table.kind, table.address)
  }

  #fault(tableId: number, page: number): number {
    const table = this.#tables.get(tableId)
    assert(table !== undefined, 'a page is asked of an open table')
    assert(page < table.pageCount, 'page < page count of its table')
    assert(table.keyOf !== null, 'a page of a pinned table is appended before it is read')
    const resident = this.#words[(table.address >>> 2) + page]!
    if (resident !== 0) return resident
    const payload = this.#options.read(table.keyOf(page))
    const address = this.#frames.put(table.address, page, payload)
    this.#options.discard?.(payload)
    this.#pagesRead++
    return address
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
    this.#counters.pin(kind, allocatedBytes)
    return address
  }

  #freePinned(kind: PageKind, address: number): void {
    const bytes = this.#heap.bytesAt(address)
    this.#pinnedBytes -= bytes
    this.#counters.pin(kind, -bytes)
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
    const growBytes = alignUp(this.#heap.missingBytes(bytes), slotBytes)
    const start = this.#heap.start - growBytes
    const { frameBase } = this.place
    const startMin = frameBase + slotCountMin * slotBytes + Math.max(0, keptBytes)
    if (start < startMin) {
      throw new VectorStoreError(
        'MEMORY_LIMIT',
        `allocation of ${bytes} bytes leaves ${Math.max(0, start - frameBase)} bytes for pages, wanted at least ${startMin - frameBase} (cache of ${this.#options.budgetBytes} bytes)`,
        { details: { bytes, budgetBytes: this.#options.budgetBytes } }
      )
    }
    this.#frames.resize((start - frameBase) / slotBytes)
    this.#heap.moveStart(start)
    return this.#heap.take(bytes)
  }

  /** One view per address, made when first asked for. */
  #view(address: number, bytes: number): Uint8Array {
    const slot = address >>> frameShift
    const known = this.#views[slot]
    if (known !== undefined && known.byteOffset === address && known.length === bytes) return known
    const view = this.#bytes.subarray(address, address + bytes)
    this.#views[slot] = view
    return view
  }
}

function sharedTable({ id, kind, address, pageCount, pageBytes }: Table): SharedTable {
  return { id, kind, address, pageCount, pageBytes }
}
