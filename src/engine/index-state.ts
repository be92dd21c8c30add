/**
 * Everything an engine holds in memory of its index. Changed in synchronous steps only, so that a reader sees a moment
 * before or after, never between. After a write error the whole state is read again and replaces this one.
 */
import { assert, VectorStoreError } from '../util/index.ts'
import { findInSegments, placeInSegments, WriteBuffer } from './leaf.ts'
import { SearcherView } from './searcher-view.ts'
import type { CommittedSegment, Leaf, Place } from './leaf.ts'
import type { Counters, Manifest } from './manifest.ts'
import type { Tombstones } from './tombstones.ts'
import type { CurrentVersion } from './versioning.ts'
import type { MemorySegment } from '../segment/index.ts'

/** What planning found out about an id, with a hint for publishing: reading it twice would cost two lookups. */
export type Found = {
  readonly current: CurrentVersion | null
  /** 'absent': no live copy, nor one that is planned. 'unknown': an operation before this one decides. */
  readonly place: Place | 'absent' | 'unknown'
}

export class IndexState {
  /** Oldest first. */
  segments: readonly CommittedSegment[]
  /** Frozen ones oldest first, the one that takes the writes last. */
  buffers: readonly WriteBuffer[]
  nextGeneration: number
  /** Of the newest manifest written. */
  manifestGeneration: number
  nextSeqNo: number
  /** Newest operation that searchers see. */
  publishedSeqNo: number
  readonly counters: Counters
  /** Rows planned but not published yet. */
  queuedBytes = 0
  /** Pinned memory that their vectors will take. */
  queuedPinnedBytes = 0
  /** Called once when this state can no longer be written. */
  onFailure: () => void = () => {}
  /** Settles when everything planned so far is published or failed; never rejects. */
  tail: Promise<void> = Promise.resolve()
  /** Newest planned operation of each id that is not published yet. */
  readonly pending: Map<string, CurrentVersion> = new Map()
  readonly tombstones: Tombstones
  readonly #newMemory: (generation: number) => MemorySegment
  #searcher: SearcherView | null = null
  #failure: VectorStoreError | null = null

  constructor(
    manifest: Manifest,
    segments: readonly CommittedSegment[],
    nextGeneration: number,
    newMemory: (generation: number) => MemorySegment,
    tombstones: Tombstones
  ) {
    this.segments = segments
    this.nextGeneration = nextGeneration
    this.manifestGeneration = manifest.generation
    this.nextSeqNo = manifest.lastSeqNo + 1
    this.publishedSeqNo = manifest.lastSeqNo
    this.counters = { ...manifest.counters }
    this.tombstones = tombstones
    this.#newMemory = newMemory
    this.buffers = [this.#newBuffer()]
  }

  /** Why nothing can be written any more until the state was read again. */
  get failure(): VectorStoreError | null {
    return this.#failure
  }

  /** A write failed: nobody knows what of it is on disk, and what is in memory may be behind that. */
  fail(cause: unknown): void {
    if (this.#failure !== null) return
    this.#failure = asFailure(cause)
    this.onFailure()
  }

  assertWritable(): void {
    if (this.#failure !== null) throw this.#failure
  }

  /** The buffer that takes the writes. */
  get active(): WriteBuffer {
    return this.buffers.at(-1)!
  }

  /** Bytes that wait for a flush: in buffers, and on their way there. */
  get pendingBytes(): number {
    return this.buffers.reduce((total, buffer) => total + buffer.bytes, this.queuedBytes)
  }

  /** Pinned memory that what is queued will take, at most. */
  get wantedBytes(): number {
    return this.buffers.reduce(
      (total, buffer) => total + buffer.nextPagesBytes,
      this.queuedPinnedBytes
    )
  }

  takeGeneration(): number {
    return this.nextGeneration++
  }

  /** What the next operation on an id meets: operations that are planned count. */
  find(id: string): Found {
    const pending = this.pending.get(id)
    if (pending !== undefined) return { current: pending, place: 'unknown' }
    const buffered = this.#findInBuffers(id)
    if (buffered !== null) return buffered
    const found = findInSegments(this.segments, id)
    if (found !== null && found.place !== null)
      return { current: found.current, place: found.place }
    return { current: this.tombstones.find(id) ?? found?.current ?? null, place: 'absent' }
  }

  /** Where the live copy of an id is now; planned operations do not count. */
  placeOf(id: string, hint: Found['place'] = 'unknown'): Place | null {
    // No buffer had a live copy either, and what was planned since knows of this operation.
    if (hint === 'absent') return null
    const buffered = this.#findInBuffers(id)
    if (buffered !== null) return typeof buffered.place === 'string' ? null : buffered.place
    // Between planning and publishing a job may have moved the copy.
    if (hint !== 'unknown' && !hint.leaf.detached) return hint
    return placeInSegments(this.segments, id)
  }

  /** New writes go to a new buffer from here on; the old one is complete when the tail of now has settled. */
  freeze(): void {
    this.buffers = [...this.buffers, this.#newBuffer()]
    this.changed()
  }

  /** Puts a new commit point in place: `added` instead of what it was made from. */
  replace(removed: readonly Leaf[], added: CommittedSegment | null): void {
    const gone = new Set<Leaf>(removed)
    this.segments = listWith(this.segments, gone, added)
    this.buffers = this.buffers.filter((each) => !gone.has(each))
    assert(this.buffers.length > 0, 'one buffer takes the writes')
    this.changed()
    for (const leaf of removed) {
      assert(leaf !== added, 'a segment is not made from itself')
      markDetached(leaf)
      leaf.references.release()
    }
  }

  /** Something that searchers see is different: the next one gets a new view. */
  changed(): void {
    this.#searcher?.release()
    this.#searcher = null
  }

  /** A view of now, with a reference for the caller. */
  acquire(): SearcherView {
    if (this.#searcher === null) {
      const buffers = this.buffers.filter((each) => each.memory.docCount > 0)
      this.#searcher = new SearcherView([...this.segments, ...buffers], this.publishedSeqNo)
    }
    this.#searcher.retain()
    return this.#searcher
  }

  /** Lets go of everything; searchers that were acquired stay good. */
  dispose(): void {
    this.changed()
    for (const leaf of [...this.segments, ...this.buffers]) leaf.references.release()
  }

  #newBuffer(): WriteBuffer {
    return new WriteBuffer(this.#newMemory(this.takeGeneration()), this.nextSeqNo)
  }

  #findInBuffers(id: string): Found | null {
    for (let at = this.buffers.length - 1; at >= 0; at--) {
      const leaf = this.buffers[at]!
      const entry = leaf.find(id)
      if (entry === null) continue
      const { version, seqNo, docId } = entry
      const deleted = docId < 0
      return {
        current: { version, seqNo, deleted },
        place: deleted ? 'absent' : { leaf, docId }
      }
    }
    return null
  }
}

export function asFailure(cause: unknown): VectorStoreError {
  if (cause instanceof VectorStoreError) return cause
  return new VectorStoreError('STORE_IO', 'what was written last may or may not be durable', {
    cause
  })
}

/** The segments of an index after a job. */
export function listWith(
  segments: readonly CommittedSegment[],
  removed: ReadonlySet<Leaf>,
  added: CommittedSegment | null
): readonly CommittedSegment[] {
  const listed = segments.filter((each) => !removed.has(each))
  // A merged segment stands where the oldest of its sources stood, a flushed one is the newest.
  const first = segments.findIndex((each) => removed.has(each))
  if (added !== null) listed.splice(first < 0 ? listed.length : first, 0, added)
  return listed
}

function markDetached(leaf: { -readonly [K in 'detached']: boolean }): void {
  leaf.detached = true
}
