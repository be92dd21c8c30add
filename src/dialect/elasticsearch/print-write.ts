/** Answers to writes, alone and as items of a bulk. */
import type { WriteResult } from '../../node/index.ts'
import { RawJson, VectorStoreError } from '../../util/index.ts'
import { printCause, wireOf } from '../print-error.ts'
import type { JsonObjectOut } from '../print-error.ts'

export type WriteAnswerOptions = {
  readonly replicaCount: number
  /** refresh=true. */
  readonly forcedRefresh: boolean
  /** Of an update with `_source`: what it shows of the new source. */
  readonly source: Uint8Array | null
}

export type PrintedWrite = { readonly status: number; readonly body: JsonObjectOut }

/** A write that happened. Throws the failure of one that did not. */
export function printWrite(result: WriteResult, options: WriteAnswerOptions): PrintedWrite {
  const { outcome } = result
  if (!outcome.ok) throw placed(outcome.error, result)
  const isNoop = outcome.result === 'noop'
  const body: JsonObjectOut = {
    _index: result.index,
    _id: result.id,
    _version: outcome.version,
    result: outcome.result
  }
  if (options.forcedRefresh && !isNoop) body['forced_refresh'] = true
  body['_shards'] = isNoop
    ? { total: 0, successful: 0, failed: 0 }
    : { total: 1 + options.replicaCount, successful: 1, failed: 0 }
  body['_seq_no'] = outcome.seqNo
  body['_primary_term'] = outcome.primaryTerm
  if (options.source !== null)
    body['get'] = {
      _seq_no: outcome.seqNo,
      _primary_term: outcome.primaryTerm,
      found: true,
      _source: new RawJson(options.source)
    }
  return { status: statusOf(outcome.result), body }
}

function statusOf(result: string): number {
  if (result === 'created') return 201
  return result === 'not_found' ? 404 : 200
}

/** One item of a bulk answer, without its action's name around it. */
export function printBulkItem(
  result: WriteResult,
  options: WriteAnswerOptions
): { readonly isError: boolean; readonly body: JsonObjectOut } {
  const { outcome } = result
  if (outcome.ok) {
    const { status, body } = printWrite(result, options)
    return { isError: false, body: { ...body, status } }
  }
  const error = placed(outcome.error, result)
  const printed = printCause(error)
  return {
    isError: true,
    body: {
      _index: result.index,
      _id: result.id,
      status: wireOf(error).status,
      error: printed
    }
  }
}

/** A conflict says in which shard it was; a document that is no JSON is a document that cannot be parsed. */
function placed(error: VectorStoreError, result: WriteResult): VectorStoreError {
  if (error.code === 'REQUEST_SYNTAX') {
    const [, place = '', text = error.message] = /^(\[\d+:\d+\] )(.*)$/s.exec(error.message) ?? []
    return new VectorStoreError('DOC_PARSE', `${place}failed to parse: ${text}`, { cause: error })
  }
  if (error.code !== 'DOC_VERSION') return error
  return new VectorStoreError(error.code, error.message, {
    details: { index_uuid: result.indexUuid, shard: '0', index: result.index }
  })
}
