/**
 * Failures that are reported on purpose.
 *
 * Two families, never mixed:
 *  - an operating error (this file): the caller, the disk or another request caused it; it is thrown, caught by
 *    code and shown to the user;
 *  - a programmer error (assert.ts): this code is wrong; it stops the request and is never caught by code.
 *
 * A code is a promise: it is never renamed, and a retired code is never used again. The message may change freely.
 * `cause` chains to the error underneath; the dialects print it as `caused_by`.
 */

/** What the caller can do about it. */
export type ErrorKind =
  | 'caller' // The request is wrong; sending it again will fail again.
  | 'absent' // The named thing is not there.
  | 'conflict' // Somebody else was first; read again, then try again.
  | 'busy' // A limit is reached for now; try again later.
  | 'closed' // The node or the index is closing or closed.
  | 'corrupt' // What was read from disk is not what was written; run `leveret verify`.

/** Every code, with its kind. The only list; the wire names live in dialect/error-table.ts. */
export const kindByCode = {
  // Requests: shape and limits.
  REQUEST_ARGUMENT: 'caller', // A value that is not allowed (illegal argument).
  REQUEST_PARSE: 'caller', // A body that is JSON but not a request.
  REQUEST_FIELD: 'caller', // An object of the request with a missing, unknown or wrong field.
  REQUEST_SYNTAX: 'caller', // Not JSON, not NDJSON, too deep, duplicate keys.
  REQUEST_VALIDATION: 'caller', // A request whose parts contradict each other.
  REQUEST_BODY: 'caller', // A body is needed and there is none.
  REQUEST_SIZE: 'caller', // A body above the limit.
  REQUEST_MEDIA_TYPE: 'caller', // A content type that is not served.
  REQUEST_METHOD: 'caller', // A known path, another method.
  REQUEST_ROUTE: 'caller', // No such path.
  REQUEST_FORBIDDEN: 'caller', // Host or Origin is not allowed.
  OPTION_INVALID: 'caller', // Options of open() or of the command line.
  // Indices, mappings, documents.
  INDEX_ABSENT: 'absent',
  INDEX_EXISTS: 'caller',
  INDEX_NAME: 'caller',
  INDEX_CLOSED: 'caller',
  INDEX_READ_ONLY: 'caller',
  ALIAS_ABSENT: 'absent',
  RESOURCE_ABSENT: 'absent',
  MAPPING_PARSE: 'caller', // A mapping definition that cannot be read.
  MAPPING_CONFLICT: 'caller', // A mapping change that is not allowed.
  MAPPING_STRICT: 'caller', // An unmapped field where the mapping is strict.
  DOC_ABSENT: 'absent',
  DOC_VERSION: 'conflict',
  DOC_PARSE: 'caller', // A document that does not fit its mapping.
  DOC_ID: 'caller',
  // Search.
  QUERY_LIMIT: 'caller', // k, size, ef … beyond its limit.
  QUERY_SHARD: 'caller', // A query that does not fit the mapping of an index.
  QUERY_FAILED: 'caller', // All shards failed; `cause` says why.
  CONTEXT_ABSENT: 'absent', // Scroll or point in time is not (or no longer) there.
  SCRIPT_COMPILE: 'caller',
  SCRIPT_RUNTIME: 'caller',
  VECTOR_DIMS: 'caller',
  VECTOR_VALUE: 'caller',
  // Load and life.
  QUEUE_FULL: 'busy',
  MEMORY_LIMIT: 'busy',
  DEADLINE_EXCEEDED: 'busy',
  SHARD_COPIES: 'busy', // A write wants more active copies of its shard than there are.
  NODE_CLOSED: 'closed',
  // Store.
  STORE_LOCKED: 'busy', // Another process or handle has the folder open.
  STORE_FOREIGN: 'caller', // A folder that is not empty and not ours.
  STORE_FORMAT: 'corrupt', // Written by a newer format.
  STORE_DAMAGED: 'corrupt', // Open refused: something that must be there is not.
  STORE_CHECKSUM: 'corrupt', // A record whose bytes are not those that were written.
  STORE_MISSING: 'corrupt', // A record that a manifest names is not there.
  STORE_POISONED: 'busy', // A write failed before; the store reopens itself.
  STORE_FULL: 'busy', // No space left.
  STORE_IO: 'corrupt' // Any other error of the disk.
} as const

export type ErrorCode = keyof typeof kindByCode

/** Facts a program may read: names, counts and limits. Never document contents or vectors. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean>>

export class VectorStoreError extends Error {
  override readonly name: string = 'VectorStoreError'
  readonly code: ErrorCode
  readonly details: ErrorDetails

  /**
   * @param code     One of `kindByCode`.
   * @param message  One sentence with the value that was got and the value that was wanted, no full stop.
   * @param options  `details` for programs, `cause` for the error underneath.
   */
  constructor(
    code: ErrorCode,
    message: string,
    options: { details?: ErrorDetails; cause?: unknown } = {}
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.code = code
    this.details = options.details ?? {}
  }

  get kind(): ErrorKind {
    return kindByCode[this.code]
  }
}
