/** A page source over arrays: what an index writes to it can be opened over many frames or over very few. */
import { createKernelMemory, evictionsAddress, reservedBytes } from '../../src/simd/index.ts'
import { assert } from '../../src/util/index.ts'
import type { PageKind, PageSink, PageSource, PageTable } from '../../src/vector/index.ts'

const frameBytes = 16_384

/** Pages of one index, as a segment keeps them. */
export class ArrayPages {
  readonly pages: Map<string, Uint8Array> = new Map()

  readonly sink: PageSink = (kind, page, payload) => {
    const key = `${kind}/${page}`
    assert(!this.pages.has(key), 'a page is written once')
    assert(payload.byteLength <= frameBytes, 'a page has at most 16 KiB')
    this.pages.set(key, payload.slice())
  }

  get(kind: PageKind, page: number): Uint8Array {
    const found = this.pages.get(`${kind}/${page}`)
    assert(found !== undefined, `page ${page} of ${kind} was written`)
    return found
  }
}

type Table = { readonly kind: PageKind; readonly words: Uint32Array; residentCount: number }
type Slot = { readonly table: Table; readonly page: number }

/**
 * Frames are reused in turn, one a miss, and filled with rubbish first: whoever keeps the address of an evicted page
 * reads nonsense.
 */
export class ArrayPageSource implements PageSource {
  readonly memory: WebAssembly.Memory
  pagesRead = 0
  readonly #pages: ArrayPages
  readonly #bytes: Uint8Array
  readonly #tables: Table[] = []
  readonly #frames: number
  readonly #slots: (Slot | null)[]
  /** Slots that hold nothing. Plans ask before each search: nothing may be counted then. */
  freePageCount: number
  #hand = 0
  #next: number

  constructor(pages: ArrayPages, frameCount: number, scratchBytes: number = 16 << 20) {
    this.#pages = pages
    this.memory = createKernelMemory(scratchBytes + (frameCount + 8) * frameBytes)
    this.#bytes = new Uint8Array(this.memory.buffer)
    const free = reservedBytes(this.memory.buffer.byteLength)
    this.#frames = Math.ceil(free / frameBytes) * frameBytes
    this.#next = this.#frames + frameCount * frameBytes
    this.#slots = Array.from({ length: frameCount }, () => null)
    this.freePageCount = frameCount
  }

  readonly fault = (tableId: number, page: number): number => {
    const table = this.#tables[tableId]!
    const hand = this.#hand
    this.#hand = (hand + 1) % this.#slots.length
    const evicted = this.#slots[hand]
    if (evicted) {
      evicted.table.words[evicted.page] = 0
      evicted.table.residentCount -= 1
      Atomics.add(new Uint32Array(this.memory.buffer), evictionsAddress / 4, 1)
    } else this.freePageCount -= 1
    const address = this.#frames + hand * frameBytes
    this.#bytes.fill(0x55, address, address + frameBytes)
    this.#bytes.set(this.#pages.get(table.kind, page), address)
    table.words[page] = address
    table.residentCount += 1
    this.#slots[hand] = { table, page }
    this.pagesRead += 1
    return address
  }

  table(kind: PageKind, pageCount: number): PageTable {
    const address = this.allocate(pageCount * 4)
    const words = new Uint32Array(this.memory.buffer, address, pageCount)
    const table: Table = { kind, words, residentCount: 0 }
    const id = this.#tables.push(table) - 1
    const frame = (page: number): number => words[page]! || this.fault(id, page)
    return {
      id,
      address,
      pageCount,
      frame,
      get residentCount() {
        return table.residentCount
      },
      page: (page) => new Uint8Array(this.memory.buffer, frame(page), frameBytes),
      close: () => {}
    }
  }

  allocate(bytes: number): number {
    const at = Math.ceil(this.#next / 64) * 64
    this.#next = at + bytes
    assert(this.#next <= this.#bytes.length, 'the test gave enough memory')
    return at
  }

  free(): void {}
}
