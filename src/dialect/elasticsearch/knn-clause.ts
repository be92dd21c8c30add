/** What the knn section and the knn query have in common: their members, limits and defaults. */
import type { FieldQuery, Query } from '../../query/index.ts'
import type { BodyNode } from '../body-node.ts'
import type { FieldReader } from '../body-values.ts'
import { doubleOf, field, readObject } from '../body-values.ts'
import { illegalArgument } from '../wire-failure.ts'
import { parseQueryList } from './query-list.ts'
import type { ParseQuery } from './query-parser.ts'
import { setBoost } from './query-context.ts'
import type { QueryBase, QueryContext } from './query-context.ts'
import { candidatesDefaultMin } from '../../vector/index.ts'

/** A knn clause as written: null where it says nothing. */
export type KnnBody = {
  field: string | null
  vector: unknown
  hasVectorBuilder: boolean
  k: number | null
  candidates: number | null
  visitPercentage: number | null
  similarity: number | null
  oversample: number | null
  /** Of a retriever only. */
  minScore: number | null
  filters: Query[]
  base: QueryBase
}

export type KnnFieldQuery = Extract<FieldQuery, { type: 'fieldKnn' }>

/** Most candidates of one clause. Source: Elasticsearch KnnSearchBuilder.NUM_CANDS_LIMIT. */
const candidatesMax = 10_000

/** What the readers of a clause read into, and what the queries in it need. */
type KnnTarget = {
  readonly body: KnnBody
  readonly context: QueryContext
  readonly parse: ParseQuery
}

export type KnnReaders = Readonly<Record<string, FieldReader<KnnTarget>>>

/** Made once: a search has no time to spare for it. */
export const knnReaders: KnnReaders = {
  field: field.string((value, { body }) => {
    body.field = value
  }),
  query_vector: field.any((member, { body }) => {
    body.vector = vectorOf(member)
  }),
  query_vector_builder: field.object((_member, { body }) => {
    body.hasVectorBuilder = true
  }),
  k: field.int((value, { body }) => {
    body.k = value
  }),
  num_candidates: field.int((value, { body }) => {
    body.candidates = value
  }),
  visit_percentage: field.double((value, { body }) => {
    body.visitPercentage = value
  }),
  similarity: field.double((value, { body }) => {
    body.similarity = value
  }),
  rescore_vector: field.object((member, { body }) => {
    body.oversample = oversampleOf(member)
  }),
  filter: field.objectOrArray((member, { body, context, parse }) => {
    body.filters = parseQueryList(member, context, parse)
  }),
  boost: field.double((boost, { body }) => setBoost(body.base, boost, 'knn')),
  _name: field.string((name, { body }) => {
    body.base.name = name
  })
}

/** @param readers  `knnReaders`, and what the clause may hold beside them where it stands. */
export function readKnnBody(
  node: BodyNode,
  context: QueryContext,
  parse: ParseQuery,
  readers: KnnReaders = knnReaders
): KnnBody {
  const body: KnnBody = {
    field: null,
    vector: undefined,
    hasVectorBuilder: false,
    k: null,
    candidates: null,
    visitPercentage: null,
    similarity: null,
    oversample: null,
    minScore: null,
    filters: [],
    base: {}
  }
  readObject(node, 'knn', readers, { body, context, parse })
  if (body.field === null) throw illegalArgument('Required [field]')
  return body
}

/** Tokens are checked here; what they mean is the field's business. Numbers may be quoted. */
function vectorOf(node: BodyNode): unknown {
  const { value } = node
  if (ArrayBuffer.isView(value) || typeof value === 'string' || typeof value === 'number')
    return value
  if (!Array.isArray(value))
    throw node.parseFault(`Unknown type [${node.token}] for parsing vector`)
  if (value.every((member) => typeof member === 'number')) return value
  return node.elements().map((element) => {
    if (element.token !== 'VALUE_NUMBER' && element.token !== 'VALUE_STRING')
      throw element.parseFault(`Type [${element.token}] not supported for query vector`)
    return doubleOf(element.value)
  })
}

function oversampleOf(node: BodyNode): number {
  let oversample: number | null = null
  readObject(node, 'rescore_vector', {
    oversample: field.double((value) => {
      oversample = value
    })
  })
  if (oversample === null) throw illegalArgument('Required [oversample]')
  return oversample
}

/** Constructor checks that both forms make, in Elasticsearch's order, and the query they give. */
export function knnFieldQuery(
  body: KnnBody,
  k: number,
  candidates: number,
  section: boolean
): KnnFieldQuery & QueryBase {
  if (k < 1) throw illegalArgument('[k] must be greater than 0')
  const visit = body.visitPercentage
  if (visit !== null && (visit < 0 || visit > 100))
    throw illegalArgument('[visit_percentage] must be between 0.0 and 100.0')
  if (candidates > candidatesMax)
    throw illegalArgument(`[num_candidates] cannot exceed [${candidatesMax}]`)
  if (candidates < k) throw illegalArgument('[num_candidates] cannot be less than [k]')
  if (body.oversample !== null && body.oversample !== 0 && body.oversample < 1)
    throw illegalArgument('[oversample] must be >= 1.0 or 0')
  const { filters } = body
  const [first = null] = filters
  const filter: Query | null =
    filters.length <= 1
      ? first
      : {
          type: 'bool',
          must: [],
          should: [],
          filter: filters,
          mustNot: [],
          minimumShouldMatch: null
        }
  return {
    type: 'fieldKnn',
    field: body.field ?? '',
    vector: body.vector,
    k,
    // num_candidates is what the user sees; a walk on one node looks at no fewer than recall needs.
    candidates: Math.max(candidates, candidatesDefaultMin),
    filter,
    similarity: body.similarity,
    oversample: body.oversample,
    section,
    ...body.base
  }
}

/** Java's Math.round(1.5 * k), at most the limit. */
export function defaultCandidates(k: number): number {
  return Math.min(Math.round(1.5 * k), candidatesMax)
}
