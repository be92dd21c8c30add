import type { SegmentView } from '../segment/index.ts'
import { levelBits } from './levels.ts'

/**
 * Root documents of a segment with these ids, ascending; deleted ones may be among them.
 *
 * A write buffer answers with an id's newest document, which a searcher of an earlier moment does not see: then the visible
 * one, if there is one, is among the documents before, and they are looked through.
 */
export function docsOfIds(segment: SegmentView, ids: readonly string[]): Int32Array {
  const { reader, docCount } = segment
  const docs: number[] = []
  const overwritten = new Set<string>()
  for (const id of ids) {
    const doc = reader.docIdOf(id)
    if (doc >= docCount) overwritten.add(id)
    else if (doc !== -1) docs.push(doc)
  }
  if (overwritten.size > 0) docs.push(...visibleDocsOf(segment, overwritten))
  return Int32Array.from(docs).sort()
}

function visibleDocsOf(segment: SegmentView, ids: ReadonlySet<string>): number[] {
  const roots = levelBits(segment.reader, '')
  const docs: number[] = []
  for (let doc = 0; doc < segment.docCount; doc++) {
    const isLive = segment.liveDocs?.has(doc) ?? true
    const isRoot = roots?.has(doc) ?? true
    if (isLive && isRoot && ids.has(segment.reader.stored(doc).id)) docs.push(doc)
  }
  return docs
}
