import type { VectorStoreError } from '../util/index.ts'
import { illegalArgument } from './wire-failure.ts'

const unitMs: Readonly<Record<string, number>> = {
  nanos: 1e-6,
  micros: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000
}

/**
 * Milliseconds of `30s`, `1m`, `-1`, `0`; the latter two need no unit.
 *
 * Errors   REQUEST_ARGUMENT, in Elasticsearch's words.
 */
export function timeValueMs(text: string, name: string): number {
  const trimmed = text.trim()
  if (trimmed === '-1' || trimmed === '0') return Number(trimmed)
  const match = /^(-?\d+)(nanos|micros|ms|s|m|h|d)$/i.exec(trimmed)
  const unit = unitMs[match?.[2]?.toLowerCase() ?? '']
  const fault = (why: string): VectorStoreError =>
    illegalArgument(
      `failed to parse setting [${name}] with value [${text}] as a time value: ${why}`
    )
  if (match === null || unit === undefined) throw fault('unit is missing or unrecognized')
  const count = Number(match[1])
  if (count < -1) throw fault('negative durations are not supported')
  return count * unit
}
