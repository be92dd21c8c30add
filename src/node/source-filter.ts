/** What is wanted of a `_source`. Names without a `*` lie in a tree: a member is looked up there, however many there are. */
import type { TextFilter } from '../util/index.ts'
import { matchesWildcard } from '../util/index.ts'

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
export function wantedOfSource({ includes, excludes }: SourceFilter): TextFilter {
  const included = new Patterns(includes)
  const excluded = new Patterns(excludes)
  const search = { included, excluded, pathCount: 0 }
  return new WantedPath('', search, includes.length === 0, included.names, excluded.names)
}

/** The names below a path that patterns without a `*` have. */
type Names = { isNamed: boolean; below: Map<string, Names> | null }

class Patterns {
  readonly names: Names = { isNamed: false, below: null }
  readonly withStars: string[] = []

  constructor(patterns: readonly string[]) {
    for (const pattern of patterns) {
      if (pattern.includes('*')) this.withStars.push(pattern)
      else this.#add(pattern)
    }
  }

  #add(pattern: string): void {
    let names = this.names
    for (const part of pattern.split('.')) {
      names.below ??= new Map()
      let below = names.below.get(part)
      if (below === undefined) {
        below = { isNamed: false, below: null }
        names.below.set(part, below)
      }
      names = below
    }
    names.isNamed = true
  }

  /** Whether a pattern names a path or one above it. */
  covers(path: string, reached: Reached): boolean {
    return reached.isCovered || this.withStars.some((pattern) => coversPath(pattern, path))
  }

  /** Whether a pattern may name something below a path. */
  mayCoverBelow(path: string, names: Names | null): boolean {
    if (names !== null && names.below !== null) return true
    return this.withStars.some((pattern) => mayCoverBelow(pattern, path))
  }
}

type Reached = { readonly names: Names | null; readonly isCovered: boolean }

/** The names below a member, whose own name may have dots. */
function reach(from: Names | null, name: string): Reached {
  let names = from
  let isCovered = false
  if (names !== null)
    for (const part of name.split('.')) {
      names = names.below?.get(part) ?? null
      if (names === null) break
      isCovered ||= names.isNamed
    }
  return { names, isCovered }
}

const nothing: TextFilter = {
  takesAll: false,
  isEmpty: true,
  keepsRest: false,
  below: () => nothing
}

/** Paths whose answers are remembered; documents may have any number of them. */
const pathsMax = 1024

type PathSearch = {
  readonly included: Patterns
  readonly excluded: Patterns
  pathCount: number
}

class WantedPath implements TextFilter {
  readonly takesAll: boolean
  readonly isEmpty = false
  readonly keepsRest: boolean
  /** The path and a dot; of the document nothing. */
  readonly #prefix: string
  readonly #search: PathSearch
  readonly #included: Names | null
  readonly #excluded: Names | null
  readonly #below = new Map<string, TextFilter>()

  /** @param included  Names below the path; null: none. */
  constructor(
    prefix: string,
    search: PathSearch,
    isIncluded: boolean,
    included: Names | null,
    excluded: Names | null
  ) {
    this.#prefix = prefix
    this.#search = search
    this.#included = included
    this.#excluded = excluded
    this.keepsRest = isIncluded
    this.takesAll = isIncluded && !search.excluded.mayCoverBelow(prefix.slice(0, -1), excluded)
  }

  below(name: string): TextFilter {
    const known = this.#below.get(name)
    if (known !== undefined) return known
    const wanted = this.#wanted(name)
    if (this.#search.pathCount < pathsMax) {
      this.#search.pathCount += 1
      this.#below.set(name, wanted)
    }
    return wanted
  }

  #wanted(name: string): TextFilter {
    const search = this.#search
    const path = this.#prefix + name
    const excluded = reach(this.#excluded, name)
    if (search.excluded.covers(path, excluded)) return nothing
    const included = reach(this.#included, name)
    const isIncluded = this.keepsRest || search.included.covers(path, included)
    if (!isIncluded && !search.included.mayCoverBelow(path, included.names)) return nothing
    return new WantedPath(`${path}.`, search, isIncluded, included.names, excluded.names)
  }
}

/** The pattern names this path or one above it. */
function coversPath(pattern: string, path: string): boolean {
  if (matchesWildcard(pattern, path)) return true
  for (let dot = path.indexOf('.'); dot >= 0; dot = path.indexOf('.', dot + 1))
    if (matchesWildcard(pattern, path.slice(0, dot))) return true
  return false
}

/** The pattern, whose star may stand for dots too, may name something below this path; of the document itself any may. */
function mayCoverBelow(pattern: string, path: string): boolean {
  if (path === '') return true
  const start = pattern.slice(0, pattern.indexOf('*'))
  const below = `${path}.`
  return below.startsWith(start) || start.startsWith(below)
}
