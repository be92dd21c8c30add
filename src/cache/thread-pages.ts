/**
 * A cache as another thread than the first sees it: tables that the first one has opened, misses read by this thread itself, and
 * chunks of the heap that the first one has given it for scratch.
 */
import { frameShift, referenceBase } from '../simd/index.ts'
import { assert, VectorStoreError } from '../util/index.ts'
import { Heap } from './heap.ts'
import { PageFrames } from './page-frames.ts'
import type { FramesPlace } from './page-frames.ts'
import type {
  PageKind,
  PageSource,
  PageTable,
  SharedMemory,
  SharedTable,
  TableOptions
} from './types.ts'

/** Bytes of the heap that are this thread's. */
export type Chunk = { readonly address: number; readonly bytes: number }

export type ThreadPagesOptions = {
  readonly memory: WebAssembly.Memory
  readonly place: FramesPlace
  /** 2 or more; of each thread its own. */
  readonly thread: number
  /** As PageCacheOptions has them. */
  readonly read: (key: Uint8Array) => Uint8Array
  readonly discard: (payload: Uint8Array) => void
}

type OpenTable = { readonly shared: SharedTable; readonly keyOf: TableOptions['keyOf'] }

export class ThreadPages {
  readonly #options: ThreadPagesOptions
  readonly #frames: PageFrames
  readonly #bytes: Uint8Array
  readonly #words: Uint32Array
  readonly #tables = new Map<number, OpenTable>()
  readonly #heaps: Heap[] = []
  #pagesRead = 0

  constructor(options: ThreadPagesOptions) {
    this.#options = options
    this.#frames = new PageFrames(options.memory, options.place, options.thread)
    this.#bytes = new Uint8Array(options.memory.buffer)
    this.#words = new Uint32Array(options.memory.buffer)
  }

  /** More memory for allocate(). */
  addChunk({ address, bytes }: Chunk): void {
    const heap = new Heap(address + bytes)
    heap.moveStart(address)
    this.#heaps.push(heap)
  }

  /** The pages of one index; it closes none of the tables, they are the first thread's. */
  source(
    tables: readonly SharedTable[],
    keyOf: (kind: PageKind) => TableOptions['keyOf']
  ): PageSource {
    for (const shared of tables) this.#tables.set(shared.id, { shared, keyOf: keyOf(shared.kind) })
    const pagesRead = (): number => this.#pagesRead
    const freePageCount = (): number => this.#frames.clock.freeSlotCount
    return {
      memory: this.#options.memory,
      fault: this.#fault,
      table: (kind, pageCount) => {
        const shared = tables.find((each) => each.kind === kind)
        assert(shared?.pageCount === pageCount, 'an index asks for the tables it has')
        return this.#tableOf(shared)
      },
      ...this.#shared,
      shared: this.#shared,
      tables,
      inPassing: (work, once = false) => this.#frames.inPassing(work, once),
      get pagesRead(): number {
        return pagesRead()
      },
      get freePageCount(): number {
        return freePageCount()
      },
      close: () => {
        for (const { id } of tables) this.#tables.delete(id)
      }
    }
  }

  readonly #fault = (tableId: number, page: number): number => {
    const table = this.#tables.get(tableId >>> 0)
    assert(table !== undefined, 'a page is asked of an open table')
    const { shared, keyOf } = table
    const at = page >>> 0
    assert(at < shared.pageCount, 'page < page count of its table')
    const payload = this.#options.read(keyOf(at))
    const address = this.#frames.put(shared.address, at, payload)
    this.#options.discard(payload)
    this.#pagesRead++
    return address
  }

  #tableOf({ id, address, pageCount, pageBytes, kind }: SharedTable): PageTable {
    const frame = (page: number): number => {
      const resident = this.#words[(address >>> 2) + page]!
      if (resident === 0) return this.#fault(id, page)
      this.#bytes[referenceBase + (resident >>> frameShift)] = 1
      return resident
    }
    const page = (number: number): Uint8Array => {
      const at = frame(number)
      return this.#bytes.subarray(at, at + pageBytes)
    }
    return { id, kind, address, pageCount, frame, page, close: () => undefined }
  }

  readonly #shared: SharedMemory = {
    allocate: (bytes) => {
      for (const heap of this.#heaps) {
        const address = heap.take(bytes)
        if (address === 0) continue
        this.#bytes.fill(0, address, address + heap.bytesAt(address))
        return address
      }
      throw new VectorStoreError(
        'MEMORY_LIMIT',
        `a search thread needs ${bytes} bytes of scratch, wanted a chunk that has them`
      )
    },
    free: (address) => {
      const heap = this.#heaps.find((each) => address >= each.start && address < each.end)
      assert(heap !== undefined, 'the address was allocated and not freed')
      heap.give(address)
    }
  }
}
