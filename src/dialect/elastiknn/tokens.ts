/** What Elastiknn says about a value that is of the wrong kind. */
import { VectorStoreError } from '../../util/index.ts'
import { tokenOf } from '../body-node.ts'
import type { TokenName } from '../body-node.ts'

/**
 * Errors REQUEST_FIELD: the value is none of these.
 *
 * @param name  Of the member; null for an element of an array.
 */
export function expectToken(
  name: string | null,
  value: unknown,
  ...wanted: readonly TokenName[]
): void {
  const found = tokenOf(value)
  if (!wanted.includes(found)) throw unexpected(name, wanted, found)
}

/** A number of the body; those too long for a double come as bigint. Errors REQUEST_FIELD. */
export function numberOf(name: string | null, value: unknown): number {
  expectToken(name, value, 'VALUE_NUMBER')
  return Number(value)
}

/** Errors REQUEST_FIELD. */
export function stringOf(name: string | null, value: unknown): string {
  expectToken(name, value, 'VALUE_STRING')
  return String(value)
}

/** Errors REQUEST_FIELD. */
export function booleanOf(name: string | null, value: unknown): boolean {
  expectToken(name, value, 'VALUE_BOOLEAN')
  return value === true
}

/** A whole number of at least `least`. Errors REQUEST_FIELD. */
export function countOf(name: string, value: unknown, least: number): number {
  const number = numberOf(name, value)
  if (Number.isInteger(number) && number >= least && number < 2 ** 31) return number
  throw new VectorStoreError(
    'REQUEST_FIELD',
    `Expected [${name}] to be a whole number from ${least} to ${2 ** 31 - 1} but found [${number}]`
  )
}

/** One of the words, whatever its case. Errors REQUEST_FIELD naming those of `shown`. */
export function wordOf<T extends string>(
  name: string | null,
  value: unknown,
  words: readonly T[],
  shown: readonly string[]
): T {
  const text = stringOf(name, value)
  const known = words.find((word) => word === text.toLowerCase())
  if (known === undefined) throw unexpected(name, shown, text)
  return known
}

export function unexpected(
  name: string | null,
  wanted: readonly string[],
  found: string
): VectorStoreError {
  const subject = name === null ? 'token' : `[${name}]`
  return new VectorStoreError(
    'REQUEST_FIELD',
    `Expected ${subject} to be one of [${wanted.join(',')}] but found [${found}]`
  )
}

/** What a body lacks is not said by name. */
export function unable(what: string): VectorStoreError {
  return new VectorStoreError('REQUEST_FIELD', `Unable to construct [${what}] from parsed JSON`)
}
