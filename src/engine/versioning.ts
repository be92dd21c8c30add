/** Decides what an operation does to the document it meets: the version rules of Elasticsearch's InternalEngine. */
import { VectorStoreError } from '../util/index.ts'
import type { Operation, WriteConditions } from './types.ts'

/** There is one writer and no replica, so the term never changes. */
export const primaryTerm = 1

/** The newest known state of an id; `deleted` is a tombstone, whose version goes on. */
export type CurrentVersion = {
  readonly version: number
  readonly seqNo: number
  readonly deleted: boolean
}

export type Decision =
  | { readonly version: number; readonly result: 'created' | 'updated' | 'deleted' | 'not_found' }
  | VectorStoreError

/**
 * The version and result an operation gets, or its conflict.
 *
 * Source   Elasticsearch 8, InternalEngine.planIndexingAsPrimary and planDeletionAsPrimary, VersionType.
 *
 * @param current  null when the id was never seen or its tombstone is forgotten.
 */
export function decideVersion(operation: Operation, current: CurrentVersion | null): Decision {
  const live = current !== null && !current.deleted ? current : null
  const conflict = conflictOf(operation, current, live)
  if (conflict !== null) return conflict
  const { version: given } = operation.conditions
  const next = current === null ? 1 : current.version + 1
  const version = isExternal(operation.conditions) && given !== undefined ? given : next
  if (operation.type === 'index') return { version, result: live === null ? 'created' : 'updated' }
  return { version, result: live === null ? 'not_found' : 'deleted' }
}

function conflictOf(
  operation: Operation,
  current: CurrentVersion | null,
  live: CurrentVersion | null
): VectorStoreError | null {
  const id = operation.type === 'index' ? operation.document.id : operation.id
  const { conditions } = operation
  const conflict = seqNoConflict(id, conditions, live)
  if (conflict !== null) return conflict
  const creates = operation.type === 'index' && operation.opType === 'create'
  if (creates && live !== null) return existsConflict(id, live)
  return versionConflict(id, conditions, current)
}

function isExternal(conditions: WriteConditions): boolean {
  return conditions.versionType === 'external' || conditions.versionType === 'external_gte'
}

function seqNoConflict(
  id: string,
  conditions: WriteConditions,
  live: CurrentVersion | null
): VectorStoreError | null {
  const { ifSeqNo } = conditions
  if (ifSeqNo === undefined) return null
  const ifPrimaryTerm = conditions.ifPrimaryTerm ?? primaryTerm
  if (live !== null && live.seqNo === ifSeqNo && ifPrimaryTerm === primaryTerm) return null
  const found =
    live === null
      ? 'but no document was found'
      : `current document has seqNo [${live.seqNo}] and primary term [${primaryTerm}]`
  return new VectorStoreError(
    'DOC_VERSION',
    `[${id}]: version conflict, required seqNo [${ifSeqNo}], primary term [${ifPrimaryTerm}]. ${found}`,
    {
      details: {
        id,
        reason: 'seqNo',
        ifSeqNo,
        ifPrimaryTerm,
        found: live !== null,
        ...(live === null
          ? {}
          : {
              currentVersion: live.version,
              currentSeqNo: live.seqNo,
              currentPrimaryTerm: primaryTerm
            })
      }
    }
  )
}

function existsConflict(id: string, current: CurrentVersion): VectorStoreError {
  return new VectorStoreError(
    'DOC_VERSION',
    `[${id}]: version conflict, document already exists (current version [${current.version}])`,
    {
      details: {
        id,
        reason: 'exists',
        currentVersion: current.version,
        currentSeqNo: current.seqNo
      }
    }
  )
}

function versionConflict(
  id: string,
  conditions: WriteConditions,
  current: CurrentVersion | null
): VectorStoreError | null {
  const { version, versionType = 'internal' } = conditions
  if (version === undefined) return null
  const reason = isExternal(conditions)
    ? externalReason(version, versionType === 'external', current)
    : internalReason(version, current)
  if (reason === null) return null
  const known =
    current === null ? {} : { currentVersion: current.version, currentSeqNo: current.seqNo }
  return new VectorStoreError('DOC_VERSION', `[${id}]: version conflict, ${reason}`, {
    details: { id, reason: 'version', version, versionType, ...known }
  })
}

/** Tombstones count: a late write from outside does not bring a deleted document back. */
function externalReason(
  version: number,
  mustBeGreater: boolean,
  current: CurrentVersion | null
): string | null {
  if (current === null) return null
  const known = current.version
  if (mustBeGreater ? known < version : known <= version) return null
  const relation = mustBeGreater ? 'higher or equal to' : 'higher than'
  return `current version [${known}] is ${relation} the one provided [${version}]`
}

function internalReason(version: number, current: CurrentVersion | null): string | null {
  if (current === null || current.deleted)
    return `document does not exist (expected version [${version}])`
  if (current.version === version) return null
  return `current version [${current.version}] is different than the one provided [${version}]`
}
