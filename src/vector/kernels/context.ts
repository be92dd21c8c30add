/** Everything the indexes of one page source share: kernels over its memory, scratch, visited marks, bit set in memory. */
import { evictionsAddress } from '../../simd/index.ts'
import { assert } from '../../util/index.ts'
import type { BitSet } from '../../util/index.ts'
import type { PageSource } from '../types.ts'
import { ScratchArea } from './area.ts'
import { bitBytes, layScratch, scratchBytes, setVisited } from './scratch.ts'
import type { Scratch } from './scratch.ts'
import { scoreKernel } from './score-kernel.ts'
import type { ScoreKernel } from './score-kernel.ts'
import { walkKernel } from './walk-kernel.ts'
import type { CodeKind, WalkKernel } from './walk-kernel.ts'

type Allocator = Pick<PageSource, 'allocate' | 'free'>

/** One context per memory, however many indexes are open over it: they search one after another on its thread. */
const contextByAllocator = new WeakMap<Allocator, KernelContext>()

export class KernelContext {
  readonly #imports: Pick<PageSource, 'memory' | 'fault'>
  readonly buffer: ArrayBufferLike
  readonly bytes: Uint8Array
  readonly words: Uint32Array
  readonly floats: Float32Array
  readonly scratch: Scratch
  readonly score: ScoreKernel
  /** Whose query and rows the score kernel holds; scorers that find themselves here need not bind again. */
  scorerOwner: object | null = null
  readonly #walks = new Map<CodeKind, WalkKernel>()
  readonly #visited: ScratchArea
  readonly #accept: ScratchArea

  static of(source: PageSource): KernelContext {
    const allocator = source.shared ?? source
    const known = contextByAllocator.get(allocator)
    if (known !== undefined) return known
    const context = new KernelContext(source, allocator)
    contextByAllocator.set(allocator, context)
    return context
  }

  constructor(source: PageSource, allocator: Allocator) {
    const { buffer } = source.memory
    this.#imports = { memory: source.memory, fault: source.fault }
    this.buffer = buffer
    this.bytes = new Uint8Array(buffer)
    this.words = new Uint32Array(buffer)
    this.floats = new Float32Array(buffer)
    this.scratch = layScratch(buffer, allocator.allocate(scratchBytes))
    this.score = scoreKernel(this.#imports)
    this.#visited = new ScratchArea(allocator)
    this.#accept = new ScratchArea(allocator)
  }

  /**
   * What `read` gives when no page went from its frame meanwhile. It looks at one page and keeps nothing of it; it may be
   * called again.
   */
  stable<T>(read: () => T): T {
    for (;;) {
      const before = Atomics.load(this.words, evictionsAddress / 4)
      const value = read()
      if (Atomics.load(this.words, evictionsAddress / 4) === before) return value
    }
  }

  /** Words from an address on. A loop: what copies typed arrays takes a third longer from memory that is shared. */
  copyOf(address: number, count: number): Uint32Array {
    const { words } = this
    const from = address >>> 2
    const copy = new Uint32Array(count)
    for (let at = 0; at < count; at++) copy[at] = words[from + at]!
    return copy
  }

  walk(kind: CodeKind): WalkKernel {
    const known = this.#walks.get(kind)
    if (known !== undefined) return known
    const kernel = walkKernel(kind, this.#imports)
    this.#walks.set(kind, kernel)
    return kernel
  }

  /** Makes room for the visited marks of `nodes` nodes. */
  reserveVisited(nodes: number): void {
    setVisited(this.words, this.scratch, this.#visited.reserve(bitBytes(nodes)))
  }

  /** Makes room for searches over indices of so many nodes at most, so that none of them asks for more. */
  reserveMarks(nodes: number): void {
    this.reserveVisited(nodes)
    this.#accept.reserve(bitBytes(nodes))
  }

  /** The next walk takes this node for one it has been at. */
  markVisited(node: number): void {
    this.words[this.scratch.block >>> 2] = node + 1
  }

  /** Copies a bit set of `count` bits into kernel memory; returns its address, which the next call may reuse. */
  writeAccept(accept: BitSet, count: number): number {
    const wordCount = bitBytes(count) / 4
    const address = this.#accept.reserve(bitBytes(count))
    const at = address >>> 2
    const given = Math.min(wordCount, accept.words.length)
    this.words.set(accept.words.subarray(0, given), at)
    this.words.fill(0, at + given, at + wordCount)
    assert(address % 64 === 0, 'allocations are 64-aligned')
    return address
  }
}

/** Room for searches of this thread over indices of so many vectors at most. Errors MEMORY_LIMIT. */
export function reserveMarks(source: PageSource, count: number): void {
  KernelContext.of(source).reserveMarks(count)
}
