/** Here is a page's key, give me its frame: budget, eviction, counters. */
export { budgetBytesMin, PageCache } from './page-cache.ts'
export type { PageCacheOptions } from './page-cache.ts'
export type {
  CacheStats,
  KindCounters,
  PageKind,
  PageSource,
  PageTable,
  PinnedTable,
  SharedMemory,
  TableOptions
} from './types.ts'
