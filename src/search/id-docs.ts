import type { SegmentReader } from '../segment/index.ts'
import type { Steps } from '../util/index.ts'
import type { Deadline } from './deadline.ts'

/** Root documents of a segment with these ids, ascending, each once; deleted ones may be among them. */
export function* docsOfIds(
  reader: SegmentReader,
  ids: readonly string[],
  deadline: Deadline
): Steps<Int32Array> {
  const docs: number[] = []
  for (const id of ids) {
    const doc = reader.docIdOf(id)
    if (doc !== -1) docs.push(doc)
    deadline.step()
    if (deadline.isDue) yield* deadline.pause()
  }
  // Thousands of documents are put in order sooner than as many ids are compared.
  const sorted = new Int32Array(docs).sort()
  let count = 0
  for (let at = 0; at < sorted.length; at++)
    if (count === 0 || sorted[at] !== sorted[count - 1]) sorted[count++] = sorted[at]!
  return sorted.subarray(0, count)
}
