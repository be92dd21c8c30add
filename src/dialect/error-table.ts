import type { ErrorCode } from '../util/index.ts'

/** How one failure looks on the wire: HTTP status and the `type` word that Elasticsearch clients switch on. */
export type WireError = {
  readonly status: number
  readonly type: string
  /** A plain Java exception there: never named as a root cause in place of what it caused. */
  readonly isPlain?: true
}

const argument: WireError = { status: 400, type: 'illegal_argument_exception', isPlain: true }
const corrupt: WireError = { status: 500, type: 'corrupt_index_exception' }

/** Complete by type: a new code does not compile until it has a row. */
export const elasticsearchErrors: Readonly<Record<ErrorCode, WireError>> = {
  REQUEST_ARGUMENT: argument,
  REQUEST_PARSE: { status: 400, type: 'parsing_exception' },
  REQUEST_FIELD: { status: 400, type: 'x_content_parse_exception', isPlain: true },
  REQUEST_SYNTAX: { status: 400, type: 'x_content_parse_exception', isPlain: true },
  REQUEST_VALIDATION: { status: 400, type: 'action_request_validation_exception', isPlain: true },
  REQUEST_BODY: { status: 400, type: 'parse_exception' },
  REQUEST_SIZE: { status: 413, type: 'content_too_long_exception' },
  REQUEST_MEDIA_TYPE: { status: 406, type: 'media_type_header_exception' },
  REQUEST_METHOD: { status: 405, type: 'method_not_allowed' },
  REQUEST_ROUTE: { status: 400, type: 'no_handler_found' },
  REQUEST_FORBIDDEN: { status: 403, type: 'security_exception' },
  OPTION_INVALID: argument,
  INDEX_ABSENT: { status: 404, type: 'index_not_found_exception' },
  INDEX_EXISTS: { status: 400, type: 'resource_already_exists_exception' },
  INDEX_NAME: { status: 400, type: 'invalid_index_name_exception' },
  INDEX_CLOSED: { status: 400, type: 'index_closed_exception' },
  INDEX_READ_ONLY: { status: 403, type: 'cluster_block_exception' },
  ALIAS_ABSENT: { status: 404, type: 'aliases_not_found_exception' },
  RESOURCE_ABSENT: { status: 404, type: 'resource_not_found_exception' },
  MAPPING_PARSE: { status: 400, type: 'mapper_parsing_exception' },
  MAPPING_CONFLICT: argument,
  MAPPING_STRICT: { status: 400, type: 'strict_dynamic_mapping_exception' },
  DOC_ABSENT: { status: 404, type: 'document_missing_exception' },
  DOC_VERSION: { status: 409, type: 'version_conflict_engine_exception' },
  DOC_PARSE: { status: 400, type: 'document_parsing_exception' },
  DOC_ID: argument,
  QUERY_LIMIT: argument,
  QUERY_SHARD: { status: 400, type: 'query_shard_exception' },
  QUERY_FAILED: { status: 400, type: 'search_phase_execution_exception' },
  CONTEXT_ABSENT: { status: 404, type: 'search_context_missing_exception' },
  SCRIPT_COMPILE: { status: 400, type: 'script_exception' },
  SCRIPT_RUNTIME: { status: 400, type: 'script_exception' },
  VECTOR_DIMS: argument,
  VECTOR_VALUE: argument,
  QUEUE_FULL: { status: 429, type: 'es_rejected_execution_exception' },
  MEMORY_LIMIT: { status: 429, type: 'circuit_breaking_exception' },
  DEADLINE_EXCEEDED: { status: 429, type: 'timeout_exception' },
  SHARD_COPIES: { status: 503, type: 'unavailable_shards_exception' },
  NODE_CLOSED: { status: 503, type: 'node_closed_exception' },
  STORE_LOCKED: { status: 503, type: 'lock_obtain_failed_exception' },
  STORE_FOREIGN: { status: 500, type: 'illegal_state_exception', isPlain: true },
  STORE_FORMAT: { status: 500, type: 'index_format_too_new_exception' },
  STORE_DAMAGED: corrupt,
  STORE_CHECKSUM: corrupt,
  STORE_MISSING: corrupt,
  // The store is about to reopen itself: clients repeat a 503 at once.
  STORE_POISONED: { status: 503, type: 'unavailable_shards_exception' },
  // As Elasticsearch answers above the flood-stage watermark.
  STORE_FULL: { status: 429, type: 'cluster_block_exception' },
  STORE_IO: { status: 500, type: 'i_o_exception', isPlain: true }
}
