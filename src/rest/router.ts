/** From method and path to a route: literal parts beat names, left to right. */
import { PlainFailure, WireFailure, illegalArgument } from '../dialect/index.ts'
import type { Route } from './route.ts'
import { isUnbuilt, unbuiltApi } from './unbuilt.ts'

type Compiled = {
  readonly route: Route
  readonly parts: readonly string[]
  /** null where any word stands. */
  readonly literals: readonly (string | null)[]
}

/** Paths of few indices repeat: as many are kept with their routes, none of them longer than this. */
const keptMax = 200
const keptLengthMax = 200

export type Match = { readonly route: Route; readonly parts: ReadonlyMap<string, string> }

export class Router {
  /** By number of parts. */
  readonly #routes = new Map<number, Compiled[]>()
  /** By method, then by path. */
  readonly #kept = new Map<string, Map<string, Match>>()

  readonly #names: readonly string[]

  constructor(routes: readonly Route[]) {
    this.#names = routes.flatMap(nameOf)
    for (const route of routes) {
      const parts = splitPath(route.path)
      const same = this.#routes.get(parts.length)
      const literals = parts.map((part) => (isName(part) ? null : part))
      const entry = { route, parts, literals }
      if (same === undefined) this.#routes.set(parts.length, [entry])
      else same.push(entry)
    }
    for (const same of this.#routes.values()) same.sort((a, b) => compareParts(a.parts, b.parts))
  }

  /**
   * @param uri  Path and query as they came, for the message.
   *
   * Errors   REQUEST_ROUTE, REQUEST_METHOD (with an Allow header), INDEX_NAME, REQUEST_ARGUMENT (bad escapes, APIs not built).
   */
  find(method: string, path: string, uri: string): Match {
    const known = this.#kept.get(method)?.get(path)
    if (known !== undefined) return known
    const match = this.#search(method, path, uri)
    // A path that names a document is seldom asked again.
    if (path.length <= keptLengthMax && !match.parts.has('id')) this.#keep(method, path, match)
    return match
  }

  #keep(method: string, path: string, match: Match): void {
    const same = this.#kept.get(method)
    if (same === undefined) this.#kept.set(method, new Map([[path, match]]))
    else {
      if (same.size >= keptMax) same.clear()
      same.set(path, match)
    }
  }

  #search(method: string, path: string, uri: string): Match {
    const parts = splitPath(path).map(decoded)
    const sameLength = this.#routes.get(parts.length) ?? []
    for (const entry of sameLength)
      if (matches(entry, parts) && entry.route.methods.includes(method))
        return { route: entry.route, parts: named(entry.parts, parts) }
    const unbuilt = unbuiltApi(method, parts, this.#names)
    if (unbuilt !== null) throw unbuilt
    const matching = sameLength.filter((entry) => matches(entry, parts))
    if (matching.length === 0)
      throw new PlainFailure(
        'REQUEST_ROUTE',
        400,
        `no handler found for uri [${uri}] and method [${method}]`,
        { printsStatus: false }
      )
    const allowed = [...new Set(matching.flatMap(({ route }) => route.methods))].toSorted()
    throw new PlainFailure(
      'REQUEST_METHOD',
      405,
      `Incorrect HTTP method for uri [${uri}] and method [${method}], allowed: [${allowed.join(', ')}]`,
      { headers: { allow: allowed.join(',') } }
    )
  }
}

/** As they stand in a message. */
function nameOf({ methods, path }: Route): string[] {
  return methods.map((method) => `${method} ${path}`)
}

function splitPath(path: string): string[] {
  return path.split('/').filter((part) => part !== '')
}

function isName(part: string): boolean {
  return part.startsWith('{')
}

/** Literal parts first. */
function compareParts(a: readonly string[], b: readonly string[]): number {
  for (const [at, part] of a.entries()) {
    const order = Number(isName(part)) - Number(isName(b[at] ?? ''))
    if (order !== 0) return order
  }
  return 0
}

/** From the end: that is where routes differ. */
function matches({ literals }: Compiled, parts: readonly string[]): boolean {
  for (let at = literals.length - 1; at >= 0; at--)
    if (literals[at] === null ? at === 0 && isUnbuilt(parts[0]!) : literals[at] !== parts[at])
      return false
  return true
}

function decoded(part: string): string {
  if (!part.includes('%')) return part
  try {
    return decodeURIComponent(part)
  } catch {
    throw illegalArgument(`partial escape sequence at end of string: ${part}`)
  }
}

function named(pattern: readonly string[], parts: readonly string[]): Map<string, string> {
  const found = new Map<string, string>()
  for (let at = 0; at < pattern.length; at++) {
    const part = pattern[at]!
    if (!isName(part)) continue
    const name = part.slice(1, -1)
    const value = parts[at] ?? ''
    if (name === 'index') checkExpression(value)
    found.set(name, value)
  }
  return found
}

/** A word that starts like one of our own is a route that is not there, or a name that cannot be. */
function checkExpression(value: string): void {
  for (const name of value.split(','))
    if (name.startsWith('_') && name !== '_all')
      throw new WireFailure(
        'INDEX_NAME',
        { status: 400, type: 'invalid_index_name_exception' },
        `Invalid index name [${name}], must not start with '_'.`,
        { details: { index: name, index_uuid: '_na_' } }
      )
}
