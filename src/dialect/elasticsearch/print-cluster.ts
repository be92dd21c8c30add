/** `_cluster/health` of one node: shards of one primary each, replicas that never find a home. */
import type { NodeIndex } from '../../node/index.ts'
import type { JsonObjectOut } from '../print-error.ts'

export type HealthStatus = 'green' | 'yellow' | 'red'

export type ClusterHealth = {
  readonly status: HealthStatus
  readonly activeShardCount: number
  readonly unassignedShardCount: number
  readonly unassignedPrimaryCount: number
}

export function replicaCount(index: NodeIndex): number {
  return Number(index.metadata.settings.get('number_of_replicas') ?? '1')
}

/** Health of one index: a replica has nowhere to go on one node. */
export function indexHealth(index: NodeIndex): HealthStatus {
  if (index.health === 'red') return 'red'
  return replicaCount(index) > 0 ? 'yellow' : index.health
}

export function clusterHealth(indices: readonly NodeIndex[]): ClusterHealth {
  let status: HealthStatus = 'green'
  let active = 0
  let unassigned = 0
  let unassignedPrimary = 0
  for (const index of indices) {
    const health = indexHealth(index)
    if (health === 'red' || (health === 'yellow' && status === 'green')) status = health
    if (health === 'red') unassignedPrimary += 1
    else active += 1
    unassigned += replicaCount(index) + (health === 'red' ? 1 : 0)
  }
  return {
    status,
    activeShardCount: active,
    unassignedShardCount: unassigned,
    unassignedPrimaryCount: unassignedPrimary
  }
}

export function activePercent(health: ClusterHealth): number {
  const all = health.activeShardCount + health.unassignedShardCount
  return all === 0 ? 100 : (100 * health.activeShardCount) / all
}

export function printClusterHealth(
  clusterName: string,
  indices: readonly NodeIndex[],
  options: { readonly timedOut: boolean; readonly level: 'cluster' | 'indices' | 'shards' }
): JsonObjectOut {
  const health = clusterHealth(indices)
  const printed: JsonObjectOut = {
    cluster_name: clusterName,
    status: health.status,
    timed_out: options.timedOut,
    number_of_nodes: 1,
    number_of_data_nodes: 1,
    active_primary_shards: health.activeShardCount,
    active_shards: health.activeShardCount,
    relocating_shards: 0,
    initializing_shards: 0,
    unassigned_shards: health.unassignedShardCount,
    unassigned_primary_shards: health.unassignedPrimaryCount,
    delayed_unassigned_shards: 0,
    number_of_pending_tasks: 0,
    number_of_in_flight_fetch: 0,
    task_max_waiting_in_queue_millis: 0,
    active_shards_percent_as_number: activePercent(health)
  }
  if (options.level !== 'cluster')
    printed['indices'] = new Map(
      indices.map((index) => [index.metadata.name, printIndexHealth(index)])
    )
  return printed
}

function printIndexHealth(index: NodeIndex): JsonObjectOut {
  const health = clusterHealth([index])
  return {
    status: health.status,
    number_of_shards: 1,
    number_of_replicas: replicaCount(index),
    active_primary_shards: health.activeShardCount,
    active_shards: health.activeShardCount,
    relocating_shards: 0,
    initializing_shards: 0,
    unassigned_shards: health.unassignedShardCount,
    unassigned_primary_shards: health.unassignedPrimaryCount
  }
}
