import type { SegmentView } from '../segment/index.ts'
import type { Cancellation, LoopSlice, Steps } from '../util/index.ts'
import { createRootWeight, rootContext } from './create-weight.ts'
import { Deadline } from './deadline.ts'
import { findAhead } from './find-ahead.ts'
import { runKnnSections } from './knn-sections.ts'
import { prepare } from './prepared-weight.ts'
import { openTargetSearch, planTarget } from './target-search.ts'
import type { SearchTarget } from './types.ts'
import { visitDocs } from './visit-docs.ts'
import type { TargetSearch, Weight } from './weight.ts'

type VisitOptions = {
  readonly signal?: Cancellation
  readonly deadlineMs?: number
  /** The work is left where it is due; left out: it is done in one piece. */
  readonly slice?: LoopSlice
}

/**
 * Number of root documents that match, over all targets.
 *
 * Cost     Without a look at the documents where counts are known (everything, one term without deletes), else one pass.
 * Errors   As executeSearch.
 */
export function* countMatches(
  targets: readonly SearchTarget[],
  options: VisitOptions = {}
): Steps<number> {
  let total = 0
  for (const { search, weight } of yield* openWeights(targets, options)) {
    for (const segment of search.segments) {
      const known = weight.count(segment)
      total += known === -1 ? yield* countDocs(weight, search, segment) : known
    }
  }
  return total
}

function* countDocs(weight: Weight, search: TargetSearch, segment: SegmentView): Steps<number> {
  yield* prepare(search, segment)
  const scorer = weight.scorer(segment)
  let count = 0
  if (scorer === null) return count
  yield* visitDocs(scorer, segment, search.deadline, 0, () => {
    count += 1
    return true
  })
  return count
}

/**
 * Visits every root document of one index that matches, in index order; no scores.
 *
 * Errors   As executeSearch; what `visit` throws.
 *
 * @param visit  Answers false to end.
 * @returns Documents visited.
 */
export function* visitMatches(
  target: SearchTarget,
  visit: (segment: SegmentView, docId: number) => boolean | undefined,
  options: VisitOptions = {}
): Steps<number> {
  let visited = 0
  let isOver = false
  for (const { search, weight } of yield* openWeights([target], options)) {
    for (const segment of search.segments) {
      if (isOver) continue
      yield* prepare(search, segment)
      const scorer = weight.scorer(segment)
      if (scorer === null) continue
      yield* visitDocs(scorer, segment, search.deadline, 0, (docId) => {
        visited += 1
        isOver = visit(segment, docId) === false
        return !isOver
      })
    }
  }
  return visited
}

function* openWeights(
  targets: readonly SearchTarget[],
  options: VisitOptions
): Steps<{ search: TargetSearch; weight: Weight }[]> {
  const deadline = new Deadline(options.signal, options.deadlineMs, options.slice)
  deadline.check()
  const searches = targets.map((target) => openTargetSearch(target, deadline))
  if (deadline.isSliced) yield* findAhead(searches, null)
  const sections = runKnnSections(searches, (search) => rootContext(search, false))
  const opened: { search: TargetSearch; weight: Weight }[] = []
  for (const [at, search] of searches.entries()) {
    const { whole } = planTarget(search.target, sections[at]!)
    opened.push({ search, weight: createRootWeight(whole, search, false) })
  }
  return opened
}
