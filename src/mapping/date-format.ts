/**
 * Dates as text: reading by format, with the fields that are missing told apart (a range rounds up or down), and printing.
 *
 * Milliseconds are since 1970 in UTC. A format is one or more alternatives joined by `||`; output takes the first.
 * Named formats: strict_date_optional_time, date_optional_time, epoch_millis, epoch_second, basic_date(_time(_no_millis)),
 * date, date_time(_no_millis), date_hour_minute_second(_millis) and strict_ twins; other texts are patterns of
 * y M d H h m s S a E Z X and quoted or plain literals.
 */
import { VectorStoreError } from '../util/index.ts'
import { readZone, zoneOffsetMs } from './time-zone.ts'

/** Wall-clock fields; those that the text does not have are null. */
type DateFields = {
  readonly year: number
  readonly month: number | null
  readonly day: number | null
  readonly hour: number | null
  readonly minute: number | null
  readonly second: number | null
  readonly milli: number | null
  /** Zone in the text; null: none, the caller's time zone or UTC. */
  readonly zone: string | null
}

export type DateFormat = {
  readonly text: string
  /** null when no alternative fits. roundUp: missing fields take their last value, else their first. */
  parse(text: string, roundUp: boolean, timeZone: string | null): number | null
  print(ms: number): string
}

export const defaultDateFormat = 'strict_date_optional_time||epoch_millis'

type Alternative = {
  /** Fields, or milliseconds of an epoch format. */
  parse(text: string): DateFields | number | null
  print(ms: number): string
}

/** Errors REQUEST_ARGUMENT when a format is not known. */
export function dateFormat(text: string): DateFormat {
  const known = cache.get(text)
  if (known !== undefined) return known
  const alternatives = text.split('||').map((name) => alternativeOf(name.trim()))
  const first = alternatives[0]!
  const format: DateFormat = {
    text,
    parse(value, roundUp, timeZone) {
      for (const alternative of alternatives) {
        const parsed = alternative.parse(value)
        if (typeof parsed === 'number') return parsed
        if (parsed !== null) return millisOf(parsed, roundUp, timeZone)
      }
      return null
    },
    print: (ms) => first.print(ms)
  }
  cache.set(text, format)
  return format
}

const cache = new Map<string, DateFormat>()

/** Milliseconds of wall-clock fields. */
function millisOf(fields: DateFields, roundUp: boolean, timeZone: string | null): number {
  const month = fields.month ?? (roundUp ? 12 : 1)
  const day = fields.day ?? (roundUp ? daysInMonth(fields.year, month) : 1)
  const wall = utcMillis(
    fields.year,
    month,
    day,
    fields.hour ?? (roundUp ? 23 : 0),
    fields.minute ?? (roundUp ? 59 : 0)
  )
  const second = fields.second ?? (roundUp ? 59 : 0)
  const milli = fields.milli ?? (roundUp ? 999 : 0)
  const local = wall + second * 1000 + milli
  const zone = fields.zone ?? timeZone
  return zone === null ? local : local - zoneOffsetMs(zone, local)
}

function daysInMonth(year: number, month: number): number {
  return new Date(utcMillis(year, month + 1, 0, 0, 0)).getUTCDate()
}

/** Date.UTC takes years 0 to 99 for 1900 to 1999. */
function utcMillis(year: number, month: number, day: number, hour: number, minute: number): number {
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  date.setUTCHours(hour, minute, 0, 0)
  return date.getTime()
}

function alternativeOf(name: string): Alternative {
  const plain = name.replace(/^strict_/, '')
  if (plain === 'epoch_millis') return epoch(1)
  if (plain === 'epoch_second') return epoch(1000)
  if (plain === 'date_optional_time' || name === 'iso8601') {
    return { parse: name.startsWith('strict_') ? parseStrictIso : parseLenientIso, print: printIso }
  }
  const pattern = namedPatterns.get(plain)
  if (pattern !== undefined) return patternFormat(pattern)
  return patternFormat(name)
}

const namedPatterns: ReadonlyMap<string, string> = new Map([
  ['basic_date', 'yyyyMMdd'],
  ['basic_date_time', "yyyyMMdd'T'HHmmss.SSSX"],
  ['basic_date_time_no_millis', "yyyyMMdd'T'HHmmssX"],
  ['date', 'yyyy-MM-dd'],
  ['year', 'yyyy'],
  ['year_month', 'yyyy-MM'],
  ['year_month_day', 'yyyy-MM-dd'],
  ['date_hour', "yyyy-MM-dd'T'HH"],
  ['date_hour_minute', "yyyy-MM-dd'T'HH:mm"],
  ['date_hour_minute_second', "yyyy-MM-dd'T'HH:mm:ss"],
  ['date_hour_minute_second_millis', "yyyy-MM-dd'T'HH:mm:ss.SSS"],
  ['date_hour_minute_second_fraction', "yyyy-MM-dd'T'HH:mm:ss.SSS"],
  ['date_time', "yyyy-MM-dd'T'HH:mm:ss.SSSX"],
  ['date_time_no_millis', "yyyy-MM-dd'T'HH:mm:ssX"],
  ['hour_minute_second', 'HH:mm:ss']
])

function epoch(unitMs: number): Alternative {
  return {
    parse(text) {
      if (!/^-?\d+(\.\d+)?$/.test(text)) return null
      const ms = Math.floor(Number(text) * unitMs)
      return Number.isSafeInteger(ms) ? ms : null
    },
    print: (ms) => (unitMs === 1 ? String(ms) : String(ms / unitMs))
  }
}

const zoneText = '(Z|[+-]\\d{2}(?::?\\d{2}(?::?\\d{2})?)?)?'
const strictIso = new RegExp(
  `^([+-]?\\d{4,9})(?:-(\\d{2})(?:-(\\d{2}))?)?(?:T(?:(\\d{2})(?::(\\d{2})(?::(\\d{2})(?:[.,](\\d{1,9}))?)?)?${zoneText})?)?$`
)
const lenientIso = new RegExp(
  `^([+-]?\\d{1,9})(?:-(\\d{1,2})(?:-(\\d{1,2}))?)?(?:T(?:(\\d{1,2})(?::(\\d{1,2})(?::(\\d{1,2})(?:[.,](\\d{1,9}))?)?)?${zoneText})?)?$`
)

function parseStrictIso(text: string): DateFields | null {
  return fieldsOf(strictIso.exec(text))
}

function parseLenientIso(text: string): DateFields | null {
  return fieldsOf(lenientIso.exec(text))
}

function fieldsOf(match: RegExpExecArray | null): DateFields | null {
  // Digits alone of more than four places are milliseconds, not a year.
  if (match === null || /^\d{5,}$/.test(match[1]!)) return null
  const number = (at: number): number | null => (match[at] === undefined ? null : Number(match[at]))
  const zone = match[8] === undefined ? null : readZone(match[8])
  return checked({
    year: Number(match[1]),
    month: number(2),
    day: number(3),
    hour: number(4),
    minute: number(5),
    second: number(6),
    milli: match[7] === undefined ? null : Number(match[7].padEnd(3, '0').slice(0, 3)),
    zone
  })
}

/** null when a field is outside its range: month 13, 30 February. */
function checked(fields: DateFields): DateFields | null {
  const { year, month, day, hour, minute, second } = fields
  if (month !== null && (month < 1 || month > 12)) return null
  if (day !== null && (day < 1 || day > daysInMonth(year, month ?? 1))) return null
  if ((hour ?? 0) > 23 || (minute ?? 0) > 59 || (second ?? 0) > 59) return null
  return fields
}

/** 2019-05-04T00:00:00.000Z; years beyond 9999 keep all their digits. */
function printIso(ms: number): string {
  const text = new Date(ms).toISOString()
  return text.replace(/^\+0*(\d{5,})/, '+$1').replace(/^-0*(\d{4,})/, '-$1')
}

type PatternPart = { readonly letter: string; readonly width: number } | string

const monthNames = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')
const dayNames = 'Sun Mon Tue Wed Thu Fri Sat'.split(' ')

function patternFormat(pattern: string): Alternative {
  const parts = splitPattern(pattern)
  const letters: string[] = []
  let source = ''
  for (const part of parts) {
    if (typeof part === 'string') source += part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
    else {
      letters.push(part.letter)
      source += letterSource(part.letter, part.width, pattern)
    }
  }
  const expression = new RegExp(`^${source}$`)
  return {
    parse: (text) => patternFields(expression.exec(text), letters),
    print: (ms) => parts.map((part) => printPart(part, new Date(ms))).join('')
  }
}

function splitPattern(pattern: string): PatternPart[] {
  const parts: PatternPart[] = []
  for (const match of pattern.matchAll(/'((?:[^']|'')*)'|([a-zA-Z])\2*|([^a-zA-Z'])/g)) {
    if (match[1] !== undefined) parts.push(match[1] === '' ? "'" : match[1].replaceAll("''", "'"))
    else if (match[2] === undefined) parts.push(match[3]!)
    else parts.push({ letter: match[2] === 'u' ? 'y' : match[2], width: match[0].length })
  }
  return parts
}

const digits = (width: number): string => (width === 1 ? '(\\d{1,2})' : `(\\d{${width}})`)
const name = (): string => '([A-Za-z]{3,9})'
const zonePattern = (): string => '(Z|[+-]\\d{2}(?::?\\d{2})?)'

/** Source of a regular expression by pattern letter and width. */
const letterSources: ReadonlyMap<string, (width: number) => string> = new Map([
  ['y', (width: number) => (width === 2 ? '(\\d{2})' : '([+-]?\\d{4,9})')],
  ['M', (width: number) => (width >= 3 ? name() : digits(width))],
  ['d', digits],
  ['H', digits],
  ['h', digits],
  ['m', digits],
  ['s', digits],
  ['S', (width: number) => `(\\d{${width}})`],
  ['a', () => '(AM|PM|am|pm)'],
  ['E', name],
  ['Z', zonePattern],
  ['X', zonePattern],
  ['x', zonePattern]
])

function letterSource(letter: string, width: number, pattern: string): string {
  const source = letterSources.get(letter)
  if (source === undefined) {
    throw new VectorStoreError(
      'REQUEST_ARGUMENT',
      `Invalid format: [${pattern}]: Unknown pattern letter: ${letter}`
    )
  }
  return source(width)
}

function patternFields(
  match: RegExpExecArray | null,
  letters: readonly string[]
): DateFields | null {
  if (match === null) return null
  const values = new Map<string, string>()
  letters.forEach((letter, at) => values.set(letter, match[at + 1] ?? ''))
  const number = (letter: string): number | null => {
    const value = values.get(letter)
    return value === undefined ? null : Number(value)
  }
  const monthText = values.get('M')
  const monthAt = monthNames.indexOf((monthText ?? '').slice(0, 3))
  const fraction = values.get('S')
  const year = values.get('y')
  let hour = number('H')
  if (hour === null && values.has('h')) {
    hour = (number('h')! % 12) + (/pm/i.test(values.get('a') ?? '') ? 12 : 0)
  }
  const zone = values.get('Z') ?? values.get('X') ?? values.get('x')
  return checked({
    year: year === undefined ? 1970 : Number(year) + (year.length === 2 ? 2000 : 0),
    month: monthAt >= 0 ? monthAt + 1 : number('M'),
    day: number('d'),
    hour,
    minute: number('m'),
    second: number('s'),
    milli: fraction === undefined ? null : Number(fraction.padEnd(3, '0').slice(0, 3)),
    zone: zone === undefined ? null : readZone(zone)
  })
}

type PrintPart = (date: Date, width: number) => string

function padded(value: number, width: number): string {
  return String(value).padStart(width, '0')
}

const printers: ReadonlyMap<string, PrintPart> = new Map<string, PrintPart>([
  [
    'y',
    (date, width) =>
      padded(width === 2 ? date.getUTCFullYear() % 100 : date.getUTCFullYear(), width)
  ],
  [
    'M',
    (date, width) =>
      width >= 3 ? monthNames[date.getUTCMonth()]! : padded(date.getUTCMonth() + 1, width)
  ],
  ['d', (date, width) => padded(date.getUTCDate(), width)],
  ['H', (date, width) => padded(date.getUTCHours(), width)],
  ['h', (date, width) => padded(date.getUTCHours() % 12 || 12, width)],
  ['m', (date, width) => padded(date.getUTCMinutes(), width)],
  ['s', (date, width) => padded(date.getUTCSeconds(), width)],
  ['S', (date, width) => padded(date.getUTCMilliseconds(), 3).padEnd(width, '0').slice(0, width)],
  ['a', (date) => (date.getUTCHours() < 12 ? 'AM' : 'PM')],
  ['E', (date) => dayNames[date.getUTCDay()]!],
  ['X', () => 'Z']
])

function printPart(part: PatternPart, date: Date): string {
  if (typeof part === 'string') return part
  return printers.get(part.letter)?.(date, part.width) ?? '+0000'
}
