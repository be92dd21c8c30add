/** `_cat`: tables for people. */
import { matchesWildcard } from '../../util/index.ts'
import {
  aliasColumns,
  countColumns,
  healthColumns,
  illegalArgument,
  indexColumns,
  indexRow,
  masterColumns,
  nodeColumns,
  pluginColumns,
  printCatTable,
  segmentColumns,
  shardColumns
} from '../../dialect/index.ts'
import type { CatColumn } from '../../dialect/index.ts'
import { indicesOptions, routes, timeouts } from '../route.ts'
import type { Call, Reply, Route } from '../route.ts'
import { indicesOf, targetsOf } from '../targets.ts'

const catParameters = `v h s help bytes time local health pri include_unloaded_segments full_id ts q ${indicesOptions} ${timeouts}`

function cat(spec: string, handle: Route['handle']): Route[] {
  return routes(`GET ${spec}`, catParameters, handle, true)
}

export const catRoutes: readonly Route[] = [
  ...cat('/_cat', help),
  ...cat('/_cat/indices /_cat/indices/{index}', indices),
  ...cat('/_cat/health', (call) =>
    table(
      call,
      call.url.flag('ts', true) ? healthColumns : healthColumns.filter(({ name }) => !isTime(name)),
      [{ info: call.node.info, indices: call.node.indices() }]
    )
  ),
  ...cat('/_cat/count /_cat/count/{index}', count),
  ...cat('/_cat/aliases /_cat/aliases/{name}', aliases),
  ...cat('/_cat/shards /_cat/shards/{index}', shards),
  ...cat('/_cat/segments /_cat/segments/{index}', segments),
  ...cat('/_cat/nodes', (call) => table(call, nodeColumns, [{ info: call.node.info }])),
  ...cat('/_cat/plugins', (call) => table(call, pluginColumns, [{ info: call.node.info }])),
  ...cat('/_cat/master', (call) => table(call, masterColumns, [{ info: call.node.info }]))
]

/** Columns that `ts=false` leaves out. */
const isTime = (name: string): boolean => name === 'epoch' || name === 'timestamp'

function table<Row>(call: Call, columns: readonly CatColumn<Row>[], rows: readonly Row[]): Reply {
  return {
    body: printCatTable(columns, rows, {
      isJson: call.isJson,
      hasHeader: call.url.flag('v'),
      help: call.url.flag('help'),
      columns: call.url.get('h') ?? null,
      sort: call.url.get('s') ?? null,
      bytes: call.url.get('bytes') ?? null
    })
  }
}

function help(): Reply {
  const names = 'aliases count health indices master nodes plugins segments shards'.split(' ')
  const lines = names.flatMap((name) =>
    ['aliases', 'count', 'indices', 'segments', 'shards'].includes(name)
      ? [`/_cat/${name}`, `/_cat/${name}/{${name === 'aliases' ? 'alias' : 'index'}}`]
      : [`/_cat/${name}`]
  )
  return { body: `=^.^=\n${lines.join('\n')}\n` }
}

function indices(call: Call): Reply {
  const rows = indicesOf(call.node, call.parts.get('index'), call.url)
    .map(indexRow)
    .toSorted((a, b) => (a.index.metadata.name < b.index.metadata.name ? -1 : 1))
  const health = call.url.get('health')
  if (health !== undefined && !['green', 'yellow', 'red'].includes(health))
    throw illegalArgument(`unknown cluster health status [${health}]`)
  const [column] = indexColumns
  return table(
    call,
    indexColumns,
    health === undefined ? rows : rows.filter((row) => column?.value(row) === health)
  )
}

function count(call: Call): Reply {
  const targets = targetsOf(call.node, call.parts.get('index'), call.url)
  return table(call, countColumns, [{ count: call.node.count(targets, null).count }])
}

function aliases(call: Call): Reply {
  const patterns = call.parts.get('name')?.split(',') ?? ['*']
  const rows = call.node.indices().flatMap((index) =>
    Array.from(index.metadata.aliases, ([alias, definition]) => ({
      alias,
      index: index.metadata.name,
      definition
    }))
  )
  return table(
    call,
    aliasColumns,
    rows.filter((row) => patterns.some((pattern) => matchesWildcard(pattern, row.alias)))
  )
}

function shards(call: Call): Reply {
  const rows = indicesOf(call.node, call.parts.get('index'), call.url).map((index) => ({
    ...indexRow(index),
    info: call.node.info
  }))
  return table(call, shardColumns, rows)
}

function segments(call: Call): Reply {
  const { info } = call.node
  const rows = targetsOf(call.node, call.parts.get('index'), call.url).flatMap(({ index }) =>
    (index.engine?.stats().segments ?? []).map((segment) => ({ index, info, segment }))
  )
  return table(call, segmentColumns, rows)
}
