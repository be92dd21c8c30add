/**
 * What is wanted of a `_source`, and its values, without changing how a number was written.
 * Numbers whose text is not what JSON.stringify would print (1.0, 2^53 + 1, 1e3) are kept as raw JSON.
 */
import type { TextFilter } from '../util/index.ts'
import { bufferOf, keepNumberText, matchesWildcard, parseWithSource } from '../util/index.ts'

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

const json = JSON as unknown as { isRawJSON(value: unknown): value is RawNumber }

/** Parses a checked JSON object; keys like `__proto__` are ordinary keys. */
export function parseSource(source: Uint8Array): SourceObject {
  return parseWithSource(bufferOf(source).toString(), keepNumberText) as SourceObject
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

/** Which members of a source are wanted; paths are dotted, `*` is any text. */
export type SourceFilter = {
  readonly includes: readonly string[]
  readonly excludes: readonly string[]
}

/**
 * What is wanted of a source: what `includes` names (all when empty) without what `excludes` names. Objects in arrays that become
 * empty are dropped with them.
 *
 * Source   Elasticsearch `_source` filtering.
 */
export function wantedOfSource(filter: SourceFilter): TextFilter {
  return new WantedPath('', { ...filter, pathCount: 0 }, filter.includes.length === 0)
}

const nothing: TextFilter = {
  takesAll: false,
  isEmpty: true,
  keepsRest: false,
  below: () => nothing
}

/** Paths whose answers are remembered; documents may have any number of them. */
const pathsMax = 1024

class WantedPath implements TextFilter {
  readonly takesAll: boolean
  readonly isEmpty = false
  readonly keepsRest: boolean
  /** The path and a dot; of the document nothing. */
  readonly #prefix: string
  readonly #filter: SourceFilter & { pathCount: number }
  readonly #below = new Map<string, TextFilter>()

  constructor(prefix: string, filter: SourceFilter & { pathCount: number }, isIncluded: boolean) {
    this.#prefix = prefix
    this.#filter = filter
    this.keepsRest = isIncluded
    const path = prefix.slice(0, -1)
    this.takesAll =
      isIncluded &&
      filter.excludes.every((pattern) => prefix !== '' && !mayCoverBelow(pattern, path))
  }

  below(name: string): TextFilter {
    const known = this.#below.get(name)
    if (known !== undefined) return known
    const wanted = this.#wanted(this.#prefix + name)
    if (this.#filter.pathCount < pathsMax) {
      this.#filter.pathCount += 1
      this.#below.set(name, wanted)
    }
    return wanted
  }

  #wanted(path: string): TextFilter {
    const { includes, excludes } = this.#filter
    if (excludes.some((pattern) => coversPath(pattern, path))) return nothing
    const isIncluded = this.keepsRest || includes.some((pattern) => coversPath(pattern, path))
    if (!isIncluded && !includes.some((pattern) => mayCoverBelow(pattern, path))) return nothing
    return new WantedPath(`${path}.`, this.#filter, isIncluded)
  }
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
