/**
 * `_source` as JSON text: filtering, merging and reading it without changing how a number was written.
 * Numbers whose text is not what JSON.stringify would print (1.0, 2^53 + 1, 1e3) are kept as raw JSON.
 */
import { matchesWildcard } from '../util/index.ts'

/** A JSON value as parseSource gives it; `RawNumber` stands for a number whose text must survive. */
export type SourceValue =
  | null
  | boolean
  | number
  | string
  | RawNumber
  | SourceValue[]
  | SourceObject
export type SourceObject = { [key: string]: SourceValue }
type RawNumber = number & { readonly rawJSON: string }

type JsonWithRaw = {
  rawJSON(text: string): RawNumber
  isRawJSON(value: unknown): value is RawNumber
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown
  ): unknown
}
const json = JSON as unknown as JsonWithRaw
const decoder = new TextDecoder()

/** Parses a checked JSON object; keys like `__proto__` are ordinary keys. */
export function parseSource(source: Uint8Array): SourceObject {
  return json.parse(decoder.decode(source), (_key, value, context) =>
    typeof value === 'number' && context.source !== undefined && String(value) !== context.source
      ? json.rawJSON(context.source)
      : value
  ) as SourceObject
}

export function printSource(value: SourceValue): Uint8Array {
  return Buffer.from(JSON.stringify(value))
}

export function isObject(value: unknown): value is SourceObject {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !json.isRawJSON(value)
  )
}

/** Numbers as JavaScript has them, for those who compute with a source instead of printing it. */
export function plainValue(value: SourceValue): unknown {
  if (json.isRawJSON(value)) return Number(value.rawJSON)
  if (Array.isArray(value)) return value.map(plainValue)
  if (!isObject(value)) return value
  const result: Record<string, unknown> = {}
  for (const [key, member] of Object.entries(value)) define(result, key, plainValue(member))
  return result
}

/** Sets an own member, whatever its name. */
function define(target: object, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(target, key, {
      value,
      enumerable: true,
      configurable: true,
      writable: true
    })
  else (target as Record<string, unknown>)[key] = value
}

/**
 * Merges a partial document: objects member by member, everything else replaced.
 *
 * @returns The merged object; `changed` is false when the partial says nothing new.
 */
export function mergeSource(
  current: SourceObject,
  partial: SourceObject
): { readonly merged: SourceObject; readonly changed: boolean } {
  const merged: SourceObject = { ...current }
  let changed = false
  for (const [key, value] of Object.entries(partial)) {
    const before = Object.hasOwn(current, key) ? current[key] : undefined
    if (isObject(before) && isObject(value)) {
      const inner = mergeSource(before, value)
      if (inner.changed) define(merged, key, inner.merged)
      changed ||= inner.changed
    } else if (before === undefined || !sameValue(before, value)) {
      define(merged, key, value)
      changed = true
    }
  }
  return { merged, changed }
}

function sameValue(a: SourceValue, b: SourceValue): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

/** Which members of a source are wanted; paths are dotted, `*` is any text. */
export type SourceFilter = {
  readonly includes: readonly string[]
  readonly excludes: readonly string[]
}

/**
 * Keeps what `includes` names (all when empty) and drops what `excludes` names. Objects in arrays that become empty
 * are dropped with them.
 *
 * Source   Elasticsearch `_source` filtering.
 */
export function filterSource(source: SourceObject, filter: SourceFilter): SourceObject {
  return filterObject(source, '', filter, filter.includes.length === 0)
}

function filterObject(
  source: SourceObject,
  prefix: string,
  filter: SourceFilter,
  inside: boolean
): SourceObject {
  const result: SourceObject = {}
  for (const [key, value] of Object.entries(source)) {
    const path = prefix + key
    if (filter.excludes.some((pattern) => coversPath(pattern, path))) continue
    const included = inside || filter.includes.some((pattern) => coversPath(pattern, path))
    if (!included && !filter.includes.some((pattern) => mayCoverBelow(pattern, path))) continue
    const kept = filterValue(value, path, filter, included)
    if (kept !== undefined) define(result, key, kept)
  }
  return result
}

function filterValue(
  value: SourceValue,
  path: string,
  filter: SourceFilter,
  included: boolean
): SourceValue | undefined {
  if (isObject(value)) {
    const kept = filterObject(value, `${path}.`, filter, included)
    return included || Object.keys(kept).length > 0 ? kept : undefined
  }
  if (Array.isArray(value) && value.some((member) => isObject(member) || Array.isArray(member))) {
    const members = value.flatMap((member) => {
      const kept = filterValue(member, path, filter, included)
      return kept === undefined ? [] : [kept]
    })
    return included || members.length > 0 ? members : undefined
  }
  return included ? value : undefined
}

/** The pattern names this path or one above it. */
function coversPath(pattern: string, path: string): boolean {
  if (matchesWildcard(pattern, path)) return true
  for (let dot = path.indexOf('.'); dot >= 0; dot = path.indexOf('.', dot + 1))
    if (matchesWildcard(pattern, path.slice(0, dot))) return true
  return false
}

/** The pattern may name something below this path. */
function mayCoverBelow(pattern: string, path: string): boolean {
  const depth = path.split('.').length
  const parts = pattern.split('.')
  const star = parts.findIndex((part) => part.includes('*'))
  if (star >= 0 && star < depth)
    return matchesWildcard(`${parts.slice(0, star + 1).join('.')}*`, path)
  return parts.length > depth && matchesWildcard(parts.slice(0, depth).join('.'), path)
}

/** All values at a dotted path, through arrays of objects and keys that hold dots themselves. */
export function valuesAt(source: SourceValue, path: string): SourceValue[] {
  if (path === '') return Array.isArray(source) ? source : [source]
  if (Array.isArray(source)) return source.flatMap((member) => valuesAt(member, path))
  if (!isObject(source)) return []
  const found: SourceValue[] = []
  if (Object.hasOwn(source, path)) found.push(source[path] ?? null)
  for (let dot = path.indexOf('.'); dot >= 0; dot = path.indexOf('.', dot + 1)) {
    const head = path.slice(0, dot)
    if (Object.hasOwn(source, head))
      found.push(...valuesAt(source[head] ?? null, path.slice(dot + 1)))
  }
  return found
}
