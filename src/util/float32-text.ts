/** Decimal text of float32 numbers: the fewest digits that give the same float32 again. */

/**
 * Shortest decimal text of a float32 number, in JSON's (JavaScript's) notation: 0.9997144, 1, 1e-7.
 *
 * Cost     at most 9 divisions; most numbers need 7 or 8 digits.
 * Errors   none; NaN and infinities come back by name, which is not JSON.
 */
export function float32Text(value: number): string {
  const decimal = decimalOf(Math.abs(value))
  if (shiftOf(decimal) <= 0 || Math.abs(value) < 1e-6) return String(shortestFloat32(value))
  return plainText(value < 0, decimal)
}

/** The double whose shortest text is the shortest text of the float32 number. */
export function shortestFloat32(value: number): number {
  const rounded = Math.fround(value)
  // Below 2^24 a whole number is its own text; NaN and infinities are what they are.
  if (Number.isInteger(rounded) ? Math.abs(rounded) < 2 ** 24 : !Number.isFinite(rounded))
    return rounded
  const decimal = decimalOf(Math.abs(rounded))
  if (decimal === noDecimal) return fewestDigitsByText(rounded)
  const whole = wholeOf(decimal)
  const shift = shiftOf(decimal)
  // Both operands are exact, so this is the double that the decimal text stands for.
  const size = shift < 0 ? whole * powersOfTen[-shift]! : whole / powersOfTen[shift]!
  return rounded < 0 ? -size : size
}

/** Java's Float.toString: 1.0, 0.001, 1.0E-4, 1.0E7, NaN, Infinity. */
export function javaFloatText(value: number): string {
  return scratch.toString('latin1', 0, writeJavaFloat(value, scratch, 0))
}

/** The longest is -1.17549435E-38. */
export const javaFloatLengthMax = 16
const scratch = Buffer.alloc(javaFloatLengthMax)

/**
 * Writes the text of javaFloatText, and returns where it ends.
 *
 * Cost     a third of making a string of it: 60 ns.
 *
 * @param to  Has javaFloatLengthMax bytes from `at` on.
 */
export function writeJavaFloat(value: number, to: Uint8Array, at: number): number {
  const size = Math.abs(value)
  const decimal = decimalOf(size)
  const isPlain = size >= 1e-3 && size < 1e7
  if (decimal === noDecimal || (isPlain && shiftOf(decimal) <= 0)) {
    const number = shortestFloat32(value)
    return writeAscii(Number.isFinite(number) ? javaNotation(number) : String(number), to, at)
  }
  const from = value < 0 ? at + 1 : at
  if (value < 0) to[at] = minus
  const [whole, shift] = [wholeOf(decimal), shiftOf(decimal)]
  const count = digitCount(whole)
  if (!isPlain) return writeExponent(whole, count, count - 1 - shift, to, from)
  const point = count - shift
  if (point > 0) return writeDigits(whole, count, point, to, from)
  to[from] = zero
  to[from + 1] = dot
  const first = from + 2 - point
  to.fill(zero, from + 2, first)
  return writeDigits(whole, count, count, to, first)
}

const [zero, dot, minus, letterE] = [0x30, 0x2e, 0x2d, 0x45]

/** Of a number below 2^31. */
function digitCount(whole: number): number {
  let count = 1
  while (whole >= powersOfTen[count]!) count++
  return count
}

/** Digits of a number below 2^31, with a point behind the first `point` of them unless those are all. */
function writeDigits(
  whole: number,
  count: number,
  point: number,
  to: Uint8Array,
  at: number
): number {
  const end = point < count ? at + count + 1 : at + count
  let rest = whole | 0
  for (let place = end - 1; place >= at; place--) {
    if (point < count && place === at + point) {
      to[place] = dot
      continue
    }
    const next = (rest / 10) | 0
    to[place] = zero + rest - 10 * next
    rest = next
  }
  return end
}

/** As Java has it: one digit before the point and one behind it at least. The number has no zero at its end. */
function writeExponent(
  whole: number,
  count: number,
  exponent: number,
  to: Uint8Array,
  at: number
): number {
  let end = writeDigits(whole, count, 1, to, at)
  if (count === 1) {
    to[end++] = dot
    to[end++] = zero
  }
  to[end++] = letterE
  if (exponent < 0) to[end++] = minus
  const places = Math.abs(exponent)
  return writeDigits(places, places < 10 ? 1 : 2, 2, to, end)
}

function writeAscii(text: string, to: Uint8Array, at: number): number {
  for (let each = 0; each < text.length; each++) to[at + each] = text.charCodeAt(each)
  return at + text.length
}

/** Java's Double.toString. */
export function javaDoubleText(value: number): string {
  return Number.isFinite(value) ? javaNotation(value) : String(value)
}

/** Powers of ten that a double holds exactly. */
const powersOfTen = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`))
/** Between these a number of 9 digits is a whole number over, or times, such a power. */
const [decimalMin, decimalEnd] = [1e-12, 1e15]
/** How near to the middle of two whole numbers a product may lie whose own rounding error is below 10^-7. */
const tieWidth = 1e-6

/** A decimal number, whole / 10^shift, as one number: these are made by the hundred. */
const shiftSpan = 64
const wholeOf = (decimal: number): number => Math.floor(decimal / shiftSpan)
const shiftOf = (decimal: number): number => (decimal % shiftSpan) - shiftSpan / 2
const decimalAs = (whole: number, shift: number): number =>
  whole * shiftSpan + shift + shiftSpan / 2
/** Its shift is below 0. */
const noDecimal = 0

/** The decimal of fewest digits that is nearest to this float32 among all; noDecimal where arithmetic cannot tell. */
function decimalOf(given: number): number {
  const size = Math.fround(given)
  if (!(size >= decimalMin && size < decimalEnd)) return noDecimal
  const place = firstPlace(size)
  // Decimals of six digits are farther apart than what rounds to one float32: where none of them does, none of fewer digits does.
  const first = isDecimalOf(size, 5 - place) ? -place : 6 - place
  for (let shift = first; shift < 9 - place; shift++) {
    const power = powersOfTen[shift < 0 ? -shift : shift]!
    const scaled = shift < 0 ? size / power : size * power
    const below = Math.floor(scaled)
    const rest = scaled - below
    if (Math.abs(rest - 0.5) < tieWidth) return noDecimal
    const whole = rest < 0.5 ? below : below + 1
    if (Math.fround(shift < 0 ? whole * power : whole / power) !== size) continue
    // 0.0099999998 rounds to ten thousandths: one hundredth, in one digit.
    return whole === 10 ? decimalAs(1, shift - 1) : decimalAs(whole, shift)
  }
  return noDecimal
}

/** Whether the nearest number with so many decimal places rounds to this float32. */
function isDecimalOf(size: number, shift: number): boolean {
  const power = powersOfTen[shift < 0 ? -shift : shift]!
  const whole = Math.round(shift < 0 ? size / power : size * power)
  return Math.fround(shift < 0 ? whole * power : whole / power) === size
}

/** Decimal exponent of the first digit. */
function firstPlace(size: number): number {
  let place = 0
  if (size >= 1) {
    while (size >= powersOfTen[place + 1]!) place++
    return place
  }
  let shift = 1
  while (size * powersOfTen[shift]! < 1) shift++
  return -shift
}

/** For a shift above 0. */
function plainText(isNegative: boolean, decimal: number): string {
  const digits = String(wholeOf(decimal))
  const point = digits.length - shiftOf(decimal)
  const size =
    point > 0
      ? `${digits.slice(0, point)}.${digits.slice(point)}`
      : `0.${'0'.repeat(-point)}${digits}`
  return isNegative ? `-${size}` : size
}

function fewestDigitsByText(value: number): number {
  for (let digits = 1; digits <= 9; digits++) {
    const candidate = Number(value.toPrecision(digits))
    if (Math.fround(candidate) === value) return candidate
  }
  return value
}

/** Plain from 10^-3 up to below 10^7, else with an exponent; always with a fraction. */
function javaNotation(value: number): string {
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0'
  const size = Math.abs(value)
  if (size >= 1e-3 && size < 1e7) {
    const text = String(value)
    return text.includes('.') ? text : `${text}.0`
  }
  const [mantissa = '', exponent = ''] = value.toExponential().split('e')
  const fraction = mantissa.includes('.') ? mantissa : `${mantissa}.0`
  return `${fraction}E${Number(exponent)}`
}
