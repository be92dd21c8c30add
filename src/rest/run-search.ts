/** One search of a request, alone or as a part of `_msearch`: parse, resolve, run, print. */
import {
  illegalArgument,
  parseClauses,
  parseSearch,
  parseSearchClauses,
  printSearch,
  validationFailure
} from '../dialect/index.ts'
import type { JsonObjectOut, ParsedSearch, SearchContext, ShownOfAnswer } from '../dialect/index.ts'
import { resultOf } from '../node/index.ts'
import type { Node, NodeSearch, NodeSearchResult, ResolvedIndex } from '../node/index.ts'
import { loopSlice, nextTurn, runInSlices } from '../util/index.ts'
import type { Cancellation, Steps } from '../util/index.ts'
import type { RequestBody } from './body.ts'
import { isAnyWanted, wantedLeaves } from './filter-path.ts'
import type { Parameters } from './parameters.ts'
import { runFusion } from './run-fusion.ts'
import { checkWhole, onShards, scriptFailure, wholeResult } from './shard-failures.ts'

export type SearchCall = {
  readonly node: Node
  readonly index: string | null
  readonly url: Parameters
  readonly body: RequestBody
  readonly search: SearchContext
  readonly signal: Cancellation | undefined
  /** What is printed, as far as that is known before. */
  readonly shown: ShownOfAnswer
  /** Indices that are searched. Errors INDEX_ABSENT, INDEX_CLOSED. */
  readonly targets: () => readonly ResolvedIndex[]
}

const leavesOfHits = ['_index', '_id', '_score'] as const

/**
 * What a `filter_path` leaves of an answer.
 *
 * @param path  Of the answer in what is printed.
 */
export function shownOf(list: string | undefined, path: readonly string[]): ShownOfAnswer {
  const shown = (name: string): boolean => isAnyWanted(list, [...path, ...name.split('.')])
  return {
    took: shown('took'),
    timedOut: shown('timed_out'),
    shards: shown('_shards'),
    total: shown('hits.total'),
    maxScore: shown('hits.max_score'),
    hits: shownOfHits(list, [...path, 'hits', 'hits'])
  }
}

/** null: nothing, or it cannot be said of each member alone. */
function shownOfHits(list: string | undefined, path: readonly string[]): ShownOfAnswer['hits'] {
  const names = wantedLeaves(list, path, leavesOfHits)
  if (names === null || names.length === 0) return null
  const [index, id, score] = leavesOfHits.map((name) => names.includes(name))
  return { index: index!, id: id!, score: score! }
}

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
  return call.body.isLong ? searchAhead(call).then(runParsed) : runParsed(call)
}

/** The same search, the clauses of its long body parsed in slices. */
export function searchAhead(call: SearchCall): Promise<SearchCall> {
  const parameter = (name: string): string | undefined => call.url.get(name)
  return clausesAhead(call, (body) => parseSearchClauses(body, parameter, call.search))
}

/** Size of requests that have none, for queries whose defaults build on it. */
export const sizeless = 10

/** The same for a request of which nothing but a query is read. */
export function queryAhead<One extends Pick<SearchCall, 'body' | 'search'>>(
  call: One
): Promise<One> {
  return clausesAhead(call, (body) => parseClauses(body, { ...call.search, requestSize: sizeless }))
}

/** What is wrong with the body is told by who parses it. */
async function clausesAhead<One extends Pick<SearchCall, 'body' | 'search'>>(
  call: One,
  parse: (body: unknown) => Steps<SearchContext>
): Promise<One> {
  const { valueAhead } = call.body
  if (valueAhead === null) return call
  return { ...call, search: await runInSlices(parse(valueAhead), loopSlice()) }
}

function runParsed(call: SearchCall): JsonObjectOut | Promise<JsonObjectOut> {
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

function parseBody(call: SearchCall): ParsedSearch {
  try {
    return call.body.parsed(
      (body) => parseSearch(body, (name) => call.url.get(name), call.search),
      call.body.searchJson()
    )
  } catch (error) {
    throw scriptFailure(call, error) ?? error
  }
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
