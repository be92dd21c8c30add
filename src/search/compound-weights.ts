/** Weights of the queries that combine others. */
import { parseMinimumShouldMatch } from '../query/index.ts'
import type { CompiledScore, Query } from '../query/index.ts'
import { RangeIterator } from '../segment/index.ts'
import type { SegmentView } from '../segment/index.ts'
import { javaFloatText, VectorStoreError } from '../util/index.ts'
import { BoostingScorer, ExclusionScorer, OptionalScorer, RatedScorer } from './combined-scorer.ts'
import { ConjunctionScorer } from './conjunction-scorer.ts'
import { DisMaxScorer, SumScorer } from './disjunction-scorer.ts'
import { levelBits } from './levels.ts'
import { NestedScorer } from './nested-scorer.ts'
import { ConstantScorer, FixedScorer } from './scorer.ts'
import type { Scorer } from './scorer.ts'
import { openScriptContext } from './script-context.ts'
import { noWeight, scanningWeight } from './weight.ts'
import type { Weight, WeightContext } from './weight.ts'

type Compound<T extends Query['type']> = Extract<Query, { type: T }>

/** Weights of one bool's clauses, and what they have to fulfil. */
type BoolParts = {
  readonly must: readonly Weight[]
  readonly filter: readonly Weight[]
  readonly should: readonly Weight[]
  readonly mustNot: readonly Weight[]
  readonly least: number
}

export function boolWeight(query: Compound<'bool'>, context: WeightContext): Weight {
  const unscored = { ...context, scoring: false }
  const required = query.must.length + query.filter.length > 0
  const least = parseMinimumShouldMatch(query.minimumShouldMatch, query.should.length, required)
  if (least > query.should.length) return noWeight
  const isShouldUsed = context.scoring || least > 0
  const should = isShouldUsed ? query.should : []
  const parts: BoolParts = {
    must: query.must.map((child) => context.create(child, context)),
    filter: query.filter.map((child) => context.create(child, unscored)),
    should: should.map((child) => context.create(child, context)),
    mustNot: query.mustNot.map((child) => context.create(child, unscored)),
    least
  }
  return {
    scorer: (segment) => boolScorer(parts, segment),
    count: (segment) => countBool(parts, segment),
    isConstant:
      !context.scoring ||
      (parts.should.length === 0 && parts.must.every(({ isConstant }) => isConstant))
  }
}

/** A bool of one clause has that clause's documents. */
function countBool(parts: BoolParts, segment: SegmentView): number {
  const required = [...parts.must, ...parts.filter]
  if (parts.mustNot.length > 0) return -1
  if (required.length === 1 && parts.least === 0) return required[0]!.count(segment)
  const isOneOptional = required.length === 0 && parts.should.length === 1 && parts.least === 1
  return isOneOptional ? parts.should[0]!.count(segment) : -1
}

function boolScorer(parts: BoolParts, segment: SegmentView): Scorer | null {
  const must = allScorers(parts.must, segment)
  const filter = allScorers(parts.filter, segment)
  if (must === null || filter === null) return null
  const should = anyScorers(parts.should, segment)
  if (should.length < parts.least) return null
  const optional = sumOf(should, Math.max(1, parts.least))
  const isOptionalRequired = parts.least > 0
  if (isOptionalRequired && optional !== null) must.push(optional)

  let scorer = requiredScorer(must, filter, segment)
  // The exclusion comes first: it is part of what matches, the optional score is not.
  const excluded = sumOf(anyScorers(parts.mustNot, segment), 1)
  if (excluded !== null) scorer = new ExclusionScorer(scorer, excluded)
  if (!isOptionalRequired && optional !== null) scorer = new OptionalScorer(scorer, optional)
  return scorer
}

/** Documents of all; without a clause that is required, every document, with score 0. */
function requiredScorer(
  must: readonly Scorer[],
  filter: readonly Scorer[],
  segment: SegmentView
): Scorer {
  const all = [...must, ...filter]
  if (all.length === 0) return new ConstantScorer(new RangeIterator(segment.docCount), 0)
  if (all.length > 1) return new ConjunctionScorer(all, must)
  return must.length === 1 ? all[0]! : new FixedScorer(all[0]!, 0)
}

/** null when one of them matches nothing. */
function allScorers(weights: readonly Weight[], segment: SegmentView): Scorer[] | null {
  const scorers: Scorer[] = []
  for (const weight of weights) {
    const scorer = weight.scorer(segment)
    if (scorer === null) return null
    scorers.push(scorer)
  }
  return scorers
}

function anyScorers(weights: readonly Weight[], segment: SegmentView): Scorer[] {
  return weights.flatMap((weight) => weight.scorer(segment) ?? [])
}

function sumOf(scorers: readonly Scorer[], least: number): Scorer | null {
  if (scorers.length === 0) return null
  if (scorers.length === 1) return scorers[0]!
  return new SumScorer(scorers, least)
}

export function disMaxWeight(query: Compound<'disMax'>, context: WeightContext): Weight {
  const weights = query.queries.map((child) => context.create(child, context))
  const scorer = (segment: SegmentView): Scorer | null => {
    const scorers = anyScorers(weights, segment)
    if (scorers.length < 2) return scorers[0] ?? null
    return new DisMaxScorer(scorers, query.tieBreaker)
  }
  return scanningWeight(scorer, false)
}

export function constantScoreWeight(
  query: Compound<'constantScore'>,
  context: WeightContext
): Weight {
  const filter = context.create(query.filter, { ...context, boost: 1, scoring: false })
  return {
    scorer: (segment) => {
      const scorer = filter.scorer(segment)
      return scorer === null ? null : new FixedScorer(scorer, context.boost)
    },
    count: (segment) => filter.count(segment),
    isConstant: true
  }
}

export function boostingWeight(query: Compound<'boosting'>, context: WeightContext): Weight {
  const { boost } = context
  const positive = context.create(query.positive, { ...context, boost: 1 })
  const negative = context.create(query.negative, { ...context, boost: 1, scoring: false })
  // Boosts around it multiply the outcome, as in Lucene: a function_score within would add to a boosted score.
  const scaled = (scorer: Scorer): Scorer =>
    boost === 1
      ? scorer
      : new RatedScorer(scorer, (_docId, score) => Math.fround(score * boost), null, true)
  return {
    scorer: (segment) => {
      const scorer = positive.scorer(segment)
      const against = scorer === null ? null : negative.scorer(segment)
      if (scorer === null) return null
      if (against === null) return scaled(scorer)
      return scaled(new BoostingScorer(scorer, against, query.negativeBoost))
    },
    count: (segment) => positive.count(segment),
    isConstant: !context.scoring
  }
}

export function scriptScoreWeight(query: Compound<'scriptScore'>, context: WeightContext): Weight {
  // The script sees the score of its query without the boosts around it.
  const inner = context.create(query.query, { ...context, boost: 1, scoring: true })
  const scorer = (segment: SegmentView): Scorer | null => {
    const scored = inner.scorer(segment)
    if (scored === null) return null
    const compute = bindScore(query.script, segment, context)
    const rate = (docId: number, score: number): number => {
      const result = Math.fround(compute(docId, score))
      if (!(result >= 0)) throw invalidScore(result, docId)
      return Math.fround(result * context.boost)
    }
    return new RatedScorer(scored, rate, query.minScore, true)
  }
  return {
    scorer,
    count: (segment) => (query.minScore === null ? inner.count(segment) : -1),
    isConstant: !context.scoring
  }
}

function bindScore(
  script: CompiledScore,
  segment: SegmentView,
  context: WeightContext
): (docId: number, score: number) => number {
  return script.bind(openScriptContext(context.search.target, segment))
}

function invalidScore(score: number, docId: number): VectorStoreError {
  return new VectorStoreError(
    'REQUEST_ARGUMENT',
    `script_score script returned an invalid score [${javaFloatText(score)}] for doc [${docId}]. Must be a non-negative score!`
  )
}

export function nestedWeight(query: Compound<'nested'>, context: WeightContext): Weight {
  const { path, scoreMode } = query
  const inner = context.create(query.query, {
    ...context,
    scoring: context.scoring && scoreMode !== 'none',
    level: { path, outer: context.level }
  })
  const scorer = (segment: SegmentView): Scorer | null => {
    const holders = levelBits(segment.reader, context.level.path)
    const children = holders === null ? null : inner.scorer(segment)
    if (holders === null || children === null) return null
    return new NestedScorer(children, levelBits(segment.reader, path)!, holders, scoreMode)
  }
  return scanningWeight(scorer, !context.scoring || scoreMode === 'none')
}
