/**
 * Searches of vector indices in other threads, over the cache's one memory (cache/page-frames.ts says what they share).
 *
 * Only what costs more than `inlineMsMax` is worth the way there and back; the rest is the caller's own. A scan is cut into ranges
 * of ordinals, one for each thread; a walk is one thread's. What a thread runs is the code that would run here, so an answer is
 * the same bit for bit; but walks through several indexes for one query end early by what the others have found by then
 * (nearest-so-far.ts), so that what they miss depends on who was first. Whoever asks keeps the segment open until he has the answer.
 *
 * Threads start when they are first needed. They end before the store closes its database, for good or to open it again, as a
 * LevelDB is closed when its last user closes it.
 */
import type { PageCache } from '../cache/index.ts'
import type { SharedVectors, VectorReader } from '../segment/index.ts'
import type { Store } from '../store/index.ts'
import { VectorStoreError } from '../util/index.ts'
import { joinScans, scanRanges } from '../vector/index.ts'
import type { Space, VectorSearchRequest, VectorSearchResult } from '../vector/index.ts'
import { SearchThread } from './search-thread.ts'

/** A message there and back takes some 0.1 ms; a turn of the event loop should not take 10. */
const inlineMsMax = 2

export type SearchThreadsOptions = {
  readonly cache: PageCache
  readonly store: Pick<Store, 'readersPath' | 'onSuspend' | 'onReopen'>
  readonly threads: number
  /** Searches whose estimate is above this many milliseconds are taken. @default 2 */
  readonly inlineMsMax?: number
}

export class SearchThreads {
  readonly #options: SearchThreadsOptions
  readonly #threads = new Set<SearchThread>()
  readonly #takeListenersAway: readonly (() => void)[]
  /** The first thread is 1. */
  #nextThread = 2
  #suspended = false
  #closed = false

  constructor(options: SearchThreadsOptions) {
    this.#options = options
    const { cache, store } = options
    this.#takeListenersAway = [
      store.onSuspend(() => this.#stop()),
      store.onReopen(() => (this.#suspended = false)),
      cache.onClose((tableId) => {
        for (const thread of this.#threads) thread.close(tableId)
      })
    ]
  }

  /**
   * The answer of the index, from other threads. null at once: it is the caller's to find. A promise of null: a thread met an
   * operating error, which the caller meets again.
   *
   * Errors   what ended a thread meanwhile; the next search has a new one.
   */
  search(
    { shared, index }: Pick<VectorReader, 'shared' | 'index'>,
    request: VectorSearchRequest
  ): Promise<VectorSearchResult | null> | null {
    const { threads, store } = this.#options
    const { readersPath } = store
    if (shared === undefined || readersPath === null || threads === 0) return null
    if (this.#suspended || this.#closed) return null
    const estimate = index.estimate?.(request) ?? null
    const msMax = this.#options.inlineMsMax ?? inlineMsMax
    if (estimate === null || estimate.ms <= msMax) return null
    this.#start(readersPath)
    const partCount = estimate.isScan
      ? Math.min(threads, Math.max(1, Math.ceil(estimate.ms / msMax)), index.size)
      : 1
    return partCount === 1
      ? this.#ask(shared, request)
      : this.#scan(shared, request, { partCount, size: index.size, space: index.spec.space })
  }

  /** Ends all threads when they have answered what they were asked. */
  async close(): Promise<void> {
    this.#closed = true
    for (const takeAway of this.#takeListenersAway) takeAway()
    await this.#stop()
  }

  async #stop(): Promise<void> {
    this.#suspended = true
    await Promise.all(Array.from(this.#threads, (thread) => thread.stop()))
  }

  #start(readersPath: string): void {
    while (this.#threads.size < this.#options.threads) {
      const number = this.#nextThread++
      const thread: SearchThread = new SearchThread(
        this.#options.cache,
        number,
        readersPath,
        () => void this.#threads.delete(thread)
      )
      this.#threads.add(thread)
    }
  }

  /** Asks the thread with the least to do. */
  async #ask(
    shared: SharedVectors,
    request: VectorSearchRequest
  ): Promise<VectorSearchResult | null> {
    let least: SearchThread | null = null
    for (const thread of this.#threads)
      if (least === null || thread.pendingCount < least.pendingCount) least = thread
    const id = shared.tables[0]?.id
    if (least === null || id === undefined) return null
    try {
      return await least.search(id, shared, request)
    } catch (error) {
      if (error instanceof VectorStoreError) return null
      throw error
    }
  }

  async #scan(
    shared: SharedVectors,
    request: VectorSearchRequest,
    { partCount, size, space }: { readonly partCount: number; readonly size: number; space: Space }
  ): Promise<VectorSearchResult | null> {
    const asked = scanRanges(size, partCount).map((range) =>
      this.#ask(shared, { ...request, strategy: 'exact', range })
    )
    // All of them, even where one fails: nobody may still be at it when the caller lets the segment go.
    const ended = await Promise.allSettled(asked)
    const parts: VectorSearchResult[] = []
    for (const one of ended) {
      if (one.status === 'rejected') throw one.reason
      if (one.value === null) return null
      parts.push(one.value)
    }
    return joinScans(parts, request.k, space)
  }
}
