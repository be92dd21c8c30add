/** Weights of the queries that combine others. */
import { parseMinimumShouldMatch } from '../query/index.ts'
import type { CompiledScore, Query } from '../query/index.ts'
import { RangeIterator } from '../segment/index.ts'
import type { SegmentView } from '../segment/index.ts'
import { javaFloatText, VectorStoreError } from '../util/index.ts'
import { ClauseWeights } from './clause-weights.ts'
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
  readonly must: ClauseWeights
  readonly filter: ClauseWeights
  readonly should: ClauseWeights
  readonly mustNot: ClauseWeights
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
    must: clausesOf(query.must, 'all', context),
    filter: clausesOf(query.filter, 'all', unscored),
    should: clausesOf(should, 'any', context),
    mustNot: clausesOf(query.mustNot, 'any', unscored),
    least
  }
  const { must, filter, mustNot } = parts
  return {
    scorer: (segment) => boolScorer(parts, segment),
    count: (segment) => countBool(parts, segment),
    isConstant:
      !context.scoring ||
      (should.length === 0 && must.weights.every(({ isConstant }) => isConstant)),
    width: must.width + filter.width + parts.should.width + mustNot.width
  }
}

function clausesOf(
  queries: readonly Query[],
  kind: 'all' | 'any',
  context: WeightContext
): ClauseWeights {
  const weights = queries.map((query) => context.create(query, context))
  return new ClauseWeights(weights, kind, context.search)
}

/** A bool of one clause has that clause's documents. */
function countBool(parts: BoolParts, segment: SegmentView): number {
  const must = parts.must.weights
  const filter = parts.filter.weights
  const should = parts.should.weights
  const requiredCount = must.length + filter.length
  if (parts.mustNot.weights.length > 0) return -1
  if (requiredCount === 1 && parts.least === 0) return (must[0] ?? filter[0]!).count(segment)
  const isOneOptional = requiredCount === 0 && should.length === 1 && parts.least === 1
  return isOneOptional ? should[0]!.count(segment) : -1
}

function boolScorer(parts: BoolParts, segment: SegmentView): Scorer | null {
  const must = parts.must.all(segment)
  const filter = parts.filter.all(segment)
  if (must === null || filter === null) return null
  const should = parts.should.any(segment)
  if (should.length < parts.least) return null
  const optional = sumOf(should, Math.max(1, parts.least))
  const isOptionalRequired = parts.least > 0
  if (isOptionalRequired && optional !== null) must.push(optional)

  let scorer = requiredScorer(must, filter, segment)
  // The exclusion comes first: it is part of what matches, the optional score is not.
  const excluded = sumOf(parts.mustNot.any(segment), 1)
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

function sumOf(scorers: readonly Scorer[], least: number): Scorer | null {
  if (scorers.length === 0) return null
  if (scorers.length === 1) return scorers[0]!
  return new SumScorer(scorers, least)
}

export function disMaxWeight(query: Compound<'disMax'>, context: WeightContext): Weight {
  const clauses = clausesOf(query.queries, 'any', context)
  const scorer = (segment: SegmentView): Scorer | null => {
    const scorers = clauses.any(segment)
    if (scorers.length < 2) return scorers[0] ?? null
    return new DisMaxScorer(scorers, query.tieBreaker)
  }
  return scanningWeight(scorer, false, clauses.width)
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
    isConstant: true,
    width: filter.width ?? 1
  }
}

export function boostingWeight(query: Compound<'boosting'>, context: WeightContext): Weight {
  const { boost } = context
  const unboosted = { ...context, boost: 1 }
  const positive = clausesOf([query.positive], 'all', unboosted)
  const negative = clausesOf([query.negative], 'all', { ...unboosted, scoring: false })
  // Boosts around it multiply the outcome, as in Lucene: a function_score within would add to a boosted score.
  const scaled = (scorer: Scorer): Scorer =>
    boost === 1
      ? scorer
      : new RatedScorer(scorer, (_docId, score) => Math.fround(score * boost), null, true)
  return {
    scorer: (segment) => {
      const scorer = positive.all(segment)?.[0] ?? null
      if (scorer === null) return null
      const against = negative.all(segment)?.[0] ?? null
      if (against === null) return scaled(scorer)
      return scaled(new BoostingScorer(scorer, against, query.negativeBoost))
    },
    count: (segment) => positive.weights[0]!.count(segment),
    isConstant: !context.scoring,
    width: positive.width + negative.width
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
    isConstant: !context.scoring,
    width: inner.width ?? 1
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
  return scanningWeight(scorer, !context.scoring || scoreMode === 'none', inner.width)
}
