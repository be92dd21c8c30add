/** URL parameters of writes. */
import { illegalArgument, validationFailure, versionTypeOf } from '../dialect/index.ts'
import type { WriteConditions } from '../dialect/index.ts'
import type { Node } from '../node/index.ts'
import type { Parameters } from './parameters.ts'

export const writeParameters =
  'refresh routing timeout version version_type if_seq_no if_primary_term pipeline wait_for_active_shards require_alias require_data_stream op_type include_source_on_error'

/** True for refresh=true. What is acknowledged is searchable at once, so that is all there is to it. Errors REQUEST_ARGUMENT. */
export function isForcedRefresh(url: Parameters): boolean {
  const text = url.get('refresh')
  if (text === undefined || text === 'false' || text === 'wait_for') return false
  if (text === '' || text === 'true') return true
  throw illegalArgument(`Unknown value for refresh: [${text}].`)
}

/** Errors REQUEST_ARGUMENT, REQUEST_VALIDATION. */
export function conditionsOf(url: Parameters): WriteConditions {
  const conditions: { -readonly [key in keyof WriteConditions]: WriteConditions[key] } = {}
  const ifSeqNo = url.int('if_seq_no')
  const ifPrimaryTerm = url.int('if_primary_term')
  const version = url.int('version')
  const type = url.get('version_type')
  if (ifSeqNo !== null) conditions.ifSeqNo = ifSeqNo
  if (ifPrimaryTerm !== null) conditions.ifPrimaryTerm = ifPrimaryTerm
  if (version !== null) conditions.version = version
  if (type !== undefined) conditions.versionType = versionTypeOf(type)
  checkConditions(conditions)
  return conditions
}

/** Conditions that contradict each other. Errors REQUEST_VALIDATION. */
function checkConditions(conditions: WriteConditions): void {
  const { ifSeqNo, ifPrimaryTerm, version, versionType = 'internal' } = conditions
  const faults: string[] = []
  if (version !== undefined && versionType === 'internal')
    faults.push(
      'internal versioning can not be used for optimistic concurrency control. Please use `if_seq_no` and `if_primary_term` instead'
    )
  if (ifSeqNo !== undefined && version !== undefined && versionType !== 'internal')
    faults.push('compare and write operations can not use versioning')
  if (ifSeqNo !== undefined && ifPrimaryTerm === undefined)
    faults.push('ifSeqNo is set, but primary term is [0]')
  if (ifSeqNo === undefined && ifPrimaryTerm !== undefined)
    faults.push(`ifSeqNo is unassigned, but primary term is [${ifPrimaryTerm}]`)
  if (faults.length > 0) throw validationFailure(faults)
}

/** Replicas that `_shards` of a write counts. */
export function replicasOf(node: Node, index: string): number {
  return Number(node.findIndex(index)?.metadata.settings.get('number_of_replicas') ?? '1')
}
