/**
 * What turns write buffers into segments and segments into one: flush and merge are the same job with other sources.
 *
 *   1  pages of the new segment under a fresh generation; nobody reads them yet
 *   2  one commit: live documents of segments that lost some, then the manifest. Now the new segment counts
 *   3  in memory: the sources are replaced; documents deleted meanwhile are deleted in the new segment too
 *   4  garbage: keys of the sources are removed when no searcher holds them
 *
 * Killed before 2 the new pages are orphans, after 2 the old ones are; the next open removes either.
 */
import { VectorStoreError } from '../util/index.ts'
import { mergeSegments } from '../segment/index.ts'
import { deletedBetween, encodeLiveDocs, LiveDocs } from './live-docs.ts'
import { WriteBuffer } from './leaf.ts'
import { openCommitted } from './open-committed.ts'
import { manifestFormat, manifestRecord } from './manifest.ts'
import { Exclusive } from './exclusive.ts'
import { throwIfEnded } from './jobs.ts'
import { listWith } from './index-state.ts'
import type { IndexState } from './index-state.ts'
import type { JobReport } from './jobs.ts'
import type { CommittedSegment, Leaf } from './leaf.ts'
import type { OpenCommittedOptions } from './open-committed.ts'
import type { MergePolicyOptions } from './merge-policy.ts'
import type { VectorsAhead } from './vectors-ahead.ts'
import type { LiveSnapshot } from './live-docs.ts'
import type { Counters, Manifest, ManifestSegment } from './manifest.ts'
import type { EngineOptions } from './types.ts'
import type { MergeAhead, SegmentInfo } from '../segment/index.ts'
import type { RecordPut } from '../store/index.ts'

export type SegmentJobsOptions = OpenCommittedOptions & {
  readonly ahead: VectorsAhead
  readonly options: Pick<EngineOptions, 'threads' | 'seed'>
  readonly mergePolicy: Pick<MergePolicyOptions, 'unindexedBytesMax'>
}

export type JobContext = { readonly report: JobReport; readonly signal: AbortSignal }
/**
 * Runs a job when the queue of all indices has a place for it. Who has that place must wait for no other job of his index, or
 * all others would wait too: so flushes and merges of this index are waited for before, a merge for flushes alone behind it, as
 * those have a queue of their own.
 */
export type Lane = (work: (job: JobContext) => Promise<void>) => Promise<void>
/** The state that is in place when the job's turn has come. */
type StateNow = () => IndexState

/** Sources and what of their documents the new segment has. */
type Source = { readonly leaf: Leaf; seen: LiveSnapshot }

export class SegmentJobs {
  readonly #options: SegmentJobsOptions
  /** One commit point is made after the other; flushes and merges run beside each other. */
  readonly #commits = new Exclusive()
  readonly #flushes = new Exclusive()
  readonly #merges = new Exclusive()
  /** Builds of graphs under way. */
  #graphBuilds = 0
  /** What a merge is at work on. */
  #merging: readonly CommittedSegment[] = []
  /** A forced merge of buffers under way; aborted, it flushes them. */
  #joining: AbortController | null = null

  constructor(options: SegmentJobsOptions) {
    this.#options = options
  }

  get isFlushing(): boolean {
    return !this.#flushes.free
  }

  get buildsGraph(): boolean {
    return this.#graphBuilds > 0
  }

  /** Resolves when the flushes asked for so far are over, whatever came of them. */
  flushed(): Promise<void> {
    return this.#flushes.run(async () => {})
  }

  /**
   * Makes a segment of all that was planned up to now.
   *
   * @param how  always: writes a manifest even when no operation came since the last one.
   */
  flush(stateNow: StateNow, lane: Lane, how: { readonly always?: boolean } = {}): Promise<void> {
    return this.#flushes.run(() => lane((job) => this.#flush(stateNow(), job, how)))
  }

  async #flush(
    state: IndexState,
    job: JobContext,
    how: { readonly always?: boolean }
  ): Promise<void> {
    const startMs = performance.now()
    const buffers = await frozenBuffers(state, how.always)
    if (buffers.length === 0) return
    await this.#rewrite(state, buffers, job, this.#flatBytesMax(state), (counters) => {
      counters.flushCount += 1
      counters.flushMsTotal += performance.now() - startMs
    })
  }

  /**
   * A flush that a forced merge follows. Vectors that are the only ones get their graph at once. Where one segment is wanted and
   * much is in buffers, this makes it: what a flush wrote of them would be read and written again.
   *
   * It may take minutes; writes that need a flush meanwhile make it give way.
   */
  flushBeforeMerge(
    stateNow: StateNow,
    lane: Lane,
    wish: { readonly oneSegment: boolean }
  ): Promise<void> {
    return this.#merges.run(() =>
      lane((job) => this.#flushes.run(() => this.#joinBuffers(stateNow(), job, wish)))
    )
  }

  /** Buffers are full behind a forced merge of others: those are flushed as they are, and it goes on with what a flush makes. */
  giveWay(): void {
    this.#joining?.abort(new Error('writes need a flush'))
  }

  async #joinBuffers(
    state: IndexState,
    job: JobContext,
    wish: { readonly oneSegment: boolean }
  ): Promise<void> {
    const startMs = performance.now()
    const buffers = await frozenBuffers(state)
    if (buffers.length === 0) return
    const joined = wish.oneSegment && isMuchOf(buffers, state.segments) ? state.segments : []
    const isAlone = joined.length === state.segments.length
    const joining = new AbortController()
    const signal = AbortSignal.any([job.signal, joining.signal])
    this.#joining = joining
    this.#merging = joined
    try {
      const flatBytesMax = isAlone ? 0 : this.#flatBytesMax(state)
      const sources = [...joined, ...buffers]
      await this.#rewrite(state, sources, { ...job, signal }, flatBytesMax, (counters) => {
        counters.flushCount += 1
        counters.flushMsTotal += performance.now() - startMs
      })
      return
    } catch (error) {
      if (!joining.signal.aborted || job.signal.aborted) throw error
    } finally {
      this.#joining = null
      this.#merging = []
    }
    await this.#flush(state, job, {})
  }

  /**
   * Makes one segment of each group of generations; those that are no longer there are left out.
   *
   * @param choose  Asked when the job's turn has come: a merge before it may have changed the segments.
   */
  merge(
    stateNow: StateNow,
    lane: Lane,
    choose: (state: IndexState) => readonly (readonly number[])[]
  ): Promise<void> {
    return this.#merges.run(() =>
      lane(async (job) => {
        for (const generations of choose(stateNow()))
          await this.#merge(stateNow(), generations, job)
      })
    )
  }

  async #merge(state: IndexState, generations: readonly number[], job: JobContext): Promise<void> {
    const startMs = performance.now()
    const sources = state.segments.filter((each) => generations.includes(each.generation))
    if (sources.length === 0) return
    this.#merging = sources
    try {
      await this.#rewrite(state, sources, job, 0, (counters) => {
        counters.mergeCount += 1
        counters.mergeMsTotal += performance.now() - startMs
      })
    } finally {
      this.#merging = []
    }
  }

  /** Bytes of vectors that a flush may leave without a graph. Those that a merge is linking do not count any more. */
  #flatBytesMax(state: IndexState): number {
    let waiting = 0
    for (const segment of state.segments)
      if (!this.#merging.includes(segment)) waiting += segment.reader.unindexedBytes
    return Math.max(0, this.#options.mergePolicy.unindexedBytesMax - waiting)
  }

  /** Writes a manifest of what is there: generations taken so far are never used again. */
  async commitState(state: IndexState): Promise<void> {
    await this.#commits.run(() => this.#commit(state, [], null, () => {}))
  }

  async #rewrite(
    state: IndexState,
    leaves: readonly Leaf[],
    { report, signal }: JobContext,
    flatBytesMax: number,
    count: (counters: Counters) => void
  ): Promise<void> {
    const { collector, store } = this.#options
    // A job that fills the disk half way would take the writes down with it.
    await store.assertRoom(leaves.reduce((bytes, leaf) => bytes + leaf.bytes, 0))
    state.assertWritable()
    const generation = state.takeGeneration()
    const sources = leaves.map((leaf) => ({ leaf, seen: leaf.view() }))
    for (const leaf of leaves) leaf.references.retain()
    collector.opened(generation)
    try {
      const info = await this.#build(generation, sources, { report, signal }, flatBytesMax)
      const added = info === null ? null : this.#open(info)
      try {
        await this.#commits.run(async () => {
          throwIfEnded(signal)
          await this.#commit(state, sources, added, count)
        })
      } catch (error) {
        added?.references.release()
        throw error
      }
    } finally {
      collector.closed(generation)
      for (const leaf of leaves) leaf.references.release()
    }
  }

  /** null: nothing of the sources is live. */
  async #build(
    generation: number,
    sources: readonly Source[],
    { report, signal }: JobContext,
    flatBytesMax: number
  ): Promise<SegmentInfo | null> {
    const live = sources.filter(({ seen }) => seen.liveRootCount > 0)
    if (live.length === 0) return null
    const { index, store, options, ahead } = this.#options
    const { threads, seed } = options
    const leaves = sources.map(({ leaf }) => leaf)
    let graphBuilds = 0
    const linkedAhead = (field: number): Promise<MergeAhead | null> => {
      graphBuilds += 1
      this.#graphBuilds += 1
      return ahead.take(field, leaves)
    }
    try {
      return await mergeSegments(
        live.map(({ leaf, seen }) => ({ ...leaf.view(), ...seen })),
        { index, generation, store },
        { threads, seed, flatBytesMax, linkedAhead, onProgress: report, signal }
      )
    } finally {
      this.#graphBuilds -= graphBuilds
    }
  }

  #open(info: SegmentInfo): CommittedSegment {
    const live = new LiveDocs(info.docCount, info.rootCount, null, 0)
    return openCommitted(this.#options, info, live, { liveGeneration: null, deletedRootCount: 0 })
  }

  async #commit(
    state: IndexState,
    sources: readonly Source[],
    added: CommittedSegment | null,
    count: (counters: Counters) => void
  ): Promise<void> {
    const { store, index, collector, ahead } = this.#options
    state.assertWritable()
    carryDeletes(sources, added)
    const removed = new Set(sources.map(({ leaf }) => leaf))
    const listed = listWith(state.segments, removed, added)
    const buffers = state.buffers.filter((each) => !removed.has(each))
    const records: RecordPut[] = []
    const segments = listed.map((segment) => this.#manifestSegment(state, segment, records))
    const manifest: Manifest = {
      format: manifestFormat,
      generation: state.takeGeneration(),
      nextGeneration: state.nextGeneration,
      bufferGeneration: Math.min(...buffers[0]!.rowGenerations),
      lastSeqNo: buffers[0]!.firstSeqNo - 1,
      segments,
      counters: countersWithout(state.counters, buffers)
    }
    count(manifest.counters)
    collector.proposed(manifest)
    const replaced = sources.map(({ leaf }) => leaf)
    try {
      await store.commit([...records, manifestRecord(index, manifest)])
      collector.committed(manifest)
      for (const [at, segment] of listed.entries()) segment.committed = segments[at]!
      carryDeletes(sources, added)
      const isWhole = sources.every(({ seen }) => seen.liveDocs === null)
      ahead.replaced(replaced, added, isWhole)
      state.replace(replaced, added)
    } catch (error) {
      // Which manifest counts is known when the state was read again.
      state.fail(error)
      throw error
    }
    count(state.counters)
    collector.removeReplaced(manifest, rowGenerationsOnlyIn(replaced, buffers))
  }

  /** What the manifest says of a segment; adds the records of its live documents when some were deleted since. */
  #manifestSegment(
    state: IndexState,
    segment: CommittedSegment,
    records: RecordPut[]
  ): ManifestSegment {
    const { info, committed } = segment
    const { deletedRootCount } = segment.live
    if (deletedRootCount === committed.deletedRootCount) return { info, ...committed }
    const liveGeneration = state.takeGeneration()
    const { index } = this.#options
    records.push(
      ...encodeLiveDocs(index, segment.generation, liveGeneration, segment.live.snapshot())
    )
    return { info, liveGeneration, deletedRootCount }
  }
}

/** What is to be flushed: complete, nothing is added to it any more. */
async function frozenBuffers(state: IndexState, always: boolean = false): Promise<WriteBuffer[]> {
  if (always || state.active.rowCount > 0) state.freeze()
  await state.tail
  return state.buffers.slice(0, -1)
}

function isMuchOf(buffers: readonly Leaf[], segments: readonly Leaf[]): boolean {
  const sum = (leaves: readonly Leaf[]): number =>
    leaves.reduce((total, { bytes }) => total + bytes, 0)
  return sum(buffers) * 4 >= sum(segments)
}

/** Deletes in the new segment what was deleted in its sources since it last looked. */
function carryDeletes(sources: readonly Source[], added: CommittedSegment | null): void {
  for (const source of sources) {
    const view = source.leaf.view()
    const { parents } = view.reader
    for (const docId of deletedBetween(source.seen, view)) {
      if (parents !== null && !parents.has(docId)) continue
      const target = added?.reader.docIdOf(view.reader.idOf(docId)) ?? -1
      if (added === null || target < 0)
        throw new VectorStoreError(
          'STORE_MISSING',
          `a merged segment lacks the document of an id`,
          {
            details: { generation: source.leaf.generation, docId }
          }
        )
      added.deleteRoot(target)
    }
    source.seen = view
  }
}

/** Operations in these buffers are counted again when they are replayed. */
function countersWithout(counters: Counters, buffers: readonly WriteBuffer[]): Counters {
  const left = { ...counters }
  for (const { counts } of buffers) {
    left.indexCount -= counts.indexCount
    left.deleteCount -= counts.deleteCount
  }
  return left
}

/** Generations of operation rows that a flush has ended: a replay in progress may still read some of them. */
function rowGenerationsOnlyIn(replaced: readonly Leaf[], left: readonly WriteBuffer[]): number[] {
  return replaced
    .filter((leaf) => leaf instanceof WriteBuffer)
    .flatMap((buffer) => [...buffer.rowGenerations])
    .filter((generation) => left.every((buffer) => !buffer.rowGenerations.has(generation)))
}
