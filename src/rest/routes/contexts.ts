/** Moments that stay: scroll and point in time. */
import {
  objectBody,
  field,
  illegalArgument,
  printSearch,
  readObject,
  shardCounts,
  textOf,
  timeValueMs,
  validationFailure
} from '../../dialect/index.ts'
import { indicesOptions, routes } from '../route.ts'
import type { Call, Reply, Route } from '../route.ts'
import { onShards, wholeResult } from '../shard-failures.ts'
import { targetsOf } from '../targets.ts'

export const contextRoutes: readonly Route[] = [
  ...routes(
    'GET,POST /_search/scroll /_search/scroll/{scroll_id}',
    'scroll scroll_id rest_total_hits_as_int',
    nextPage
  ),
  ...routes('DELETE /_search/scroll /_search/scroll/{scroll_id}', 'scroll_id', clearScroll),
  ...routes(
    'POST /{index}/_pit',
    `${indicesOptions} keep_alive routing preference allow_partial_search_results max_concurrent_shard_requests`,
    openPointInTime
  ),
  ...routes('DELETE /_pit', '', closePointInTime)
]

type ScrollBody = { ids: string[]; keepAliveMs: number | null }

/** Ids and time from the body; the path and the URL fill in what it leaves out. */
function scrollBody(call: Call): ScrollBody {
  const result: ScrollBody = { ids: [], keepAliveMs: null }
  call.body.parsed((body) => {
    if (body === null) return
    readObject(objectBody(body), 'scroll', {
      scroll_id: field.any((member) => {
        result.ids = member.elements().map((element) => textOf(element.value))
      }),
      scroll: field.string((text) => {
        result.keepAliveMs = timeValueMs(text, 'scroll')
      })
    })
  })
  const inUrl = call.parts.get('scroll_id') ?? call.url.get('scroll_id')
  if (result.ids.length === 0 && inUrl !== undefined) result.ids = inUrl.split(',')
  result.keepAliveMs ??= call.url.timeMs('scroll')
  return result
}

async function nextPage(call: Call): Promise<Reply> {
  const { ids, keepAliveMs } = scrollBody(call)
  const [id] = ids
  if (id === undefined) throw validationFailure(['scrollId is missing'])
  const page = onShards(call, null, [], () => call.node.nextScroll(id, keepAliveMs, 'inSlices'))
  const result = await wholeResult(call, null, [], page)
  return {
    body: printSearch(result, {
      totalAsInt: call.url.flag('rest_total_hits_as_int'),
      namedScores: false,
      scrollId: id,
      pointInTimeId: null,
      isProfiled: false,
      nodeId: call.node.info.nodeId
    })
  }
}

function clearScroll(call: Call): Reply {
  const { ids } = scrollBody(call)
  if (ids.length === 0) throw validationFailure(['no scroll ids specified'])
  return closed(call.node.closeContexts('scroll', ids))
}

/** Nothing to free is 404 with the same body. */
function closed(count: number): Reply {
  return { status: count > 0 ? 200 : 404, body: { succeeded: true, num_freed: count } }
}

async function openPointInTime(call: Call): Promise<Reply> {
  const keepAliveMs = call.url.timeMs('keep_alive')
  if (keepAliveMs === null) throw validationFailure(['[keep_alive] is not specified'])
  const resolve = (): ReturnType<typeof targetsOf> =>
    targetsOf(call.node, call.parts.get('index'), call.url)
  const allowPartial = call.url.flag('allow_partial_search_results')
  await call.node.settle(resolve())
  // Indices may be closed or deleted meanwhile.
  const targets = resolve()
  const { id, failures } = onShards(call, null, targets, () =>
    call.node.openPointInTime(targets, keepAliveMs, allowPartial)
  )
  return { body: { id, _shards: shardCounts(targets.length, failures, call.node.info.nodeId) } }
}

function closePointInTime(call: Call): Reply {
  let id: string | null = null
  call.body.parsed((body) => {
    readObject(objectBody(body), 'close_point_in_time', {
      id: field.string((text) => {
        id = text
      })
    })
  }, call.body.requiredJson())
  if (id === null) throw illegalArgument('Required [id]')
  return closed(call.node.closeContexts('pit', [id]))
}
