/**
 * `retriever` of a search: `standard` and `knn` are another way to write a search; `rrf` ranks several of them together.
 *
 * Source   Elasticsearch RetrieverBuilder, RRFRetrieverBuilder (since 8.14).
 */
import type { NodeSearch, SortSpec } from '../../node/index.ts'
import type { Query } from '../../query/index.ts'
import type { BodyNode } from '../body-node.ts'
import { doubleOf, field, intOf, readObject, textOf } from '../body-values.ts'
import { illegalArgument } from '../wire-failure.ts'
import { knnFieldQuery, knnReaders, readKnnBody } from './knn-clause.ts'
import type { KnnReaders } from './knn-clause.ts'
import { parseQueryList } from './query-list.ts'
import { parseQuery } from './query-parser.ts'
import type { QueryContext } from './query-context.ts'
import { parseSort } from './search-sort.ts'

/** A retriever that is one search. */
type LeafRetriever = {
  readonly query: Query | null
  readonly knn: NodeSearch['knn']
  readonly minScore: number | null
  readonly sort: readonly SortSpec[]
}

/** Reciprocal rank fusion: score = sum of weight / (rankConstant + rank), ranks from 1. */
export type RankFusion = {
  readonly children: readonly { readonly leaf: LeafRetriever; readonly weight: number }[]
  readonly rankConstant: number
  readonly windowSize: number
}

export type Retriever =
  | { readonly type: 'leaf'; readonly leaf: LeafRetriever }
  | { readonly type: 'rrf'; readonly fusion: RankFusion }

const rankConstantDefault = 60
const windowSizeDefault = 10

/** Errors REQUEST_FIELD, REQUEST_PARSE, REQUEST_ARGUMENT. */
export function readRetriever(node: BodyNode, context: QueryContext): Retriever {
  const [name, body] = onlyMember(node)
  if (name === 'rrf') return { type: 'rrf', fusion: readFusion(body, context) }
  return { type: 'leaf', leaf: readLeaf(name, body, context) }
}

function onlyMember(node: BodyNode): [string, BodyNode] {
  const [first, second] = [...node.members()]
  if (first === undefined || second !== undefined)
    throw node.parseFault('[retriever] malformed, expected one retriever')
  return first
}

function readLeaf(name: string, body: BodyNode, context: QueryContext): LeafRetriever {
  if (name === 'standard') return readStandard(body, context)
  if (name === 'knn') return readKnn(body, context)
  if (['rrf', 'linear', 'rescorer', 'text_similarity_reranker', 'rule', 'pinned'].includes(name))
    throw illegalArgument(`[${name}] is not supported by this version as an inner retriever`)
  throw body.parseFault(`unknown retriever [${name}]`)
}

function readStandard(body: BodyNode, context: QueryContext): LeafRetriever {
  let query: Query = { type: 'matchAll' }
  let filters: readonly Query[] = []
  let minScore: number | null = null
  let sort: readonly SortSpec[] = []
  readObject(body, 'standard', {
    query: field.object((member) => {
      query = parseQuery(member, context)
    }),
    filter: field.objectOrArray((member) => {
      filters = parseQueryList(member, context, parseQuery)
    }),
    min_score: field.double((value) => {
      minScore = value
    }),
    sort: field.any((member) => {
      sort = parseSort(member)
    }),
    _name: field.string(() => undefined)
  })
  return { query: filtered(query, filters), knn: [], minScore, sort }
}

const retrieverReaders: KnnReaders = {
  ...knnReaders,
  min_score: field.double((value, { body }) => {
    body.minScore = value
  })
}

function readKnn(body: BodyNode, context: QueryContext): LeafRetriever {
  const knn = readKnnBody(body, context, parseQuery, retrieverReaders)
  if (knn.k === null || knn.candidates === null)
    throw illegalArgument(`Required [${knn.k === null ? 'k' : 'num_candidates'}]`)
  if (knn.vector === undefined)
    throw illegalArgument('either [query_vector_builder] or [query_vector] must be provided')
  return {
    query: null,
    knn: [knnFieldQuery(knn, knn.k, knn.candidates, true)],
    minScore: knn.minScore,
    sort: []
  }
}

/** A query that only finds what passes the filters. */
function filtered(query: Query, filters: readonly Query[]): Query {
  if (filters.length === 0) return query
  return {
    type: 'bool',
    must: [query],
    should: [],
    filter: filters,
    mustNot: [],
    minimumShouldMatch: null
  }
}

function readFusion(body: BodyNode, context: QueryContext): RankFusion {
  const children: { leaf: LeafRetriever; weight: number }[] = []
  let filters: readonly Query[] = []
  let rankConstant = rankConstantDefault
  let windowSize = windowSizeDefault
  readObject(body, 'rrf', {
    retrievers: field.array((member) => {
      for (const element of member.elements()) children.push(readChild(element, context))
    }),
    rank_constant: field.int((value) => {
      rankConstant = value
    }),
    rank_window_size: field.int((value) => {
      windowSize = value
    }),
    filter: field.objectOrArray((member) => {
      filters = parseQueryList(member, context, parseQuery)
    }),
    _name: field.string(() => undefined)
  })
  if (children.length < 2) throw illegalArgument('[rrf] requires at least 2 retrievers')
  if (rankConstant < 1)
    throw illegalArgument('[rank_constant] must be greater than or equal to [1] for [rrf]')
  return {
    children: children.map(({ leaf, weight }) => ({ leaf: narrowed(leaf, filters), weight })),
    rankConstant,
    windowSize
  }
}

/** A retriever alone, or `{ "retriever": …, "weight": 2 }`. */
function readChild(node: BodyNode, context: QueryContext): { leaf: LeafRetriever; weight: number } {
  const wrapped = node.member('retriever')
  const [name, body] = onlyMember(wrapped ?? node)
  const weight = wrapped === undefined ? undefined : node.member('weight')
  const value = weight === undefined ? 1 : doubleOf(weight.value)
  if (value < 0) throw illegalArgument(`[weight] must be non-negative, found [${textOf(value)}]`)
  return { leaf: readLeaf(name, body, context), weight: value }
}

/** The filter of a compound retriever holds for each of its children, before neighbours are looked for. */
function narrowed(leaf: LeafRetriever, filters: readonly Query[]): LeafRetriever {
  if (filters.length === 0) return leaf
  return {
    ...leaf,
    query: leaf.query === null ? null : filtered(leaf.query, filters),
    knn: leaf.knn.map((clause) => ({
      ...clause,
      filter: filtered(clause.filter ?? { type: 'matchAll' }, filters)
    }))
  }
}

/** Errors REQUEST_ARGUMENT: a window that holds less than the page. */
export function checkFusionWindow(fusion: RankFusion, size: number): void {
  const window = intOf(fusion.windowSize)
  if (window < size)
    throw illegalArgument(
      `[rrf] requires [rank_window_size: ${window}] be greater than or equal to [size: ${size}]`
    )
}
