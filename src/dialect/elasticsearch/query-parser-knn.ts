/** The `knn` query: its defaults come from the request's size; its violations are told by its builder. */
import type { Query } from '../../query/index.ts'
import type { BodyNode } from '../body-node.ts'
import { VectorStoreError } from '../../util/index.ts'
import { illegalArgument } from '../wire-failure.ts'
import { defaultCandidates, knnFieldQuery, readKnnBody } from './knn-clause.ts'
import type { ParseQuery } from './query-parser.ts'
import type { QueryContext, QueryReader } from './query-context.ts'

export function knnQueries(parse: ParseQuery): readonly (readonly [string, QueryReader])[] {
  return [['knn', (node, context) => readKnn(node, context, parse)]]
}

function readKnn(node: BodyNode, context: QueryContext, parse: ParseQuery): Query {
  const body = readKnnBody(node, context, parse)
  const { requestSize } = context
  const k =
    body.k ?? (body.candidates === null ? requestSize : Math.min(requestSize, body.candidates))
  const candidates = body.candidates ?? defaultCandidates(k)
  try {
    if (body.vector === undefined && !body.hasVectorBuilder)
      throw illegalArgument('either [query_vector] or [query_vector_builder] must be provided')
    if (body.vector !== undefined && body.hasVectorBuilder)
      throw illegalArgument(
        'only one of [query_vector] and [query_vector_builder] must be provided'
      )
    if (body.hasVectorBuilder)
      throw illegalArgument('[query_vector_builder] is not supported by this version')
    return knnFieldQuery(body, k, candidates, false)
  } catch (error) {
    if (!(error instanceof VectorStoreError)) throw error
    // The builder's own fault: Elasticsearch gives it no position.
    throw new VectorStoreError(
      'REQUEST_FIELD',
      'Failed to build [knn] after last required field arrived',
      { cause: error }
    )
  }
}
