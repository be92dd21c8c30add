/** Here is a page's key, give me its frame: budget, eviction, counters. */
export { budgetBytesMin } from './budget.ts'
export { PageCache } from './page-cache.ts'
export type { CacheStats, KindCounters, PageTable } from './types.ts'
