/** `_refresh`, `_flush`, `_forcemerge`, `_cache/clear`. What is acknowledged is searchable, so a refresh only answers. */
import { replicaCount, validationFailure } from '../../dialect/index.ts'
import type { ResolvedIndex } from '../../node/index.ts'
import { indicesOptions, routes } from '../route.ts'
import type { Call, Reply, Route } from '../route.ts'
import { targetsOf } from '../targets.ts'

export const maintenanceRoutes: readonly Route[] = [
  ...routes('GET,POST /_refresh /{index}/_refresh', indicesOptions, refresh),
  ...routes('GET,POST /_flush /{index}/_flush', `${indicesOptions} force wait_if_ongoing`, flush),
  ...routes(
    'POST /_forcemerge /{index}/_forcemerge',
    `${indicesOptions} max_num_segments only_expunge_deletes flush wait_for_completion`,
    forceMerge
  ),
  ...routes(
    'POST /_cache/clear /{index}/_cache/clear',
    `${indicesOptions} fielddata fields query request`,
    refresh
  )
]

function shardsOf(targets: readonly ResolvedIndex[]): Reply {
  const total = targets.reduce((sum, { index }) => sum + 1 + replicaCount(index), 0)
  return { body: { _shards: { total, successful: targets.length, failed: 0 } } }
}

function refresh(call: Call): Reply {
  return shardsOf(targetsOf(call.node, call.parts.get('index'), call.url))
}

async function flush(call: Call): Promise<Reply> {
  const targets = targetsOf(call.node, call.parts.get('index'), call.url)
  await call.node.flush(targets)
  return shardsOf(targets)
}

async function forceMerge(call: Call): Promise<Reply> {
  call.url.checkWaits()
  const targets = targetsOf(call.node, call.parts.get('index'), call.url)
  const maxSegments = call.url.int('max_num_segments')
  const onlyExpungeDeletes = call.url.flag('only_expunge_deletes')
  if (maxSegments !== null && onlyExpungeDeletes)
    throw validationFailure([
      'cannot set only_expunge_deletes and max_num_segments at the same time, those two parameters are mutually exclusive'
    ])
  await call.node.forceMerge(targets, {
    ...(maxSegments === null ? {} : { maxSegments }),
    onlyExpungeDeletes
  })
  return shardsOf(targets)
}
