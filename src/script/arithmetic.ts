/** Operators on numbers, by the type that Java's promotion gives them. */
import type { NumberType } from './ast.ts'
import { ScriptFault } from './fault.ts'
import { JavaNumber, asNumber, classNameOf, textOf, typeRank, widerType } from './value.ts'

export type NumberOperator = (a: number, b: number) => number

const f = Math.fround

function checkDivisor(divisor: number): void {
  if (divisor === 0) throw new ScriptFault('ArithmeticException', '/ by zero')
}

const intOperators: Readonly<Record<string, NumberOperator>> = {
  '+': (a, b) => (a + b) | 0,
  '-': (a, b) => (a - b) | 0,
  '*': (a, b) => Math.imul(a, b),
  '/': (a, b) => {
    checkDivisor(b)
    return (a / b) | 0
  },
  '%': (a, b) => {
    checkDivisor(b)
    return (a % b) | 0
  },
  '&': (a, b) => a & b,
  '|': (a, b) => a | b,
  '^': (a, b) => a ^ b,
  '<<': (a, b) => a << b,
  '>>': (a, b) => a >> b,
  '>>>': (a, b) => (a >>> b) | 0
}

/** Exact up to 2^53; beyond, a double does not hold every long, but overflow goes round as in Java. */
const longOperators: Readonly<Record<string, NumberOperator>> = {
  '+': (a, b) => whole(a + b, () => BigInt(a) + BigInt(b)),
  '-': (a, b) => whole(a - b, () => BigInt(a) - BigInt(b)),
  '*': (a, b) => whole(a * b, () => BigInt(a) * BigInt(b)),
  '/': (a, b) => {
    checkDivisor(b)
    return Math.trunc(a / b)
  },
  '%': (a, b) => {
    checkDivisor(b)
    return a % b
  },
  '&': (a, b) => bitwise(a, b, (x, y) => x & y),
  '|': (a, b) => bitwise(a, b, (x, y) => x | y),
  '^': (a, b) => bitwise(a, b, (x, y) => x ^ y),
  '<<': (a, b) => bitwise(a, b, (x, y) => x << (y & 63n)),
  '>>': (a, b) => bitwise(a, b, (x, y) => x >> (y & 63n)),
  '>>>': (a, b) => bitwise(a, b, (x, y) => BigInt.asUintN(64, x) >> (y & 63n))
}

function whole(result: number, exact: () => bigint): number {
  return Number.isSafeInteger(result) ? result : Number(BigInt.asIntN(64, exact()))
}

function bitwise(a: number, b: number, combine: (x: bigint, y: bigint) => bigint): number {
  return Number(BigInt.asIntN(64, combine(BigInt(a), BigInt(b))))
}

const doubleOperators: Readonly<Record<string, NumberOperator>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b
}

const floatOperators: Readonly<Record<string, NumberOperator>> = {
  '+': (a, b) => f(a + b),
  '-': (a, b) => f(a - b),
  '*': (a, b) => f(a * b),
  '/': (a, b) => f(a / b),
  '%': (a, b) => f(a % b)
}

const byType: Readonly<Record<NumberType, Readonly<Record<string, NumberOperator>>>> = {
  int: intOperators,
  long: longOperators,
  float: floatOperators,
  double: doubleOperators
}

/** null: the type does not have the operator. */
export function numberOperator(operator: string, type: NumberType): NumberOperator | null {
  const operators = byType[type]
  return Object.hasOwn(operators, operator) ? operators[operator]! : null
}

export const comparisons: ReadonlyMap<string, (a: number, b: number) => boolean> = new Map([
  ['<', (a: number, b: number): boolean => a < b],
  ['<=', (a: number, b: number): boolean => a <= b],
  ['>', (a: number, b: number): boolean => a > b],
  ['>=', (a: number, b: number): boolean => a >= b]
])

/** Type of `a operator b`: the wider one; a shift has the type of what is shifted. */
export function resultType(operator: string, a: NumberType, b: NumberType): NumberType {
  return operator.startsWith('<<') || operator.startsWith('>>') ? a : widerType(a, b)
}

/** An operator on boxed values. */
export function dynamicOperator(operator: string, a: unknown, b: unknown): unknown {
  if (operator === '+' && (typeof a === 'string' || typeof b === 'string'))
    return concatenate(textOf(a), textOf(b))
  if (typeof a === 'boolean' && typeof b === 'boolean') return booleanOperator(operator, a, b)
  const left = asNumber(a)
  const right = asNumber(b)
  const type = resultType(operator, left.type, right.type)
  const compute = numberOperator(operator, type)
  if (compute === null)
    throw new ScriptFault(
      'ClassCastException',
      `Cannot apply [${operator}] operation to types [${classNameOf(a)}] and [${classNameOf(b)}].`
    )
  return new JavaNumber(type, compute(left.value, right.value))
}

/** Longest text a script may make; longer ones grow by doubling in a loop and fill the memory. */
const textLengthMax = 65_536

function concatenate(a: string, b: string): string {
  if (a.length + b.length <= textLengthMax) return a + b
  throw new ScriptFault('IllegalArgumentException', `text is longer than ${textLengthMax}`)
}

export function booleanOperator(operator: string, a: boolean, b: boolean): boolean {
  if (operator === '&') return a && b
  if (operator === '|') return a || b
  if (operator === '^') return a !== b
  throw new ScriptFault('ClassCastException', `Cannot apply [${operator}] operation to booleans.`)
}

/** True when a value of type `from` may stand where `to` is wanted, without a cast. */
export function isWidening(from: NumberType, to: NumberType): boolean {
  return typeRank[from] <= typeRank[to]
}
