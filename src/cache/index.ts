/** Here is a page's key, give me its frame: budget, eviction, counters. */
export { budgetBytesMin } from './budget.ts'
export { PageCache } from './page-cache.ts'
export { isChecked } from './page-kinds.ts'
export type { FramesPlace } from './page-frames.ts'
export { ThreadPages } from './thread-pages.ts'
export type { Chunk } from './thread-pages.ts'
export type { CacheStats, KindCounters, PageTable, SharedTable } from './types.ts'
