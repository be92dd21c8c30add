/** Compiled expressions: a type that is known before the script runs, and a closure. */
import type { NumberType } from './ast.ts'
import { isWidening } from './arithmetic.ts'
import { ScriptFault, ScriptSyntaxFault } from './fault.ts'
import type { Runtime } from './runtime.ts'
import { JavaNumber, asBoolean, asNumber, castNumber, classNameOf, convertNumber } from './value.ts'

/** 'def': boxed, looked at when it runs; strings, lists and objects are def too. */
export type StaticType = NumberType | 'boolean' | 'def' | ArrayType
export type ArrayType = 'int[]' | 'float[]' | 'double[]'

export type Typed = {
  readonly type: StaticType
  readonly run: (runtime: Runtime) => unknown
  /** The same value for every document; its closure needs no runtime. */
  readonly isConstant?: boolean
}

export function isNumber(type: StaticType): type is NumberType {
  return type === 'int' || type === 'long' || type === 'float' || type === 'double'
}

export function isArray(type: StaticType): type is ArrayType {
  return type === 'int[]' || type === 'float[]' || type === 'double[]'
}

/** Type of an array's elements. */
export function elementOf(type: ArrayType): NumberType {
  return type === 'int[]' ? 'int' : type === 'float[]' ? 'float' : 'double'
}

const declaredTypes: ReadonlyMap<string, StaticType> = new Map<string, StaticType>([
  ['byte', 'int'],
  ['short', 'int'],
  ['char', 'int'],
  ['int', 'int'],
  ['long', 'long'],
  ['float', 'float'],
  ['double', 'double'],
  ['boolean', 'boolean'],
  ['int[]', 'int[]'],
  ['float[]', 'float[]'],
  ['double[]', 'double[]']
])

/** What is known of a variable declared with a type; classes are looked at when the script runs. */
export function declaredType(name: string): StaticType {
  return declaredTypes.get(name) ?? 'def'
}

/** The value with its type, as a def holds it. */
export function box({ type, run }: Typed): (runtime: Runtime) => unknown {
  return isNumber(type) ? (runtime) => new JavaNumber(type, run(runtime) as number) : run
}

/** A condition. Errors  ScriptSyntaxFault when it can never be a boolean. */
export function toBoolean(value: Typed, offset: number): (runtime: Runtime) => boolean {
  const { type, run } = value
  if (type === 'boolean') return run as (runtime: Runtime) => boolean
  if (type === 'def') return (runtime) => asBoolean(run(runtime))
  throw new ScriptSyntaxFault(`Cannot cast from [${type}] to [boolean].`, offset)
}

/** The value as a double, as functions of Math want it. */
export function toDouble(value: Typed, offset: number): (runtime: Runtime) => number {
  return coerce(value, 'double', offset).run as (runtime: Runtime) => number
}

/**
 * A value where another type is wanted. Without a cast a number may only become wider.
 *
 * Errors   ScriptSyntaxFault when the types say it cannot be; ScriptFault when the value of a def does.
 */
export function coerce(
  value: Typed,
  to: StaticType,
  offset: number,
  isCast: boolean = false
): Typed {
  const { type: from, run } = value
  if (from === to) return value
  const constant = value.isConstant === true ? { isConstant: true } : {}
  if (to === 'def') return { type: 'def', run: box(value), ...constant }
  if (isNumber(to) && isNumber(from)) {
    if (!isCast && !isWidening(from, to)) throw cannotCast(from, to, offset)
    return { type: to, run: (r) => castNumber(run(r) as number, from, to), ...constant }
  }
  if (from !== 'def') throw cannotCast(from, to, offset)
  if (to === 'boolean') return { type: to, run: (r) => asBoolean(run(r)), ...constant }
  if (isNumber(to)) return { type: to, run: (r) => unbox(run(r), to, isCast), ...constant }
  return { type: to, run: (r) => checkArray(run(r), to), ...constant }
}

function unbox(value: unknown, to: NumberType, isCast: boolean): number {
  const number = asNumber(value)
  if (isCast) return castNumber(number.value, number.type, to)
  if (isWidening(number.type, to)) return convertNumber(number.value, to)
  throw new ScriptFault(
    'ClassCastException',
    `Cannot implicitly cast from [${classNameOf(value)}] to [${to}].`
  )
}

function checkArray(value: unknown, to: ArrayType): unknown {
  if (value === null || classNameOf(value) === to) return value
  throw new ScriptFault(
    'ClassCastException',
    `Cannot cast from [${classNameOf(value)}] to [${to}].`
  )
}

function cannotCast(from: StaticType, to: StaticType, offset: number): ScriptSyntaxFault {
  return new ScriptSyntaxFault(`Cannot cast from [${from}] to [${to}].`, offset)
}
