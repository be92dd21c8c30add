/**
 * `filter_path`: which parts of an answer are wanted.
 *
 * Source   Elasticsearch response filtering: dotted paths, `*` in a name, `**` for any depth, `-` in front excludes;
 *          excludes are taken out of what the includes leave. Arrays have no part of a path of their own.
 */
import { RawJson, parseJson } from '../util/index.ts'

/** What is left of a path: its first part, and the rest; `end` for a path that is over. */
type Pattern = {
  readonly takes: (name: string) => boolean
  readonly isAnyDepth: boolean
  /** null: only of `end`. */
  readonly rest: Pattern | null
  /** Everything below is meant. */
  readonly takesAll: boolean
}

const end: Pattern = { takes: () => false, isAnyDepth: false, rest: null, takesAll: true }
const none: readonly Pattern[] = []

/** Nothing left: `{}`. */
export function filterPath(value: unknown, list: string): unknown {
  const names = list.split(',').filter((name) => name !== '')
  const includes = names.filter((name) => !name.startsWith('-')).map(compile)
  const excludes = names
    .filter((name) => name.startsWith('-'))
    .map((name) => compile(name.slice(1)))
  let kept: unknown = value
  if (includes.length > 0) kept = include(kept, includes)
  if (excludes.length > 0 && kept !== undefined) kept = exclude(kept, excludes)
  return kept === undefined ? {} : kept
}

function compile(path: string): Pattern {
  return path.split('.').reduceRight(withPart, end)
}

function withPart(rest: Pattern, part: string): Pattern {
  const isAnyDepth = part === '**'
  return { takes: nameMatcher(part), isAnyDepth, rest, takesAll: isAnyDepth && rest.takesAll }
}

function nameMatcher(pattern: string): Pattern['takes'] {
  if (!pattern.includes('*')) return (name) => name === pattern
  const parts = pattern.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'))
  const whole = new RegExp(`^${parts.join('.*')}$`, 's')
  return (name) => whole.test(name)
}

/** Patterns that are left below a member of this name. */
function below(patterns: readonly Pattern[], name: string): readonly Pattern[] {
  let left: Pattern[] | null = null
  for (const pattern of patterns) {
    let at: Pattern | null = pattern
    // Any depth may also be none: what comes behind it is tried too.
    for (; at !== null && at.isAnyDepth; at = at.rest) (left ??= []).push(at)
    if (at?.rest && at.takes(name)) (left ??= []).push(at.rest)
  }
  return left ?? none
}

function takesAll(patterns: readonly Pattern[]): boolean {
  for (const pattern of patterns) if (pattern.takesAll) return true
  return false
}

type Members = Readonly<Record<string, unknown>> | ReadonlyMap<string, unknown>

function isMembers(value: unknown): value is Members {
  if (typeof value !== 'object' || value === null) return false
  return !Array.isArray(value) && !ArrayBuffer.isView(value) && !(value instanceof RawJson)
}

/** The members that `keep` leaves something of; null: none. */
function keepMembers(
  members: Members,
  keep: (value: unknown, name: string) => unknown
): Map<string, unknown> | null {
  let kept: Map<string, unknown> | null = null
  const isMap = members instanceof Map
  for (const name of isMap ? members.keys() : Object.keys(members)) {
    const value = keep(isMap ? members.get(name) : (members as Record<string, unknown>)[name], name)
    if (value !== undefined) (kept ??= new Map<string, unknown>()).set(name, value)
  }
  return kept
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
    const wanted: unknown[] = []
    for (const member of inner) {
      const kept = include(member, patterns)
      if (kept !== undefined) wanted.push(kept)
    }
    return wanted.length > 0 ? wanted : undefined
  }
  if (!isMembers(inner)) return undefined
  return keepMembers(inner, (member, name) => include(member, below(patterns, name))) ?? undefined
}

function exclude(value: unknown, patterns: readonly Pattern[]): unknown {
  if (patterns.length === 0) return value
  if (takesAll(patterns)) return undefined
  const inner = opened(value)
  if (Array.isArray(inner))
    return inner
      .map((member: unknown) => exclude(member, patterns))
      .filter((member) => member !== undefined)
  if (!isMembers(inner)) return value
  return keepMembers(inner, (member, name) => exclude(member, below(patterns, name))) ?? {}
}
