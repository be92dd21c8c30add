/** Time zones: offsets like +01:00 and names like Europe/Berlin (through Intl). */
import { VectorStoreError } from '../util/index.ts'

/** 'Z', '+0100', '+01' and '+01:00' as `+hh:mm`. */
export function readZone(text: string): string {
  if (text === 'Z' || text === 'UTC' || text === 'GMT') return '+00:00'
  const match = /^([+-])(\d{1,2}):?(\d{2})?/.exec(text)
  if (match === null) return text
  return `${match[1]}${match[2]!.padStart(2, '0')}:${match[3] ?? '00'}`
}

/**
 * Offset to add to UTC for the wall clock of a zone, at a wall-clock time (milliseconds as if it were UTC).
 *
 * Errors   REQUEST_ARGUMENT for a zone nobody knows.
 */
export function zoneOffsetMs(zone: string, wallMs: number): number {
  const fixed = /^([+-])(\d{2}):(\d{2})$/.exec(readZone(zone))
  if (fixed !== null) {
    const minutes = Number(fixed[2]) * 60 + Number(fixed[3])
    return (fixed[1] === '-' ? -1 : 1) * minutes * 60_000
  }
  // The offset at the instant depends on the offset: two rounds settle it except inside a changeover.
  const first = offsetAt(zone, wallMs)
  return offsetAt(zone, wallMs - first)
}

/** Offset of a zone at an instant. */
export function offsetAt(zone: string, ms: number): number {
  if (/^[+-]\d{2}:\d{2}$/.test(readZone(zone))) return zoneOffsetMs(zone, ms)
  const parts = new Map(
    formatOf(zone)
      .formatToParts(ms)
      .map((part) => [part.type, part.value])
  )
  const number = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.get(type))
  const wall = Date.UTC(
    number('year'),
    number('month') - 1,
    number('day'),
    number('hour') % 24,
    number('minute'),
    number('second')
  )
  return wall - Math.floor(ms / 1000) * 1000
}

const formats = new Map<string, Intl.DateTimeFormat>()

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone)
  if (format !== undefined) return format
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric'
    })
  } catch (cause) {
    throw new VectorStoreError('REQUEST_ARGUMENT', `Unknown time-zone ID: ${zone}`, { cause })
  }
  formats.set(zone, format)
  return format
}
