/** Decimal text of float32 numbers: the fewest digits that give the same float32 again. */

/**
 * Shortest decimal text of a float32 number, in JSON's (JavaScript's) notation: 0.9997144, 1, 1e-7.
 *
 * Cost     at most 9 tries of toPrecision; most numbers need 7 or 8 digits.
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

function fewestDigits(value: number): number {
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
