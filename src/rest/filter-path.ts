/**
 * `filter_path`: which parts of an answer are wanted.
 *
 * Source   Elasticsearch response filtering: dotted paths, `*` in a name, `**` for any depth, `-` in front excludes;
 *          excludes are taken out of what the includes leave. Arrays have no part of a path of their own.
 */
import { RawJson, parseJson } from '../util/index.ts'

type Pattern = readonly string[]

/** Nothing left: `{}`. */
export function filterPath(value: unknown, list: string): unknown {
  const names = list.split(',').filter((name) => name !== '')
  const includes = names.filter((name) => !name.startsWith('-')).map((name) => name.split('.'))
  const excludes = names
    .filter((name) => name.startsWith('-'))
    .map((name) => name.slice(1).split('.'))
  let kept: unknown = value
  if (includes.length > 0) kept = include(kept, includes)
  if (excludes.length > 0 && kept !== undefined) kept = exclude(kept, excludes)
  return kept === undefined ? {} : kept
}

/** Patterns that are left below a member of this name. An empty pattern means: all of it. */
function below(patterns: readonly Pattern[], name: string): Pattern[] {
  const left: Pattern[] = []
  for (const pattern of patterns) {
    const [head = '', ...rest] = pattern
    if (head === '**') {
      left.push(pattern)
      left.push(...below([rest], name))
    } else if (matchesName(head, name)) left.push(rest)
  }
  return left
}

function matchesName(pattern: string, name: string): boolean {
  if (!pattern.includes('*')) return pattern === name
  const parts = pattern.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`, 's').test(name)
}

function takesAll(patterns: readonly Pattern[]): boolean {
  return patterns.some((pattern) => pattern.every((part) => part === '**'))
}

function membersOf(value: unknown): Iterable<readonly [string, unknown]> | null {
  if (value instanceof Map) return value as Map<string, unknown>
  if (typeof value !== 'object' || value === null) return null
  if (Array.isArray(value) || ArrayBuffer.isView(value) || value instanceof RawJson) return null
  return Object.entries(value)
}

/** A leaf that is text is parsed only when a pattern goes on inside it. */
function opened(value: unknown): unknown {
  return value instanceof RawJson ? openRaw(value) : value
}

function openRaw(value: RawJson): unknown {
  const text = value.toString()
  const first = text.trimStart()[0]
  return first === '{' || first === '[' ? keepNumbers(text) : value
}

/** Parsed, with numbers as the text they had. */
function keepNumbers(text: string): unknown {
  parseJson(Buffer.from(text))
  const json = JSON as unknown as {
    parse(
      text: string,
      reviver: (key: string, value: unknown, context: { source?: string }) => unknown
    ): unknown
  }
  return json.parse(text, (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined ? new RawJson(source) : value
  )
}

function include(value: unknown, patterns: readonly Pattern[]): unknown {
  if (patterns.length === 0) return undefined
  if (takesAll(patterns)) return value
  const inner = opened(value)
  if (Array.isArray(inner)) {
    const kept = inner.map((member: unknown) => include(member, patterns))
    const wanted = kept.filter((member) => member !== undefined)
    return wanted.length > 0 ? wanted : undefined
  }
  const members = membersOf(inner)
  if (members === null) return undefined
  const result = new Map<string, unknown>()
  for (const [name, member] of members) {
    const kept = include(member, below(patterns, name))
    if (kept !== undefined) result.set(name, kept)
  }
  return result.size > 0 ? result : undefined
}

function exclude(value: unknown, patterns: readonly Pattern[]): unknown {
  if (patterns.length === 0) return value
  if (takesAll(patterns)) return undefined
  const inner = opened(value)
  if (Array.isArray(inner))
    return inner
      .map((member: unknown) => exclude(member, patterns))
      .filter((member) => member !== undefined)
  const members = membersOf(inner)
  if (members === null) return value
  const result = new Map<string, unknown>()
  for (const [name, member] of members) {
    const kept = exclude(member, below(patterns, name))
    if (kept !== undefined) result.set(name, kept)
  }
  return result
}
