/**
 * A free-list allocator over the upper end of a memory: [start, end). It grows downwards when no free block fits and
 * gives what is free at its lower end back, so frames and allocations share one budget without a fixed border.
 *
 * Free blocks are kept in order of address and joined with their neighbours; the highest that fits is taken, so that
 * the lower end becomes free first.
 */
import { assert } from '../util/index.ts'

/** Every address is a multiple of this: a cache line, and four SIMD registers. */
const heapAlignmentBytes = 64

type Block = { address: number; bytes: number }

export class Heap {
  readonly #end: number
  #start: number
  /** By address, ascending; never touching each other. */
  readonly #free: Block[] = []
  readonly #bytesByAddress = new Map<number, number>()
  #allocatedBytes = 0

  /** An empty heap that ends at `end`. */
  constructor(end: number) {
    assert(end % heapAlignmentBytes === 0, 'the end of the heap is aligned')
    this.#end = end
    this.#start = end
  }

  get start(): number {
    return this.#start
  }

  get end(): number {
    return this.#end
  }

  get allocatedBytes(): number {
    return this.#allocatedBytes
  }

  /** Bytes that are free at the lower end. */
  get slackBytes(): number {
    const lowest = this.#free[0]
    return lowest !== undefined && lowest.address === this.#start ? lowest.bytes : 0
  }

  /** A block of at least `bytes`, or 0 when none is free. */
  take(bytes: number): number {
    const wanted = rounded(bytes)
    const at = this.#free.findLastIndex((block) => block.bytes >= wanted)
    const block = this.#free[at]
    if (block === undefined) return 0
    block.bytes -= wanted
    const address = block.address + block.bytes
    if (block.bytes === 0) this.#free.splice(at, 1)
    this.#bytesByAddress.set(address, wanted)
    this.#allocatedBytes += wanted
    return address
  }

  /** Bytes by which the start must go down before take(bytes) succeeds there. */
  missingBytes(bytes: number): number {
    return rounded(bytes) - this.slackBytes
  }

  /** Bytes of an allocated block. */
  bytesAt(address: number): number {
    const bytes = this.#bytesByAddress.get(address)
    assert(bytes !== undefined, 'the address was allocated and not freed')
    return bytes
  }

  give(address: number): void {
    const bytes = this.bytesAt(address)
    this.#bytesByAddress.delete(address)
    this.#allocatedBytes -= bytes
    this.#release({ address, bytes })
  }

  /** Moves the start: down takes [start, old start) in, up hands free bytes out. */
  moveStart(start: number): void {
    if (start < this.#start) {
      const block = { address: start, bytes: this.#start - start }
      this.#start = start
      this.#release(block)
      return
    }
    const movedBytes = start - this.#start
    assert(movedBytes <= this.slackBytes, 'the heap gives back free bytes only')
    const lowest = this.#free[0]
    if (movedBytes === 0 || lowest === undefined) return
    this.#start = start
    lowest.address += movedBytes
    lowest.bytes -= movedBytes
    if (lowest.bytes === 0) this.#free.shift()
  }

  #release(block: Block): void {
    let low = 0
    let high = this.#free.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#free[middle]?.address ?? 0) < block.address) low = middle + 1
      else high = middle
    }
    const before = this.#free[low - 1]
    const after = this.#free[low]
    const joinsBefore = before !== undefined && before.address + before.bytes === block.address
    const joinsAfter = after !== undefined && block.address + block.bytes === after.address
    if (joinsBefore) {
      before.bytes += block.bytes + (joinsAfter ? after.bytes : 0)
      if (joinsAfter) this.#free.splice(low, 1)
    } else if (joinsAfter) {
      after.address = block.address
      after.bytes += block.bytes
    } else this.#free.splice(low, 0, block)
  }
}

function rounded(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / heapAlignmentBytes)) * heapAlignmentBytes
}
