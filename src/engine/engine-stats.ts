import type { PageCache } from '../cache/index.ts'
import type { SegmentView } from '../segment/index.ts'
import type { IndexState } from './index-state.ts'
import type { Jobs } from './jobs.ts'
import type { EngineStats, SegmentStats } from './types.ts'

export function engineStats(
  state: IndexState,
  jobs: Jobs,
  cache: PageCache,
  index: number
): EngineStats {
  const segments = [...committedStats(state), ...bufferStats(state)]
  const total = (pick: (segment: SegmentStats) => number): number =>
    segments.reduce((sum, segment) => sum + pick(segment), 0)
  return {
    liveDocCount: total((segment) => segment.liveDocCount),
    deletedDocCount: total((segment) => segment.deletedDocCount),
    livePartCount: total((segment) => segment.livePartCount),
    deletedPartCount: total((segment) => segment.deletedPartCount),
    bufferDocCount: state.buffers.reduce((sum, buffer) => sum + buffer.memory.docCount, 0),
    bufferBytes: state.pendingBytes,
    maxSeqNo: state.publishedSeqNo,
    segments,
    ...state.counters,
    pages: cache.statsOf(index),
    jobs: jobs.list(index),
    jobFailures: jobs.failures(index)
  }
}

function committedStats(state: IndexState): SegmentStats[] {
  return state.segments.map((segment) => ({
    ...countsOf(segment.view()),
    generation: segment.generation,
    bytes: segment.info.bytes,
    committed: true
  }))
}

function bufferStats(state: IndexState): SegmentStats[] {
  return state.buffers
    .filter((buffer) => buffer.memory.docCount > 0)
    .map((buffer) => ({
      ...countsOf(buffer.view()),
      generation: buffer.generation,
      bytes: buffer.bytes,
      committed: false
    }))
}

function countsOf({
  reader,
  docCount,
  liveDocs,
  liveRootCount
}: SegmentView): Omit<SegmentStats, 'generation' | 'bytes' | 'committed'> {
  const livePartCount = liveDocs === null ? docCount : liveDocs.count()
  return {
    name: reader.name,
    docCount,
    liveDocCount: liveRootCount,
    deletedDocCount: reader.rootCount - liveRootCount,
    livePartCount,
    deletedPartCount: docCount - livePartCount
  }
}
