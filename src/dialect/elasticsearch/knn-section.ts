/**
 * The `knn` section of a search: one clause or several.
 *
 * Source   Elasticsearch KnnSearchBuilder. The clause is read while the body is; k and num_candidates are checked when
 *          the body is complete, because their defaults need its size, and as plain illegal arguments.
 */
import type { BodyNode } from '../body-node.ts'
import { field } from '../body-values.ts'
import { illegalArgument } from '../wire-failure.ts'
import { defaultCandidates, knnFieldQuery, knnReaders, readKnnBody } from './knn-clause.ts'
import type { KnnBody, KnnFieldQuery, KnnReaders } from './knn-clause.ts'
import { parseQuery } from './query-parser.ts'
import type { QueryBase, QueryContext } from './query-context.ts'

const sectionReaders: KnnReaders = {
  ...knnReaders,
  inner_hits: field.object(() => {
    throw illegalArgument('[inner_hits] of [knn] is not supported by this version')
  })
}

export function readKnnSections(node: BodyNode, context: QueryContext): KnnBody[] {
  return node.elements().map((element) => {
    if (element.token !== 'START_OBJECT')
      throw element.parseFault(`Unknown key for a ${element.token} in [knn].`)
    return readKnnBody(element, context, parseQuery, sectionReaders)
  })
}

export function completeKnnSection(body: KnnBody, requestSize: number): KnnFieldQuery & QueryBase {
  const k = body.k ?? requestSize
  const candidates = body.candidates ?? defaultCandidates(k)
  const query = knnFieldQuery(body, k, candidates, true)
  if (body.vector === undefined && !body.hasVectorBuilder)
    throw illegalArgument('either [query_vector_builder] or [query_vector] must be provided')
  if (body.vector !== undefined && body.hasVectorBuilder)
    throw illegalArgument('cannot provide both [query_vector_builder] and [query_vector]')
  if (body.hasVectorBuilder)
    throw illegalArgument('[query_vector_builder] is not supported by this version')
  return query
}
