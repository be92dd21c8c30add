/** Action lines of `_bulk`. */
import type { WriteItem } from '../../node/index.ts'
import { isObjectValue, tokenOf } from '../body-node.ts'
import { booleanOf, intOf, longOf, textOf } from '../body-values.ts'
import { illegalArgument } from '../wire-failure.ts'

export type WriteConditions = WriteItem['conditions']

export type BulkAction = {
  readonly type: 'index' | 'create' | 'update' | 'delete'
  readonly index: string | null
  readonly id: string | null
  readonly routing: string | null
  readonly conditions: WriteConditions
  readonly requireAlias: boolean | null
  readonly retryOnConflict: number
  /** `_source` of an update, as written. */
  readonly source: unknown
}

type Draft = {
  index: string | null
  id: string | null
  routing: string | null
  conditions: { -readonly [key in keyof WriteConditions]: WriteConditions[key] }
  requireAlias: boolean | null
  retryOnConflict: number
  source: unknown
}

const types = ['create', 'delete', 'index', 'update'] as const

const readers: Readonly<Record<string, (draft: Draft, value: unknown) => void>> = {
  _index: (draft, value) => {
    draft.index = textOf(value)
  },
  _id: (draft, value) => {
    draft.id = value === null ? null : wellFormed(textOf(value))
  },
  routing: (draft, value) => {
    draft.routing = value === null ? null : textOf(value)
  },
  version: (draft, value) => {
    draft.conditions.version = longOf(value)
  },
  version_type: (draft, value) => {
    draft.conditions.versionType = versionTypeOf(textOf(value))
  },
  if_seq_no: (draft, value) => {
    draft.conditions.ifSeqNo = seqNoOf(longOf(value))
  },
  if_primary_term: (draft, value) => {
    draft.conditions.ifPrimaryTerm = primaryTermOf(longOf(value))
  },
  require_alias: (draft, value) => {
    draft.requireAlias = booleanOf(value)
  },
  require_data_stream: () => undefined,
  list_executed_pipelines: () => undefined,
  retry_on_conflict: (draft, value) => {
    draft.retryOnConflict = intOf(value)
  },
  pipeline: (_draft, value) => {
    if (value !== null && value !== '_none')
      throw illegalArgument(`pipeline with id [${textOf(value)}] does not exist`)
  },
  dynamic_templates: (_draft, value) => {
    if (value !== null && !(isObjectValue(value) && Object.keys(value).length === 0))
      throw illegalArgument('[dynamic_templates] of a bulk item is not supported by this version')
  },
  _source: (draft, value) => {
    draft.source = value
  },
  op_type: () => undefined
}

/** Half a surrogate pair has no bytes: two ids must not become one on the way to the disk. */
function wellFormed(id: string): string {
  if (id.isWellFormed()) return id
  throw illegalArgument('_id must be well-formed Unicode, found half of a surrogate pair')
}

/** Members whose value may be an object. */
const structured = new Set(['dynamic_templates', '_source'])

export function versionTypeOf(text: string): 'internal' | 'external' | 'external_gte' {
  const name = text.toLowerCase()
  if (name === 'internal' || name === 'external' || name === 'external_gte') return name
  throw illegalArgument(`No version type match [${text}]`)
}

/** Errors REQUEST_ARGUMENT. */
export function seqNoOf(value: number): number {
  if (value >= 0) return value
  throw illegalArgument(`sequence numbers must be non negative. got [${value}].`)
}

/** Errors REQUEST_ARGUMENT. */
export function primaryTermOf(value: number): number {
  if (value >= 0) return value
  throw illegalArgument(`primary term must be non negative. got [${value}]`)
}

/** What cannot be asked of an update together with conditions, in the words of a failed validation. */
export function updateFaults(update: {
  readonly conditions: WriteConditions
  readonly retryOnConflict: number
  readonly docAsUpsert: boolean
  readonly upsert: unknown
}): string[] {
  const { conditions, retryOnConflict, docAsUpsert, upsert } = update
  const faults: string[] = []
  if (conditions.ifSeqNo === undefined) return faults
  if (retryOnConflict > 0) faults.push('compare and write operations can not be retried')
  if (docAsUpsert) faults.push('compare and write operations can not be used with upsert')
  if (upsert !== null)
    faults.push("upsert requests don't support `if_seq_no` and `if_primary_term`")
  return faults
}

/** What is wrong with the conditions of a write, in the words of a failed validation. */
export function conditionFaults(conditions: WriteConditions): string[] {
  const { ifSeqNo, ifPrimaryTerm, version, versionType = 'internal' } = conditions
  const isInternal = versionType === 'internal'
  const faults: string[] = []
  if (version !== undefined && isInternal)
    faults.push(
      'internal versioning can not be used for optimistic concurrency control. Please use `if_seq_no` and `if_primary_term` instead'
    )
  // -3 is how Elasticsearch writes that none is given.
  const external = version ?? -3
  if (!isInternal && external < 0)
    faults.push(
      `illegal version value [${external}] for version type [${versionType.toUpperCase()}]`
    )
  if (ifSeqNo !== undefined && version !== undefined && !isInternal)
    faults.push('compare and write operations can not use versioning')
  if (ifSeqNo !== undefined && ifPrimaryTerm === undefined)
    faults.push('ifSeqNo is set, but primary term is [0]')
  if (ifSeqNo === undefined && ifPrimaryTerm !== undefined)
    faults.push(`ifSeqNo is unassigned, but primary term is [${ifPrimaryTerm}]`)
  return faults
}

/**
 * Reads a parsed action line.
 *
 * Source   Elasticsearch BulkRequestParser: texts.
 * Errors   REQUEST_ARGUMENT.
 *
 * @param line  Number of the line, from 1.
 */
export function parseBulkAction(value: unknown, line: number): BulkAction {
  const malformed = `Malformed action/metadata line [${line}], expected`
  if (!isObjectValue(value))
    throw illegalArgument(`${malformed} START_OBJECT but found [${tokenOf(value)}]`)
  const [entry, extra] = Object.entries(value)
  if (entry === undefined) throw illegalArgument(`${malformed} FIELD_NAME but found [END_OBJECT]`)
  const [name, metadata] = entry
  const type = types.find((known) => known === name)
  if (type === undefined)
    throw illegalArgument(
      `${malformed} field [create], [delete], [index] or [update] but found [${name}]`
    )
  if (!isObjectValue(metadata))
    throw illegalArgument(`${malformed} START_OBJECT but found [${tokenOf(metadata)}]`)
  if (extra !== undefined) throw illegalArgument(`${malformed} END_OBJECT but found [FIELD_NAME]`)
  const draft: Draft = {
    index: null,
    id: null,
    routing: null,
    conditions: {},
    requireAlias: null,
    retryOnConflict: 0,
    source: undefined
  }
  for (const [key, member] of Object.entries(metadata)) {
    const reader = Object.hasOwn(readers, key) ? readers[key] : undefined
    if (reader === undefined)
      throw illegalArgument(`Action/metadata line [${line}] contains an unknown parameter [${key}]`)
    const token = tokenOf(member)
    if ((token === 'START_OBJECT' || token === 'START_ARRAY') && !structured.has(key))
      throw illegalArgument(`${malformed} a simple value for field [${key}] but found [${token}]`)
    reader(draft, member)
  }
  if (type === 'update') checkUpdate(draft.conditions)
  const isCreate = type === 'index' && metadata['op_type'] === 'create'
  return { type: isCreate ? 'create' : type, ...draft }
}

function checkUpdate({ version, versionType = 'internal' }: WriteConditions): void {
  if (version === undefined && versionType === 'internal') return
  throw illegalArgument(
    'Update requests do not support versioning. Please use `if_seq_no` and `if_primary_term` instead'
  )
}
