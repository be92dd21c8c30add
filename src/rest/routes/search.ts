/** `_search` and its relatives: `_knn_search`, `_count`, `_validate/query`. */
import {
  objectBody,
  illegalArgument,
  isObjectValue,
  parseQuery,
  parseSearch,
  printCause,
  shardCounts,
  urlQuery
} from '../../dialect/index.ts'
import type { NodeSearch, ResolvedIndex } from '../../node/index.ts'
import { VectorStoreError } from '../../util/index.ts'
import { RequestBody } from '../body.ts'
import { indicesOptions, routes, sourceOptions } from '../route.ts'
import type { Call, Reply, Route } from '../route.ts'
import { queryAhead, runSearch, shownOf, sizeless, turnBehind } from '../run-search.ts'
import type { SearchCall } from '../run-search.ts'
import { onShards, wholeResult } from '../shard-failures.ts'
import { targetsOf } from '../targets.ts'

const searchParameters = `${indicesOptions} ${sourceOptions} q df default_operator analyze_wildcard lenient from size sort track_total_hits track_scores search_type scroll routing preference request_cache terminate_after timeout version seq_no_primary_term explain include_named_queries_score batched_reduce_size max_concurrent_shard_requests pre_filter_shard_size ccs_minimize_roundtrips allow_partial_search_results stored_fields docvalue_fields rest_total_hits_as_int typed_keys min_compatible_shard_node stats`

const countParameters = `${indicesOptions} q df default_operator analyze_wildcard lenient min_score preference routing`

export const searchRoutes: readonly Route[] = [
  ...routes('GET,POST /_search /{index}/_search', searchParameters, search),
  ...routes('GET,POST /{index}/_knn_search', `${indicesOptions} routing`, knnSearch),
  ...routes('GET,POST /_count /{index}/_count', countParameters, count),
  ...routes(
    'GET,POST /_validate/query /{index}/_validate/query',
    `${indicesOptions} q df default_operator analyze_wildcard lenient explain rewrite all_shards`,
    validateQuery
  )
]

function search(call: Call): Reply | Promise<Reply> {
  const body = runSearch(searchCallOf(call))
  return body instanceof Promise ? body.then((whole) => ({ body: whole })) : { body }
}

function searchCallOf({ node, parts, url, body, search: context, signal }: Call): SearchCall {
  const index = parts.get('index') ?? null
  const shown = shownOf(url.get('filter_path'), [])
  const targets = (): ReturnType<SearchCall['targets']> => targetsOf(node, index, url)
  return { node, index, url, body, search: context, signal, shown, targets }
}

/** The old form of the `knn` option: the filter stands beside the clause. */
async function knnSearch(call: Call): Promise<Reply> {
  const body = call.body.requiredJson()
  if (!isObjectValue(body)) throw illegalArgument('a knn search must be an object')
  const { knn, filter, ...rest } = body
  const allowed = ['_source', 'fields', 'docvalue_fields', 'stored_fields']
  for (const key of Object.keys(rest))
    if (!allowed.includes(key)) throw illegalArgument(`[knn_search] unknown field [${key}]`)
  if (!isObjectValue(knn)) throw illegalArgument('Required [knn]')
  for (const key of ['field', 'query_vector', 'k', 'num_candidates'])
    if (!Object.hasOwn(knn, key)) throw illegalArgument(`Required [${key}]`)
  const clause = filter === undefined ? knn : { ...knn, filter }
  const size = Number(knn['k'])
  const asSearch = new RequestBody({ ...rest, knn: clause, size })
  const warning = `299 Elasticsearch-${call.node.info.version}-leveret "The kNN search API has been replaced by the \`knn\` option in the search API."`
  return { body: await runSearch({ ...searchCallOf(call), body: asSearch }), headers: { warning } }
}

/** The query of a body that may hold nothing else. Errors REQUEST_PARSE. */
function queryOf(call: Call): NodeSearch['query'] {
  const context = { ...call.search, requestSize: sizeless }
  const text = call.url.get('q')
  if (text !== undefined) return urlQuery(text, (name) => call.url.get(name), context)
  return call.body.parsed((body) => {
    let query: NodeSearch['query'] = null
    for (const [key, member] of objectBody(body).members()) {
      if (key !== 'query')
        throw member.parseFault(`request does not support [${key}]`, { isName: true })
      query = parseQuery(member, context)
    }
    return query
  })
}

async function count(call: Call): Promise<Reply> {
  if (call.url.get('min_score') !== undefined)
    throw illegalArgument('[min_score] of a count is not supported by this version')
  const query = queryOf(await queryAhead(call))
  await turnBehind(call)
  const targets = targetsOf(call.node, call.parts.get('index'), call.url)
  const begun = onShards(call, null, targets, () => call.node.count(targets, query, 'inSlices'))
  const found = await wholeResult(call, null, targets, begun)
  const shards = shardCounts(targets.length, found.failures, call.node.info.nodeId)
  return { body: { count: found.count, _shards: shards } }
}

async function validateQuery(call: Call): Promise<Reply> {
  const targets = targetsOf(call.node, call.parts.get('index'), call.url)
  const shards = { total: targets.length, successful: targets.length, failed: 0 }
  const explains = call.url.flag('explain')
  let query: NodeSearch['query'] = null
  try {
    query = queryOf(await queryAhead(call))
  } catch (error) {
    const fault = explains ? { error: faultText(error) } : {}
    return { body: { _shards: shards, valid: false, ...fault } }
  }
  const explanations: Explanation[] = []
  for (const target of targets) explanations.push(await explainQuery(call, target, query))
  const valid = explanations.every((each) => each.valid)
  return { body: { _shards: shards, valid, ...(explains ? { explanations } : {}) } }
}

/** What a caller did wrong; anything else is thrown again. */
function faultText(error: unknown): string {
  if (!(error instanceof VectorStoreError) || error.kind !== 'caller') throw error
  const { type, reason } = printCause(error)
  return `${String(type)}: ${String(reason)}`
}

type Explanation = { readonly index: string; readonly valid: boolean } & (
  | { readonly explanation: string }
  | { readonly error: string }
)

/** The query as an index runs it, told by a search that wants no hits. */
async function explainQuery(
  call: Call,
  target: ResolvedIndex,
  query: NodeSearch['query']
): Promise<Explanation> {
  const index = target.index.metadata.name
  const body = { size: 0, track_total_hits: false, profile: true }
  const plain = parseSearch(body, () => undefined, call.search).search
  const profiled = { ...plain, query: query ?? { type: 'matchAll' as const } }
  try {
    const begun = call.node.search([target], profiled, 'inSlices')
    const { profile, failures } = (await begun.whole) ?? begun
    for (const { error } of failures) throw error
    return { index, valid: true, explanation: profile[0]?.query?.description ?? '' }
  } catch (error) {
    return { index, valid: false, error: faultText(error) }
  }
}
