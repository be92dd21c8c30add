/** A store in memory with a cache over it, and segments in both. */
import { growingVectorsIn } from '../../src/engine/growing-vectors.ts'
import { PageCache } from '../../src/cache/index.ts'
import { MemorySegment, mergeSegments, openSegment } from '../../src/segment/index.ts'
import type { DiskSegment, SegmentInfo, SegmentView } from '../../src/segment/index.ts'
import { openLevelStore } from '../../src/store/index.ts'
import type { Level, Store } from '../../src/store/index.ts'
import { BitSet } from '../../src/util/index.ts'
import { openMemoryLevel } from './memory-store.ts'
import type { Group } from './segment-documents.ts'

export const indexNumber = 1

export class SegmentStore {
  readonly store: Store
  readonly level: Level
  readonly cache: PageCache
  #generation = 0

  static async open(): Promise<SegmentStore> {
    const level = await openMemoryLevel()
    return new SegmentStore(level, await openLevelStore(() => Promise.resolve(level)))
  }

  constructor(level: Level, store: Store) {
    this.level = level
    this.store = store
    this.cache = new PageCache({
      // Room for the buffers of all tests of a file: on a slow machine they are open at the same time.
      budgetBytes: 256 * 2 ** 20,
      reserveBytes: 192 * 2 ** 20,
      read: (key) => store.get(key)
    })
  }

  /** A write buffer with these documents. */
  buffer(groups: readonly Group[]): MemorySegment {
    this.#generation += 1
    const segment = new MemorySegment({
      generation: this.#generation,
      growingVectors: growingVectorsIn(this.cache)
    })
    for (const { document, seqNo, version } of groups) segment.append(document, seqNo, version)
    return segment
  }

  async merge(sources: readonly SegmentView[]): Promise<SegmentInfo> {
    this.#generation += 1
    const target = { index: indexNumber, generation: this.#generation, store: this.store }
    return mergeSegments(sources, target, { seed: 1, threads: 0 })
  }

  open(info: SegmentInfo): DiskSegment {
    return openSegment({ info, index: indexNumber, store: this.store, cache: this.cache })
  }

  async flush(groups: readonly Group[]): Promise<DiskSegment> {
    const buffer = this.buffer(groups)
    const segment = this.open(await this.merge([buffer.view()]))
    buffer.close()
    return segment
  }
}

/** A segment as a searcher sees it, but for the documents of the roots in `deleted`. */
export function viewOf(reader: DiskSegment, deleted: Iterable<number> = []): SegmentView {
  const { docCount, parents } = reader
  const liveDocs = new BitSet(docCount)
  liveDocs.addRange(docCount)
  let liveRootCount = reader.rootCount
  for (const root of deleted) {
    liveDocs.remove(root)
    liveRootCount -= 1
    if (parents === null) continue
    for (let doc = root - 1; doc >= 0 && !parents.has(doc); doc--) liveDocs.remove(doc)
  }
  const allLive = liveRootCount === reader.rootCount
  return { reader, docCount, liveDocs: allLive ? null : liveDocs, liveRootCount }
}
