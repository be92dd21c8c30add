/** Operators of compiled expressions: with closures of their own where the types are known. */
import {
  booleanOperator,
  comparisons,
  dynamicOperator,
  numberOperator,
  resultType
} from './arithmetic.ts'
import { ScriptSyntaxFault } from './fault.ts'
import type { Runtime } from './runtime.ts'
import { box, coerce, isNumber, toBoolean } from './typed.ts'
import type { Typed } from './typed.ts'
import { JavaNumber, asNumber, isEqual } from './value.ts'

type NumberRun = (runtime: Runtime) => number

export function compileBinary(operator: string, left: Typed, right: Typed, offset: number): Typed {
  const compare = comparisons.get(operator)
  if (compare !== undefined) return compileComparison(compare, left, right)
  if (['==', '!=', '===', '!=='].includes(operator))
    return compileEquality(operator.startsWith('!'), left, right)
  if (isNumber(left.type) && isNumber(right.type))
    return compileArithmetic(operator, left, right, offset)
  const a = box(left)
  const b = box(right)
  if (left.type === 'boolean' && right.type === 'boolean')
    return {
      type: 'boolean',
      run: (r) => booleanOperator(operator, a(r) as boolean, b(r) as boolean)
    }
  return {
    type: 'def',
    run: (r) => {
      const x = a(r)
      const y = b(r)
      r.offset = offset
      return dynamicOperator(operator, x, y)
    }
  }
}

function compileArithmetic(operator: string, left: Typed, right: Typed, offset: number): Typed {
  const type =
    isNumber(left.type) && isNumber(right.type)
      ? resultType(operator, left.type, right.type)
      : 'double'
  const a = left.run as NumberRun
  const b = right.run as NumberRun
  const constant = left.isConstant === true && right.isConstant === true ? { isConstant: true } : {}
  if (type === 'double') {
    const direct = doubleClosure(operator, a, b)
    if (direct !== null) return { type, run: direct, ...constant }
  }
  const compute = numberOperator(operator, type)
  if (compute === null)
    throw new ScriptSyntaxFault(
      `Cannot apply [${operator}] operation to types [${left.type}] and [${right.type}].`,
      offset
    )
  const run: NumberRun = (r) => {
    const x = a(r)
    const y = b(r)
    r.offset = offset
    return compute(x, y)
  }
  return { type, run, ...constant }
}

/** The common case without a call in between. */
function doubleClosure(operator: string, a: NumberRun, b: NumberRun): NumberRun | null {
  if (operator === '+') return (r) => a(r) + b(r)
  if (operator === '-') return (r) => a(r) - b(r)
  if (operator === '*') return (r) => a(r) * b(r)
  return operator === '/' ? (r) => a(r) / b(r) : null
}

function compileComparison(
  compare: (a: number, b: number) => boolean,
  left: Typed,
  right: Typed
): Typed {
  const a = numberRun(left)
  const b = numberRun(right)
  return { type: 'boolean', run: (r) => compare(a(r), b(r)) }
}

function numberRun(value: Typed): NumberRun {
  return isNumber(value.type) ? (value.run as NumberRun) : (r) => asNumber(value.run(r)).value
}

function compileEquality(isNegated: boolean, left: Typed, right: Typed): Typed {
  if (isNumber(left.type) && isNumber(right.type)) {
    const x = left.run as NumberRun
    const y = right.run as NumberRun
    return { type: 'boolean', run: (r) => (x(r) === y(r)) !== isNegated }
  }
  const a = box(left)
  const b = box(right)
  return { type: 'boolean', run: (r) => isEqual(a(r), b(r)) !== isNegated }
}

export function compileUnary(operator: string, operand: Typed, offset: number): Typed {
  const { type, run } = operand
  if (operator === '!') {
    const condition = toBoolean(operand, offset)
    return { type: 'boolean', run: (r) => !condition(r) }
  }
  const constant = operand.isConstant === true ? { isConstant: true } : {}
  if (isNumber(type)) {
    const number = run as NumberRun
    if (operator === '-') return { type, run: (r) => negate(number(r), type), ...constant }
    if (operator === '+') return operand
    if (type === 'int' || type === 'long') return { type, run: (r) => -number(r) - 1, ...constant }
  }
  if (type === 'def')
    return {
      type,
      run: (r) => {
        const number = asNumber(run(r))
        const value = operator === '-' ? negate(number.value, number.type) : number.value
        return new JavaNumber(number.type, operator === '~' ? -value - 1 : value)
      }
    }
  throw new ScriptSyntaxFault(`Cannot apply [${operator}] operation to type [${type}].`, offset)
}

/** Integers have no negative zero. */
function negate(value: number, type: string): number {
  return value === 0 && (type === 'int' || type === 'long') ? 0 : -value
}

export function compileLogical(
  operator: '&&' | '||',
  left: Typed,
  right: Typed,
  offset: number
): Typed {
  const a = toBoolean(left, offset)
  const b = toBoolean(right, offset)
  return { type: 'boolean', run: operator === '&&' ? (r) => a(r) && b(r) : (r) => a(r) || b(r) }
}

/** Both branches of `?:` are made one type: the wider number, or def. */
export function compileConditional(condition: Typed, yes: Typed, no: Typed, offset: number): Typed {
  const test = toBoolean(condition, offset)
  const type = commonType(yes, no)
  const a = coerce(yes, type, offset).run
  const b = coerce(no, type, offset).run
  return { type, run: (r) => (test(r) ? a(r) : b(r)) }
}

export function compileElvis(left: Typed, right: Typed): Typed {
  const a = box(left)
  const b = box(right)
  return { type: 'def', run: (r) => a(r) ?? b(r) }
}

function commonType(a: Typed, b: Typed): Typed['type'] {
  if (a.type === b.type) return a.type
  return isNumber(a.type) && isNumber(b.type) ? resultType('+', a.type, b.type) : 'def'
}

/** `value instanceof Type`. */
export function compileInstanceof(type: string, operand: Typed): Typed {
  const value = box(operand)
  const test = instanceTests.get(type)
  if (test === undefined) return { type: 'boolean', run: () => false }
  return { type: 'boolean', run: (r) => test(value(r)) }
}

const isOfType =
  (type: string): ((value: unknown) => boolean) =>
  (value) =>
    value instanceof JavaNumber && value.type === type

const instanceTests: ReadonlyMap<string, (value: unknown) => boolean> = new Map([
  ['String', (value: unknown): boolean => typeof value === 'string'],
  ['List', Array.isArray],
  ['ArrayList', Array.isArray],
  ['Map', (value: unknown): boolean => value instanceof Map],
  ['Boolean', (value: unknown): boolean => typeof value === 'boolean'],
  ['Number', (value: unknown): boolean => value instanceof JavaNumber],
  ['Integer', isOfType('int')],
  ['Long', isOfType('long')],
  ['Float', isOfType('float')],
  ['Double', isOfType('double')],
  ['Object', (value: unknown): boolean => value !== null]
])
