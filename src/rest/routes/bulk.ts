/** `_bulk`. */
import {
  applyUrlSource,
  defaultFetch,
  illegalArgument,
  printBulkItem
} from '../../dialect/index.ts'
import type { FetchSpec } from '../../node/index.ts'
import { loopSlice } from '../../util/index.ts'
import { bulkSlices, readBulk } from '../bulk-items.ts'
import { reading, routes, sourceOptions } from '../route.ts'
import type { Call, Reply, Route } from '../route.ts'
import { copiesCheck, isForcedRefresh, replicasOf } from '../write-options.ts'

export const bulkRoutes: readonly Route[] = reading(
  'bytes',
  routes(
    'POST,PUT /_bulk /{index}/_bulk',
    `refresh routing timeout pipeline require_alias require_data_stream wait_for_active_shards list_executed_pipelines include_source_on_error ${sourceOptions}`,
    bulk
  )
)

async function bulk(call: Call): Promise<Reply> {
  const started = performance.now()
  const forcedRefresh = isForcedRefresh(call.url)
  const pipeline = call.url.get('pipeline')
  if (pipeline !== undefined && pipeline !== '' && pipeline !== '_none')
    throw illegalArgument(`pipeline with id [${pipeline}] does not exist`)
  const items = await readBulk(call.body, {
    index: call.parts.get('index') ?? null,
    routing: call.url.get('routing') ?? null,
    requireAlias: call.url.flag('require_alias'),
    fetch: urlFetch(call)
  })
  const check = copiesCheck(call.url)
  const printed: Record<string, unknown>[] = []
  const turn = loopSlice()
  let hasErrors = false
  for (const slice of bulkSlices(items)) {
    const results = await call.node.write(
      slice.map(({ item }) => item),
      { check }
    )
    for (const [at, result] of results.entries()) {
      const one = slice[at]
      if (one === undefined) throw new TypeError('a write has more results than items')
      // Mostly there is none: to wait for each would take longer than to print it.
      const source =
        one.fetch === null || result.source === undefined
          ? null
          : await call.node.filterSource(result.index, result.source, one.fetch)
      const replicaCount = replicasOf(call.node, result.index)
      const { isError, body } = printBulkItem(result, { replicaCount, forcedRefresh, source })
      hasErrors ||= isError
      printed.push({ [one.action]: body })
      if (turn.due()) await turn.wait()
    }
    await turn.wait()
  }
  const took = Math.floor(performance.now() - started)
  return { body: { took, errors: hasErrors, items: printed } }
}

function urlFetch(call: Call): FetchSpec | null {
  const names = ['_source', '_source_includes', '_source_excludes']
  if (names.every((name) => call.url.get(name) === undefined)) return null
  const fetch = defaultFetch()
  applyUrlSource((name) => call.url.get(name), fetch)
  return fetch.source === false ? null : fetch
}
