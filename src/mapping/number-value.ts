/** Numbers as documents and queries write them: ranges, coercion and the words of Elasticsearch when they do not fit. */
import type { JsonScalar } from '../query/index.ts'
import { longMax, longMin } from '../util/index.ts'
import { argument } from './leaf-queries.ts'

export type WholeType = { readonly name: string; readonly min: bigint; readonly max: bigint }

const longType: WholeType = { name: 'long', min: longMin, max: longMax }

export const wholeTypes: readonly WholeType[] = [
  longType,
  { name: 'integer', min: -(2n ** 31n), max: 2n ** 31n - 1n },
  { name: 'short', min: -32768n, max: 32767n },
  { name: 'byte', min: -128n, max: 127n }
]

type Bounds = {
  readonly gt?: JsonScalar
  readonly gte?: JsonScalar
  readonly lt?: JsonScalar
  readonly lte?: JsonScalar
}

/** A whole number; coerce: a fraction is cut off. Errors REQUEST_ARGUMENT. */
export function longOf(text: string, type: WholeType, coerce: boolean): bigint {
  const number = decimalOf(text)
  if (!number.isWhole && !coerce) throw argument(`Value [${text}] has a decimal part`)
  const value = towardsZero(number)
  if (value < type.min || value > type.max) {
    const article = type.name === 'integer' ? 'an' : 'a'
    throw argument(`Value [${text}] is out of range for ${article} ${type.name}`)
  }
  return value
}

/** A whole number of any size; a fraction is cut off. Errors REQUEST_ARGUMENT. */
export function cutToWhole(text: string): bigint {
  return towardsZero(decimalOf(text))
}

function towardsZero({ floor, isWhole }: Decimal): bigint {
  return isWhole || floor >= 0n ? floor : floor + 1n
}

/** Inclusive bounds within the type's range; null when nothing lies between them. Errors REQUEST_ARGUMENT. */
export function longBounds(
  bounds: Bounds,
  type: WholeType
): { readonly from: bigint; readonly to: bigint } | null {
  let from = type.min
  let to = type.max
  const above = (value: bigint): void => {
    if (value > from) from = value
  }
  const below = (value: bigint): void => {
    if (value < to) to = value
  }
  if (isGiven(bounds.gte)) {
    const { floor, isWhole } = decimalOf(String(bounds.gte))
    above(isWhole ? floor : floor + 1n)
  }
  if (isGiven(bounds.gt)) above(decimalOf(String(bounds.gt)).floor + 1n)
  if (isGiven(bounds.lte)) below(decimalOf(String(bounds.lte)).floor)
  if (isGiven(bounds.lt)) {
    const { floor, isWhole } = decimalOf(String(bounds.lt))
    below(isWhole ? floor - 1n : floor)
  }
  return from > to ? null : { from, to }
}

export function doubleOf(text: string, typeName: string, isFloat: boolean): number {
  const number = readNumber(text)
  const value = isFloat ? Math.fround(number) : number
  if (!Number.isFinite(value)) {
    throw argument(`[${typeName}] supports only finite values, but got [${value}]`)
  }
  return value
}

/** Errors REQUEST_ARGUMENT: no number. */
export function doubleOrInfinity(text: string, isFloat: boolean): number {
  const number = readNumber(text)
  if (Number.isNaN(number)) throw argument(`[${text}] has no place in an order`)
  return isFloat ? Math.fround(number) : number
}

/** Inclusive bounds; null when nothing lies between them. Errors REQUEST_ARGUMENT. */
export function doubleBounds(
  bounds: Bounds,
  typeName: string,
  isFloat: boolean
): { readonly from: number; readonly to: number } | null {
  let from = -Infinity
  let to = Infinity
  const valueOf = (value: JsonScalar): number => doubleOf(String(value), typeName, isFloat)
  if (isGiven(bounds.gte)) from = Math.max(from, valueOf(bounds.gte))
  if (isGiven(bounds.gt)) from = Math.max(from, nextAbove(valueOf(bounds.gt), isFloat))
  if (isGiven(bounds.lte)) to = Math.min(to, valueOf(bounds.lte))
  if (isGiven(bounds.lt)) to = Math.min(to, -nextAbove(-valueOf(bounds.lt), isFloat))
  return from > to ? null : { from, to }
}

export function isGiven(value: JsonScalar | undefined): value is Exclude<JsonScalar, null> {
  return value !== undefined && value !== null
}

type Decimal = { readonly floor: bigint; readonly isWhole: boolean }

/** Largest whole number not above, exact for whole numbers of any length. */
function decimalOf(text: string): Decimal {
  if (areDigits(text)) return { floor: BigInt(Number(text)), isWhole: true }
  if (/^[+-]?\d+$/.test(text)) return { floor: BigInt(text.replace(/^\+/, '')), isWhole: true }
  const number = readNumber(text)
  if (!Number.isFinite(number)) throw argument(`For input string: "${text}"`)
  return { floor: BigInt(Math.floor(number)), isWhole: Number.isInteger(number) }
}

/** So few that a double holds their number: most numbers of documents, and no pattern has to be tried. */
function areDigits(text: string): boolean {
  const { length } = text
  if (length === 0 || length > 15) return false
  for (let at = 0; at < length; at++) {
    const code = text.charCodeAt(at)
    if (code < 0x30 || code > 0x39) return false
  }
  return true
}

function readNumber(text: string): number {
  const trimmed = text.trim()
  // Number() would take 0x10 and the empty text.
  if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(trimmed)) {
    if (/^[+-]?(NaN|Infinity)$/.test(trimmed)) return Number(trimmed)
    throw argument(trimmed === '' ? 'empty String' : `For input string: "${text}"`)
  }
  return Number(trimmed)
}

const scratch = new DataView(new ArrayBuffer(8))

/** The next float32 or double above a finite number. */
function nextAbove(value: number, isFloat: boolean): number {
  const number = value === 0 ? 0 : value // -0 to 0
  if (isFloat) {
    scratch.setFloat32(0, number)
    scratch.setInt32(0, scratch.getInt32(0) + (number >= 0 ? 1 : -1))
    return scratch.getFloat32(0)
  }
  scratch.setFloat64(0, number)
  scratch.setBigInt64(0, scratch.getBigInt64(0) + (number >= 0 ? 1n : -1n))
  return scratch.getFloat64(0)
}
