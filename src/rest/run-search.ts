/** One search of a request, alone or as a part of `_msearch`: parse, resolve, run, print; failures as shards tell them. */
import {
  illegalArgument,
  parseSearch,
  printSearch,
  SearchFailure,
  validationFailure
} from '../dialect/index.ts'
import type { JsonObjectOut, ParsedSearch, SearchContext, ShownOfHits } from '../dialect/index.ts'
import { resultOf } from '../node/index.ts'
import type { Node, NodeSearch, NodeSearchResult, ResolvedIndex } from '../node/index.ts'
import type { Cancellation, ErrorCode } from '../util/index.ts'
import { VectorStoreError, nextTurn } from '../util/index.ts'
import type { RequestBody } from './body.ts'
import { wantedLeaves } from './filter-path.ts'
import type { Parameters } from './parameters.ts'
import { runFusion } from './run-fusion.ts'

export type SearchCall = {
  readonly node: Node
  readonly index: string | null
  readonly url: Parameters
  readonly body: RequestBody
  readonly search: SearchContext
  readonly signal: Cancellation | undefined
  /** What of hits is printed, as far as that is known before. */
  readonly shown: ShownOfHits | null
  /** Indices that are searched. Errors INDEX_ABSENT, INDEX_CLOSED. */
  readonly targets: () => readonly ResolvedIndex[]
}

const leavesOfHits = ['_index', '_id', '_score'] as const

/**
 * What a `filter_path` leaves of hits; null where that is nothing, or cannot be said of each member alone.
 *
 * @param path  Of hits in the answer.
 */
export function shownOf(list: string | undefined, path: readonly string[]): ShownOfHits | null {
  const names = wantedLeaves(list, path, leavesOfHits)
  if (names === null || names.length === 0) return null
  const [index, id, score] = leavesOfHits.map((name) => names.includes(name))
  return { index: index!, id: id!, score: score! }
}

/** Codes that, once the request is parsed, are failures of a shard. */
const shardCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'QUERY_SHARD',
  'QUERY_LIMIT',
  'SCRIPT_COMPILE',
  'SCRIPT_RUNTIME',
  'REQUEST_ARGUMENT',
  'REQUEST_PARSE',
  'VECTOR_DIMS',
  'VECTOR_VALUE',
  'STORE_CHECKSUM',
  'STORE_DAMAGED',
  'STORE_FORMAT',
  'STORE_MISSING',
  'DEADLINE_EXCEEDED'
])

const windowDefault = 10_000

/** A search of which everything is known but its answer. */
export type PreparedSearch = {
  readonly call: SearchCall
  readonly parsed: ParsedSearch
  /** None of a point in time, which has its own. */
  readonly targets: readonly ResolvedIndex[]
  readonly totalAsInt: boolean
  readonly namedScores: boolean
}

export type FoundSearch = {
  readonly prepared: PreparedSearch
  readonly result: NodeSearchResult
  /** Of a scroll that began. */
  readonly scrollId: string | null
}

/** Errors those of prepareSearch and findPrepared. */
export function runSearch(call: SearchCall): JsonObjectOut | Promise<JsonObjectOut> {
  const prepared = prepareSearch(call)
  const { parsed, targets } = prepared
  const wait = parsed.scrollKeepAliveMs === null ? turnBehind(call) : call.node.settle(targets)
  if (wait === null) return answerOf(findPrepared(prepared))
  // Indices may be closed or deleted meanwhile.
  const later = (): PreparedSearch =>
    parsed.pointInTime === null ? { ...prepared, targets: call.targets() } : prepared
  return wait.then(() => answerOf(findPrepared(later())))
}

/** To parse tens of thousands of terms takes some milliseconds, to bring them to an index takes some more. null: it is time. */
export function turnBehind({ body }: Pick<SearchCall, 'body'>): Promise<void> | null {
  return body.isLong ? nextTurn() : null
}

function answerOf(found: FoundSearch): JsonObjectOut | Promise<JsonObjectOut> {
  return found.result.whole === undefined ? printFound(found) : wholeOf(found).then(printFound)
}

/**
 * A search with all its hits, where they are still being read.
 *
 * Errors QUERY_FAILED.
 */
export async function wholeOf(found: FoundSearch): Promise<FoundSearch> {
  const { call, parsed, targets } = found.prepared
  try {
    const result = await wholeResult(call, parsed.search, targets, found.result)
    // Damage may be met by the last hit.
    checkWhole(call, parsed.search, result)
    return { ...found, result }
  } catch (error) {
    // Nobody is told of the scroll.
    if (found.scrollId !== null) call.node.closeContexts('scroll', [found.scrollId])
    throw error
  }
}

/** A result or a count that may be still to come. Errors QUERY_FAILED. */
export async function wholeResult<T extends { readonly whole?: Promise<T> }>(
  call: Pick<SearchCall, 'node'>,
  search: NodeSearch | null,
  targets: readonly ResolvedIndex[],
  result: T
): Promise<T> {
  try {
    return (await result.whole) ?? result
  } catch (error) {
    return onShards(call, search, targets, () => {
      throw error
    })
  }
}

/** Errors those of parseSearch, INDEX_ABSENT, INDEX_CLOSED. */
export function prepareSearch(call: SearchCall): PreparedSearch {
  const parsed = parseBody(call)
  const { index, url } = call
  const totalAsInt = url.flag('rest_total_hits_as_int')
  const namedScores = url.flag('include_named_queries_score')
  if (parsed.pointInTime !== null && index !== null)
    throw validationFailure([
      '[indices] cannot be used with point in time. Do not specify any index with point in time.'
    ])
  const targets = parsed.pointInTime === null ? call.targets() : []
  return { call, parsed, targets, totalAsInt, namedScores }
}

/**
 * Many hits are still being read when it returns: wholeOf waits for them.
 *
 * Errors CONTEXT_ABSENT, QUERY_FAILED.
 */
export function findPrepared(prepared: PreparedSearch): FoundSearch {
  const { call, parsed, targets } = prepared
  const { node, signal } = call
  const { pointInTime, scrollKeepAliveMs, fusion } = parsed
  // A scroll keeps its search for other requests.
  const isOfRequest = signal !== undefined && scrollKeepAliveMs === null
  const search = isOfRequest ? { ...parsed.search, signal } : parsed.search
  if (pointInTime !== null) {
    const { id, keepAliveMs } = pointInTime
    const result = onShards(call, search, [], () =>
      node.searchPointInTime(id, keepAliveMs, search, 'inSlices')
    )
    checkWhole(call, search, result)
    return { prepared, result, scrollId: null }
  }
  return onShards(call, search, targets, () => {
    checkWindow(targets, search, scrollKeepAliveMs !== null)
    if (fusion !== null)
      return {
        prepared,
        result: resultOf(runFusion(node, targets, search, fusion)),
        scrollId: null
      }
    if (scrollKeepAliveMs !== null) return beginScroll(prepared, scrollKeepAliveMs)
    const result = node.search(targets, search, 'inSlices')
    checkWhole(call, search, result)
    return { prepared, result, scrollId: null }
  })
}

function beginScroll(prepared: PreparedSearch, keepAliveMs: number): FoundSearch {
  const { call, parsed, targets } = prepared
  const { id, result } = call.node.openScroll(targets, parsed.search, keepAliveMs, 'inSlices')
  try {
    checkWhole(call, parsed.search, result)
  } catch (error) {
    call.node.closeContexts('scroll', [id])
    throw error
  }
  return { prepared, result, scrollId: id }
}

export function printFound({ prepared, result, scrollId }: FoundSearch): JsonObjectOut {
  const { call, parsed, totalAsInt, namedScores } = prepared
  const { search, pointInTime } = parsed
  return printSearch(result, {
    totalAsInt,
    namedScores,
    scrollId,
    pointInTimeId: pointInTime?.id ?? null,
    hidesIds: search.fetch.hidesIds === true,
    isProfiled: search.profile,
    shown: call.shown,
    nodeId: call.node.info.nodeId
  })
}

/** Errors QUERY_FAILED: some indices could not answer, and a part of the answer is not wanted. */
function checkWhole(call: SearchCall, search: NodeSearch, result: NodeSearchResult): void {
  const [failure] = result.failures
  if (failure === undefined || call.url.flag('allow_partial_search_results', true)) return
  const { nodeId } = call.node.info
  throw new SearchFailure(failure, phaseOf(search), nodeId, 'Partial shards failure')
}

function phaseOf(search: Pick<NodeSearch, 'knn'> | null): 'dfs' | 'query' {
  return search !== null && search.knn.length > 0 ? 'dfs' : 'query'
}

function parseBody(call: SearchCall): ParsedSearch {
  try {
    return call.body.parsed(
      (body) => parseSearch(body, (name) => call.url.get(name), call.search),
      call.body.searchJson()
    )
  } catch (error) {
    const script = scriptFailure(error)
    if (script === null) throw error
    const [first] = call.targets()
    const { name = '_na_', uuid = '_na_' } = first?.index.metadata ?? {}
    const text = `failed to create query: ${script.message}`
    const failure = { index: name, error: queryShard(text, name, uuid, script) }
    throw new SearchFailure(failure, 'query', call.node.info.nodeId)
  }
}

/** A script that does not compile is told by the shards, however deep in the body it stands. */
function scriptFailure(error: unknown): VectorStoreError | null {
  for (let at: unknown = error; at instanceof VectorStoreError; at = at.cause)
    if (at.code === 'SCRIPT_COMPILE') return at
  return null
}

/**
 * Runs a part of a search; what goes wrong in it is "all shards failed".
 *
 * Errors   QUERY_FAILED with the failure and the index it was met in.
 */
export function onShards<T>(
  call: Pick<SearchCall, 'node'>,
  search: Pick<NodeSearch, 'knn'> | null,
  targets: readonly ResolvedIndex[],
  run: () => T
): T {
  try {
    return run()
  } catch (error) {
    if (!(error instanceof VectorStoreError) || error instanceof SearchFailure) throw error
    const { nodeId } = call.node.info
    if (error.code === 'CONTEXT_ABSENT')
      throw new SearchFailure({ index: null, error }, 'query', nodeId)
    if (!shardCodes.has(error.code)) throw error
    throw new SearchFailure(shardFailure(error, targets), phaseOf(search), nodeId)
  }
}

function shardFailure(
  error: VectorStoreError,
  targets: readonly ResolvedIndex[]
): { index: string; error: VectorStoreError } {
  const [first] = targets
  const named = typeof error.details['index'] === 'string' ? error.details['index'] : null
  const index = named ?? first?.index.metadata.name ?? '_na_'
  const target = targets.find((one) => one.index.metadata.name === index)
  const uuid = target?.index.metadata.uuid ?? '_na_'
  if (error.code === 'VECTOR_DIMS' || error.code === 'VECTOR_VALUE')
    return {
      index,
      error: queryShard(`failed to create query: ${error.message}`, index, uuid, error)
    }
  if (error.code === 'QUERY_SHARD' && named === null)
    return { index, error: queryShard(error.message, index, uuid, error.cause) }
  return { index, error }
}

function queryShard(
  message: string,
  index: string,
  uuid: string,
  cause: unknown
): VectorStoreError {
  return new VectorStoreError('QUERY_SHARD', message, {
    details: { index_uuid: uuid, index },
    ...(cause === undefined ? {} : { cause })
  })
}

/** index.max_result_window. */
function checkWindow(
  targets: readonly ResolvedIndex[],
  search: NodeSearch,
  isScroll: boolean
): void {
  for (const { index } of targets) {
    const limit = Number(index.metadata.settings.get('max_result_window') ?? windowDefault)
    const window = search.from + search.size
    if (window <= limit) continue
    throw illegalArgument(
      isScroll
        ? `Batch size is too large, size must be less than or equal to: [${limit}] but was [${window}]. Scroll batch sizes cost as much memory as result windows so they are controlled by the [index.max_result_window] index level setting.`
        : `Result window is too large, from + size must be less than or equal to: [${limit}] but was [${window}]. See the scroll api for a more efficient way to request large data sets. This limit can be set by changing the [index.max_result_window] index level setting.`
    )
  }
}
