/** URL parameters of writes. */
import {
  conditionFaults,
  illegalArgument,
  primaryTermOf,
  seqNoOf,
  validationFailure,
  versionTypeOf
} from '../dialect/index.ts'
import type { WriteConditions } from '../dialect/index.ts'
import type { Node, NodeIndex } from '../node/index.ts'
import { VectorStoreError } from '../util/index.ts'
import type { Parameters } from './parameters.ts'

export const conditionParameters =
  'refresh routing timeout version version_type if_seq_no if_primary_term wait_for_active_shards'
export const writeParameters: string = `${conditionParameters} pipeline require_alias require_data_stream op_type include_source_on_error`

/** True for refresh=true. What is acknowledged is searchable at once, so that is all there is to it. Errors REQUEST_ARGUMENT. */
export function isForcedRefresh(url: Parameters): boolean {
  const text = url.get('refresh')
  if (text === undefined || text === 'false' || text === 'wait_for') return false
  if (text === '' || text === 'true') return true
  throw illegalArgument(`Unknown value for refresh: [${text}].`)
}

/**
 * Errors   REQUEST_ARGUMENT, REQUEST_VALIDATION.
 *
 * @param inBody  What the body says; the URL's word counts.
 */
export function conditionsOf(url: Parameters, inBody: WriteConditions = {}): WriteConditions {
  const conditions: { -readonly [key in keyof WriteConditions]: WriteConditions[key] } = {
    ...inBody
  }
  const ifSeqNo = url.int('if_seq_no')
  const ifPrimaryTerm = url.int('if_primary_term')
  const version = url.int('version')
  const type = url.get('version_type')
  if (ifSeqNo !== null) conditions.ifSeqNo = seqNoOf(ifSeqNo)
  if (ifPrimaryTerm !== null) conditions.ifPrimaryTerm = primaryTermOf(ifPrimaryTerm)
  if (version !== null) conditions.version = version
  if (type !== undefined) conditions.versionType = versionTypeOf(type)
  const faults = conditionFaults(conditions)
  if (faults.length > 0) throw validationFailure(faults)
  return conditions
}

/** Of the copies of a shard that settings name, the primary one is there. */
export const activeCopies = 1

/** The primary one and its replicas. */
export function copiesOf(settings: ReadonlyMap<string, string> | undefined): number {
  return 1 + Number(settings?.get('number_of_replicas') ?? '1')
}

/** Copies of a shard that `wait_for_active_shards` wants. */
export function copiesWanted(
  url: Parameters,
  settings: ReadonlyMap<string, string> | undefined
): number {
  const text = url.get('wait_for_active_shards') ?? '1'
  return text === 'all' ? copiesOf(settings) : Number(text)
}

/**
 * Refuses writes to an index that want more active copies of its shard than there are (SHARD_COPIES). Elasticsearch waits for
 * them first (`timeout`); here none can come.
 */
export function copiesCheck(url: Parameters): (index: NodeIndex) => void {
  const text = url.get('wait_for_active_shards')?.toUpperCase()
  return ({ metadata: { name, settings } }) => {
    const wanted = copiesWanted(url, settings)
    if (wanted > activeCopies)
      throw new VectorStoreError(
        'SHARD_COPIES',
        `[${name}][0] Not enough active copies to meet shard count of [${text}] (have ${activeCopies}, needed ${wanted})`
      )
  }
}

/** Replicas that `_shards` of a write counts. */
export function replicasOf(node: Node, index: string): number {
  return copiesOf(node.findIndex(index)?.metadata.settings) - activeCopies
}
