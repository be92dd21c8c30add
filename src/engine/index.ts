/** Here are operations, make them searchable and durable. */
export type * from './types.ts'
export { Jobs } from './jobs.ts'
export { openEngine } from './open-engine.ts'
export type { OpenEngineOptions } from './open-engine.ts'
export { engineDefaults } from './options.ts'
