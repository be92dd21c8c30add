/** Wording and rules are those of Elasticsearch 8 with internal and external versions; tombstones as in its InternalEngine. */
import test from 'ava'
import { decideVersion } from '../../../src/engine/versioning.ts'
import type { CurrentVersion, Decision } from '../../../src/engine/versioning.ts'
import type { Operation, WriteConditions } from '../../../src/engine/types.ts'
import { VectorStoreError } from '../../../src/util/index.ts'

const live: CurrentVersion = { version: 5, seqNo: 7, deleted: false }
const tombstone: CurrentVersion = { version: 5, seqNo: 7, deleted: true }

function index(conditions: WriteConditions = {}, opType: 'index' | 'create' = 'index'): Operation {
  const source = { text: new Uint8Array(0), cuts: [] }
  return {
    type: 'index',
    opType,
    document: { id: '1', routing: null, source, docs: [] },
    conditions
  }
}

function remove(conditions: WriteConditions = {}): Operation {
  return { type: 'delete', id: '1', conditions }
}

const accepted: readonly [string, Operation, CurrentVersion | null, Decision][] = [
  ['a new id begins at 1', index(), null, { version: 1, result: 'created' }],
  ['a known id goes on', index(), live, { version: 6, result: 'updated' }],
  ['a deleted id goes on and is created', index(), tombstone, { version: 6, result: 'created' }],
  ['create of a new id', index({}, 'create'), null, { version: 1, result: 'created' }],
  ['create of a deleted id', index({}, 'create'), tombstone, { version: 6, result: 'created' }],
  ['delete of a live id', remove(), live, { version: 6, result: 'deleted' }],
  ['delete of an unknown id takes version 1', remove(), null, { version: 1, result: 'not_found' }],
  ['delete of a deleted id goes on', remove(), tombstone, { version: 6, result: 'not_found' }],
  [
    'if_seq_no that matches',
    index({ ifSeqNo: 7, ifPrimaryTerm: 1 }),
    live,
    { version: 6, result: 'updated' }
  ],
  [
    'external of a new id',
    index({ version: 9, versionType: 'external' }),
    null,
    { version: 9, result: 'created' }
  ],
  [
    'external above',
    index({ version: 6, versionType: 'external' }),
    live,
    { version: 6, result: 'updated' }
  ],
  [
    'external above a tombstone',
    index({ version: 6, versionType: 'external' }),
    tombstone,
    { version: 6, result: 'created' }
  ],
  [
    'external_gte equal',
    index({ version: 5, versionType: 'external_gte' }),
    live,
    { version: 5, result: 'updated' }
  ],
  [
    'external 0 of a new id',
    index({ version: 0, versionType: 'external' }),
    null,
    { version: 0, result: 'created' }
  ],
  [
    'external delete',
    remove({ version: 8, versionType: 'external' }),
    live,
    { version: 8, result: 'deleted' }
  ],
  ['internal version that matches', index({ version: 5 }), live, { version: 6, result: 'updated' }]
]

for (const [title, operation, current, wanted] of accepted)
  test(`decideVersion: ${title}`, (t) => {
    t.deepEqual(decideVersion(operation, current), wanted)
  })

const refused: readonly [string, Operation, CurrentVersion | null, string, string][] = [
  [
    'create of a live id',
    index({}, 'create'),
    live,
    'exists',
    '[1]: version conflict, document already exists (current version [5])'
  ],
  [
    'if_seq_no of another operation',
    index({ ifSeqNo: 5, ifPrimaryTerm: 1 }),
    live,
    'seqNo',
    '[1]: version conflict, required seqNo [5], primary term [1]. current document has seqNo [7] and primary term [1]'
  ],
  [
    'if_primary_term of another term',
    remove({ ifSeqNo: 7, ifPrimaryTerm: 2 }),
    live,
    'seqNo',
    '[1]: version conflict, required seqNo [7], primary term [2]. current document has seqNo [7] and primary term [1]'
  ],
  [
    'if_seq_no of an absent document',
    index({ ifSeqNo: 5, ifPrimaryTerm: 1 }),
    null,
    'seqNo',
    '[1]: version conflict, required seqNo [5], primary term [1]. but no document was found'
  ],
  [
    'if_seq_no of a deleted document',
    index({ ifSeqNo: 7, ifPrimaryTerm: 1 }),
    tombstone,
    'seqNo',
    '[1]: version conflict, required seqNo [7], primary term [1]. but no document was found'
  ],
  [
    'external version below',
    index({ version: 4, versionType: 'external' }),
    live,
    'version',
    '[1]: version conflict, current version [5] is higher or equal to the one provided [4]'
  ],
  [
    'external version equal to a tombstone',
    index({ version: 5, versionType: 'external' }),
    tombstone,
    'version',
    '[1]: version conflict, current version [5] is higher or equal to the one provided [5]'
  ],
  [
    'external_gte below',
    remove({ version: 4, versionType: 'external_gte' }),
    live,
    'version',
    '[1]: version conflict, current version [5] is higher than the one provided [4]'
  ],
  [
    'internal version of another operation',
    index({ version: 4 }),
    live,
    'version',
    '[1]: version conflict, current version [5] is different than the one provided [4]'
  ]
]

for (const [title, operation, current, reason, message] of refused)
  test(`decideVersion: ${title} is a conflict`, (t) => {
    const error = decideVersion(operation, current)
    if (!(error instanceof VectorStoreError)) return t.fail(`accepted: ${JSON.stringify(error)}`)
    t.is(error.code, 'DOC_VERSION')
    t.is(error.message, message)
    t.is(error.details['reason'], reason)
    return t.is(error.details['id'], '1')
  })
