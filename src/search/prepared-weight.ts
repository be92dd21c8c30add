/**
 * Weights that need something of a segment before its first document: a union of thousands of lists, the places of ids. A search
 * in steps has it found before it asks for a scorer; any other finds it then, in one piece.
 */
import type { SegmentReader, SegmentView } from '../segment/index.ts'
import { finishAtOnce } from '../util/index.ts'
import type { Steps } from '../util/index.ts'
import type { Scorer } from './scorer.ts'
import { scanningWeight } from './weight.ts'
import type { TargetSearch, Weight } from './weight.ts'

/**
 * A weight of one score, or of those that `open` knows.
 *
 * @param find  What of a segment is needed; of all its documents, whatever a view shows of them.
 * @param open  A fresh scorer; null where nothing matches.
 */
export function preparedWeight<Found>(
  search: TargetSearch,
  find: (reader: SegmentReader) => Steps<Found>,
  open: (found: Found, segment: SegmentView) => Scorer | null
): Weight {
  const known = new Map<SegmentReader, Found>()
  search.preparations ??= []
  search.preparations.push(({ reader }) => findOnce(known, find, reader))
  return scanningWeight((segment) => {
    const { reader } = segment
    if (!known.has(reader)) known.set(reader, finishAtOnce(find(reader)))
    return open(known.get(reader)!, segment)
  }, true)
}

function* findOnce<Found>(
  known: Map<SegmentReader, Found>,
  find: (reader: SegmentReader) => Steps<Found>,
  reader: SegmentReader
): Steps<void> {
  if (!known.has(reader)) known.set(reader, yield* find(reader))
}

/** Prepares all weights of a search for a segment. */
export function* prepare(
  { preparations, deadline }: TargetSearch,
  segment: SegmentView
): Steps<void> {
  if (preparations === null || !deadline.isSliced) return
  // More may come while it is at work.
  for (let at = 0; at < preparations.length; at++) yield* preparations[at]!(segment)
}
