/** Memory of a build: a page source of its own where every page is resident from the start. Gone with its references. */
import { createKernelMemory, kernelMemoryBytesMax, reservedBytes } from '../../simd/index.ts'
import { assert, VectorStoreError } from '../../util/index.ts'
import { align, pageBytesMax } from '../geometry.ts'
import type { PageKind, PageSource, PageTable } from '../types.ts'

export class Arena implements PageSource {
  readonly memory: WebAssembly.Memory
  readonly pagesRead = 0
  #next: number

  /**
   * @param bytes  Everything that will be allocated, page tables included.
   *
   * Errors   MEMORY_LIMIT when one memory cannot hold it.
   */
  constructor(bytes: number) {
    // Reference bytes are an n-th of the memory they are in.
    const total = reservedBytes(bytes * (1 + 2 ** -11)) + bytes + pageBytesMax
    if (total > kernelMemoryBytesMax) {
      throw new VectorStoreError(
        'MEMORY_LIMIT',
        `building the graph takes ${total} bytes, wanted at most ${kernelMemoryBytesMax}`,
        { details: { bytes: total, bytesMax: kernelMemoryBytesMax } }
      )
    }
    this.memory = createKernelMemory(total)
    this.#next = align(reservedBytes(this.memory.buffer.byteLength), pageBytesMax)
  }

  readonly fault = (tableId: number, page: number): number => {
    assert(false, `page ${page} of table ${tableId} of a build is resident`)
  }

  allocate(bytes: number): number {
    return this.#take(bytes, 64)
  }

  /** The arena goes as a whole. */
  free(): void {}

  /** A table of contiguous pages, all zero. */
  table(_kind: PageKind, pageCount: number): PageTable {
    const address = this.#take(pageCount * 4, 64)
    const pages = this.#take(pageCount * pageBytesMax, pageBytesMax)
    const words = new Uint32Array(this.memory.buffer, address, pageCount)
    for (let page = 0; page < pageCount; page++) words[page] = pages + page * pageBytesMax
    const frame = (page: number): number => pages + page * pageBytesMax
    return {
      id: 0,
      address,
      pageCount,
      frame,
      page: (page) => new Uint8Array(this.memory.buffer, frame(page), pageBytesMax),
      close: () => {}
    }
  }

  #take(bytes: number, to: number): number {
    const at = align(this.#next, to)
    this.#next = at + bytes
    assert(this.#next <= this.memory.buffer.byteLength, 'the arena holds what was planned')
    return at
  }
}

/** More than V8 lets pass without looking for garbage (64 MiB at least), and nothing touches it. */
const noticeBytes = 256 << 20

/**
 * Has the memory of finished builds collected: V8 does not count shared memories, and without a notice keeps a hundred
 * megabytes of them until something else fills its heap (measured: every build stayed). An untouched buffer, gone at once,
 * makes it look; 2 to 7 ms.
 */
export function collectArenas(): void {
  assert(new ArrayBuffer(noticeBytes).byteLength === noticeBytes, 'the notice was given')
}

/** Bytes an arena needs for a table. */
export function tableBytes(pageCount: number): number {
  return pageCount * (pageBytesMax + 4) + pageBytesMax + 64
}
