import type { ErrorCode, ErrorDetails } from '../util/index.ts'
import { VectorStoreError } from '../util/index.ts'
import type { WireError } from './error-table.ts'

/** A failure of a dialect whose wire name the table of codes does not give: `named_object_not_found_exception` … */
export class WireFailure extends VectorStoreError {
  readonly wire: WireError

  constructor(
    code: ErrorCode,
    wire: WireError,
    message: string,
    options: { details?: ErrorDetails; cause?: unknown } = {}
  ) {
    super(code, message, options)
    this.wire = wire
  }
}

/** A failure that is printed as one string instead of an object: `{"error":"alias [x] missing","status":404}`. */
export class PlainFailure extends VectorStoreError {
  readonly status: number
  readonly printsStatus: boolean
  readonly headers: Readonly<Record<string, string>>

  constructor(
    code: ErrorCode,
    status: number,
    message: string,
    options: { printsStatus?: boolean; headers?: Readonly<Record<string, string>> } = {}
  ) {
    super(code, message)
    this.status = status
    this.printsStatus = options.printsStatus ?? true
    this.headers = options.headers ?? {}
  }
}

/** An illegal argument, the commonest failure of a request. */
export function illegalArgument(message: string, cause?: unknown): VectorStoreError {
  return new VectorStoreError('REQUEST_ARGUMENT', message, cause === undefined ? {} : { cause })
}

/** Java's complaint about text that is no number, under whatever says which text. */
export function numberFormat(text: string): VectorStoreError {
  return new WireFailure(
    'REQUEST_ARGUMENT',
    { status: 400, type: 'number_format_exception', isPlain: true },
    text === '' ? 'empty String' : `For input string: "${text}"`
  )
}

/** Faults that a request has, all in one error: `Validation Failed: 1: …; 2: …;`. */
export function validationFailure(faults: readonly string[]): VectorStoreError {
  const list = faults.map((fault, at) => `${at + 1}: ${fault};`).join('')
  return new VectorStoreError('REQUEST_VALIDATION', `Validation Failed: ${list}`)
}
