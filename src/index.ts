/** Leveret in your process: open(folder) and typed calls; no port, no peers. */
export { Database, Index } from './node/index.ts'
export type {
  EmbeddedResult,
  EmbeddedSearch,
  FieldDefinition,
  Hit,
  KnnRequest,
  NodeOptions,
  PutManyOptions,
  QueryJson,
  Written
} from './node/index.ts'
export { open } from './rest/index.ts'
export type { OpenDatabase } from './rest/index.ts'
export { VectorStoreError } from './util/index.ts'
export type { ErrorCode } from './util/index.ts'
