/** Parameters of a mapping definition: read with checks, printed back as they were given, compared on update. */
import { VectorStoreError } from '../util/index.ts'
import type { MappingJson } from './contract.ts'
import type { DefinitionContext } from './field-type.ts'

type ParameterKind = 'boolean' | 'string' | 'integer' | 'number' | 'strings' | 'any'

type ParameterSpec = {
  readonly kind: ParameterKind
  readonly default: unknown
  /** May change in an update. */
  readonly updatable: boolean
}

export type ParameterTable = Readonly<Record<string, ParameterSpec>>

/** Values of one definition. */
export type Parameters = {
  readonly typeName: string
  readonly table: ParameterTable
  /** Those that were given, in their order. */
  readonly given: ReadonlyMap<string, unknown>
}

/** Accepted everywhere and only echoed. */
export const commonParameters: ParameterTable = {
  meta: { kind: 'any', default: null, updatable: true },
  copy_to: { kind: 'strings', default: [], updatable: true },
  store: { kind: 'boolean', default: false, updatable: false }
}

function readParameters(
  name: string,
  typeName: string,
  definition: MappingJson,
  table: ParameterTable
): Parameters {
  const given = new Map<string, unknown>()
  for (const [key, value] of Object.entries(definition)) {
    const spec = Object.hasOwn(table, key) ? table[key] : undefined
    if (spec === undefined) {
      throw new VectorStoreError(
        'MAPPING_PARSE',
        `unknown parameter [${key}] on mapper [${name}] of type [${typeName}]`
      )
    }
    given.set(key, readParameter(name, key, value, spec))
  }
  return { typeName, table, given }
}

export function parameter(parameters: Parameters, key: string): unknown {
  return parameters.given.has(key) ? parameters.given.get(key) : parameters.table[key]?.default
}

export function booleanParameter(parameters: Parameters, key: string): boolean {
  return parameter(parameters, key) === true
}

export function stringParameter(parameters: Parameters, key: string): string | null {
  const value = parameter(parameters, key)
  return typeof value === 'string' ? value : null
}

export function stringsParameter(parameters: Parameters, key: string): readonly string[] {
  const value = parameter(parameters, key)
  return Array.isArray(value) ? value.map(String) : []
}

export function printParameters(parameters: Parameters): Record<string, unknown> {
  return { type: parameters.typeName, ...Object.fromEntries(parameters.given) }
}

/**
 * Reads a definition that may be an update of `previous`.
 *
 * Errors   MAPPING_CONFLICT naming every parameter that may not change.
 */
export function readUpdate(
  context: DefinitionContext,
  typeName: string,
  table: ParameterTable
): Parameters {
  const next = readParameters(context.name, typeName, context.definition, table)
  if (context.previous === null) return next
  const { type: _type, ...before } = context.previous
  const old = readParameters(context.name, typeName, before, table)
  const conflicts: string[] = []
  for (const [key, spec] of Object.entries(table)) {
    if (spec.updatable) continue
    const from = parameter(old, key)
    const to = parameter(next, key)
    if (!sameJson(from, to)) conflicts.push(conflictText(key, from, to))
  }
  if (conflicts.length > 0) throw mapperConflict(context.name, conflicts)
  return next
}

export function conflictText(parameterName: string, from: unknown, to: unknown): string {
  return `Cannot update parameter [${parameterName}] from [${shown(from)}] to [${shown(to)}]`
}

export function mapperConflict(name: string, conflicts: readonly string[]): VectorStoreError {
  const lines = conflicts.map((conflict) => `\n\t${conflict}`).join('')
  return new VectorStoreError(
    'MAPPING_CONFLICT',
    `Mapper for [${name}] conflicts with existing mapper:${lines}`
  )
}

export function sameJson(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

/** A JSON value of a definition in a message; definitions made in this process may hold a bigint. */
export function shown(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value)
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'bigint' ? String(member) : member
  )
}

function readParameter(name: string, key: string, value: unknown, spec: ParameterSpec): unknown {
  return readers[spec.kind](name, key, value)
}

type ReadValue = (name: string, key: string, value: unknown) => unknown

const readers: Readonly<Record<ParameterKind, ReadValue>> = {
  boolean: readBoolean,
  integer: readInteger,
  number: readNumber,
  any: (_name, _key, value) => value,
  string(name, key, value) {
    if (typeof value === 'string' || value === null) return value
    return typeof value === 'number' || typeof value === 'boolean'
      ? String(value)
      : refuse(name, key, 'a string', value)
  },
  strings(name, key, value) {
    if (typeof value === 'string') return [value]
    return Array.isArray(value) && value.every((each) => typeof each === 'string')
      ? value
      : refuse(name, key, 'a string or a list of strings', value)
  }
}

export function readBoolean(name: string, key: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value
  if (value === 'true') return true
  if (value === 'false') return false
  throw new VectorStoreError('MAPPING_PARSE', `Could not convert [${name}.${key}] to boolean`, {
    cause: new VectorStoreError(
      'REQUEST_ARGUMENT',
      `Failed to parse value [${shown(value)}] as only [true] or [false] are allowed.`
    )
  })
}

function readInteger(name: string, key: string, value: unknown): number {
  const number = typeof value === 'string' ? Number(value) : value
  return typeof number === 'number' && Number.isInteger(number)
    ? number
    : refuse(name, key, 'an integer', value)
}

function readNumber(name: string, key: string, value: unknown): number {
  const number = typeof value === 'string' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number)
    ? number
    : refuse(name, key, 'a number', value)
}

function refuse(name: string, key: string, wanted: string, value: unknown): never {
  throw new VectorStoreError(
    'MAPPING_PARSE',
    `Property [${key}] on field [${name}] must be ${wanted} but got [${shown(value)}]`
  )
}
