/** What the parts of one merge share. */
import type { MergePlan } from './merge-plan.ts'
import type { StreamKind } from './page-stream-format.ts'
import type { PageStreamWriter } from './page-stream-writer.ts'
import type { RecordSink } from './record-sink.ts'
import type { BuildOptions } from '../vector/index.ts'

export type MergeRun = {
  readonly plan: MergePlan
  readonly sink: RecordSink
  /** The stream of a kind; it begins when it is first asked for. */
  readonly stream: (kind: StreamKind) => PageStreamWriter
  /** So many more documents or vectors are done. */
  readonly progress: (count: number) => void
  readonly build: Pick<BuildOptions, 'seed' | 'threads'> & { readonly signal?: AbortSignal }
}
