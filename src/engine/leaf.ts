/**
 * The two kinds of segment an index is made of: those on disk and write buffers. Shared by searchers and jobs, closed
 * when the last lets go.
 */
import type { LiveDocs } from './live-docs.ts'
import { References } from './references.ts'
import { primaryTerm } from './versioning.ts'
import type { CurrentVersion } from './versioning.ts'
import type { RealtimeDocument } from './types.ts'
import type { DiskSegment, MemorySegment, SegmentInfo, SegmentView } from '../segment/index.ts'

export type Leaf = {
  readonly generation: number
  readonly references: References
  /** No longer part of the index: flushed or merged away. Searchers may still hold it. */
  readonly detached: boolean
  /** About what a segment made of it takes on disk. */
  readonly bytes: number
  view(): SegmentView
  isLive(docId: number): boolean
  deleteRoot(rootDocId: number): void
}

/** A live document and where it is. */
export type Place = { readonly leaf: Leaf; readonly docId: number }

/** What the newest manifest says of the deleted documents of a segment. */
type CommittedLive = {
  /** null: none was deleted. */
  readonly liveGeneration: number | null
  readonly deletedRootCount: number
}

/** A segment on disk. */
export class CommittedSegment {
  readonly info: SegmentInfo
  readonly reader: DiskSegment
  readonly live: LiveDocs
  readonly references: References
  committed: CommittedLive
  detached = false

  /** @param onUnused  Closes the reader: the index and all searchers have let go. */
  constructor(
    info: SegmentInfo,
    reader: DiskSegment,
    live: LiveDocs,
    committed: CommittedLive,
    onUnused: () => void
  ) {
    this.info = info
    this.reader = reader
    this.live = live
    this.committed = committed
    this.references = new References(onUnused)
  }

  get generation(): number {
    return this.info.generation
  }

  get bytes(): number {
    return this.info.bytes
  }

  view(): SegmentView {
    return { reader: this.reader, ...this.live.snapshot() }
  }

  isLive(docId: number): boolean {
    return this.live.isLive(docId)
  }

  deleteRoot(rootDocId: number): void {
    this.live.deleteRoot(rootDocId, this.reader.parents)
  }
}

/** The newest operation on an id in one buffer. */
type BufferedId = {
  readonly version: number
  readonly seqNo: number
  /** -1: a tombstone. */
  readonly docId: number
}

/** A write buffer with its version map. Frozen once a newer one takes the writes. */
export class WriteBuffer {
  /** New operation rows are keyed by it; also names the segment. */
  readonly generation: number
  readonly memory: MemorySegment
  readonly references: References
  /** Generations whose operation rows are in this buffer: its own, and older ones that were replayed. */
  readonly rowGenerations: Set<number>
  /** Ids whose newest operation here is a delete; of the others the documents tell. */
  readonly #deletes = new Map<string, BufferedId>()
  /** Operations from this one on are in it or in newer buffers. */
  readonly firstSeqNo: number
  /** Operations planned for this buffer, published or not. */
  rowCount = 0
  rowBytes = 0
  /** Numbers of the fields whose first pages are taken, or will be by operations planned for this buffer. */
  readonly plannedFields: Set<number> = new Set()
  /** What the next vectors of those fields may take when they begin pages. */
  nextPagesBytes = 0
  /** Operations published into it. */
  readonly counts: { indexCount: number; deleteCount: number } = { indexCount: 0, deleteCount: 0 }
  detached = false

  constructor(memory: MemorySegment, firstSeqNo: number) {
    this.generation = memory.generation
    this.memory = memory
    this.firstSeqNo = firstSeqNo
    this.rowGenerations = new Set([memory.generation])
    this.references = new References(() => memory.close())
  }

  /** Bytes that count for flush and backpressure: what is in memory, or what a replay has to read. */
  get bytes(): number {
    return Math.max(this.memory.bytes, this.rowBytes)
  }

  find(id: string): BufferedId | null {
    const deleted = this.#deletes.size === 0 ? undefined : this.#deletes.get(id)
    return deleted ?? this.memory.newestOf(id)
  }

  /** After the operation's document was appended. */
  note(id: string, entry: BufferedId): void {
    if (entry.docId < 0) this.#deletes.set(id, entry)
    else if (this.#deletes.size > 0) this.#deletes.delete(id)
  }

  view(): SegmentView {
    return this.memory.view()
  }

  isLive(docId: number): boolean {
    return this.memory.isLive(docId)
  }

  deleteRoot(rootDocId: number): void {
    this.memory.delete(rootDocId)
  }
}

/**
 * The live copy of an id among segments, or what is known of its last one.
 *
 * A deleted copy is found until a merge drops it. Of the delete's own version it tells what is usual, one more than that of
 * the copy; one that was given from outside only `Tombstones` know.
 */
export function findInSegments(
  segments: readonly CommittedSegment[],
  id: string
): { readonly current: CurrentVersion; readonly place: Place | null } | null {
  let newest: CurrentVersion | null = null
  for (let at = segments.length - 1; at >= 0; at--) {
    const segment = segments[at]!
    const docId = segment.reader.docIdOf(id)
    if (docId < 0) continue
    const { version, seqNo } = segment.reader.stored(docId)
    if (segment.isLive(docId))
      return { current: { version, seqNo, deleted: false }, place: { leaf: segment, docId } }
    if (newest === null || seqNo > newest.seqNo)
      newest = { version: version + 1, seqNo, deleted: true }
  }
  return newest === null ? null : { current: newest, place: null }
}

/** The place of the live copy of an id among segments; reads no stored document. */
export function placeInSegments(segments: readonly CommittedSegment[], id: string): Place | null {
  for (let at = segments.length - 1; at >= 0; at--) {
    const leaf = segments[at]!
    const docId = leaf.reader.docIdOf(id)
    if (docId >= 0 && leaf.isLive(docId)) return { leaf, docId }
  }
  return null
}

export function realtimeDocument({ leaf, docId }: Place): RealtimeDocument {
  const stored = leaf.view().reader.stored(docId)
  return { version: stored.version, seqNo: stored.seqNo, primaryTerm, stored }
}
