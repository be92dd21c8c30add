/** Here is a folder, give me a running node with its indices. The embedded API. */
export { Database, Index } from './database.ts'
export type * from './database.ts'
export { checkIndexName, matchesWildcard } from './index-name.ts'
export type { NodeDialect } from './index-registry.ts'
export { openNode, RunningNode } from './node.ts'
export { resolveNodeOptions, serverThreads } from './options.ts'
export type { NodeOptions } from './options.ts'
export type * from './types.ts'
