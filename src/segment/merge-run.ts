/** What the parts of one merge share. */
import type { MergePlan } from './merge-plan.ts'
import type { StreamKind } from './page-stream-format.ts'
import type { PageStreamWriter } from './page-stream-writer.ts'
import type { SegmentInfo } from './segment-info.ts'
import type { RecordSink } from './record-sink.ts'
import type { BuildOptions, LinkedAhead } from '../vector/index.ts'

export type OtherParts = Pick<
  SegmentInfo,
  'ids' | 'bloom' | 'docIds' | 'stored' | 'parents' | 'paths' | 'present' | 'columns' | 'terms'
>

/** Vectors of a field that were linked before the merge began, and where they are among its sources. */
export type MergeAhead = {
  readonly linked: LinkedAhead
  /** Rows firstRow .. firstRow + count - 1, as they were counted then, are the vectors firstOrd .. of a source. */
  readonly parts: readonly {
    readonly generation: number
    readonly firstOrd: number
    readonly firstRow: number
    readonly count: number
  }[]
}

export type MergeRun = {
  readonly plan: MergePlan
  readonly sink: RecordSink
  /** The stream of a kind; it begins when it is first asked for. */
  readonly stream: (kind: StreamKind) => PageStreamWriter
  /** So many more documents or vectors are done. */
  readonly progress: (count: number) => void
  /** The parts that are not vectors; begun when it is first called, maybe while workers link a graph. */
  readonly others: () => Promise<OtherParts>
  /** Asked when a field gets a graph: null when nothing was linked ahead. */
  readonly linkedAhead: (field: number) => Promise<MergeAhead | null>
  /** Vectors of at most so many bytes are left without a graph. */
  readonly flatBytesMax: number
  readonly build: Pick<BuildOptions, 'seed' | 'threads'> & { readonly signal?: AbortSignal }
}
