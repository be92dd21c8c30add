import { assert, loopSlice, VectorStoreError } from '../util/index.ts'
import { MemorySegment } from '../segment/index.ts'
import { BufferPool } from './buffer-pool.ts'
import { Collector } from './collector.ts'
import { engineStats } from './engine-stats.ts'
import { growingVectorsIn } from './growing-vectors.ts'
import { Jobs } from './jobs.ts'
import { Exclusive } from './exclusive.ts'
import { realtimeDocument } from './leaf.ts'
import { chooseForcedMerges, mergePolicyDefaults } from './merge-policy.ts'
import { nothingTaken, recover } from './recovery.ts'
import { mergeCandidates, Schedule } from './schedule.ts'
import { SegmentJobs } from './segment-jobs.ts'
import { Tombstones } from './tombstones.ts'
import { VectorsAhead } from './vectors-ahead.ts'
import { refused, Writer } from './writer.ts'
import type { IndexState } from './index-state.ts'
import type { MergePolicyOptions } from './merge-policy.ts'
import type { Recovered, RecoveryOptions } from './recovery.ts'
import type { Lane } from './segment-jobs.ts'
import type {
  Engine,
  EngineOptions,
  EngineStats,
  JobAction,
  LoggedDocument,
  Operation,
  OperationResult,
  RealtimeDocument,
  Searcher
} from './types.ts'
import type { PageCache } from '../cache/index.ts'
import type { IndexableDocument } from '../segment/index.ts'
import type { RecordPut, Store } from '../store/index.ts'
import type { Steps } from '../util/index.ts'

export type OpenEngineOptions = {
  readonly store: Store
  readonly cache: PageCache
  /** Number of the index in the keyspace, 1 or more. */
  readonly index: number
  /** The mapping's parser for documents of the operation log. */
  readonly parse: (logged: LoggedDocument) => Steps<IndexableDocument>
  readonly options: EngineOptions
  /** Queues of the store, one for all its indices. @default of its own */
  readonly jobs?: Jobs
  /** @default mergePolicyDefaults */
  readonly mergePolicy?: Partial<MergePolicyOptions>
  /** Milliseconds of a clock that never goes back. @default performance.now */
  readonly now?: () => number
}

/** Operations planned in one go, about 5 ms. Searches wait meanwhile; a request with more is planned in slices. */
const applySliceMax = 256

/** Between attempts to read an index again whose last attempt failed: doubled each time. */
const reloadPauseMs = { first: 500, most: 30_000 }

/** A replay flushes before the buffers of all indices are as full as this: writes need room afterwards. */
const replayShareMax = 0.75

/**
 * Opens the engine of one index: reads its commit point, replays the operations after it, starts what jobs are due.
 *
 * Cost     segments and rows since the last flush, not documents; see recovery.ts.
 * Errors   STORE_CHECKSUM, STORE_MISSING, STORE_FORMAT when the commit point or the operation log is damaged.
 */
export async function openEngine(options: OpenEngineOptions): Promise<Engine> {
  const engine = new IndexEngine(options)
  await engine.open()
  return engine
}

class IndexEngine implements Engine {
  readonly #store: Store
  readonly #index: number
  readonly #jobs: Jobs
  readonly #cache: PageCache
  readonly #mergeEnd = new AbortController()
  readonly #end = new AbortController()
  readonly #collector: Collector
  readonly #pool: BufferPool
  readonly #writer: Writer
  readonly #ahead: VectorsAhead
  readonly #segmentJobs: SegmentJobs
  readonly #schedule: Schedule
  readonly #recovery: RecoveryOptions
  readonly #running = new Set<Promise<void>>()
  #state: IndexState | null = null
  /** Reading the state again after a write error; one after the other. */
  readonly #reloads = new Exclusive()
  #reloadPauseMs = reloadPauseMs.first
  #closing: Promise<void> | null = null
  #forgetReopen: () => void = () => {}

  constructor(given: OpenEngineOptions) {
    const { store, cache, index, parse, options, jobs, mergePolicy, now } = given
    this.#store = store
    this.#index = index
    this.#cache = cache
    this.#jobs = jobs ?? new Jobs()
    const { signal } = this.#end
    const policy = { ...mergePolicyDefaults, ...mergePolicy }
    const clock = now ?? ((): number => performance.now())
    const collector = new Collector({ store, jobs: this.#jobs, index, signal })
    this.#collector = collector
    this.#pool = BufferPool.of(cache)
    this.#writer = new Writer(store, index, this.#pool, options.pendingBytesMax)
    this.#ahead = new VectorsAhead({
      options,
      vectorBytesMax: policy.unindexedBytesMax,
      onFailure: this.#noteAhead
    })
    this.#segmentJobs = new SegmentJobs({
      ahead: this.#ahead,
      store,
      cache,
      index,
      options,
      mergePolicy: policy,
      collector,
      onDamage: this.#noteDamage
    })
    this.#schedule = new Schedule({
      options,
      mergePolicy: policy,
      now: clock,
      pool: this.#pool,
      state: () => this.#open,
      isFlushing: () => this.#segmentJobs.isFlushing,
      giveWay: () => this.#segmentJobs.giveWay(),
      flush: () => this.#flush(),
      merge: (generations) => this.#merge(generations)
    })
    const growingVectors = growingVectorsIn(cache)
    const newMemory = (generation: number): MemorySegment =>
      new MemorySegment({ generation, growingVectors })
    this.#recovery = {
      store,
      cache,
      index,
      parse,
      newMemory,
      tombstones: new Tombstones(clock),
      collector,
      onDamage: this.#noteDamage,
      isFull: (state) =>
        state.active.bytes >= options.flushBytes ||
        this.#pool.pendingBytes + state.pendingBytes >= options.pendingBytesMax * replayShareMax,
      flush: (state) => this.#flush(state)
    }
  }

  async open(): Promise<void> {
    const recovered = await recover(this.#recovery, nothingTaken)
    this.#place(recovered.state)
    this.#pool.add(this.#schedule)
    await this.#leaveOutGap(recovered)
    this.#removeOrphans(recovered)
    this.#forgetReopen = this.#store.onReopen(() => this.#reload())
    this.#schedule.afterJob()
  }

  async apply(operations: readonly Operation[], metadata?: RecordPut): Promise<OperationResult[]> {
    const slices = [this.#write(this.#serving(), operations.slice(0, applySliceMax), metadata)]
    const turn = loopSlice()
    for (let at = applySliceMax; at < operations.length; at += applySliceMax) {
      // Planned without waiting for the slice before to be durable.
      if (turn.due()) await turn.wait()
      const slice = operations.slice(at, at + applySliceMax)
      if (this.#closing === null) slices.push(this.#write(this.#open, slice))
      else slices.push(Promise.resolve(refused(slice, closed())))
    }
    const results = (await Promise.all(slices)).flat()
    if (this.#closing === null) this.#afterWrite()
    return results
  }

  #write(
    state: IndexState,
    operations: readonly Operation[],
    metadata?: RecordPut
  ): Promise<OperationResult[]> {
    const results = this.#writer.apply(state, operations, metadata)
    // Awaited later; until then a failure of this code must not end the process.
    results.catch(() => {})
    return results
  }

  #afterWrite(): void {
    this.#schedule.afterWrite()
    if (!this.#segmentJobs.buildsGraph) this.#ahead.look(this.#open)
  }

  get(id: string): RealtimeDocument | null {
    const place = this.#serving().placeOf(id)
    return place === null ? null : realtimeDocument(place)
  }

  acquireSearcher(): Searcher {
    return this.#serving().acquire()
  }

  acquireLastingSearcher(): Searcher {
    const state = this.#serving()
    // Else it would hold what is written later too, as long as it is kept. The next write finds the frozen one and flushes it.
    if (state.active.rowCount > 0) state.freeze()
    return state.acquire()
  }

  async flush(): Promise<void> {
    this.#serving()
    await this.#flush()
    this.#schedule.afterJob()
  }

  async relieve(): Promise<void> {
    this.#serving()
    // What came since that flush began is little yet: it would be a segment of crumbs.
    if (!this.#segmentJobs.isFlushing) return this.flush()
    this.#segmentJobs.giveWay()
    await this.#segmentJobs.flushed()
  }

  async forceMerge(options: {
    readonly maxSegments?: number
    readonly onlyExpungeDeletes?: boolean
  }): Promise<void> {
    this.#serving()
    const { maxSegments = 1, onlyExpungeDeletes = false } = options
    const oneSegment = maxSegments === 1 && !onlyExpungeDeletes
    const { signal } = this.#mergeEnd
    const flushes = this.#lane('forcemerge', 'write buffer to a segment', signal)
    await this.#run(this.#segmentJobs.flushBeforeMerge(this.#now, flushes, { oneSegment }))
    this.#schedule.afterJob()
    const wish = onlyExpungeDeletes ? ({ onlyExpungeDeletes } as const) : { maxSegments }
    const description = onlyExpungeDeletes
      ? 'drops deleted documents'
      : `down to ${maxSegments} segments`
    const merges = this.#lane('forcemerge', description, signal)
    const choose = (state: IndexState): number[][] =>
      chooseForcedMerges(mergeCandidates(state), wish)
    await this.#run(this.#segmentJobs.merge(this.#now, merges, choose))
  }

  stats(): EngineStats {
    return engineStats(this.#serving(), this.#jobs, this.#cache, this.#index)
  }

  close(options: { readonly flush: boolean } = { flush: true }): Promise<void> {
    this.#closing ??= this.#close(options.flush)
    return this.#closing
  }

  onceUnread(listener: () => void): void {
    this.#collector.onceUnread(listener)
  }

  async #close(flush: boolean): Promise<void> {
    this.#schedule.end()
    const reason = new VectorStoreError('NODE_CLOSED', 'the index was closed')
    this.#mergeEnd.abort(reason)
    await this.#ahead.end()
    await this.#open.tail
    // A flush that fails here costs a replay at the next open, nothing more; the queue of jobs has recorded it.
    if (flush && this.#open.failure === null) await this.#flush().catch(() => {})
    this.#end.abort(reason)
    await Promise.allSettled(this.#running)
    await this.#reloads.run(async () => {})
    await this.#collector.idle()
    this.#pool.delete(this.#schedule)
    this.#forgetReopen()
    this.#open.dispose()
    this.#state = null
  }

  get #open(): IndexState {
    assert(this.#state !== null, 'the index is open')
    return this.#state
  }

  /** The state for requests from outside. */
  #serving(): IndexState {
    if (this.#state === null || this.#closing !== null) throw closed()
    return this.#state
  }

  readonly #now = (): IndexState => this.#open

  /** @param state  One that is not in place yet; left out: the one that is when the job's turn has come. */
  #flush(state?: IndexState): Promise<void> {
    const lane = this.#lane('flush', 'write buffer to a segment', this.#end.signal)
    return this.#run(this.#segmentJobs.flush(() => state ?? this.#open, lane))
  }

  #merge(generations: readonly number[]): Promise<void> {
    const description = `${generations.length} segments to one`
    const lane = this.#lane('merge', description, this.#mergeEnd.signal)
    return this.#run(this.#segmentJobs.merge(this.#now, lane, () => [generations]))
  }

  /** The next merge links all by itself. */
  readonly #noteAhead = (error: unknown): void => {
    const description = 'links vectors before they are merged'
    this.#jobs.record({ index: this.#index, action: 'merge', description }, error)
  }

  /** A merge reads no graph that cannot be read, and builds another. Not at once: a search is under way. */
  readonly #noteDamage = (error: VectorStoreError): void => {
    const description = 'a graph cannot be read: its vectors are scanned until it is built again'
    this.#jobs.record({ index: this.#index, action: 'merge', description }, error)
    setImmediate(() => this.#schedule.afterJob())
  }

  #lane(action: JobAction, description: string, signal: AbortSignal): Lane {
    const request = { index: this.#index, action, description }
    return (work) => this.#jobs.run(request, signal, (report) => work({ report, signal }))
  }

  /** Closing waits for it. */
  #run(running: Promise<void>): Promise<void> {
    this.#running.add(running)
    const over = (): void => void this.#running.delete(running)
    running.then(over, over)
    return running
  }

  #place(state: IndexState): void {
    state.onFailure = () => {
      // A poisoned store calls when it has reopened; one that is open has refused this commit only.
      if (this.#store.state === 'open') this.#reload()
    }
    this.#state = state
  }

  /** After a write error nobody knows what of the last writes is on disk: all is read again, then writes go on. */
  #reload(): void {
    const old = this.#state
    if (old === null || this.#closing !== null) return
    old.fail(
      new VectorStoreError('STORE_POISONED', 'the store was reopened, wait until it is read')
    )
    void this.#reloads.run(async () => {
      if (this.#closing !== null || this.#state !== old) return
      await old.tail
      try {
        const recovered = await recover(this.#recovery, {
          nextGeneration: old.nextGeneration,
          acknowledgedSeqNo: old.publishedSeqNo
        })
        await this.#leaveOutGap(recovered).catch((error: unknown) => {
          recovered.state.dispose()
          throw error
        })
        this.#place(recovered.state)
        old.dispose()
        this.#removeOrphans(recovered)
        this.#reloadPauseMs = reloadPauseMs.first
        this.#schedule.afterJob()
      } catch (error) {
        this.#reloadLater(error)
      }
    })
  }

  /** Reads go on and writes are refused meanwhile; the reason stands among the failures of jobs. */
  #reloadLater(error: unknown): void {
    if (this.#closing !== null) return
    this.#jobs.record(
      { index: this.#index, action: 'flush', description: 'reads the index again' },
      error
    )
    setTimeout(() => this.#reload(), this.#reloadPauseMs).unref()
    this.#reloadPauseMs = Math.min(this.#reloadPauseMs * 2, reloadPauseMs.most)
  }

  /**
   * A commit point behind a gap in the operation log: without it the next opening could not tell the gap from a loss. So nothing
   * is written before it is there, and closing waits for it.
   */
  async #leaveOutGap({ state, truncated }: Recovered): Promise<void> {
    if (!truncated) return
    const { signal } = new AbortController()
    const lane = this.#lane('flush', 'leaves out operations behind a gap', signal)
    await this.#run(this.#segmentJobs.flush(() => state, lane, { always: true }))
  }

  #removeOrphans({ state, manifest, inventory }: Recovered): void {
    // Behind a gap in the store's chain commit points were taken back: what they named may be the only copy left.
    if (this.#store.report.recordsQuarantined > 0) return
    this.#collector.removeOrphans(manifest, inventory, () => this.#segmentJobs.commitState(state))
  }
}

function closed(): VectorStoreError {
  return new VectorStoreError('NODE_CLOSED', 'the index is closed')
}
