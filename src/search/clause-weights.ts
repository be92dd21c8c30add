/**
 * The weights of a list of clauses. To look up the terms of thousands of clauses takes tens of milliseconds in each segment: a search
 * in steps has long lists opened before it asks for their scorers, any other opens them then. The scorers are the same.
 */
import type { SegmentView } from '../segment/index.ts'
import type { Steps } from '../util/index.ts'
import type { Deadline } from './deadline.ts'
import type { Scorer } from './scorer.ts'
import type { TargetSearch, Weight } from './weight.ts'

/** Clauses that are opened between two looks at the clock, about: each takes 5 to 20 µs. */
const clausesAtOnceMax = 16

/**
 * all   nothing matches where one of them does not. any: those that match are walked side by side. each: they are asked about single
 *       documents.
 */
type Kind = 'all' | 'any' | 'each'

type Scorers = readonly (Scorer | null)[]

/** Scorers that nobody has asked for yet. */
type Opened = { readonly segment: SegmentView; readonly scorers: Scorers }

export class ClauseWeights {
  readonly weights: readonly Weight[]
  readonly width: number
  /** What was opened of a segment, by its generation; null: it was asked for. */
  readonly #opened: Map<number, Opened | null> | null = null

  constructor(weights: readonly Weight[], kind: Kind, search: TargetSearch) {
    this.weights = weights
    this.width = widthOfWeights(weights)
    if (this.width <= clausesAtOnceMax || !search.deadline.isSliced) return
    const opened = new Map<number, Opened | null>()
    this.#opened = opened
    search.preparations ??= []
    // Behind those of its clauses, so that these are open already.
    search.preparations.push((segment) =>
      openAhead(weights, kind, search.deadline, segment, opened)
    )
  }

  /** Fresh ones by clause; null where nothing matches. */
  each(segment: SegmentView): Scorers {
    return this.#take(segment) ?? this.weights.map((weight) => weight.scorer(segment))
  }

  /** Fresh ones of the clauses that match something. */
  any(segment: SegmentView): Scorer[] {
    const scorers: Scorer[] = []
    for (const scorer of this.each(segment)) if (scorer !== null) scorers.push(scorer)
    return scorers
  }

  /** Fresh ones; null when one of them matches nothing. */
  all(segment: SegmentView): Scorer[] | null {
    const opened = this.#take(segment)
    const scorers: Scorer[] = []
    for (let at = 0; at < this.weights.length; at++) {
      const scorer = opened === null ? this.weights[at]!.scorer(segment) : opened[at]!
      if (scorer === null) return null
      scorers.push(scorer)
    }
    return scorers
  }

  #take(segment: SegmentView): Scorers | null {
    const { generation } = segment.reader
    const opened = this.#opened?.get(generation) ?? null
    if (opened === null) return null
    this.#opened!.set(generation, null)
    const isSame =
      opened.segment.docCount === segment.docCount && opened.segment.liveDocs === segment.liveDocs
    return isSame ? opened.scorers : null
  }
}

function widthOfWeights(weights: readonly Weight[]): number {
  let width = 0
  for (const weight of weights) width += weight.width ?? 1
  return width
}

function* openAhead(
  weights: readonly Weight[],
  kind: Kind,
  deadline: Deadline,
  segment: SegmentView,
  opened: Map<number, Opened | null>
): Steps<void> {
  const { generation } = segment.reader
  if (opened.has(generation)) return
  const scorers: (Scorer | null)[] = []
  let foundCount = 0
  for (const weight of weights) {
    const scorer = weight.scorer(segment)
    scorers.push(scorer)
    if (scorer !== null) foundCount += 1
    else if (kind === 'all') break
    deadline.check()
    if (deadline.isDue) yield* deadline.pause()
  }
  // One alone is no disjunction: it may be asked for all its documents at once, and must not have moved.
  if (kind === 'any' && foundCount > 1) yield* moveAll(scorers, deadline)
  opened.set(generation, { segment, scorers })
}

/** To their first documents, of which each list is read: half as dear as to open it. */
function* moveAll(scorers: Scorers, deadline: Deadline): Steps<void> {
  for (const scorer of scorers) {
    scorer?.advance(0)
    deadline.check()
    if (deadline.isDue) yield* deadline.pause()
  }
}
