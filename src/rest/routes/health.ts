/** `_cluster/health`: what it says of one node, and the waits that Elasticsearch has there. */
import { setTimeout as pause } from 'node:timers/promises'
import { illegalArgument, printClusterHealth } from '../../dialect/index.ts'
import type { NodeIndex } from '../../node/index.ts'
import { VectorStoreError } from '../../util/index.ts'
import { indicesOptions, routes, timeouts } from '../route.ts'
import type { Call, Reply, Route } from '../route.ts'
import { indicesOf } from '../targets.ts'

export const healthRoutes: readonly Route[] = routes(
  'GET /_cluster/health /_cluster/health/{index}',
  `${indicesOptions} ${timeouts} level local wait_for_status wait_for_events wait_for_nodes wait_for_active_shards wait_for_no_initializing_shards wait_for_no_relocating_shards`,
  health
)

const statuses = ['red', 'yellow', 'green']
const priorities = ['immediate', 'urgent', 'high', 'normal', 'low', 'languid']
const levels = ['cluster', 'indices', 'shards'] as const
/** Between two looks for an index that is not there yet. */
const lookMs = 20

type Level = (typeof levels)[number]

/** What is waited for, apart from the indices. */
type Wanted = {
  readonly level: Level
  readonly status: string | null
  readonly hasNodes: boolean
  /** Infinity: all. */
  readonly activeShards: number
}

async function health(call: Call): Promise<Reply> {
  const wanted = wantedOf(call)
  const { clusterName } = call.node.info
  const indices = await indicesAtLast(call)
  if (indices === null) {
    const printed = printClusterHealth(clusterName, [], { timedOut: true, level: wanted.level })
    return { status: 408, body: { ...printed, status: 'red' } }
  }
  const printed = (timedOut: boolean): Record<string, unknown> =>
    printClusterHealth(clusterName, indices, { timedOut, level: wanted.level })
  // Nothing else that a client waits for here changes by itself: a replica never finds a second node.
  return isReached(printed(false), wanted)
    ? { body: printed(false) }
    : { status: 408, body: printed(true) }
}

function wantedOf({ url }: Call): Wanted {
  const level = url.level(levels, 'cluster')
  const status = url.get('wait_for_status')?.toLowerCase() ?? null
  if (status !== null && !statuses.includes(status))
    throw illegalArgument(`unknown cluster health status [${status}]`)
  const events = url.get('wait_for_events') ?? 'languid'
  if (!priorities.includes(events.toLowerCase()))
    throw illegalArgument(
      `No enum constant org.elasticsearch.common.Priority.${events.toUpperCase()}`
    )
  const active = url.get('wait_for_active_shards') ?? '0'
  return {
    level,
    status,
    hasNodes: acceptsOneNode(url.get('wait_for_nodes') ?? '1'),
    activeShards: active === 'all' ? Infinity : Number(active)
  }
}

const comparisons: Readonly<Record<string, (count: number) => boolean>> = {
  '>=': (count) => count <= 1,
  ge: (count) => count <= 1,
  '<=': (count) => count >= 1,
  le: (count) => count >= 1,
  '>': (count) => count < 1,
  gt: (count) => count < 1,
  '<': (count) => count > 1,
  lt: (count) => count > 1,
  '': (count) => count === 1
}

/** `2`, `>=2`, `ge(2)`: whether one node is what is wanted. Errors REQUEST_ARGUMENT. */
function acceptsOneNode(text: string): boolean {
  const match = /^(>=|<=|>|<|)(\d{1,9})$/.exec(text) ?? /^(ge|le|gt|lt)\((\d{1,9})\)$/.exec(text)
  const [, sign = '', count = ''] = match ?? []
  const accepts = comparisons[sign]
  if (match === null || accepts === undefined)
    throw illegalArgument(
      `[wait_for_nodes] is [${text}], wanted a number, or one with >=, <=, > or < before it`
    )
  return accepts(Number(count))
}

function isReached(
  printed: Record<string, unknown>,
  { status, hasNodes, activeShards }: Wanted
): boolean {
  const active = Number(printed['active_shards'])
  const wantedShards =
    activeShards === Infinity ? active + Number(printed['unassigned_shards']) : activeShards
  const hasStatus =
    status === null || statuses.indexOf(String(printed['status'])) >= statuses.indexOf(status)
  return hasStatus && hasNodes && active >= wantedShards
}

/**
 * An index that is not there is waited for as long as the request says: somebody may be making it. Without a time the answer comes at
 * once, as what Elasticsearch says after half a minute. null: it never came.
 */
async function indicesAtLast(call: Call): Promise<readonly NodeIndex[] | null> {
  const end = performance.now() + (call.url.timeMs('timeout') ?? 0)
  for (;;) {
    try {
      return indicesOf(call.node, call.parts.get('index'), call.url)
    } catch (error) {
      if (!(error instanceof VectorStoreError) || error.code !== 'INDEX_ABSENT') throw error
      if (performance.now() >= end || call.signal?.aborted === true) return null
      await pause(lookMs)
    }
  }
}
