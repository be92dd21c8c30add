/** functionScore: functions of the document that match, combined, capped, then combined with the query's score. */
import type { Query } from '../query/index.ts'
import type { SegmentView } from '../segment/index.ts'
import { javaFloatText, VectorStoreError } from '../util/index.ts'
import { ClauseWeights } from './clause-weights.ts'
import { RatedScorer, standsOn } from './combined-scorer.ts'
import type { Scorer } from './scorer.ts'
import { openScriptContext } from './script-context.ts'
import { noWeight } from './weight.ts'
import type { Weight, WeightContext } from './weight.ts'

type FunctionScore = Extract<Query, { type: 'functionScore' }>

/** A function bound to a segment. filter undefined: every document has it. */
type BoundFunction = {
  readonly filter: Scorer | undefined
  readonly weight: number
  readonly compute: (docId: number, score: number) => number
  readonly width: number
}
type Gathered = { readonly values: number[]; readonly weights: number[] }

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

const combineByMode: Readonly<Record<FunctionScore['scoreMode'], (gathered: Gathered) => number>> =
  {
    multiply: ({ values }) => values.reduce((product, value) => product * value, 1),
    sum: ({ values }) => sum(values),
    // The weighted average: weights are in the values already.
    avg: ({ values, weights }) => sum(values) / sum(weights),
    first: ({ values }) => values[0]!,
    max: ({ values }) => Math.max(...values),
    min: ({ values }) => Math.min(...values)
  }

const boostByMode: Readonly<
  Record<FunctionScore['boostMode'], (score: number, factor: number) => number>
> = {
  multiply: (score, factor) => score * factor,
  replace: (_score, factor) => factor,
  sum: (score, factor) => score + factor,
  avg: (score, factor) => (score + factor) / 2,
  max: (score, factor) => Math.max(score, factor),
  min: (score, factor) => Math.min(score, factor)
}

export function functionScoreWeight(query: FunctionScore, context: WeightContext): Weight {
  const inner = context.create(query.query, { ...context, scoring: true })
  const { functions } = query
  const unboosted = { ...context, boost: 1 }
  const bound = (node: Query | null | undefined, scoring: boolean): Weight =>
    node === null || node === undefined ? noWeight : context.create(node, { ...unboosted, scoring })
  const filters = new ClauseWeights(
    functions.map(({ filter }) => bound(filter, false)),
    'each',
    context.search
  )
  const values = new ClauseWeights(
    functions.map((each) => bound(each.query, true)),
    'each',
    context.search
  )
  const bind = (segment: SegmentView): BoundFunction[] => {
    const scriptContext = openScriptContext(context.search.target, segment)
    const filterScorers = filters.each(segment)
    const valueScorers = values.each(segment)
    const found: BoundFunction[] = []
    for (const [at, { filter, weight, value, query: node }] of functions.entries()) {
      const scorer = filter === null ? undefined : filterScorers[at]!
      if (scorer === null) continue
      const valued = valueScorers[at]!
      const compute =
        node === undefined ? (value?.bind(scriptContext) ?? one) : scoreOf(node, valued)
      found.push({
        filter: scorer,
        weight,
        compute,
        width: (scorer?.width ?? 0) + (valued?.width ?? 0)
      })
    }
    return found
  }
  return {
    scorer: (segment) => {
      const scored = inner.scorer(segment)
      if (scored === null) return null
      const found = bind(segment)
      const rate = (docId: number, score: number): number =>
        combine(query, gather(found, docId, score), docId, score)
      const width = sum(found.map((each) => each.width))
      return new RatedScorer(scored, rate, query.minScore, true, width)
    },
    count: (segment) => (query.minScore === null ? inner.count(segment) : -1),
    isConstant: !context.scoring,
    width: (inner.width ?? 1) + filters.width + values.width
  }
}

const one = (): number => 1

/** The score of a query as a function's value. Errors REQUEST_ARGUMENT: the document does not match it. */
function scoreOf(query: Query, scorer: Scorer | null): (docId: number) => number {
  return (docId) => {
    if (scorer !== null && standsOn(scorer, docId)) return scorer.score()
    const name = 'field' in query && typeof query.field === 'object' ? query.field.name : '…'
    throw new VectorStoreError(
      'REQUEST_ARGUMENT',
      `It is possible that the document [${docId}] does not have a vector. Consider trying with an \`exists\` query: "exists": { "field": "${name}" }`
    )
  }
}

function gather(bound: readonly BoundFunction[], docId: number, score: number): Gathered {
  const values: number[] = []
  const weights: number[] = []
  for (const { filter, weight, compute } of bound) {
    if (filter !== undefined && !standsOn(filter, docId)) continue
    values.push(weight * compute(docId, score))
    weights.push(weight)
  }
  return { values, weights }
}

function combine(query: FunctionScore, gathered: Gathered, docId: number, score: number): number {
  const factor = gathered.values.length === 0 ? 1 : combineByMode[query.scoreMode](gathered)
  const capped = Math.min(factor, query.maxBoost)
  const result = Math.fround(boostByMode[query.boostMode](score, capped))
  if (result >= 0) return result
  throw new VectorStoreError(
    'REQUEST_ARGUMENT',
    `function score query returned an invalid score: ${javaFloatText(result)} for doc: ${docId}`
  )
}
