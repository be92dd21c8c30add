import type { Query } from '../query/index.ts'
import {
  boolWeight,
  boostingWeight,
  constantScoreWeight,
  disMaxWeight,
  nestedWeight,
  scriptScoreWeight
} from './compound-weights.ts'
import { functionScoreWeight } from './function-score.ts'
import { knnWeight } from './knn-weight.ts'
import { neighborsWeight } from './neighbors-weight.ts'
import {
  columnWeight,
  docScoresWeight,
  existsWeight,
  idsWeight,
  matchAllWeight,
  phraseWeight,
  termWeight
} from './leaf-weights.ts'
import { termPatternWeight, termRangeWeight, termSetWeight } from './lists-weight.ts'
import { noWeight, rootLevel } from './weight.ts'
import type { TargetSearch, Weight, WeightContext } from './weight.ts'

/** Nodes that are gone once a query is lowered. */
type FieldNode =
  | 'lookup'
  | 'fieldTerm'
  | 'fieldTerms'
  | 'fieldRange'
  | 'fieldPattern'
  | 'fieldMatch'
  | 'fieldMatchPhrase'
  | 'fieldExists'
  | 'fieldKnn'
  | 'fieldBound'
type Builders = {
  [T in Exclude<Query['type'], FieldNode>]: (
    query: Extract<Query, { type: T }>,
    context: WeightContext
  ) => Weight
}

const builders: Builders = {
  matchAll: (_query, context) => matchAllWeight(context),
  matchNone: () => noWeight,
  bool: boolWeight,
  disMax: disMaxWeight,
  constantScore: constantScoreWeight,
  boosting: boostingWeight,
  term: termWeight,
  termSet: termSetWeight,
  termPattern: termPatternWeight,
  termRange: termRangeWeight,
  longRange: columnWeight,
  longSet: columnWeight,
  doubleRange: columnWeight,
  doubleSet: columnWeight,
  phrase: phraseWeight,
  exists: existsWeight,
  ids: idsWeight,
  knn: knnWeight,
  neighbors: neighborsWeight,
  scriptScore: scriptScoreWeight,
  functionScore: functionScoreWeight,
  docScores: (query, context) => docScoresWeight(query.docs, context),
  nested: nestedWeight
}

/** Binds a query to an index; `context.boost` is that of the nodes above. */
function createWeight(query: Query, context: WeightContext): Weight {
  const builder = (builders as Readonly<Record<string, unknown>>)[query.type] as
    | ((query: Query, context: WeightContext) => Weight)
    | undefined
  // Every caller lowers first, so this is a fault of the program.
  if (builder === undefined) throw new TypeError(`query node ${query.type} was not lowered`)
  const boost = Math.fround(context.boost * (query.boost ?? 1))
  return builder(query, boost === context.boost ? context : { ...context, boost })
}

/** Where the weights of a request on one index begin: at the root documents. */
export function rootContext(search: TargetSearch, scoring: boolean): WeightContext {
  return { search, level: rootLevel, boost: 1, scoring, create: createWeight }
}

/** Binds a query that speaks of root documents. */
export function createRootWeight(query: Query, search: TargetSearch, scoring: boolean): Weight {
  return createWeight(query, rootContext(search, scoring))
}
