/** A query of the DSL to our query tree. One table of names; each family of queries has a file. */
import type { Query } from '../../query/index.ts'
import type { VectorStoreError } from '../../util/index.ts'
import { BodyFault } from '../body-node.ts'
import type { BodyNode } from '../body-node.ts'
import { suggest } from '../suggest.ts'
import { illegalArgument } from '../wire-failure.ts'
import { elastiknnQueries } from './query-parser-elastiknn.ts'
import { compoundQueries } from './query-parser-compound.ts'
import { functionScoreQueries } from './query-parser-function-score.ts'
import { knnQueries } from './query-parser-knn.ts'
import { queryStringQueries } from './query-parser-query-string.ts'
import { termQueries } from './query-parser-term.ts'
import { textQueries } from './query-parser-text.ts'
import type { QueryContext, QueryReader } from './query-context.ts'

export type ParseQuery = (node: BodyNode, context: QueryContext) => Query

const readers: ReadonlyMap<string, QueryReader> = new Map<string, QueryReader>([
  ...compoundQueries(parseQuery),
  ...elastiknnQueries(),
  ...functionScoreQueries(parseQuery),
  ...knnQueries(parseQuery),
  ...queryStringQueries(),
  ...termQueries(),
  ...textQueries()
])

/** Queries that Elasticsearch has beside them. */
const unbuilt: ReadonlySet<string> = new Set(
  (
    'combined_fields dense_vector distance_feature field_masking_span fuzzy geo_bounding_box geo_distance geo_grid geo_polygon ' +
    'geo_shape has_child has_parent intervals match_bool_prefix match_phrase_prefix more_like_this parent_id percolate pinned ' +
    'rank_feature regexp rule script semantic shape simple_query_string span_containing span_first span_multi span_near span_not ' +
    'span_or span_term span_within sparse_vector terms_set text_expansion weighted_tokens wrapper'
  ).split(' ')
)

/**
 * Reads `{ "<name>": { … } }`.
 *
 * Source   Elasticsearch AbstractQueryBuilder.parseTopLevelQuery: texts and order of its checks.
 * Errors   REQUEST_PARSE, REQUEST_FIELD, REQUEST_ARGUMENT as BodyFault (position not yet filled in).
 */
export function parseQuery(node: BodyNode, context: QueryContext): Query {
  return context.parsed?.get(node.value) ?? parseAnew(node, context)
}

function parseAnew(node: BodyNode, context: QueryContext): Query {
  if (node.token !== 'START_OBJECT')
    throw node.parseFault('[_na] query malformed, must start with start_object')
  const [first, second] = [...node.members()]
  if (first === undefined) throw illegalArgument('query malformed, empty clause found')
  const [name, body] = first
  if (body.token !== 'START_OBJECT')
    throw body.parseFault(`[${name}] query malformed, no start_object after query name`)
  const reader = readers.get(name)
  if (reader === undefined) throw unknownQuery(name, body)
  const query = reader(body, context)
  if (second !== undefined)
    throw second[1].parseFault(
      `[${name}] malformed query, expected [END_OBJECT] but found [FIELD_NAME]`,
      { isName: true }
    )
  return query
}

function unknownQuery(name: string, body: BodyNode): VectorStoreError {
  if (unbuilt.has(name))
    return illegalArgument(
      `[${name}] query is not supported by this version, wanted one of [${[...readers.keys()].toSorted().join(', ')}]`
    )
  const cause = new BodyFault(body, 'REQUEST_PARSE', `unknown field [${name}]`, {
    isPrefixed: true,
    wire: { status: 400, type: 'named_object_not_found_exception', isPlain: true }
  })
  return body.parseFault(`unknown query [${name}]${suggest(name, readers.keys())}`, { cause })
}
