import { noMoreDocs } from '../segment/index.ts'
import type { SegmentView } from '../segment/index.ts'
import type { Steps } from '../util/index.ts'
import type { Deadline } from './deadline.ts'
import { levelBits } from './levels.ts'
import type { ScoredList, Scorer } from './scorer.ts'

/**
 * Calls `visit` for every visible, live root document from `firstDoc` on that matches, ascending; the scorer stands on it. Ends
 * early when `visit` answers false.
 *
 * Errors   DEADLINE_EXCEEDED.
 */
export function* visitDocs(
  scorer: Scorer,
  segment: SegmentView,
  deadline: Deadline,
  firstDoc: number,
  visit: (docId: number) => boolean
): Steps<void> {
  let doc = scorer.advance(firstDoc)
  while (doc < segment.docCount) {
    doc = visitUntilDue(scorer, segment, deadline, visit)
    if (deadline.isDue) yield* deadline.pause()
  }
}

/** From the document that the scorer stands on. Gives the one to go on with, noMoreDocs at the end. */
function visitUntilDue(
  scorer: Scorer,
  { docCount, liveDocs, reader }: SegmentView,
  deadline: Deadline,
  visit: (docId: number) => boolean
): number {
  const roots = levelBits(reader, '')
  let doc = scorer.docId()
  while (doc < docCount && !deadline.isDue) {
    deadline.step(scorer.width)
    const isVisible = (liveDocs === null || liveDocs.has(doc)) && (roots === null || roots.has(doc))
    if (isVisible && scorer.matches() && !visit(doc)) return noMoreDocs
    doc = scorer.next()
  }
  return doc
}

/** The same for all matches of a scorer at once: many hash candidates are compared, and few of them get among the best. */
export function visitListed(
  { docs, scores }: ScoredList,
  segment: SegmentView,
  visit: (docId: number, score: number) => void
): void {
  const { docCount, liveDocs } = segment
  const roots = levelBits(segment.reader, '')
  for (let at = 0; at < docs.length; at++) {
    const doc = docs[at]!
    if (doc >= docCount) return
    if (liveDocs !== null && !liveDocs.has(doc)) continue
    if (roots !== null && !roots.has(doc)) continue
    visit(doc, scores[at]!)
  }
}
