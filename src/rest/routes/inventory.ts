/** What tools look around for: names, segments, statistics of the cluster, templates (there are none). */
import { matchesWildcard } from '../../util/index.ts'
import {
  illegalArgument,
  printIndicesStats,
  shardCounts,
  WireFailure
} from '../../dialect/index.ts'
import type { NodeIndex } from '../../node/index.ts'
import { indicesOptions, routes, timeouts } from '../route.ts'
import type { Call, Reply, Route } from '../route.ts'
import { indicesOf } from '../targets.ts'

const templateParameters = `${timeouts} flat_settings include_defaults local`

export const inventoryRoutes: readonly Route[] = [
  ...routes(
    'GET /_cluster/stats /_cluster/stats/nodes/{node}',
    `${timeouts} flat_settings include_remotes`,
    clusterStats
  ),
  ...routes('GET /_segments /{index}/_segments', `${indicesOptions} verbose`, segments),
  ...routes('GET /_resolve/index/{name}', `${indicesOptions} mode`, resolve),
  ...routes('GET,HEAD /_template /_template/{name}', templateParameters, (call) =>
    isPattern(call) ? { body: {} } : { status: 404, body: {} }
  ),
  ...templates('index'),
  ...templates('component')
]

function isPattern(call: Call): boolean {
  const name = call.parts.get('name')
  return name === undefined || name.includes('*')
}

function templates(kind: 'index' | 'component'): Route[] {
  return routes(
    `GET,HEAD /_${kind}_template /_${kind}_template/{name}`,
    templateParameters,
    (call) => {
      if (isPattern(call)) return { body: { [`${kind}_templates`]: [] } }
      throw new WireFailure(
        'REQUEST_ARGUMENT',
        { status: 404, type: 'resource_not_found_exception' },
        `${kind} template matching [${call.parts.get('name') ?? ''}] not found`
      )
    }
  )
}

function clusterStats(call: Call): Reply {
  const { info } = call.node
  const { rss, heapUsed, heapTotal } = process.memoryUsage()
  const nodes = {
    count: { total: 1, data: 1, ingest: 1, master: 1, coordinating_only: 0 },
    versions: [info.version],
    jvm: {
      max_uptime_in_millis: Date.now() - info.startedMs,
      mem: { heap_used_in_bytes: heapUsed, heap_max_in_bytes: heapTotal }
    },
    process: { mem: { resident_in_bytes: rss } }
  }
  return {
    body: {
      _nodes: { total: 1, successful: 1, failed: 0 },
      cluster_name: info.clusterName,
      cluster_uuid: info.clusterUuid,
      timestamp: Date.now(),
      ...printIndicesStats(call.node.indices()),
      nodes
    }
  }
}

function segments(call: Call): Reply {
  const indices = indicesOf(call.node, call.parts.get('index'), call.url)
  const { nodeId, version } = call.node.info
  const { skipped: _skipped, ...counts } = shardCounts(indices.length)
  const each = indices.map(
    (index) => [index.metadata.name, shardOf(index, nodeId, version)] as const
  )
  return { body: { _shards: counts, indices: new Map(each) } }
}

function shardOf(index: NodeIndex, nodeId: string, version: string): unknown {
  const found = index.engine?.stats().segments ?? []
  const printed = found.map((segment) => [
    segment.name,
    {
      generation: segment.generation,
      num_docs: segment.livePartCount,
      deleted_docs: segment.deletedPartCount,
      size_in_bytes: segment.bytes,
      committed: segment.committed,
      search: true,
      version,
      compound: false
    }
  ])
  const shard = {
    routing: { state: 'STARTED', primary: true, node: nodeId },
    num_committed_segments: found.filter(({ committed }) => committed).length,
    num_search_segments: found.length,
    segments: Object.fromEntries(printed)
  }
  return { shards: { 0: [shard] } }
}

/** Names and patterns to the indices and aliases that have them. */
function resolve(call: Call): Reply {
  const patterns = (call.parts.get('name') ?? '').split(',').filter((name) => name !== '')
  if (patterns.length === 0) throw illegalArgument('[name] must not be empty')
  for (const pattern of patterns) indicesOf(call.node, pattern, call.url)
  const isNamed = (name: string): boolean =>
    patterns.some((pattern) => matchesWildcard(pattern === '_all' ? '*' : pattern, name))
  const all = call.node.indices().toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
  const aliases = new Map<string, string[]>()
  for (const { metadata } of all)
    for (const alias of metadata.aliases.keys())
      if (isNamed(alias)) aliases.set(alias, [...(aliases.get(alias) ?? []), metadata.name])
  return {
    body: {
      indices: all.filter(({ metadata }) => isNamed(metadata.name)).map(printResolved),
      aliases: [...aliases]
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, indices]) => ({ name, indices })),
      data_streams: []
    }
  }
}

function printResolved({ metadata }: NodeIndex): unknown {
  const aliases = [...metadata.aliases.keys()].toSorted()
  return {
    name: metadata.name,
    ...(aliases.length === 0 ? {} : { aliases }),
    attributes: [metadata.state === 'close' ? 'closed' : 'open']
  }
}
