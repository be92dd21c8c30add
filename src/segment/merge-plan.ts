/** Which documents of the sources a merge takes over, and their new numbers. */
import { asMergeSource } from './merge-source.ts'
import type { MergeSource } from './merge-source.ts'
import type { FieldInfo, PostingsIterator, SegmentView } from './types.ts'
import type { RecordSink } from './record-sink.ts'
import type { BitSet } from '../util/index.ts'

/** One source: its live documents keep their order and follow those of the sources before it. */
export class SourceDocs {
  readonly reader: MergeSource
  readonly docCount: number
  /** New documents of this source. */
  readonly liveDocCount: number
  readonly #base: number
  /** New docId by old, -1 when deleted; null: none is, numbers are only moved by the base. */
  readonly #map: Int32Array | null

  constructor(view: SegmentView, base: number) {
    this.reader = asMergeSource(view.reader)
    this.docCount = view.docCount
    this.#base = base
    this.#map = view.liveDocs === null ? null : numbered(view.liveDocs, view.docCount, base)
    this.liveDocCount = this.#map === null ? view.docCount : liveCount(this.#map)
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
    sink: Pick<RecordSink, 'due' | 'pause'>,
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

export function planMerge(views: readonly SegmentView[]): MergePlan {
  const sources: SourceDocs[] = []
  const fields = new Map<number, FieldInfo>()
  let docCount = 0
  let rootCount = 0
  for (const view of views) {
    const source = new SourceDocs(view, docCount)
    sources.push(source)
    docCount += source.liveDocCount
    rootCount += view.liveRootCount
    for (const field of source.reader.fields) fields.set(field.number, field)
  }
  const sorted = [...fields.values()].sort((a, b) => a.number - b.number)
  return { sources, docCount, rootCount, fields: sorted }
}

function numbered(liveDocs: BitSet, docCount: number, base: number): Int32Array {
  const map = new Int32Array(docCount)
  let next = base
  for (let docId = 0; docId < docCount; docId++) map[docId] = liveDocs.has(docId) ? next++ : -1
  return map
}

function liveCount(map: Int32Array): number {
  let count = 0
  for (const newDoc of map) if (newDoc >= 0) count += 1
  return count
}
