/** Here is a folder, give me a running node with its indices. The embedded API. */
export { checkIndexName, matchesWildcard } from './index-name.ts'
export { openNode, RunningNode } from './node.ts'
export type { NodeDialect } from './node.ts'
export { resolveNodeOptions, serverThreads } from './options.ts'
export type { NodeOptions, ResolvedNodeOptions } from './options.ts'
export type * from './types.ts'
