/** Columns of the `_cat` tables. */
import type { AliasDefinition, NodeIndex, NodeInfo } from '../../node/index.ts'
import { pluginName, pluginVersion, printPlugin } from '../elastiknn/plugin.ts'
import type { CatColumn } from './cat-table.ts'
import { activePercent, clusterHealth, indexHealth, replicaCount } from './print-cluster.ts'

type Stats = ReturnType<NonNullable<NodeIndex['engine']>['stats']>
type SegmentStats = Stats['segments'][number]

/** A row of `_cat/indices` with its numbers taken once. */
export type IndexRow = { readonly index: NodeIndex; readonly stats: Stats | null }

type Cell<Row> = (row: Row) => string | number | null
type Marks = {
  readonly isNumber?: boolean
  readonly isBytes?: boolean
  readonly isHidden?: boolean
}

function column<Row>(
  names: string,
  description: string,
  value: Cell<Row>,
  marks: Marks = {}
): CatColumn<Row> {
  const [name = '', ...aliases] = names.split(' ')
  return { name, aliases, description, value, ...marks }
}

const number: Marks = { isNumber: true }
const bytes: Marks = { isNumber: true, isBytes: true }
const hidden: Marks = { isHidden: true }

export function indexRow(index: NodeIndex): IndexRow {
  return { index, stats: index.engine?.stats() ?? null }
}

function storeBytes({ stats }: IndexRow): number | null {
  if (stats === null) return null
  return stats.segments.reduce((sum, segment) => sum + segment.bytes, 0)
}

export const indexColumns: readonly CatColumn<IndexRow>[] = [
  column('health h', 'current health status', ({ index }) => indexHealth(index)),
  column('status s', 'open/close status', ({ index }) => index.metadata.state),
  column('index i idx', 'index name', ({ index }) => index.metadata.name),
  column('uuid id', 'index uuid', ({ index }) => index.metadata.uuid),
  column('pri p shards.primary shardsPrimary', 'number of primary shards', () => 1, number),
  column(
    'rep r shards.replica shardsReplica',
    'number of replica shards',
    ({ index }) => replicaCount(index),
    number
  ),
  column(
    'docs.count dc docsCount',
    'available docs',
    ({ stats }) => stats?.livePartCount ?? null,
    number
  ),
  column(
    'docs.deleted dd docsDeleted',
    'deleted docs',
    ({ stats }) => stats?.deletedPartCount ?? null,
    number
  ),
  column(
    'creation.date cd',
    'index creation date (millisecond value)',
    ({ index }) => index.metadata.createdMs,
    hidden
  ),
  column(
    'creation.date.string cds',
    'index creation date (as string)',
    ({ index }) => new Date(index.metadata.createdMs).toISOString(),
    hidden
  ),
  column('store.size ss storeSize', 'store size of primaries & replicas', storeBytes, bytes),
  column('pri.store.size', 'store size of primaries', storeBytes, bytes),
  column('dataset.size', 'total size of dataset', storeBytes, bytes),
  column(
    'segments.count sc segmentsCount',
    'number of segments',
    ({ stats }) => stats?.segments.length ?? null,
    { isNumber: true, isHidden: true }
  )
]

export type HealthRow = { readonly info: NodeInfo; readonly indices: readonly NodeIndex[] }

/** Seconds since 1970 and the time of day that `_cat` puts in front of its rows. */
const timeColumns: readonly CatColumn<unknown>[] = [
  column(
    'epoch t time',
    'seconds since 1970-01-01 00:00:00',
    () => Math.floor(Date.now() / 1000),
    number
  ),
  column('timestamp ts hms hhmmss', 'time in HH:MM:SS', () =>
    new Date().toISOString().slice(11, 19)
  )
]

export const healthColumns: readonly CatColumn<HealthRow>[] = [
  ...timeColumns,
  column('cluster cl', 'cluster name', ({ info }) => info.clusterName),
  column('status st', 'health status', ({ indices }) => clusterHealth(indices).status),
  column('node.total nt nodeTotal', 'total number of nodes', () => 1, number),
  column('node.data nd nodeData', 'number of nodes that can store data', () => 1, number),
  column(
    'shards t sh shards.total shardsTotal',
    'total number of shards',
    ({ indices }) => clusterHealth(indices).activeShardCount,
    number
  ),
  column(
    'pri p shards.primary shardsPrimary',
    'number of primary shards',
    ({ indices }) => clusterHealth(indices).activeShardCount,
    number
  ),
  column(
    'relo r shards.relocating shardsRelocating',
    'number of relocating nodes',
    () => 0,
    number
  ),
  column(
    'init i shards.initializing shardsInitializing',
    'number of initializing nodes',
    () => 0,
    number
  ),
  column(
    'unassign u shards.unassigned shardsUnassigned',
    'number of unassigned shards',
    ({ indices }) => clusterHealth(indices).unassignedShardCount,
    number
  ),
  column(
    'unassign.pri up shards.unassigned.primary shardsUnassignedPrimary',
    'number of unassigned primary shards',
    ({ indices }) => clusterHealth(indices).unassignedPrimaryCount,
    number
  ),
  column('pending_tasks pt pendingTasks', 'number of pending tasks', () => 0, number),
  column('max_task_wait_time mtwt maxTaskWaitTime', 'wait time of longest task pending', () => '-'),
  column(
    'active_shards_percent asp activeShardsPercent',
    'active number of shards in percent',
    ({ indices }) => `${activePercent(clusterHealth(indices)).toFixed(1)}%`
  )
]

export type CountRow = { readonly count: number }

export const countColumns: readonly CatColumn<CountRow>[] = [
  ...timeColumns,
  column('count dc docs.count docsCount', 'the document count', ({ count }) => count, number)
]

export type AliasRow = {
  readonly alias: string
  readonly index: string
  readonly definition: AliasDefinition
}

export const aliasColumns: readonly CatColumn<AliasRow>[] = [
  column('alias a', 'alias name', ({ alias }) => alias),
  column('index i idx', 'index alias points to', ({ index }) => index),
  column('filter f fi', 'filter', ({ definition }) => (definition.filterJson === null ? '-' : '*')),
  column(
    'routing.index ri routingIndex',
    'index routing',
    ({ definition }) => definition.indexRouting ?? '-'
  ),
  column(
    'routing.search rs routingSearch',
    'search routing',
    ({ definition }) => definition.searchRouting ?? '-'
  ),
  column('is_write_index w isWriteIndex', 'write index', ({ definition }) =>
    definition.isWriteIndex === null ? '-' : String(definition.isWriteIndex)
  )
]

export type ShardRow = IndexRow & { readonly info: NodeInfo }

export const shardColumns: readonly CatColumn<ShardRow>[] = [
  column('index i idx', 'index name', ({ index }) => index.metadata.name),
  column('shard s sh', 'shard name', () => 0, number),
  column('prirep p pr primaryOrReplica', 'primary or replica', () => 'p'),
  column('state st', 'shard state', ({ stats }) => (stats === null ? 'UNASSIGNED' : 'STARTED')),
  column(
    'docs d dc',
    'number of docs in shard',
    ({ stats }) => stats?.livePartCount ?? null,
    number
  ),
  column('store sto', 'store size of shard', storeBytes, bytes),
  column('dataset', 'size of dataset', storeBytes, bytes),
  column('ip', 'ip of node where it lives', () => '127.0.0.1'),
  column('id', 'unique id of node where it lives', ({ info }) => info.nodeId, hidden),
  column('node n', 'name of node where it lives', ({ info }) => info.name)
]

export type SegmentRow = {
  readonly index: NodeIndex
  readonly info: NodeInfo
  readonly segment: SegmentStats
}

export const segmentColumns: readonly CatColumn<SegmentRow>[] = [
  column('index i idx', 'index name', ({ index }) => index.metadata.name),
  column('shard s sh', 'shard name', () => 0, number),
  column('prirep p pr primaryOrReplica', 'primary or replica', () => 'p'),
  column('ip', 'ip of node where it lives', () => '127.0.0.1'),
  column('id', 'unique id of node where it lives', ({ info }) => info.nodeId, hidden),
  column('segment seg', 'segment name', ({ segment }) => segment.name),
  column('generation g gen', 'segment generation', ({ segment }) => segment.generation, number),
  column(
    'docs.count dc docsCount',
    'number of docs',
    ({ segment }) => segment.livePartCount,
    number
  ),
  column(
    'docs.deleted dd docsDeleted',
    'number of deleted docs',
    ({ segment }) => segment.deletedPartCount,
    number
  ),
  column('size si', 'segment size in bytes', ({ segment }) => segment.bytes, bytes),
  column('size.memory sm sizeMemory', 'segment memory in bytes', () => 0, bytes),
  column('committed ic isCommitted', 'is segment committed', ({ segment }) =>
    String(segment.committed)
  ),
  column('searchable is isSearchable', 'is segment searched', () => 'true'),
  column('version v ver', 'version', ({ info }) => info.version),
  column('compound ico isCompound', 'is segment compound', () => 'false')
]

export type NodeRow = { readonly info: NodeInfo }

export const nodeColumns: readonly CatColumn<NodeRow>[] = [
  column('id nodeId', 'unique node id', ({ info }) => info.nodeId, hidden),
  column('ip i', 'ip address', () => '127.0.0.1'),
  column('version v', 'es version', ({ info }) => info.version, hidden),
  column('heap.percent hp heapPercent', 'used heap ratio', () => heapPercent(), number),
  column('ram.percent rp ramPercent', 'used machine memory ratio', () => null, number),
  column('cpu', 'recent cpu usage', () => null, number),
  column('load_1m l', '1m load avg', () => null, number),
  column('load_5m l', '5m load avg', () => null, number),
  column('load_15m l', '15m load avg', () => null, number),
  column('node.role r role nodeRole', 'roles of the node', () => 'dim'),
  column('master m', '*:current master', () => '*'),
  column('name n', 'node name', ({ info }) => info.name)
]

function heapPercent(): number {
  const { heapUsed, heapTotal } = process.memoryUsage()
  return Math.round((100 * heapUsed) / heapTotal)
}

export const masterColumns: readonly CatColumn<NodeRow>[] = [
  column('id', 'node id', ({ info }) => info.nodeId),
  column('host h', 'host name', () => '127.0.0.1'),
  column('ip', 'ip address', () => '127.0.0.1'),
  column('node n', 'node name', ({ info }) => info.name)
]

export const pluginColumns: readonly CatColumn<NodeRow>[] = [
  column('id', 'unique node id', ({ info }) => info.nodeId, hidden),
  column('name n', 'node name', ({ info }) => info.name),
  column('component c', 'component', () => pluginName),
  column('version v', 'component version', ({ info }) => pluginVersion(info)),
  column(
    'description d',
    'plugin details',
    ({ info }) => String(printPlugin(info)['description']),
    hidden
  )
]
