import { simplify } from '../query/index.ts'
import { standsOn } from './combined-scorer.ts'
import type { Steps } from '../util/index.ts'
import { createRootWeight } from './create-weight.ts'
import type { FoundDoc } from './found-doc.ts'
import { prepare } from './prepared-weight.ts'
import type { SearchTarget } from './types.ts'
import type { TargetSearch } from './weight.ts'

type Rescore = NonNullable<SearchTarget['rescore']>[number]

const f = Math.fround

const combineByMode: Readonly<
  Record<Rescore['scoreMode'], (first: number, second: number) => number>
> = {
  total: (first, second) => first + second,
  multiply: (first, second) => first * second,
  avg: (first, second) => (first + second) / 2,
  max: (first, second) => Math.max(first, second),
  min: (first, second) => Math.min(first, second)
}

/**
 * Scores the first documents of a result again with another query and puts them in their new order; the rest stays
 * behind them. Both keep their score times the query weight where the rescore query does not match.
 */
export function* rescoreDocs(
  found: readonly FoundDoc[],
  rescore: Rescore,
  search: TargetSearch
): Steps<FoundDoc[]> {
  const second = yield* secondScores(found.slice(0, rescore.windowSize), rescore, search)
  const scored = found.map((doc, at) => {
    const first = f(doc.score! * f(rescore.queryWeight))
    const other = second[at] ?? null
    if (other === null) return { ...doc, score: first }
    const weighted = f(other * f(rescore.rescoreQueryWeight))
    return { ...doc, score: f(combineByMode[rescore.scoreMode](first, weighted)) }
  })
  const window = scored.slice(0, rescore.windowSize).sort(compareFound)
  return [...window, ...scored.slice(rescore.windowSize)]
}

function compareFound(a: FoundDoc, b: FoundDoc): number {
  return b.score! - a.score! || a.segment - b.segment || a.docId - b.docId
}

/** Scores of the rescore query in the order of the window; null where it does not match. */
function* secondScores(
  window: readonly FoundDoc[],
  rescore: Rescore,
  search: TargetSearch
): Steps<(number | null)[]> {
  const query = simplify(rescore.query)
  const weight = createRootWeight(query, search, true)
  return yield* scoresOf(window, search, (segment) => weight.scorer(search.segments[segment]!))
}

/** Scores that a scorer per segment gives to documents in any order; null where it does not match. */
export function* scoresOf(
  docs: readonly FoundDoc[],
  search: TargetSearch,
  scorerOf: (segment: number) => ReturnType<ReturnType<typeof createRootWeight>['scorer']>
): Steps<(number | null)[]> {
  const { deadline } = search
  const scores: (number | null)[] = docs.map(() => null)
  const inOrder = docs.map((doc, at) => ({ doc, at }))
  inOrder.sort((a, b) => a.doc.segment - b.doc.segment || a.doc.docId - b.doc.docId)
  let segment = -1
  let scorer: ReturnType<typeof scorerOf> = null
  for (const { doc, at } of inOrder) {
    deadline.step()
    if (deadline.isDue) yield* deadline.pause()
    if (doc.segment !== segment) {
      segment = doc.segment
      yield* prepare(search, search.segments[segment]!.reader)
      scorer = scorerOf(segment)
    }
    if (scorer !== null && standsOn(scorer, doc.docId)) scores[at] = scorer.score()
  }
  return scores
}
