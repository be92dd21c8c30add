/** One search thread as the first thread sees it: what it was told, what it still has to answer. */
import { Worker } from 'node:worker_threads'
import type { PageCache } from '../cache/index.ts'
import type { SharedVectors } from '../segment/index.ts'
import { workerUrl } from '../simd/index.ts'
import { assert } from '../util/index.ts'
import { threadMarksBytes, threadScratchBytes } from '../vector/index.ts'
import type { VectorSearchRequest, VectorSearchResult } from '../vector/index.ts'
import type { ThreadAnswer, ThreadRequest, ThreadStart } from './types.ts'

type Pending = {
  readonly done: (result: VectorSearchResult | null) => void
  readonly fail: (error: Error) => void
}

export class SearchThread {
  readonly #cache: PageCache
  readonly #worker: Worker
  readonly #thread: number
  readonly #pending = new Map<number, Pending>()
  readonly #known = new Set<number>()
  readonly #chunks: number[] = []
  readonly #ended: Promise<void>
  /** Vectors of the largest index that its scratch is for; 0: it has none yet. */
  #countMax = 0
  #nextNumber = 1
  #isStopping = false
  #error: Error | null = null

  constructor(cache: PageCache, thread: number, readersPath: string, onEnd: () => void) {
    this.#cache = cache
    this.#thread = thread
    const workerData: ThreadStart = {
      memory: cache.memory,
      place: cache.place,
      thread,
      readersPath
    }
    this.#worker = new Worker(workerUrl('search.worker', import.meta.url), { workerData })
    // An idle thread is no reason to keep a process alive.
    this.#worker.unref()
    this.#worker.on('message', (answer: ThreadAnswer) => this.#take(answer))
    this.#worker.on('error', (error: Error) => (this.#error = error))
    this.#ended = new Promise((done) => {
      this.#worker.once('exit', (code) => {
        this.#end(code)
        onEnd()
        done()
      })
    })
  }

  get pendingCount(): number {
    return this.#pending.size
  }

  /**
   * The answer of an index, null where the thread met an operating error.
   *
   * Errors   MEMORY_LIMIT at once when the cache has no room for its scratch; what ended the thread.
   */
  search(
    id: number,
    shared: SharedVectors,
    { accept, query, nearest, ...request }: VectorSearchRequest
  ): Promise<VectorSearchResult | null> {
    this.#makeRoom(shared.meta.count)
    if (!this.#known.has(id)) {
      this.#known.add(id)
      this.#send({ type: 'open', vectors: id, shared })
    }
    const number = this.#nextNumber++
    // Of a view all the memory would travel that it is a part of.
    const sent = {
      ...request,
      query: query.slice(),
      accept: accept === null ? null : accept.words,
      nearest: nearest?.memory ?? null
    }
    return new Promise((done, fail) => {
      this.#pending.set(number, { done, fail })
      this.#worker.ref()
      this.#send({ type: 'search', number, vectors: id, request: sent })
    })
  }

  /** The index is closed; nobody searches it. */
  close(id: number): void {
    if (this.#known.delete(id)) this.#send({ type: 'close', vectors: id })
  }

  /** Ends it when it has answered everything. */
  async stop(): Promise<void> {
    this.#isStopping = true
    // The process waits for whoever waits for this.
    this.#worker.ref()
    this.#send({ type: 'stop' })
    await this.#ended
  }

  #send(request: ThreadRequest): void {
    this.#worker.postMessage(request, [])
  }

  /** Doubled: each merge may make an index larger than all before, and what a thread has it keeps. */
  #makeRoom(count: number): void {
    if (count <= this.#countMax) return
    const countMax = Math.max(count, 2 * this.#countMax)
    const first = this.#countMax === 0 ? threadScratchBytes : 0
    const bytes = first + threadMarksBytes(countMax)
    const address = this.#cache.allocate(bytes)
    this.#chunks.push(address)
    this.#countMax = countMax
    this.#send({ type: 'chunk', chunk: { address, bytes: bytes - (bytes % 64) }, countMax })
  }

  #take({ number, result }: ThreadAnswer): void {
    const pending = this.#pending.get(number)
    assert(pending !== undefined, 'a search is answered once')
    this.#pending.delete(number)
    if (this.#pending.size === 0 && !this.#isStopping) this.#worker.unref()
    pending.done(result)
  }

  /** It runs no more: what it held is free. */
  #end(code: number): void {
    this.#cache.forgetThread(this.#thread)
    for (const address of this.#chunks) this.#cache.free(address)
    const error = new Error(`search thread ${this.#thread} ended with code ${code}`, {
      cause: this.#error
    })
    for (const { fail } of this.#pending.values()) fail(error)
    this.#pending.clear()
  }
}
