/** Opens a segment that a manifest names or is about to name. */
import type { PageCache } from '../cache/index.ts'
import { openSegment } from '../segment/index.ts'
import type { SegmentDamage, SegmentInfo } from '../segment/index.ts'
import type { Store } from '../store/index.ts'
import type { VectorStoreError } from '../util/index.ts'
import type { Collector } from './collector.ts'
import { CommittedSegment } from './leaf.ts'
import type { LiveDocs } from './live-docs.ts'

export type OpenCommittedOptions = {
  readonly store: Store
  readonly cache: PageCache
  readonly index: number
  readonly collector: Collector
  /** A graph cannot be read; told in the middle of a search. */
  readonly onDamage: (error: VectorStoreError) => void
}

export function openCommitted(
  options: OpenCommittedOptions,
  info: SegmentInfo,
  live: LiveDocs,
  committed: { readonly liveGeneration: number | null; readonly deletedRootCount: number }
): CommittedSegment {
  const { store, cache, index, collector } = options
  const onDamage = ({ error }: SegmentDamage): void => options.onDamage(error)
  const reader = openSegment({ info, index, store, cache, onDamage })
  collector.opened(info.generation)
  return new CommittedSegment(info, reader, live, committed, () => {
    reader.close()
    collector.closed(info.generation)
  })
}
