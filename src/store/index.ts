/** Here is a key, give me its bytes; here is a batch, make it durable. */
export type * from './types.ts'
export { decodeRecord, encodeRecord } from './codec.ts'
export { generationsOf } from './generations.ts'
export * from './keys.ts'
export type { Level } from './level.ts'
export { openLevelStore } from './level-store.ts'
export { openStore } from './open-store.ts'
export { verifyTables } from './verify-tables.ts'
