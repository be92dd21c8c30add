/** Which documents of the sources a merge takes over, and their new numbers. */
import { asMergeSource } from './merge-source.ts'
import type { MergeSource } from './merge-source.ts'
import type { FieldInfo, PostingsIterator, SegmentView } from './types.ts'
import type { RecordSink } from './record-sink.ts'
import type { BitSet } from '../util/index.ts'

type Pauses = Pick<RecordSink, 'due' | 'pause'>

/** New docId by old, -1 when deleted. */
type Numbers = { readonly map: Int32Array; readonly liveCount: number }

/** One source: its live documents keep their order and follow those of the sources before it. */
export class SourceDocs {
  readonly reader: MergeSource
  readonly docCount: number
  /** New documents of this source. */
  readonly liveDocCount: number
  readonly #base: number
  /** New docId by old, -1 when deleted; null: none is, numbers are only moved by the base. */
  readonly #map: Int32Array | null

  private constructor(view: SegmentView, base: number, numbers: Numbers | null) {
    this.reader = asMergeSource(view.reader)
    this.docCount = view.docCount
    this.#base = base
    this.#map = numbers === null ? null : numbers.map
    this.liveDocCount = numbers === null ? view.docCount : numbers.liveCount
  }

  static async of(view: SegmentView, base: number, sink: Pauses): Promise<SourceDocs> {
    const { liveDocs, docCount } = view
    const numbers = liveDocs === null ? null : await numbered(liveDocs, docCount, base, sink)
    return new SourceDocs(view, base, numbers)
  }

  get hasDeletes(): boolean {
    return this.#map !== null
  }

  /** New docId, -1 when the document is deleted. */
  newDoc(docId: number): number {
    return this.#map === null ? this.#base + docId : this.#map[docId]!
  }

  /** Visits live documents of an iterator with their old and new number. */
  async forEachLive(
    docs: PostingsIterator,
    sink: Pauses,
    visit: (docId: number, newDoc: number) => void
  ): Promise<void> {
    for (let doc = docs.next(); doc < this.docCount; doc = docs.next()) {
      const newDoc = this.newDoc(doc)
      if (newDoc >= 0) visit(doc, newDoc)
      if (sink.due()) await sink.pause()
    }
  }
}

export type MergePlan = {
  readonly sources: readonly SourceDocs[]
  readonly docCount: number
  readonly rootCount: number
  /** By number; where sources differ the youngest counts. */
  readonly fields: readonly FieldInfo[]
}

/** @param sink  Asked for pauses: millions of documents take longer than a turn of the event loop. */
export async function planMerge(views: readonly SegmentView[], sink: Pauses): Promise<MergePlan> {
  const sources: SourceDocs[] = []
  const fields = new Map<number, FieldInfo>()
  let docCount = 0
  let rootCount = 0
  for (const view of views) {
    const source = await SourceDocs.of(view, docCount, sink)
    sources.push(source)
    docCount += source.liveDocCount
    rootCount += view.liveRootCount
    for (const field of source.reader.fields) fields.set(field.number, field)
  }
  const sorted = [...fields.values()].sort((a, b) => a.number - b.number)
  return { sources, docCount, rootCount, fields: sorted }
}

async function numbered(
  liveDocs: BitSet,
  docCount: number,
  base: number,
  sink: Pauses
): Promise<Numbers> {
  const map = new Int32Array(docCount)
  let next = base
  for (let docId = 0; docId < docCount; docId++) {
    map[docId] = liveDocs.has(docId) ? next++ : -1
    if (sink.due()) await sink.pause()
  }
  return { map, liveCount: next - base }
}
