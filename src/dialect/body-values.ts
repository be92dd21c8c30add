/** Scalars of a body as Elasticsearch reads them: numbers and booleans may be quoted, nothing is cut in silence. */
import { VectorStoreError, javaDoubleText } from '../util/index.ts'
import type { BodyNode, TokenName } from './body-node.ts'
import { tokenOf } from './body-node.ts'
import { illegalArgument, numberFormat } from './wire-failure.ts'

export function intOf(value: unknown): number {
  const number = doubleOf(value)
  if (!Number.isInteger(number))
    throw illegalArgument(
      `${javaDoubleText(number)} cannot be converted to Integer without data loss`
    )
  if (Math.abs(number) > 2 ** 31 - 1 && number !== -(2 ** 31))
    throw illegalArgument(`Numeric value (${String(value)}) out of range of int`)
  return number
}

/** A long, as far as a double holds every whole number. */
export function longOf(value: unknown): number {
  const number = doubleOf(value)
  if (!Number.isInteger(number))
    throw illegalArgument(`${javaDoubleText(number)} cannot be converted to Long without data loss`)
  if (!Number.isSafeInteger(number))
    throw illegalArgument(`Numeric value (${String(value)}) out of range, wanted at most 2^53 - 1`)
  return number
}

export function doubleOf(value: unknown): number {
  if (typeof value === 'number') return value
  if (typeof value === 'bigint') return Number(value)
  const text = String(value)
  const number = text.trim() === '' ? Number.NaN : Number(text)
  if (Number.isNaN(number)) throw numberFormat(text)
  return number
}

export function booleanOf(value: unknown): boolean {
  if (value === true || value === 'true') return true
  if (value === false || value === 'false') return false
  throw illegalArgument(
    `Failed to parse value [${textOf(value)}] as only [true] or [false] are allowed.`
  )
}

/** Text of a scalar as XContentParser.text() gives it. Errors REQUEST_ARGUMENT: an object or a list. */
export function textOf(value: unknown): string {
  const token = tokenOf(value)
  if (token === 'START_OBJECT' || token === 'START_ARRAY')
    throw illegalArgument(`Can't get text on a ${token}`)
  return String(value)
}

/** How one member of an object is read: the tokens it takes, and where its value goes. */
export type FieldReader<Target = void> = {
  readonly accepts: readonly TokenName[]
  /** @param target  What is read into, where the reader does not know it by itself: tables of readers are made once. */
  read(node: BodyNode, target: Target): void
}

const number: readonly TokenName[] = ['VALUE_NUMBER', 'VALUE_STRING']
const scalar: readonly TokenName[] = ['VALUE_NUMBER', 'VALUE_STRING', 'VALUE_BOOLEAN']

type Setter<Value, Target> = (value: Value, target: Target) => void
type NodeReader<Target> = (node: BodyNode, target: Target) => void

export const field = {
  int: <Target = void>(set: Setter<number, Target>): FieldReader<Target> => ({
    accepts: number,
    read: (node, target) => set(intOf(node.value), target)
  }),
  double: <Target = void>(set: Setter<number, Target>): FieldReader<Target> => ({
    accepts: number,
    read: (node, target) => set(doubleOf(node.value), target)
  }),
  boolean: <Target = void>(set: Setter<boolean, Target>): FieldReader<Target> => ({
    accepts: ['VALUE_BOOLEAN', 'VALUE_STRING'],
    read: (node, target) => set(booleanOf(node.value), target)
  }),
  string: <Target = void>(set: Setter<string, Target>): FieldReader<Target> => ({
    accepts: scalar,
    read: (node, target) => set(textOf(node.value), target)
  }),
  object: <Target = void>(read: NodeReader<Target>): FieldReader<Target> => ({
    accepts: ['START_OBJECT'],
    read
  }),
  objectOrArray: <Target = void>(read: NodeReader<Target>): FieldReader<Target> => ({
    accepts: ['START_OBJECT', 'START_ARRAY'],
    read
  }),
  array: <Target = void>(read: NodeReader<Target>): FieldReader<Target> => ({
    accepts: ['START_ARRAY'],
    read
  }),
  any: <Target = void>(read: NodeReader<Target>): FieldReader<Target> => ({
    accepts: ['START_OBJECT', 'START_ARRAY', ...scalar],
    read
  }),
  nullable: <Target = void>(reader: FieldReader<Target>): FieldReader<Target> => ({
    accepts: [...reader.accepts, 'VALUE_NULL'],
    read: (node, target) => {
      if (node.token !== 'VALUE_NULL') reader.read(node, target)
    }
  })
}

/**
 * Reads an object by a table of its members.
 *
 * Source   Elasticsearch ObjectParser: texts of its x_content_parse_exceptions.
 * Errors   REQUEST_FIELD: unknown member (with suggestions), wrong token; anything a reader throws becomes the cause
 *          of "[parser] failed to parse field [name]".
 */
export function readObject(
  node: BodyNode,
  parser: string,
  readers: Readonly<Record<string, FieldReader>>
): void
export function readObject<Target>(
  node: BodyNode,
  parser: string,
  readers: Readonly<Record<string, FieldReader<Target>>>,
  target: Target
): void
export function readObject<Target>(
  node: BodyNode,
  parser: string,
  readers: Readonly<Record<string, FieldReader<Target>>>,
  target?: Target
): void {
  for (const [key, member] of node.members()) {
    const reader = Object.hasOwn(readers, key) ? readers[key] : undefined
    if (reader === undefined) throw member.unknownField(parser, Object.keys(readers))
    if (!reader.accepts.includes(member.token)) throw member.wrongToken(parser)
    try {
      reader.read(member, target as Target)
    } catch (error) {
      if (!(error instanceof VectorStoreError)) throw error
      throw member.fieldFault(`[${parser}] failed to parse field [${key}]`, { cause: error })
    }
  }
}

/**
 * Reads the body of a query by a table of its members.
 *
 * Source   Elasticsearch's older query parsers: faults of inner queries come through as they are.
 * Errors   REQUEST_PARSE: unknown member, wrong token; anything a reader throws.
 */
export function readQueryMembers(
  node: BodyNode,
  query: string,
  readers: Readonly<Record<string, FieldReader>>
): void {
  for (const [key, member] of node.members()) {
    const reader = Object.hasOwn(readers, key) ? readers[key] : undefined
    if (reader === undefined || !reader.accepts.includes(member.token))
      throw member.parseFault(`[${query}] query does not support [${key}]`)
    reader.read(member)
  }
}
