import type { SegmentView } from '../segment/index.ts'

/** Root documents of a segment with these ids, ascending; deleted ones may be among them. */
export function docsOfIds({ reader, docCount }: SegmentView, ids: readonly string[]): Int32Array {
  const docs = ids.map((id) => reader.docIdOf(id)).filter((doc) => doc !== -1 && doc < docCount)
  return Int32Array.from(docs).sort()
}
