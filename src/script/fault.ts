/** Failures of scripts: as exceptions inside, as VectorStoreError outside. */
import { VectorStoreError } from '../util/index.ts'

/** Exceptions that a script can meet: Java's name, the one on the wire. */
const wireNames = {
  IllegalArgumentException: 'illegal_argument_exception',
  IllegalStateException: 'illegal_state_exception',
  ArithmeticException: 'arithmetic_exception',
  ClassCastException: 'class_cast_exception',
  NullPointerException: 'null_pointer_exception',
  IndexOutOfBoundsException: 'index_out_of_bounds_exception',
  ArrayIndexOutOfBoundsException: 'array_index_out_of_bounds_exception',
  NumberFormatException: 'number_format_exception',
  UnsupportedOperationException: 'unsupported_operation_exception',
  PainlessError: 'painless_error',
  RuntimeException: 'runtime_exception',
  Exception: 'exception'
} as const

export type FaultName = keyof typeof wireNames

/** What each kind is caught by, besides its own name, Exception and RuntimeException. */
const parents: Readonly<Partial<Record<FaultName, FaultName>>> = {
  NumberFormatException: 'IllegalArgumentException',
  ArrayIndexOutOfBoundsException: 'IndexOutOfBoundsException'
}

/** An exception thrown while a script runs. */
export class ScriptFault extends Error {
  override readonly name: string = 'ScriptFault'
  readonly faultName: FaultName

  constructor(faultName: FaultName, message: string) {
    super(message)
    this.faultName = faultName
  }

  isCaughtBy(name: string): boolean {
    // Errors of Painless itself (a loop without end) are no Exception and cannot be caught.
    if (this.faultName === 'PainlessError') return false
    const isAny = name === 'Exception' || name === 'RuntimeException'
    return isAny || name === this.faultName || name === parents[this.faultName]
  }
}

export function isFaultName(name: string): name is FaultName {
  return Object.hasOwn(wireNames, name)
}

/** A fault in the text of a script. */
export class ScriptSyntaxFault extends Error {
  override readonly name: string = 'ScriptSyntaxFault'
  readonly offset: number

  constructor(message: string, offset: number) {
    super(message)
    this.offset = offset
  }
}

/** Characters shown on both sides of the place of a failure, as Painless does. */
const shownAround = 25

/**
 * The error for the caller: details hold what Elasticsearch's script_exception has. `scriptStack` is the lines of
 * script_stack joined by line ends; `causeType` and `causeReason` are those of caused_by.
 */
export function scriptError(
  code: 'SCRIPT_COMPILE' | 'SCRIPT_RUNTIME',
  source: string,
  offset: number,
  cause: Error
): VectorStoreError {
  const start = Math.max(0, offset - shownAround)
  const end = Math.min(source.length, offset + shownAround)
  const before = start > 0 ? '... ' : ''
  const after = end < source.length ? ' ...' : ''
  const pointer = `${' '.repeat(before.length + offset - start)}^---- HERE`
  const faultName = cause instanceof ScriptFault ? cause.faultName : 'IllegalArgumentException'
  const message = code === 'SCRIPT_COMPILE' ? 'compile error' : 'runtime error'
  return new VectorStoreError(code, message, {
    details: {
      script: source,
      lang: 'painless',
      offset,
      start,
      end,
      scriptStack: `${before}${source.slice(start, end)}${after}\n${pointer}`,
      causeType: wireNames[faultName],
      causeReason: cause.message
    },
    cause
  })
}
