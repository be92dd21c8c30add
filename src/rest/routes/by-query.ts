/** `_delete_by_query`. */
import {
  objectBody,
  field,
  illegalArgument,
  parseQuery,
  printBulkItem,
  urlQuery,
  validationFailure
} from '../../dialect/index.ts'
import type { FieldReader } from '../../dialect/index.ts'
import type { ByQueryResult, NodeSearch, WriteResult } from '../../node/index.ts'
import { RawJson } from '../../util/index.ts'
import { indicesOptions, routes } from '../route.ts'
import type { Parameters } from '../parameters.ts'
import type { Call, Reply, Route } from '../route.ts'
import { queryAhead, sizeless } from '../run-search.ts'
import { onShards, wholeResult } from '../shard-failures.ts'
import { targetsOf } from '../targets.ts'
import { copiesCheck } from '../write-options.ts'

export const byQueryRoutes: readonly Route[] = routes(
  'POST /{index}/_delete_by_query',
  `${indicesOptions} q df default_operator analyze_wildcard lenient refresh conflicts wait_for_completion slices scroll scroll_size max_docs routing preference requests_per_second timeout wait_for_active_shards search_timeout search_type stats request_cache`,
  deleteByQuery
)

type DeleteRequest = {
  query: NodeSearch['query']
  maxDocs: number | null
  conflicts: string | null
}

async function deleteByQuery(call: Call): Promise<Reply> {
  call.url.checkWaits()
  // What is deleted is not found from then on.
  call.url.flag('refresh')
  const request = readRequest(await queryAhead(call))
  const conflicts = call.url.get('conflicts') ?? request.conflicts ?? 'abort'
  if (conflicts !== 'abort' && conflicts !== 'proceed')
    throw illegalArgument(`conflicts may only be "proceed" or "abort" but was [${conflicts}]`)
  const { query } = request
  if (query === null) throw validationFailure(['query is missing'])
  const targets = targetsOf(call.node, call.parts.get('index'), call.url)
  const check = copiesCheck(call.url)
  for (const { index } of targets) check(index)
  const maxDocs = maxDocsOf(call.url, request.maxDocs)
  const options = { maxDocs, proceedOnConflict: conflicts === 'proceed' }
  const begun = onShards(call, null, targets, () => call.node.count(targets, query, 'inSlices'))
  const { failures } = await wholeResult(call, null, targets, begun)
  onShards(call, null, targets, () => {
    const [failure] = failures
    if (failure !== undefined) throw failure.error
  })
  const result = await call.node.deleteByQuery(targets, query, options)
  const isAborted = result.versionConflictCount > 0 && conflicts === 'abort'
  return { status: isAborted ? 409 : 200, body: printResult(result, isAborted) }
}

/**
 * Said in the URL and in the body.
 *
 * Source   Elasticsearch AbstractBulkByScrollRequest.setMaxDocs, which meets that of the body before it knows of slices.
 * Errors   REQUEST_ARGUMENT, REQUEST_VALIDATION.
 */
function maxDocsOf(url: Parameters, inBody: number | null): number | null {
  checkMaxDocs(inBody, 1)
  const inUrl = url.int('max_docs')
  if (inUrl !== null && inBody !== null && inUrl !== inBody)
    throw illegalArgument(`[max_docs] set to two different values [${inBody}] and [${inUrl}]`)
  const maxDocs = inUrl ?? inBody
  const slices = url.get('slices') ?? '1'
  checkMaxDocs(maxDocs, slices === 'auto' ? 0 : Number(slices))
  if (maxDocs === 0)
    throw validationFailure([
      "maxDocs should be greater than 0 if the request is limited to some number of documents or -1 if it isn't but it was [0]"
    ])
  return maxDocs
}

function checkMaxDocs(maxDocs: number | null, sliceCount: number): void {
  if (maxDocs === null) return
  if (maxDocs < 0)
    throw illegalArgument(`[max_docs] parameter cannot be negative, found [${maxDocs}]`)
  if (maxDocs < sliceCount) throw illegalArgument('[max_docs] should be >= [slices]')
}

function readRequest(call: Call): DeleteRequest {
  const context = { ...call.search, requestSize: sizeless }
  const request: DeleteRequest = { query: null, maxDocs: null, conflicts: null }
  const text = call.url.get('q')
  if (text !== undefined)
    return { ...request, query: urlQuery(text, (name) => call.url.get(name), context) }
  const readers: Readonly<Record<string, FieldReader>> = {
    query: field.any((member) => {
      request.query = parseQuery(member, context)
    }),
    max_docs: field.int((value) => {
      request.maxDocs = value
    }),
    conflicts: field.string((value) => {
      request.conflicts = value
    })
  }
  call.body.parsed((body) => {
    for (const [key, member] of objectBody(body).members()) {
      const reader = Object.hasOwn(readers, key) ? readers[key] : undefined
      if (reader === undefined || !reader.accepts.includes(member.token))
        throw member.parseFault(`Unknown key for a ${member.token} in [${key}].`)
      reader.read(member)
    }
  })
  return request
}

function printResult(result: ByQueryResult, showsFailures: boolean): Record<string, unknown> {
  return {
    took: result.tookMs,
    timed_out: false,
    total: result.totalCount,
    deleted: result.deletedCount,
    batches: result.batchCount,
    version_conflicts: result.versionConflictCount,
    noops: 0,
    retries: { bulk: 0, search: 0 },
    throttled_millis: 0,
    requests_per_second: new RawJson('-1.0'),
    throttled_until_millis: 0,
    failures: result.failures
      .filter((failure) => showsFailures || !isConflict(failure))
      .map(printFailure)
  }
}

function isConflict(failure: WriteResult): boolean {
  return !failure.outcome.ok && failure.outcome.error.code === 'DOC_VERSION'
}

function printFailure(failure: WriteResult): Record<string, unknown> {
  const { body } = printBulkItem(failure, { replicaCount: 0, forcedRefresh: false, source: null })
  const { _index, _id, error, status } = body
  return { index: _index, id: _id, cause: error, status }
}
