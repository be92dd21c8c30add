/** `_stats` of indices. Counters that this engine does not have are 0, as those of an idle shard. */
import type { NodeIndex } from '../../node/index.ts'
import type { JsonObjectOut } from '../print-error.ts'
import { indexHealth } from './print-cluster.ts'

type Totals = {
  livePartCount: number
  deletedPartCount: number
  storeBytes: number
  segmentCount: number
  indexCount: number
  deleteCount: number
  flushCount: number
  flushMs: number
  mergeCount: number
  mergeMs: number
}

/** Of the page cache, by what pages hold. Elasticsearch has nothing like it; its clients pass over the section. */
type Pages = NonNullable<ReturnType<NonNullable<NodeIndex['engine']>['stats']>>['pages']

/**
 * @param accepts  Which sections (`docs`, `store` …) are wanted.
 */
export function printIndexStats(
  indices: readonly NodeIndex[],
  accepts: (section: string) => boolean
): JsonObjectOut {
  const each = indices.map((index) => ({ index, totals: totalsOf(index) }))
  const all = each.reduce((sum, { totals }) => added(sum, totals), noTotals())
  const pages = each.map(({ index }) => pagesOf(index))
  const printed = pick({ ...sections(all), page_cache: printPages(pages) }, accepts)
  return {
    _shards: { total: indices.length, successful: indices.length, failed: 0 },
    _all: { primaries: printed, total: printed },
    indices: new Map(
      each.map(({ index, totals }) => {
        const cached = printPages([pagesOf(index)])
        const own = pick({ ...sections(totals), page_cache: cached }, accepts)
        const { uuid, state, name } = index.metadata
        const health = indexHealth(index)
        return [name, { uuid, health, status: state, primaries: own, total: own }]
      })
    )
  }
}

function noTotals(): Totals {
  return {
    livePartCount: 0,
    deletedPartCount: 0,
    storeBytes: 0,
    segmentCount: 0,
    indexCount: 0,
    deleteCount: 0,
    flushCount: 0,
    flushMs: 0,
    mergeCount: 0,
    mergeMs: 0
  }
}

function totalsOf(index: NodeIndex): Totals {
  const stats = index.engine?.stats()
  if (stats === undefined) return noTotals()
  return {
    livePartCount: stats.livePartCount,
    deletedPartCount: stats.deletedPartCount,
    storeBytes: stats.segments.reduce((sum, segment) => sum + segment.bytes, 0),
    segmentCount: stats.segments.length,
    indexCount: stats.indexCount,
    deleteCount: stats.deleteCount,
    flushCount: stats.flushCount,
    flushMs: stats.flushMsTotal,
    mergeCount: stats.mergeCount,
    mergeMs: stats.mergeMsTotal
  }
}

function added(a: Totals, b: Totals): Totals {
  const sum = noTotals()
  for (const key of Object.keys(sum) as (keyof Totals)[]) sum[key] = a[key] + b[key]
  return sum
}

function pagesOf(index: NodeIndex): Pages {
  return index.engine?.stats().pages ?? {}
}

function printPages(each: readonly Pages[]): JsonObjectOut {
  const kinds = [...new Set(each.flatMap((pages) => Object.keys(pages)))].toSorted()
  const total = (kind: string, name: 'residentBytes' | 'missCount' | 'evictionCount'): number =>
    each.reduce((sum, pages) => sum + (pages[kind]?.[name] ?? 0), 0)
  return Object.fromEntries(
    kinds.map((kind) => [
      kind,
      {
        resident_in_bytes: total(kind, 'residentBytes'),
        miss_total: total(kind, 'missCount'),
        eviction_total: total(kind, 'evictionCount')
      }
    ])
  )
}

function pick(all: JsonObjectOut, accepts: (section: string) => boolean): JsonObjectOut {
  return Object.fromEntries(Object.entries(all).filter(([name]) => accepts(name)))
}

function sections(totals: Totals): JsonObjectOut {
  return {
    docs: {
      count: totals.livePartCount,
      deleted: totals.deletedPartCount,
      total_size_in_bytes: totals.storeBytes
    },
    shard_stats: { total_count: 1 },
    store: {
      size_in_bytes: totals.storeBytes,
      total_data_set_size_in_bytes: totals.storeBytes,
      reserved_in_bytes: 0
    },
    indexing: {
      index_total: totals.indexCount,
      index_time_in_millis: 0,
      index_current: 0,
      index_failed: 0,
      delete_total: totals.deleteCount,
      delete_time_in_millis: 0,
      delete_current: 0,
      noop_update_total: 0,
      is_throttled: false,
      throttle_time_in_millis: 0
    },
    get: {
      total: 0,
      time_in_millis: 0,
      exists_total: 0,
      exists_time_in_millis: 0,
      missing_total: 0,
      missing_time_in_millis: 0,
      current: 0
    },
    search: {
      open_contexts: 0,
      query_total: 0,
      query_time_in_millis: 0,
      query_current: 0,
      fetch_total: 0,
      fetch_time_in_millis: 0,
      fetch_current: 0,
      scroll_total: 0,
      scroll_time_in_millis: 0,
      scroll_current: 0
    },
    merges: {
      current: 0,
      current_docs: 0,
      current_size_in_bytes: 0,
      total: totals.mergeCount,
      total_time_in_millis: Math.round(totals.mergeMs),
      total_docs: 0,
      total_size_in_bytes: 0
    },
    refresh: { total: 0, total_time_in_millis: 0, listeners: 0 },
    flush: {
      total: totals.flushCount,
      periodic: 0,
      total_time_in_millis: Math.round(totals.flushMs)
    },
    segments: { count: totals.segmentCount, memory_in_bytes: 0 }
  }
}
