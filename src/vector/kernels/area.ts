/** Kernel memory that grows with what is asked of it and is used again by the next one. */
import { align } from '../geometry.ts'
import type { PageSource } from '../types.ts'

export class ScratchArea {
  readonly #allocator: Pick<PageSource, 'allocate' | 'free'>
  #address = 0
  #bytes = 0

  constructor(allocator: Pick<PageSource, 'allocate' | 'free'>) {
    this.#allocator = allocator
  }

  /** Address of at least `bytes`; what was in it is lost when it grows. */
  reserve(bytes: number): number {
    if (bytes <= this.#bytes) return this.#address
    if (this.#address !== 0) this.#allocator.free(this.#address)
    this.#address = 0
    this.#bytes = 0
    const wanted = align(Math.ceil(bytes * 1.25), 64)
    this.#address = this.#allocator.allocate(wanted)
    this.#bytes = wanted
    return this.#address
  }
}
