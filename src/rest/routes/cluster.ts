/** The cluster of one node: identity, health, settings, nodes, tasks, statistics, what recovery found. */
import { matchesWildcard } from '../../util/index.ts'
import type { VectorStoreError } from '../../util/index.ts'
import {
  illegalArgument,
  isObjectValue,
  printIndexStats,
  printPlugin,
  printRoot
} from '../../dialect/index.ts'
import type { NodeIndex } from '../../node/index.ts'
import { indicesOptions, routes, timeouts } from '../route.ts'
import type { Call, Reply, Route } from '../route.ts'
import { indicesOf } from '../targets.ts'

export const clusterRoutes: readonly Route[] = [
  ...routes('GET,HEAD /', '', (call) => ({ body: printRoot(call.node.info) })),
  ...routes('GET /_cluster/settings', `${timeouts} flat_settings include_defaults`, (call) => ({
    body: {
      persistent: {},
      transient: {},
      ...(call.url.flag('include_defaults') ? { defaults: {} } : {})
    }
  })),
  ...routes('PUT /_cluster/settings', `${timeouts} flat_settings`, putClusterSettings),
  ...routes('GET /_cluster/pending_tasks', `${timeouts} local`, () => ({ body: { tasks: [] } })),
  ...routes(
    'GET /_nodes /_nodes/{node} /_nodes/{node}/{metric}',
    `${timeouts} flat_settings`,
    nodes
  ),
  ...routes(
    'GET /_nodes/stats /_nodes/stats/{metric} /_nodes/{node}/stats',
    `${timeouts} level types completion_fields fielddata_fields fields groups include_segment_file_sizes include_unloaded_segments`,
    nodeStats
  ),
  ...routes(
    'GET /_stats /_stats/{metric} /{index}/_stats /{index}/_stats/{metric}',
    `${indicesOptions} level types completion_fields fielddata_fields fields groups include_segment_file_sizes include_unloaded_segments forbid_closed_indices`,
    stats
  ),
  ...routes(
    'GET /_tasks',
    `${timeouts} actions detailed group_by nodes parent_task_id wait_for_completion`,
    tasks
  ),
  ...routes('GET /_recovery_report', '', (call) => ({ body: call.node.recoveryReport }))
]

/** There are none to set: accepting them in silence would promise what nobody keeps. */
function putClusterSettings(call: Call): Reply {
  const body = call.body.requiredJson()
  if (!isObjectValue(body)) throw illegalArgument('cluster settings must be an object')
  for (const scope of ['persistent', 'transient'])
    for (const name of flatNames(body[scope]))
      throw illegalArgument(`${scope} setting [${name}], not recognized`)
  throw illegalArgument('Validation Failed: 1: no settings to update;')
}

function flatNames(value: unknown, prefix = ''): string[] {
  if (!isObjectValue(value)) return prefix === '' ? [] : [prefix]
  return Object.entries(value).flatMap(([key, member]) =>
    flatNames(member, prefix === '' ? key : `${prefix}.${key}`)
  )
}

const counts = { total: 1, successful: 1, failed: 0 }

/** Elasticsearch's default, and that of http/, where another may be set. */
const contentLengthMax = 100 * 2 ** 20

function nodes(call: Call): Reply {
  const { info } = call.node
  const asked = call.parts.get('node') ?? ''
  if (asked === 'usage' || asked === 'hot_threads')
    throw illegalArgument(`[GET /_nodes/${asked}] is not supported by this version`)
  const http = {
    bound_address: [call.address],
    publish_address: call.address,
    max_content_length_in_bytes: contentLengthMax
  }
  const node = {
    name: info.name,
    ...placeOf(call),
    version: info.version,
    build_flavor: 'default',
    build_type: 'tar',
    build_hash: 'leveret',
    roles: ['data', 'ingest', 'master'],
    attributes: {},
    http,
    plugins: [printPlugin(info)],
    modules: [],
    process: { refresh_interval_in_millis: 1000, id: process.pid, mlockall: false }
  }
  return {
    body: { _nodes: counts, cluster_name: info.clusterName, nodes: { [info.nodeId]: node } }
  }
}

function placeOf({ address }: Call): Readonly<Record<string, string>> {
  const host = address.slice(0, address.lastIndexOf(':'))
  return { transport_address: address, host, ip: host }
}

const nodeLevels = ['node', 'indices', 'shards'] as const
const indexLevels = ['cluster', 'indices', 'shards'] as const

function nodeStats(call: Call): Reply {
  const level = call.url.level(nodeLevels, 'node')
  if (level !== 'node') throw unbuiltLevel(level)
  const { info } = call.node
  const memory = process.memoryUsage()
  const { _all: all } = printIndexStats(call.node.indices(), () => true)
  const node = {
    timestamp: Date.now(),
    name: info.name,
    ...placeOf(call),
    roles: ['data', 'ingest', 'master'],
    indices: (all as { readonly total: unknown }).total,
    jvm: {
      uptime_in_millis: Date.now() - info.startedMs,
      mem: { heap_used_in_bytes: memory.heapUsed, heap_committed_in_bytes: memory.heapTotal }
    },
    process: { timestamp: Date.now(), mem: { resident_in_bytes: memory.rss } },
    cache: call.node.cacheStats(),
    store: call.node.storeStats()
  }
  return {
    body: { _nodes: counts, cluster_name: info.clusterName, nodes: { [info.nodeId]: node } }
  }
}

function stats(call: Call): Reply {
  const level = call.url.level(indexLevels, 'indices')
  if (level === 'shards') throw unbuiltLevel(level)
  const metrics = call.parts.get('metric')?.split(',') ?? ['_all']
  const accepts = (section: string): boolean =>
    metrics.some(
      (metric) => metric === '_all' || matchesWildcard(metric, sectionNames[section] ?? section)
    )
  const indices = indicesOf(call.node, call.parts.get('index'), call.url)
  const { indices: each, ...all } = printIndexStats(indices, accepts)
  return { body: level === 'cluster' ? all : { ...all, indices: each } }
}

function unbuiltLevel(level: string): VectorStoreError {
  return illegalArgument(`[level=${level}] is not supported by this version`)
}

/** Sections whose metric has another name. */
const sectionNames: Readonly<Record<string, string>> = { merges: 'merge' }

function tasks(call: Call): Reply {
  const { info } = call.node
  const running = call.node.indices().flatMap((index) => jobsOf(index, info.nodeId))
  const node = {
    name: info.name,
    ...placeOf(call),
    roles: ['data', 'ingest', 'master'],
    tasks: Object.fromEntries(running)
  }
  return { body: { nodes: { [info.nodeId]: node } } }
}

function jobsOf(index: NodeIndex, nodeId: string): [string, unknown][] {
  const jobs = index.engine?.stats().jobs ?? []
  return jobs.map((job) => [
    `${nodeId}:${job.id}`,
    {
      node: nodeId,
      id: job.id,
      type: 'transport',
      action: `indices:admin/${job.action}`,
      description: job.description,
      status: { done: job.doneCount, total: job.totalCount },
      start_time_in_millis: job.startedMs,
      running_time_in_nanos: Math.max(0, Date.now() - job.startedMs) * 1_000_000,
      cancellable: false,
      headers: {}
    }
  ])
}
