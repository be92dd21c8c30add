/** `_cluster/stats`: what the indices hold together, and of which types their fields are. */
import type { NodeIndex } from '../../node/index.ts'
import type { JsonObjectOut } from '../print-error.ts'
import { clusterHealth } from './print-cluster.ts'

type Counts = Record<string, number>

/** One type over all mappings; the rest is there for dense_vector only. */
type TypeStats = {
  count: number
  readonly indices: Set<string>
  indexedCount: number
  dimsMin: number
  dimsMax: number
  readonly indexTypes: Counts
  readonly similarities: Counts
  readonly elementTypes: Counts
}

export function printIndicesStats(indices: readonly NodeIndex[]): JsonObjectOut {
  const stats = indices.flatMap((index) => index.engine?.stats() ?? [])
  const sum = (read: (one: (typeof stats)[number]) => number): number =>
    stats.reduce((total, one) => total + read(one), 0)
  const bytes = sum(({ segments }) => segments.reduce((total, one) => total + one.bytes, 0))
  const types = typesOf(indices)
  const fieldCount = [...types.values()].reduce((total, { count }) => total + count, 0)
  return {
    status: clusterHealth(indices).status,
    indices: {
      count: indices.length,
      shards: { total: indices.length, primaries: indices.length, replication: 0 },
      docs: {
        count: sum((one) => one.livePartCount),
        deleted: sum((one) => one.deletedPartCount),
        total_size_in_bytes: bytes
      },
      store: { size_in_bytes: bytes, total_data_set_size_in_bytes: bytes, reserved_in_bytes: 0 },
      segments: { count: sum((one) => one.segments.length) },
      mappings: {
        total_field_count: fieldCount,
        field_types: [...types].toSorted(byName).map(([name, type]) => printType(name, type)),
        runtime_field_types: []
      }
    }
  }
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : Number(a > b)
}

function typesOf(indices: readonly NodeIndex[]): Map<string, TypeStats> {
  const types = new Map<string, TypeStats>()
  for (const index of indices)
    visitFields(index.mapping.toJson(), (definition) => {
      const name = textAt(definition, 'type') ?? 'object'
      const type = types.get(name) ?? noStats()
      types.set(name, type)
      type.count += 1
      type.indices.add(index.metadata.name)
      if (name === 'dense_vector') countVector(type, definition)
    })
  return types
}

function noStats(): TypeStats {
  return {
    count: 0,
    indices: new Set(),
    indexedCount: 0,
    dimsMin: Infinity,
    dimsMax: 0,
    indexTypes: {},
    similarities: {},
    elementTypes: {}
  }
}

type Definition = Readonly<Record<string, unknown>>

/** Objects, fields and multi-fields. */
function visitFields(parent: Definition, visit: (definition: Definition) => void): void {
  for (const group of [parent['properties'], parent['fields']])
    for (const definition of Object.values((group ?? {}) as Readonly<Record<string, Definition>>)) {
      visit(definition)
      visitFields(definition, visit)
    }
}

function countVector(type: TypeStats, definition: Definition): void {
  add(type.elementTypes, textAt(definition, 'element_type') ?? 'float')
  if (definition['index'] === false) {
    add(type.indexTypes, 'not_indexed')
    return
  }
  type.indexedCount += 1
  add(type.indexTypes, textAt((definition['index_options'] ?? {}) as Definition, 'type'))
  add(type.similarities, textAt(definition, 'similarity'))
  const { dims } = definition
  if (typeof dims !== 'number') return
  type.dimsMin = Math.min(type.dimsMin, dims)
  type.dimsMax = Math.max(type.dimsMax, dims)
}

function textAt(definition: Definition, key: string): string | null {
  const value = definition[key]
  return typeof value === 'string' ? value : null
}

function add(counts: Counts, name: string | null): void {
  if (name !== null) counts[name] = (counts[name] ?? 0) + 1
}

function printType(name: string, type: TypeStats): JsonObjectOut {
  const printed = { name, count: type.count, index_count: type.indices.size, script_count: 0 }
  if (name !== 'dense_vector') return printed
  return {
    ...printed,
    indexed_vector_count: type.indexedCount,
    indexed_vector_dim_min: type.dimsMax === 0 ? 0 : type.dimsMin,
    indexed_vector_dim_max: type.dimsMax,
    vector_index_type_count: type.indexTypes,
    vector_similarity_type_count: type.similarities,
    vector_element_type_count: type.elementTypes
  }
}
