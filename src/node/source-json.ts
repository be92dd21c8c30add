/**
 * The values of a `_source`, without changing how a number was written.
 * Numbers whose text is not what JSON.stringify would print (1.0, 2^53 + 1, 1e3) are kept as raw JSON.
 */
import { bufferOf, keepNumberText, parseWithSource } from '../util/index.ts'

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
