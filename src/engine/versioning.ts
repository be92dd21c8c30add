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
  const id = operation.type === 'index' ? operation.document.id : operation.id
  const { conditions } = operation
  const live = current !== null && !current.deleted
  const conflict =
    seqNoConflict(id, conditions, live ? current : null) ??
    (operation.type === 'index' && operation.opType === 'create' && live
      ? existsConflict(id, current)
      : null) ??
    versionConflict(id, conditions, current)
  if (conflict !== null) return conflict
  const version = isExternal(conditions)
    ? (conditions.version ?? 1)
    : current === null
      ? 1
      : current.version + 1
  if (operation.type === 'index') return { version, result: live ? 'updated' : 'created' }
  return { version, result: live ? 'deleted' : 'not_found' }
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
  const known = current?.version ?? null
  let reason: string
  if (versionType === 'internal') {
    if (current !== null && !current.deleted && current.version === version) return null
    reason =
      known === null || current?.deleted === true
        ? `document does not exist (expected version [${version}])`
        : `current version [${known}] is different than the one provided [${version}]`
  } else {
    if (known === null) return null
    if (versionType === 'external' ? known < version : known <= version) return null
    const relation = versionType === 'external' ? 'higher or equal to' : 'higher than'
    reason = `current version [${known}] is ${relation} the one provided [${version}]`
  }
  return new VectorStoreError('DOC_VERSION', `[${id}]: version conflict, ${reason}`, {
    details: {
      id,
      reason: 'version',
      version,
      versionType,
      ...(current === null ? {} : { currentVersion: current.version, currentSeqNo: current.seqNo })
    }
  })
}
