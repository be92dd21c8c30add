/** Decimal text of float32 numbers: the fewest digits that give the same float32 again. */

/**
 * Shortest decimal text of a float32 number, in JSON's (JavaScript's) notation: 0.9997144, 1, 1e-7.
 *
 * Cost     one look at each of 6, 7, 8 and 9 digits; most numbers need 7 or 8.
 * Errors   none; NaN and infinities come back by name, which is not JSON.
 */
export function float32Text(value: number): string {
  const isFound = findDecimal(Math.abs(value))
  if (!isFound || decimal.shift <= 0 || Math.abs(value) < 1e-6)
    return String(shortestFloat32(value))
  return plainText(value < 0)
}

/** The double whose shortest text is the shortest text of the float32 number. */
export function shortestFloat32(value: number): number {
  const rounded = Math.fround(value)
  // Below 2^24 a whole number is its own text; NaN and infinities are what they are.
  if (Number.isInteger(rounded) ? Math.abs(rounded) < 2 ** 24 : !Number.isFinite(rounded))
    return rounded
  if (!findDecimal(Math.abs(rounded))) return fewestDigitsByText(rounded)
  const { whole, shift } = decimal
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
  const isFound = findDecimal(size)
  const isPlain = size >= 1e-3 && size < 1e7
  const { whole, shift } = decimal
  if (!isFound || (isPlain && shift <= 0)) {
    const number = shortestFloat32(value)
    return writeAscii(Number.isFinite(number) ? javaNotation(number) : String(number), to, at)
  }
  const from = value < 0 ? at + 1 : at
  if (value < 0) to[at] = minus
  const count = digitCount(whole)
  if (!isPlain) return writeExponent(whole, count, count - 1 - shift, to, from)
  const point = count - shift
  if (point > 0) return writeDigits(whole, count, point, to, from)
  to[from] = zero
  to[from + 1] = dot
  const first = from + 2 - point
  for (let place = from + 2; place < first; place++) to[place] = zero
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
  if (point >= count) {
    writeLast(whole, count, to, at + count)
    return at + count
  }
  const end = at + count + 1
  const rest = writeLast(whole, count - point, to, end)
  to[at + point] = dot
  writeLast(rest, point, to, at + point)
  return end
}

/** The last digits of a number below 2^31, in front of `end`; gives the number that stands before them. */
function writeLast(whole: number, count: number, to: Uint8Array, end: number): number {
  let rest = whole | 0
  for (let place = end - 1; place >= end - count; place--) {
    const next = (rest / 10) | 0
    to[place] = zero + rest - 10 * next
    rest = next
  }
  return rest
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
/** How near to each other two numbers of 9 digits may be, whose own rounding error is below 10^-6, to count as one. */
const tieWidth = 1e-5

const float = new Float32Array(1)
const floatBits = new Int32Array(float.buffer)
/** By exponent of a float32: half of the way to the next one, and the decimal exponent of the first digit of the least of them. */
const halfGaps = Float64Array.from({ length: 256 }, (_, exponent) => 2 ** (exponent - 151))
const leastPlaces = Int8Array.from({ length: 256 }, (_, exponent) =>
  Math.floor(Math.log10(2 ** (exponent - 127)))
)
/** By that decimal exponent, from -13 on: where the next one begins. */
const placeEnds = Float64Array.from({ length: 29 }, (_, at) => Number(`1e${at - 12}`))

/** The decimal number that was found last, whole / 10^shift: hundreds are asked for in a row, and an object each would be garbage. */
const decimal = { whole: 0, shift: 0 }

/** Finds the decimal of fewest digits that is nearest to this float32 among all. false: arithmetic cannot tell. */
function findDecimal(given: number): boolean {
  const size = Math.fround(given)
  if (!(size >= decimalMin && size < decimalEnd)) return false
  float[0] = size
  const bits = floatBits[0]!
  const exponent = bits >>> 23
  const leastPlace = leastPlaces[exponent]!
  const place = size < placeEnds[leastPlace + 13]! ? leastPlace : leastPlace + 1
  const gap = halfGaps[exponent]!
  // Below a power of two they lie closer.
  const gapBelow = (bits & 0x7f_ff_ff) === 0 ? gap / 2 : gap
  // As a number of 9 digits, of which decimals of 8, 7 and 6 end with zeros. What rounds to one float32 is 6 to 119 wide.
  const shift = 8 - place
  const power = powersOfTen[Math.abs(shift)]!
  const scaled = shift < 0 ? size / power : size * power
  const from = shift < 0 ? (size - gapBelow) / power : (size - gapBelow) * power
  const to = shift < 0 ? (size + gap) / power : (size + gap) * power
  for (let zeros = 3; zeros >= 0; zeros--) {
    const unit = powersOfTen[zeros]!
    const units = scaled / unit
    const whole = Math.floor(units + 0.5)
    const value = whole * unit
    if (value < from - tieWidth || value > to + tieWidth) continue
    const isAtEdge = value < from + tieWidth || value > to - tieWidth
    if (isAtEdge || Math.abs(units - whole) > 0.5 - tieWidth) return false
    decimal.whole = whole | 0
    decimal.shift = shift - zeros
    // There is one with three zeros at most, so one with more is the same.
    if (zeros === 3) cutZeros()
    return true
  }
  return false
}

function cutZeros(): void {
  for (let tenth = (decimal.whole / 10) | 0; tenth * 10 === decimal.whole;) {
    decimal.whole = tenth
    decimal.shift--
    tenth = (tenth / 10) | 0
  }
}

/** For a shift above 0. */
function plainText(isNegative: boolean): string {
  const digits = String(decimal.whole)
  const point = digits.length - decimal.shift
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
