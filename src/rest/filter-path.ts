/**
 * `filter_path`: which parts of an answer are wanted.
 *
 * Source   Elasticsearch response filtering: dotted paths, `*` in a name, `**` for any depth, `-` in front excludes;
 *          excludes are taken out of what the includes leave. Arrays have no part of a path of their own.
 */
import {
  filterText,
  finishAtOnce,
  isList,
  RawJson,
  jsonString,
  matchesWildcard
} from '../util/index.ts'
import type { Steps, TextFilter } from '../util/index.ts'
import { writeJson } from './json-writer.ts'

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

/** Names that all states of a list remember together; documents may have any number of them. */
const namesMax = 256

/** Where a walk through an answer is: the patterns that are left, and where each name leads. Hits have the same few names. */
export class PathState implements TextFilter {
  readonly isEmpty: boolean
  /** Everything below is meant. */
  readonly takesAll: boolean
  readonly keepsRest = false
  readonly #patterns: readonly Pattern[]
  readonly #next = new Map<string, PathState>()
  /** Shared by the states of a list. */
  readonly #names: { count: number }

  constructor(patterns: readonly Pattern[], names: { count: number } = { count: 0 }) {
    this.#patterns = patterns
    this.#names = names
    this.isEmpty = patterns.length === 0
    this.takesAll = patterns.some((pattern) => pattern.takesAll)
  }

  below(name: string): PathState {
    const known = this.#next.get(name)
    if (known !== undefined) return known
    const patterns = below(this.#patterns, name)
    const state = patterns.length === 0 ? nowhere : new PathState(patterns, this.#names)
    if (this.#names.count < namesMax) {
      this.#names.count += 1
      this.#next.set(name, state)
    }
    return state
  }
}

const nowhere: PathState = new PathState([])

const everything: PathState = new PathState([end])

/** What is left behind those that are not wanted. */
class Rest implements TextFilter {
  readonly keepsRest = true
  readonly #excludes: PathState

  constructor(excludes: PathState) {
    this.#excludes = excludes
  }

  get takesAll(): boolean {
    return this.#excludes.isEmpty
  }

  get isEmpty(): boolean {
    return this.#excludes.takesAll
  }

  below(name: string): Rest {
    return new Rest(this.#excludes.below(name))
  }
}

/** What a list says of a place in an answer: what of it is wanted, and what of that is not. */
export class Selection {
  readonly includes: PathState
  readonly excludes: PathState

  constructor(includes: PathState, excludes: PathState) {
    this.includes = includes
    this.excludes = excludes
  }

  /** Everything below is wanted. */
  get takesAll(): boolean {
    return this.includes.takesAll && this.excludes.isEmpty
  }

  below(name: string): Selection {
    const { includes, excludes } = this
    return new Selection(
      includes.takesAll ? includes : includes.below(name),
      excludes.isEmpty ? excludes : excludes.below(name)
    )
  }

  /** The same of a value that is text, in steps; null: nothing. */
  *ofText(bytes: Uint8Array): Steps<Uint8Array | null> {
    const { includes, excludes } = this
    const kept = includes.takesAll ? bytes : yield* filterText(bytes, includes)
    return kept === null || excludes.isEmpty ? kept : yield* filterText(kept, new Rest(excludes))
  }

  /** JSON text of what is left of a value; undefined: nothing. */
  text(value: unknown): string | undefined {
    if (this.excludes.isEmpty) return writeIncluded(value, this.includes)
    if (value === undefined) return undefined
    const kept = include(value, this.includes)
    const left = kept === undefined ? undefined : exclude(kept, this.excludes)
    return left === undefined ? undefined : writeJson(left)
  }
}

/** Programs ask for the same few parts: as many lists are kept, none of them longer than this. */
const filtersMax = 100
const filterLengthMax = 200
const filters = new Map<string, Selection>()

/** What a list wants. */
export function selectionOf(list: string): Selection {
  const known = filters.get(list)
  if (known !== undefined) return known
  const names = list.split(',').filter((name) => name !== '')
  const includes = names.filter((name) => !name.startsWith('-')).map(compile)
  const excludes = names
    .filter((name) => name.startsWith('-'))
    .map((name) => compile(name.slice(1)))
  const filter = new Selection(
    includes.length === 0 ? everything : new PathState(includes),
    new PathState(excludes)
  )
  if (filters.size >= filtersMax) filters.clear()
  if (list.length <= filterLengthMax) filters.set(list, filter)
  return filter
}

/**
 * Which of these leaves of the objects at `path` are wanted; null where the list also says what is not.
 *
 * @param list  undefined, or without a name: all are.
 */
export function wantedLeaves(
  list: string | undefined,
  path: readonly string[],
  names: readonly string[]
): readonly string[] | null {
  if (list === undefined || list === '') return names
  const { includes, excludes } = selectionOf(list)
  let state = includes
  if (!excludes.isEmpty) return null
  for (const name of path) {
    if (state.takesAll) return names
    state = state.below(name)
  }
  const { takesAll } = state
  const last = state
  return takesAll ? names : names.filter((name) => last.below(name).takesAll)
}

/** Whether a list wants anything at `path` or below. True where that is not known: what it excludes is not looked at. */
export function isAnyWanted(list: string | undefined, path: readonly string[]): boolean {
  if (list === undefined || list === '') return true
  let state = selectionOf(list).includes
  for (const name of path) {
    if (state.takesAll) return true
    state = state.below(name)
  }
  return !state.isEmpty
}

/** Whether anything of a value is wanted. */
export function includesOf(value: unknown, state: PathState): boolean {
  if (value === undefined || state.isEmpty) return false
  return state.takesAll || include(value, state) !== undefined
}

function writeIncluded(value: unknown, state: PathState): string | undefined {
  if (state.isEmpty || value === undefined) return undefined
  if (state.takesAll || isPicked(value)) return writeJson(value)
  if (value instanceof RawJson) return filtered(value, state)?.toString()
  if (isList(value)) return writeElements(value, state)
  return isMembers(value) ? writeMembers(value, state) : undefined
}

function writeElements(values: Iterable<unknown>, state: PathState): string | undefined {
  let text = ''
  for (const value of values) {
    const kept = writeIncluded(value, state)
    if (kept !== undefined) text += `${text === '' ? '[' : ','}${kept}`
  }
  return text === '' ? undefined : `${text}]`
}

function writeMembers(members: Members, state: PathState): string | undefined {
  let text = ''
  if (members instanceof Map)
    for (const [name, value] of members) text = withMember(text, name, value, state)
  else
    for (const name in members)
      if (Object.hasOwn(members, name))
        text = withMember(text, name, (members as ObjectMembers)[name], state)
  return text === '' ? undefined : `${text}}`
}

/** The text of an object that is not closed yet, with one more member if anything of it is wanted. */
function withMember(text: string, name: string, value: unknown, state: PathState): string {
  const next = state.below(name)
  if (next.isEmpty) return text
  const kept = writeIncluded(value, next)
  return kept === undefined ? text : `${text}${text === '' ? '{' : ','}${jsonString(name)}:${kept}`
}

function compile(path: string): Pattern {
  return path.split('.').reduceRight(withPart, end)
}

function withPart(rest: Pattern, part: string): Pattern {
  const isAnyDepth = part === '**'
  return { takes: nameMatcher(part), isAnyDepth, rest, takesAll: isAnyDepth && rest.takesAll }
}

function nameMatcher(pattern: string): Pattern['takes'] {
  return (name) => matchesWildcard(pattern, name)
}

/** Patterns that are left below a member of this name. */
function below(patterns: readonly Pattern[], name: string): readonly Pattern[] {
  // Each once: several ways lead to what stands behind any depth.
  const left = new Set<Pattern>()
  for (const pattern of patterns) {
    let at: Pattern | null = pattern
    // Any depth may also be none: what comes behind it is tried too.
    for (; at !== null && at.isAnyDepth; at = at.rest) left.add(at)
    if (at?.rest && at.takes(name)) left.add(at.rest)
  }
  return [...left]
}

type ObjectMembers = Readonly<Record<string, unknown>>
type Members = ObjectMembers | ReadonlyMap<string, unknown>

function isMembers(value: unknown): value is Members {
  if (typeof value !== 'object' || value === null) return false
  return !isList(value) && !ArrayBuffer.isView(value) && !(value instanceof RawJson)
}

/** The members that `keep` leaves something of; null: none. */
function keepMembers(
  members: Members,
  state: PathState,
  keep: (value: unknown, state: PathState) => unknown
): Map<string, unknown> | null {
  let kept: Map<string, unknown> | null = null
  const isMap = members instanceof Map
  for (const name of isMap ? members.keys() : Object.keys(members)) {
    const value = isMap ? members.get(name) : (members as ObjectMembers)[name]
    const left = keep(value, state.below(name))
    if (left !== undefined) (kept ??= new Map<string, unknown>()).set(name, left)
  }
  return kept
}

const isPicked = (value: unknown): boolean => value instanceof RawJson && value.isPicked

/** A leaf that is text. undefined: nothing of it is wanted. */
function filtered(value: RawJson, filter: TextFilter): RawJson | undefined {
  const kept = finishAtOnce(filterText(value.bytes, filter))
  return kept === null ? undefined : new RawJson(kept)
}

function include(value: unknown, state: PathState): unknown {
  if (state.isEmpty) return undefined
  if (state.takesAll) return value
  if (value instanceof RawJson) return filtered(value, state)
  if (isList(value)) {
    const wanted: unknown[] = []
    for (const member of value) {
      const kept = include(member, state)
      if (kept !== undefined) wanted.push(kept)
    }
    return wanted.length > 0 ? wanted : undefined
  }
  if (!isMembers(value)) return undefined
  return keepMembers(value, state, include) ?? undefined
}

function exclude(value: unknown, state: PathState): unknown {
  if (state.isEmpty) return value
  if (state.takesAll) return undefined
  if (value instanceof RawJson) return filtered(value, new Rest(state))
  if (isList(value))
    return Array.from<unknown, unknown>(value, (member) => exclude(member, state)).filter(
      (member) => member !== undefined
    )
  if (!isMembers(value)) return value
  return keepMembers(value, state, exclude) ?? {}
}
