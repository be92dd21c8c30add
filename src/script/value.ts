/**
 * Values of scripts. Where the type of an expression is known before it runs, a number is a JavaScript number. In a `def`,
 * a list or a map a number carries its type with it, because 1 / 2 depends on it: it is a JavaNumber. Other values are the
 * same in both: boolean, string, null, arrays (lists), Map, typed arrays (int[], float[], double[]).
 */
import type { NumberType } from './ast.ts'
import { ScriptFault } from './fault.ts'

/** A number with its Java type. */
export class JavaNumber {
  readonly type: NumberType
  readonly value: number

  constructor(type: NumberType, value: number) {
    this.type = type
    this.value = value
  }
}

/** An object of the script API: what it answers to, by name. Methods get boxed arguments. */
export abstract class ScriptObject {
  abstract readonly typeName: string
  abstract member(name: string): unknown
  abstract call(name: string, args: readonly unknown[]): unknown
}

export const typeRank: Readonly<Record<NumberType, number>> = {
  int: 0,
  long: 1,
  float: 2,
  double: 3
}

export function widerType(a: NumberType, b: NumberType): NumberType {
  return typeRank[a] >= typeRank[b] ? a : b
}

/** A number of another type, as a Java cast gives it. */
export function convertNumber(value: number, to: NumberType): number {
  if (to === 'double') return value
  if (to === 'float') return Math.fround(value)
  const whole = Number.isNaN(value) ? 0 : Math.trunc(value)
  if (to === 'int') return Math.max(-2_147_483_648, Math.min(2_147_483_647, whole))
  return Math.max(-(2 ** 63), Math.min(2 ** 63, whole))
}

/** An int cast from a long keeps the lower 32 bits; from a float or double it goes to the nearest bound. */
export function castNumber(value: number, from: NumberType, to: NumberType): number {
  return to === 'int' && from === 'long'
    ? Number(BigInt.asIntN(32, BigInt(value)))
    : convertNumber(value, to)
}

/** A parameter that no script has read. */
class Unread {
  readonly json: unknown

  constructor(json: unknown) {
    this.json = json
  }
}

/**
 * A map of the parameters: read only, as their lists are, for it outlives the document. What no script reads is not converted: a
 * hundred thousand numbers are as many objects.
 */
class ParameterMap extends Map<unknown, unknown> {
  override get(key: unknown): unknown {
    const value = super.get(key)
    if (!(value instanceof Unread)) return value
    const read = fromJson(value.json)
    super.set(key, read)
    return read
  }

  override *values(): MapIterator<unknown> {
    for (const key of this.keys()) yield this.get(key)
  }
}

export function checkWritable(collection: unknown): void {
  const isFixed = collection instanceof ParameterMap || Object.isFrozen(collection)
  if (isFixed) throw new ScriptFault('UnsupportedOperationException', 'parameters are read only')
}

/** A plain JavaScript value (a parameter) as a script sees it; objects are Maps, so that no key is special. */
export function fromJson(value: unknown): unknown {
  if (typeof value === 'number') return numberFromJson(value)
  if (typeof value === 'bigint') return new JavaNumber('long', Number(value))
  if (Array.isArray(value)) return Object.freeze(value.map(fromJson))
  if (value === undefined) return null
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value
  return new ParameterMap(Object.entries(value).map(([key, item]) => [key, new Unread(item)]))
}

/** JSON's numbers have lost their decimal point: whole ones are integers. */
function numberFromJson(value: number): JavaNumber {
  if (!Number.isInteger(value)) return new JavaNumber('double', value)
  if (value === (value | 0)) return new JavaNumber('int', value)
  return new JavaNumber(Number.isSafeInteger(value) ? 'long' : 'double', value)
}

/** The name Java gives to a value's class, for messages. */
export function classNameOf(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (typeof value === 'string') return 'java.lang.String'
  if (typeof value === 'boolean') return 'java.lang.Boolean'
  if (Array.isArray(value)) return 'java.util.ArrayList'
  if (value instanceof Map) return 'java.util.HashMap'
  if (value instanceof Float32Array) return 'float[]'
  if (value instanceof Float64Array) return 'double[]'
  if (value instanceof Int32Array) return 'int[]'
  if (value instanceof ScriptObject) return value.typeName
  if (!(value instanceof JavaNumber)) return 'java.lang.Object'
  const names = { int: 'Integer', long: 'Long', float: 'Float', double: 'Double' }
  return `java.lang.${names[value.type]}`
}

/** A value as Java prints it. */
export function textOf(value: unknown): string {
  if (value instanceof JavaNumber) return numberText(value.value, value.type)
  if (Array.isArray(value)) return `[${value.map(textOf).join(', ')}]`
  if (value === null || value === undefined) return 'null'
  return typeof value === 'string' || typeof value === 'boolean'
    ? String(value)
    : classNameOf(value)
}

function numberText(value: number, type: NumberType): string {
  if (type === 'int' || type === 'long') return String(value)
  if (Number.isInteger(value) && Math.abs(value) < 1e7)
    return `${Object.is(value, -0) ? '-0' : value}.0`
  return String(value)
}

export function asNumber(value: unknown): JavaNumber {
  if (value instanceof JavaNumber) return value
  if (value === null || value === undefined)
    throw new ScriptFault('NullPointerException', 'cannot use null as a number')
  throw new ScriptFault(
    'ClassCastException',
    `Cannot cast from [${classNameOf(value)}] to [java.lang.Number].`
  )
}

export function asBoolean(value: unknown): boolean {
  if (typeof value === 'boolean') return value
  throw new ScriptFault(
    'ClassCastException',
    `Cannot cast from [${classNameOf(value)}] to [boolean].`
  )
}

/** Equality of `==` between boxed values. */
export function isEqual(a: unknown, b: unknown): boolean {
  if (a instanceof JavaNumber && b instanceof JavaNumber) return a.value === b.value
  if (!Array.isArray(a) || !Array.isArray(b)) return a === b
  return a.length === b.length && a.every((item, at) => isEqual(item, b[at]))
}
