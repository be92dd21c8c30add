/**
 * Makes one segment of several; a flush is a merge of the write buffer alone.
 *
 *   1  Plan: live documents of the sources, in order, get the numbers 0, 1, 2 …; children stay before their parents.
 *   2  Parts, in the order of their kinds' keys: vectors, tree, ids, stored sources, fields that are only there, columns,
 *      terms. Each reads the sources through their readers and writes pages one after another; postings and norms
 *      grow beside their dictionary, the only keys that are not strictly ascending. Where workers link a graph, this thread
 *      does the other parts meanwhile, and the pages of that graph come last.
 *   3  Records go to the store in batches (record-sink.ts). The last batch is durable when the promise resolves.
 *
 * In memory are, besides pages in the cache and one batch: new numbers of the documents of sources with deletes (4 bytes each), 12
 * bytes a vector, a bit a document, 4 bytes a distinct keyword. Nothing is visible until a manifest names the segment; given
 * up half-way it leaves keys that the next collection removes.
 */
import { mergeColumns } from './merge-columns.ts'
import {
  mergeDocIds,
  mergeIds,
  mergeParents,
  mergePaths,
  mergePresent,
  mergeStored
} from './merge-documents.ts'
import { planMerge } from './merge-plan.ts'
import type { MergeAhead, MergeRun, OtherParts } from './merge-run.ts'
import { mergeTerms } from './merge-terms.ts'
import { countVectors, mergeVectors } from './merge-vectors.ts'
import type { StreamKind } from './page-stream-format.ts'
import { PageStreamWriter } from './page-stream-writer.ts'
import { RecordSink } from './record-sink.ts'
import type { SinkTarget } from './record-sink.ts'
import { segmentFormat } from './segment-info.ts'
import type { SegmentInfo } from './segment-info.ts'
import type { SegmentView } from './types.ts'
import { assert } from '../util/index.ts'

export type MergeOptions = {
  /** For graphs: the same seed and one thread give the same segment. */
  readonly seed: number
  /** Worker threads that may help with graphs; 0: this thread, in slices of about 5 ms. */
  readonly threads: number
  /**
   * Vectors of a field that take at most so many bytes are left without a graph; a later merge builds it.
   * @default 0
   */
  readonly flatBytesMax?: number
  /** Asked once for each field that gets a graph. @default nothing was linked before */
  readonly linkedAhead?: (field: number) => Promise<MergeAhead | null>
  /** Documents and vectors done, of all. */
  readonly onProgress?: (doneCount: number, totalCount: number) => void
  readonly signal?: AbortSignal
}

/**
 * Writes the live documents of `sources` as one segment.
 *
 * Cost     reads every live value once or twice, writes it once; the event loop runs about every 5 ms.
 * Errors   What the store throws: STORE_FULL, STORE_POISONED, STORE_IO; STORE_CHECKSUM and STORE_MISSING of a damaged source;
 *          the signal's reason when it is aborted.
 *
 * @param sources  Oldest first; at least one live document. The caller keeps them pinned.
 * @returns what the manifest must say; all pages are durable.
 */
export async function mergeSegments(
  sources: readonly SegmentView[],
  target: SinkTarget,
  options: MergeOptions
): Promise<SegmentInfo> {
  const sink = new RecordSink(target, options.signal)
  try {
    return await writeSegment(sources, target, sink, options)
  } finally {
    // Given up half-way: what is on its way must be there before somebody removes it.
    await sink.settle()
  }
}

async function writeSegment(
  sources: readonly SegmentView[],
  target: SinkTarget,
  sink: RecordSink,
  { seed, threads, flatBytesMax = 0, linkedAhead, signal, onProgress }: MergeOptions
): Promise<SegmentInfo> {
  const plan = await planMerge(sources, sink)
  assert(plan.docCount > 0, 'a merge has a live document')
  const streams = new Map<StreamKind, PageStreamWriter>()
  const totalCount = plan.docCount + countVectors({ plan })
  let doneCount = 0
  const run: MergeRun = {
    others: once(() => mergeOthers(run)),
    plan,
    sink,
    stream(kind) {
      let stream = streams.get(kind)
      if (stream === undefined) streams.set(kind, (stream = new PageStreamWriter(sink, kind)))
      return stream
    },
    progress(count) {
      doneCount += count
      onProgress?.(doneCount, totalCount)
    },
    flatBytesMax,
    linkedAhead: linkedAhead ?? (async () => null),
    build: { seed, threads, ...(signal === undefined ? {} : { signal }) }
  }
  const vectors = await mergeVectors(run)
  const parts = await run.others()
  const lengths: Partial<Record<StreamKind, number>> = {}
  for (const [kind, stream] of streams) lengths[kind] = stream.finish()
  await sink.flush()
  return {
    format: segmentFormat,
    generation: target.generation,
    docCount: plan.docCount,
    rootCount: plan.rootCount,
    hasRouting: plan.sources.some(({ reader }) => reader.hasRouting),
    bytes: sink.byteCount,
    recordCount: sink.recordCount,
    fields: plan.fields,
    streams: lengths,
    vectors,
    ...parts
  }
}

function once<T>(work: () => Promise<T>): () => Promise<T> {
  let begun: Promise<T> | null = null
  return () => (begun ??= work())
}

async function mergeOthers(run: MergeRun): Promise<OtherParts> {
  const { plan, sink } = run
  // Ids and terms are sorted here, not before the vectors: those who link them would wait for it.
  for (const { reader } of plan.sources)
    await reader.prepare(() => (sink.due() ? sink.pause() : null))
  const parents = await mergeParents(run)
  const paths = await mergePaths(run)
  const { ids, bloom, lengths } = await mergeIds(run)
  const stored = await mergeStored(run)
  const present = await mergePresent(run)
  const docIds = await mergeDocIds(run, lengths)
  const columns = await mergeColumns(run)
  const terms = await mergeTerms(run)
  return { ids, bloom, docIds, stored, parents, paths, present, columns, terms }
}
