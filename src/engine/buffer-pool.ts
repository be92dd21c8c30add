/**
 * The write buffers of all indices that share one cache: together they must fit into its reserve, and together they are what
 * a restart has to replay. So limits count over all of them, and when there is too much the largest is flushed first.
 */
import type { PageCache } from '../cache/index.ts'

export type BufferOwner = {
  /** Bytes of its buffers and of what is on its way there. */
  pendingBytes(): number
  /** Pinned memory that those on their way will take, at most. */
  wantedBytes(): number
  /** Bytes of the buffer that takes writes: what a flush would begin with. */
  activeBytes(): number
  isFlushing(): boolean
  /** What is flushed is needed in segments soon: a merge of it, which takes long, becomes a flush. */
  giveWay(): void
  startFlush(): void
}

export class BufferPool {
  static readonly #pools = new WeakMap<PageCache, BufferPool>()
  readonly #owners = new Set<BufferOwner>()
  readonly #cache: PageCache

  constructor(cache: PageCache) {
    this.#cache = cache
  }

  static of(cache: PageCache): BufferPool {
    let pool = BufferPool.#pools.get(cache)
    if (pool === undefined) {
      pool = new BufferPool(cache)
      BufferPool.#pools.set(cache, pool)
    }
    return pool
  }

  add(owner: BufferOwner): void {
    this.#owners.add(owner)
  }

  delete(owner: BufferOwner): void {
    this.#owners.delete(owner)
  }

  get pendingBytes(): number {
    let total = 0
    for (const owner of this.#owners) total += owner.pendingBytes()
    return total
  }

  /** Bytes of pages that nobody has or is about to take. */
  get roomBytes(): number {
    let left = this.#cache.pinnedBytesLeft
    for (const owner of this.#owners) left -= owner.wantedBytes()
    return left
  }

  /** Operations are refused: flushes the largest buffer, unless a flush makes room already. */
  makeRoom(): void {
    const flushing = [...this.#owners].filter((owner) => owner.isFlushing())
    for (const owner of flushing) owner.giveWay()
    if (flushing.length === 0) this.relieve(0)
  }

  /** Flushes the largest buffer when all that take writes hold `bytes` or more. */
  relieve(bytes: number): void {
    let total = 0
    let largest: BufferOwner | null = null
    let largestBytes = 0
    for (const owner of this.#owners) {
      const owned = owner.activeBytes()
      total += owned
      if (owned <= largestBytes) continue
      largest = owner
      largestBytes = owned
    }
    if (total >= bytes) largest?.startFlush()
  }
}
