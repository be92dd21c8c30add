import type { PageCache } from '../cache/index.ts'
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
  return state.segments.map(({ reader, info, live, generation }) => ({
    name: reader.name,
    generation,
    docCount: info.docCount,
    liveDocCount: info.rootCount - live.deletedRootCount,
    deletedDocCount: live.deletedRootCount,
    bytes: info.bytes,
    committed: true
  }))
}

function bufferStats(state: IndexState): SegmentStats[] {
  return state.buffers
    .filter((buffer) => buffer.memory.docCount > 0)
    .map((buffer) => {
      const { reader, liveRootCount } = buffer.view()
      return {
        name: reader.name,
        generation: buffer.generation,
        docCount: reader.docCount,
        liveDocCount: liveRootCount,
        deletedDocCount: reader.rootCount - liveRootCount,
        bytes: buffer.bytes,
        committed: false
      }
    })
}
