/** Body of `_update`, alone and in a bulk. */
import { primaryTermOf, seqNoOf } from './bulk-line.ts'
import type { FetchSpec, JsonObject } from '../../node/index.ts'
import { objectBody } from '../body-node.ts'
import { field, readObject } from '../body-values.ts'
import { illegalArgument, validationFailure } from '../wire-failure.ts'
import { defaultFetch, readSource } from './fetch-spec.ts'

export type UpdateBody = {
  readonly doc: JsonObject | null
  readonly upsert: JsonObject | null
  readonly docAsUpsert: boolean
  readonly detectNoop: boolean
  /** What of the new source the answer shows; null: nothing. */
  readonly fetch: FetchSpec | null
  readonly ifSeqNo: number | null
  readonly ifPrimaryTerm: number | null
}

/** Errors REQUEST_FIELD, REQUEST_ARGUMENT (scripts are not built), REQUEST_VALIDATION. */
export function parseUpdateBody(body: unknown): UpdateBody {
  const fetch = defaultFetch()
  const result: { -readonly [key in keyof UpdateBody]: UpdateBody[key] } = {
    doc: null,
    upsert: null,
    docAsUpsert: false,
    detectNoop: true,
    fetch: null,
    ifSeqNo: null,
    ifPrimaryTerm: null
  }
  let hasScript = false
  readObject(objectBody(body), 'UpdateRequest', {
    doc: field.object((member) => {
      result.doc = member.value as JsonObject
    }),
    upsert: field.object((member) => {
      result.upsert = member.value as JsonObject
    }),
    script: field.any(() => {
      hasScript = true
    }),
    doc_as_upsert: field.boolean((value) => {
      result.docAsUpsert = value
    }),
    scripted_upsert: field.boolean(() => undefined),
    detect_noop: field.boolean((value) => {
      result.detectNoop = value
    }),
    _source: field.any((member) => {
      readSource(member, fetch)
      result.fetch = fetch.source === false ? null : fetch
    }),
    if_seq_no: field.int((value) => {
      result.ifSeqNo = seqNoOf(value)
    }),
    if_primary_term: field.int((value) => {
      result.ifPrimaryTerm = primaryTermOf(value)
    })
  })
  if (hasScript && result.doc !== null)
    throw validationFailure(["can't provide both script and doc"])
  if (hasScript) throw illegalArgument('[script] of an update is not supported by this version')
  if (result.doc === null) throw validationFailure(['script or doc is missing'])
  return result
}
