/** The error envelope: root causes, chain of causes, facts about the index; a failed search names its shards. */
import { VectorStoreError } from '../util/index.ts'
import { elasticsearchErrors } from './error-table.ts'
import type { WireError } from './error-table.ts'
import { PlainFailure, WireFailure } from './wire-failure.ts'

/** A value that the JSON writer prints: plain JSON, bigint and RawJson leaves. */
export type JsonObjectOut = { [key: string]: unknown }

export type PrintedError = {
  readonly status: number
  readonly body: JsonObjectOut
  readonly headers: Readonly<Record<string, string>>
}

/** Details that Elasticsearch has under the same name; the others are for programs, not for the wire. */
const printedDetails = new Set([
  'index',
  'index_uuid',
  'shard',
  'resource.type',
  'resource.id',
  'line',
  'col'
])

/**
 * Prints any failure as the answer of a request.
 *
 * @param newId  Called for a failure that nobody expected: reports it and gives the id that the answer shows
 *               instead of what happened.
 */
export function printError(error: unknown, newId: (error: unknown) => string): PrintedError {
  if (error instanceof PlainFailure) {
    const { status, message, headers } = error
    return {
      status,
      body: error.printsStatus ? { error: message, status } : { error: message },
      headers
    }
  }
  if (!(error instanceof VectorStoreError)) return printUnexpected(newId(error))
  const { status } = wireOf(error)
  if (error instanceof SearchFailure) {
    return {
      status: error.status,
      body: { error: error.print(), status: error.status },
      headers: {}
    }
  }
  const body = { root_cause: [printRootCause(error)], ...printCause(error) }
  return { status, body: { error: body, status }, headers: {} }
}

function printUnexpected(id: string): PrintedError {
  const fault = { type: 'exception', reason: `internal error, see the log for id [${id}]` }
  return {
    status: 500,
    body: { error: { root_cause: [fault], ...fault }, status: 500 },
    headers: {}
  }
}

export function wireOf(error: VectorStoreError): WireError {
  return error instanceof WireFailure ? error.wire : elasticsearchErrors[error.code]
}

/** An error with its chain of causes, as items of a bulk, shard failures and `caused_by` show it. */
export function printCause(error: VectorStoreError): JsonObjectOut {
  const result = printOne(error)
  const cause = causeOf(error)
  if (cause !== null) result['caused_by'] = printCause(cause)
  return result
}

function printOne(error: VectorStoreError): JsonObjectOut {
  const result: JsonObjectOut = { type: wireOf(error).type, reason: error.message }
  for (const [key, value] of Object.entries(error.details))
    if (printedDetails.has(key)) result[key] = value
  if (error.code === 'SCRIPT_COMPILE' || error.code === 'SCRIPT_RUNTIME')
    Object.assign(result, scriptDetails(error))
  return result
}

function scriptDetails(error: VectorStoreError): JsonObjectOut {
  const { script, lang, offset, start, end, scriptStack, causeType, causeReason } = error.details
  const result: JsonObjectOut = {
    script_stack: typeof scriptStack === 'string' ? scriptStack.split('\n') : [],
    script: script ?? '',
    lang: lang ?? 'painless'
  }
  if (offset !== undefined) result['position'] = { offset, start: start ?? 0, end: end ?? offset }
  if (causeType !== undefined) result['caused_by'] = { type: causeType, reason: causeReason ?? '' }
  return result
}

/** Root causes stand without causes of their own. */
function printRootCause(error: VectorStoreError): JsonObjectOut {
  const { caused_by: _cause, ...root } = printOne(rootCause(error))
  return root
}

/** The failure that a user should read first: down through causes, but not into plain Java exceptions. */
function rootCause(error: VectorStoreError): VectorStoreError {
  const cause = causeOf(error)
  if (cause === null) return error
  const isParse = wireOf(error).type === 'x_content_parse_exception'
  const next = wireOf(cause)
  const goesOn = next.isPlain !== true || (isParse && next.type === 'x_content_parse_exception')
  return goesOn ? rootCause(cause) : error
}

function causeOf(error: VectorStoreError): VectorStoreError | null {
  return error.cause instanceof VectorStoreError ? error.cause : null
}

/** A shard's failure: what happened in one index. */
export type ShardFailure = { readonly index: string | null; readonly error: VectorStoreError }

export function printShardFailure(failure: ShardFailure, nodeId: string | null): JsonObjectOut {
  return {
    shard: failure.index === null ? -1 : 0,
    index: failure.index,
    ...(nodeId === null ? {} : { node: nodeId }),
    reason: printCause(failure.error)
  }
}

/** "all shards failed", or some where all are wanted: one cause, in the first index it was met in. */
export class SearchFailure extends VectorStoreError {
  readonly failure: ShardFailure
  readonly phase: 'dfs' | 'query' | 'fetch'
  readonly nodeId: string | null

  constructor(
    failure: ShardFailure,
    phase: 'dfs' | 'query' | 'fetch',
    nodeId: string | null,
    reason = 'all shards failed'
  ) {
    super('QUERY_FAILED', reason, { cause: failure.error })
    this.failure = failure
    this.phase = phase
    this.nodeId = nodeId
  }

  get status(): number {
    return wireOf(this.failure.error).status
  }

  print(): JsonObjectOut {
    const { error } = this.failure
    const { type, isPlain } = wireOf(error)
    return {
      root_cause: [printRootCause(error)],
      type: elasticsearchErrors.QUERY_FAILED.type,
      reason: this.message,
      phase: this.phase,
      grouped: true,
      failed_shards: [printShardFailure(this.failure, this.nodeId)],
      // Elasticsearch repeats a plain exception under itself here.
      ...(isPlain === true
        ? {
            caused_by: {
              type,
              reason: error.message,
              caused_by: { type, reason: error.message }
            }
          }
        : {})
    }
  }
}
