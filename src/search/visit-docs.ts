import type { SegmentView } from '../segment/index.ts'
import type { Deadline } from './deadline.ts'
import { levelBits } from './levels.ts'
import type { ScoredList, Scorer } from './scorer.ts'

/**
 * Calls `visit` for every visible, live root document from `firstDoc` on that matches, ascending; the scorer stands on it. Ends
 * early when `visit` answers false.
 *
 * Errors   DEADLINE_EXCEEDED.
 */
export function visitDocs(
  scorer: Scorer,
  segment: SegmentView,
  deadline: Deadline,
  firstDoc: number,
  visit: (docId: number, scorer: Scorer) => boolean
): void {
  const { docCount, liveDocs } = segment
  const roots = levelBits(segment.reader, '')
  for (let doc = scorer.advance(firstDoc); doc < docCount; doc = scorer.next()) {
    deadline.step()
    if (liveDocs !== null && !liveDocs.has(doc)) continue
    if (roots !== null && !roots.has(doc)) continue
    if (scorer.matches() && !visit(doc, scorer)) return
  }
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
