/**
 * A parsed JSON body with the way back to where each value stands in it.
 *
 * A parser gets a BodyNode instead of a value. Nothing is computed on the way down but the link to the parent; only
 * when a fault is found does `locate` scan the text again for the line and column that the message quotes.
 */
import type { ErrorCode, ErrorDetails, JsonToken } from '../util/index.ts'
import { JsonScanner, VectorStoreError } from '../util/index.ts'
import type { WireError } from './error-table.ts'
import { elasticsearchErrors } from './error-table.ts'
import { suggest } from './suggest.ts'
import { WireFailure } from './wire-failure.ts'

type Step = string | number

/** Names that Elasticsearch has for the tokens of JSON. */
export type TokenName =
  | 'START_OBJECT'
  | 'START_ARRAY'
  | 'VALUE_STRING'
  | 'VALUE_NUMBER'
  | 'VALUE_BOOLEAN'
  | 'VALUE_NULL'

export class BodyNode {
  readonly value: unknown
  readonly parent: BodyNode | null
  readonly step: Step

  constructor(value: unknown, parent: BodyNode | null = null, step: Step = '') {
    this.value = value
    this.parent = parent
    this.step = step
  }

  get token(): TokenName {
    return tokenOf(this.value)
  }

  /** Members of an object in order; none for anything else. */
  members(): [string, BodyNode][] {
    const { value } = this
    const members: [string, BodyNode][] = []
    if (!isObjectValue(value)) return members
    for (const key of Object.keys(value)) members.push([key, new BodyNode(value[key], this, key)])
    return members
  }

  /** A member of an object; undefined where there is none. */
  member(key: string): BodyNode | undefined {
    if (!isObjectValue(this.value) || !Object.hasOwn(this.value, key)) return undefined
    return new BodyNode(this.value[key], this, key)
  }

  /**
   * Elements of an array, or the value itself as the only one.
   *
   * @param most  Those behind are left out.
   */
  elements(most: number = Infinity): BodyNode[] {
    const { value } = this
    if (!Array.isArray(value)) return [this]
    const values: readonly unknown[] = value.length > most ? value.slice(0, most) : value
    return values.map((each, at) => new BodyNode(each, this, at))
  }

  path(): Step[] {
    return this.parent === null ? [] : [...this.parent.path(), this.step]
  }

  /** "[1:8] [knn] unknown field [kk] did you mean [k]?" */
  unknownField(parser: string, known: Iterable<string>): BodyFault {
    const name = String(this.step)
    const text = `[${parser}] unknown field [${name}]${suggest(name, known)}`
    return this.fieldFault(text, { isName: true })
  }

  /** A fault of one field, with its position in front. */
  fieldFault(text: string, options: { isName?: boolean; cause?: unknown } = {}): BodyFault {
    return new BodyFault(this, 'REQUEST_FIELD', text, { ...options, isPrefixed: true })
  }

  /** A parsing_exception: position in line and col. */
  parseFault(text: string, options: { isName?: boolean; cause?: unknown } = {}): BodyFault {
    return new BodyFault(this, 'REQUEST_PARSE', text, options)
  }

  /** An x_content_parse_exception for a token that the field does not take. */
  wrongToken(parser: string): BodyFault {
    const text = `[${parser}] ${String(this.step)} doesn't support values of type: ${this.token}`
    return this.fieldFault(text)
  }
}

/** The body of a request that is an object or nothing. Errors REQUEST_PARSE. */
export function objectBody(body: unknown): BodyNode {
  const node = new BodyNode(body ?? {})
  if (node.token !== 'START_OBJECT')
    throw node.parseFault(`Expected [START_OBJECT] but found [${node.token}]`)
  return node
}

export function isObjectValue(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !ArrayBuffer.isView(value)
  )
}

export function tokenOf(value: unknown): TokenName {
  if (value === null || value === undefined) return 'VALUE_NULL'
  if (Array.isArray(value) || ArrayBuffer.isView(value)) return 'START_ARRAY'
  switch (typeof value) {
    case 'string':
      return 'VALUE_STRING'
    case 'boolean':
      return 'VALUE_BOOLEAN'
    case 'number':
    case 'bigint':
      return 'VALUE_NUMBER'
    default:
      return 'START_OBJECT'
  }
}

type FaultOptions = {
  /** The position is that of the name, not of the value. */
  readonly isName?: boolean
  /** "[line:col] " stands in front of the message; else line and col are details. */
  readonly isPrefixed?: boolean
  readonly cause?: unknown
  readonly wire?: WireError
  readonly details?: ErrorDetails
}

/** A fault whose position is not known yet. */
export class BodyFault extends WireFailure {
  readonly node: BodyNode
  readonly isName: boolean
  readonly isPrefixed: boolean

  constructor(node: BodyNode, code: ErrorCode, message: string, options: FaultOptions = {}) {
    super(code, options.wire ?? elasticsearchErrors[code], message, {
      ...(options.cause === undefined ? {} : { cause: options.cause }),
      ...(options.details === undefined ? {} : { details: options.details })
    })
    this.node = node
    this.isName = options.isName ?? false
    this.isPrefixed = options.isPrefixed ?? false
  }
}

/**
 * The same error with line and column filled in, down its chain of causes.
 *
 * @param text  The body's bytes; null for one that came as an object: it has one line and no columns.
 */
export function locate(error: unknown, text: Uint8Array | null): unknown {
  if (!(error instanceof VectorStoreError)) return error
  const cause = error.cause === undefined ? undefined : locate(error.cause, text)
  const chain = cause === undefined ? {} : { cause }
  if (!(error instanceof BodyFault)) {
    if (cause === undefined || cause === error.cause) return error
    return error instanceof WireFailure
      ? new WireFailure(error.code, error.wire, error.message, { details: error.details, ...chain })
      : new VectorStoreError(error.code, error.message, { details: error.details, ...chain })
  }
  const { line, col } = positionOf(error, text)
  if (error.isPrefixed) {
    const message = `[${line}:${col}] ${error.message}`
    return new WireFailure(error.code, error.wire, message, { details: error.details, ...chain })
  }
  const details = { ...error.details, line, col }
  return new WireFailure(error.code, error.wire, error.message, { details, ...chain })
}

function positionOf(fault: BodyFault, text: Uint8Array | null): { line: number; col: number } {
  if (text === null) return { line: 1, col: 1 }
  const scanner = new JsonScanner(text)
  scanner.next()
  const path = fault.node.path()
  for (const [at, step] of path.entries()) {
    if (typeof step === 'number') descendArray(scanner, step)
    else {
      descendObject(scanner, step)
      if (at === path.length - 1 && fault.isName) break
      scanner.next()
    }
  }
  const [line, col] = scanner.location().split(':')
  return { line: Number(line), col: Number(col) }
}

function descendArray(scanner: JsonScanner, position: number): void {
  for (let at = 0; scanner.next() !== 'arrayEnd'; at++) {
    if (at === position) return
    scanner.skipValue()
  }
}

function descendObject(scanner: JsonScanner, name: string): void {
  const ends: readonly JsonToken[] = ['objectEnd', 'end']
  while (!ends.includes(scanner.next())) {
    if (scanner.token === 'name' && scanner.text() === name) return
    scanner.next()
    scanner.skipValue()
  }
}
