/** Date math: `now-1d/d`, `2019-05-01||+1M/d`. Units y M w d h H m s. */
import { VectorStoreError } from '../util/index.ts'
import type { DateFormat } from './date-format.ts'
import { offsetAt, zoneOffsetMs } from './time-zone.ts'

export type DateMathOptions = {
  readonly nowMs: number
  /** Rounding and missing fields go to the last millisecond of their unit instead of the first. */
  readonly roundUp: boolean
  readonly timeZone: string | null
}

/**
 * Milliseconds of a date expression.
 *
 * Errors   REQUEST_ARGUMENT `failed to parse date field [x] with format [y]` and faults in the math part.
 */
export function parseDateMath(text: string, format: DateFormat, options: DateMathOptions): number {
  let base: number
  let math: string
  if (text.startsWith('now')) {
    base = options.nowMs
    math = text.slice('now'.length)
  } else {
    const bar = text.indexOf('||')
    const dateText = bar < 0 ? text : text.slice(0, bar)
    math = bar < 0 ? '' : text.slice(bar + 2)
    // With math behind it, the date itself is taken at its first millisecond.
    const parsed = format.parse(dateText, options.roundUp && math === '', options.timeZone)
    if (parsed === null) throw dateFault(dateText, format)
    base = parsed
  }
  return math === '' ? base : applyMath(text, math, base, options)
}

export function dateFault(text: string, format: DateFormat): VectorStoreError {
  return new VectorStoreError(
    'REQUEST_ARGUMENT',
    `failed to parse date field [${text}] with format [${format.text}]`
  )
}

/** As far as a Date reaches. */
const dateMsMax = 8.64e15

function applyMath(text: string, math: string, base: number, options: DateMathOptions): number {
  const zone = options.timeZone ?? '+00:00'
  // Days and months are those of the wall clock.
  let wall = base + offsetAt(zone, base)
  let at = 0
  for (const match of math.matchAll(/([+-])(\d*)([yMwdhHms])|\/(\d*)([yMwdhHms])/gy)) {
    at += match[0].length
    if (match[1] === undefined) {
      if (match[4] !== '')
        throw mathFault(`rounding \`/\` can only be used on single unit types [${text}]`)
      wall = roundTo(wall, match[5]!, options.roundUp)
    } else {
      const count = match[2] === '' ? 1 : Number(match[2])
      wall = add(wall, match[1] === '-' ? -count : count, match[3]!)
    }
  }
  if (at !== math.length)
    throw mathFault(`operator not supported for date math [${math.slice(at)}]`)
  if (!(Math.abs(wall) <= dateMsMax)) throw mathFault(`date math [${text}] is out of range`)
  return wall - zoneOffsetMs(zone, wall)
}

function mathFault(message: string): VectorStoreError {
  return new VectorStoreError('REQUEST_ARGUMENT', message)
}

const unitMs: ReadonlyMap<string, number> = new Map([
  ['w', 7 * 86_400_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['H', 3_600_000],
  ['m', 60_000],
  ['s', 1000]
])

function add(wall: number, count: number, unit: string): number {
  const fixed = unitMs.get(unit)
  if (fixed !== undefined) return wall + count * fixed
  const date = new Date(wall)
  const day = date.getUTCDate()
  date.setUTCDate(1)
  if (unit === 'y') date.setUTCFullYear(date.getUTCFullYear() + count)
  else date.setUTCMonth(date.getUTCMonth() + count)
  const last = new Date(date)
  last.setUTCMonth(last.getUTCMonth() + 1, 0)
  // 31 January plus a month is the last day of February.
  date.setUTCDate(Math.min(day, last.getUTCDate()))
  return date.getTime()
}

function roundTo(wall: number, unit: string, roundUp: boolean): number {
  const floor = floorTo(wall, unit)
  return roundUp ? add(floor, 1, unit) - 1 : floor
}

function floorTo(wall: number, unit: string): number {
  const date = new Date(wall)
  switch (unit) {
    case 'y':
      date.setUTCMonth(0, 1)
      break
    case 'M':
      date.setUTCDate(1)
      break
    case 'w':
      // Weeks start on Monday.
      date.setUTCDate(date.getUTCDate() - ((date.getUTCDay() + 6) % 7))
      break
    default: {
      const size = unitMs.get(unit)!
      return Math.floor(wall / size) * size
    }
  }
  date.setUTCHours(0, 0, 0, 0)
  return date.getTime()
}
