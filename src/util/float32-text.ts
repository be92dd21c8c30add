/** Decimal text of float32 numbers: the fewest digits that give the same float32 again. */

/**
 * Shortest decimal text of a float32 number, in JSON's (JavaScript's) notation: 0.9997144, 1, 1e-7.
 *
 * Cost     at most 9 divisions; most numbers need 7 or 8 digits.
 * Errors   none; NaN and infinities come back by name, which is not JSON.
 */
export function float32Text(value: number): string {
  return String(shortestFloat32(value))
}

/** The double whose shortest text is the shortest text of the float32 number. */
export function shortestFloat32(value: number): number {
  const rounded = Math.fround(value)
  if (!Number.isFinite(rounded) || Number.isInteger(rounded)) {
    return Number.isFinite(rounded) && Math.abs(rounded) >= 2 ** 24
      ? fewestDigits(rounded)
      : rounded
  }
  return fewestDigits(rounded)
}

/** Java's Float.toString: 1.0, 0.001, 1.0E-4, 1.0E7, NaN, Infinity. */
export function javaFloatText(value: number): string {
  const number = shortestFloat32(value)
  if (!Number.isFinite(number)) return String(number)
  return javaNotation(number)
}

/** Java's Double.toString. */
export function javaDoubleText(value: number): string {
  return Number.isFinite(value) ? javaNotation(value) : String(value)
}

/** Powers of ten that a double holds exactly. */
const powersOfTen = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`))
/** Between these a number of 9 digits is a whole number over, or times, such a power. */
const [plainMin, plainEnd] = [1e-12, 1e15]
/** How near to the middle of two whole numbers a product may lie whose own rounding error is below 10^-7. */
const tieWidth = 1e-6

/** `value` is no zero. */
function fewestDigits(value: number): number {
  const size = Math.abs(value)
  if (size < plainMin || size >= plainEnd) return fewestDigitsByText(value)
  // Of its first digit.
  let place = 0
  if (size >= 1) while (size >= powersOfTen[place + 1]!) place++
  else {
    let below = 1
    while (size * powersOfTen[below]! < 1) below++
    place = -below
  }
  for (let shift = -place; shift < 9 - place; shift++) {
    const power = powersOfTen[shift < 0 ? -shift : shift]!
    const scaled = shift < 0 ? size / power : size * power
    const whole = Math.floor(scaled)
    const rest = scaled - whole
    if (Math.abs(rest - 0.5) < tieWidth) return fewestDigitsByText(value)
    const rounded = rest < 0.5 ? whole : whole + 1
    // Both operands are exact, so this is the double that the decimal text stands for.
    const candidate = shift < 0 ? rounded * power : rounded / power
    if (Math.fround(candidate) === size) return value < 0 ? -candidate : candidate
  }
  return fewestDigitsByText(value)
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
