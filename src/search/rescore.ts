import { simplify } from '../query/index.ts'
import { standsOn } from './combined-scorer.ts'
import { isList } from '../util/index.ts'
import type { ListOf, Steps } from '../util/index.ts'
import { createRootWeight } from './create-weight.ts'
import type { FoundDoc } from './found-doc.ts'
import { indexOrder } from './index-order.ts'
import type { IndexOrder } from './index-order.ts'
import { prepare } from './prepared-weight.ts'
import { TopScores } from './top-scores.ts'
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
 * Scores the first documents of a result again with another query and puts all in their new order. The rest, and what the
 * rescore query does not match, have their score times the query weight.
 *
 * Source   Elasticsearch's QueryRescorer, which sorts both together.
 */
export function* rescoreDocs(
  found: ListOf<FoundDoc>,
  rescore: Rescore,
  search: TargetSearch
): Steps<ListOf<FoundDoc>> {
  const { deadline } = search
  const window = found.slice(0, rescore.windowSize)
  const windowOrder = yield* indexOrder(window, deadline)
  const second = yield* secondScores(windowOrder, rescore, search)
  const order = window.length === found.length ? windowOrder : yield* indexOrder(found, deadline)
  // They come in index order, as it wants them.
  const top = new TopScores(order.length)
  for (let at = 0; at < order.length; at++) {
    const place = order.placeAt(at)
    const first = f(found.at(place)!.score! * f(rescore.queryWeight))
    const other = second.at(place)
    const score =
      other === null
        ? first
        : f(combineByMode[rescore.scoreMode](first, f(other * f(rescore.rescoreQueryWeight))))
    top.startSegment(order.segmentAt(at))
    top.collect(order.docAt(at), score)
    deadline.step()
    if (deadline.isDue) yield* deadline.pause()
  }
  const listed = top.list(deadline)
  return isList(listed) ? listed : yield* listed
}

/** Scores of the rescore query by place in the window. */
function* secondScores(
  order: IndexOrder,
  rescore: Rescore,
  search: TargetSearch
): Steps<GivenScores> {
  const query = simplify(rescore.query)
  const weight = createRootWeight(query, search, true)
  return yield* scoresOf(order, search, (segment) => weight.scorer(search.segments[segment]!))
}

/** Scores that a scorer per segment gives to documents, by their places in the list that they came from. */
export function* scoresOf(
  order: IndexOrder,
  search: TargetSearch,
  scorerOf: (segment: number) => ReturnType<ReturnType<typeof createRootWeight>['scorer']>
): Steps<GivenScores> {
  const { deadline } = search
  const scores = new GivenScores(order.length)
  let segment = -1
  let scorer: ReturnType<typeof scorerOf> = null
  for (let at = 0; at < order.length; at++) {
    deadline.step(scorer?.width)
    if (deadline.isDue) yield* deadline.pause()
    if (order.segmentAt(at) !== segment) {
      segment = order.segmentAt(at)
      yield* prepare(search, search.segments[segment]!)
      scorer = scorerOf(segment)
    }
    if (scorer !== null && standsOn(scorer, order.docAt(at)))
      scores.set(order.placeAt(at), scorer.score())
  }
  return scores
}

/** Scores of some of the documents of a list. */
export class GivenScores {
  readonly #scores: Float64Array
  readonly #isGiven: Uint8Array

  constructor(length: number) {
    this.#scores = new Float64Array(length)
    this.#isGiven = new Uint8Array(length)
  }

  set(at: number, score: number): void {
    this.#scores[at] = score
    this.#isGiven[at] = 1
  }

  /** null: it has none, or lies behind the list. */
  at(at: number): number | null {
    return this.#isGiven[at] === 1 ? this.#scores[at]! : null
  }
}
