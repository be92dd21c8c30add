import type { EngineOptions } from './types.ts'

/** Defaults of an engine; the options of a node or a test are spread over them. */
export const engineDefaults: EngineOptions = Object.freeze({
  /** Why not more: what a restart has to read and parse again; why not less: every segment is one more graph to walk. */
  flushBytes: 16 * 1024 * 1024,
  flushDocs: 50_000,
  /** An index nobody writes to any more gets its graph, and its restart nothing to replay. A guess. */
  flushAgeMs: 5 * 60 * 1000,
  /** Room for a buffer that is flushed while the next one fills, twice over. */
  pendingBytesMax: 64 * 1024 * 1024,
  threads: 0,
  seed: 42,
  automaticJobs: true
})
