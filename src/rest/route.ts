import type { SearchContext } from '../dialect/index.ts'
import type { Node } from '../node/index.ts'
import type { Cancellation } from '../util/index.ts'
import type { BodyForm, RequestBody } from './body.ts'
import type { Parameters } from './parameters.ts'

/** One request on its way through a route. */
export type Call = {
  readonly node: Node
  readonly method: string
  /** Path as it came, for messages. */
  readonly path: string
  /** Decoded parts of the path by the names the route gives them. */
  readonly parts: ReadonlyMap<string, string>
  readonly url: Parameters
  readonly body: RequestBody
  /** A table is wanted as JSON. */
  readonly isJson: boolean
  /** For queries over all fields: the fields of the indices of this request. */
  readonly search: SearchContext
  /** What the client reached; those that sniff go on asking there. */
  readonly address: string
  readonly signal: Cancellation | undefined
}

/** A string body is text; anything else is written as JSON. */
export type Reply = {
  readonly status?: number
  readonly body: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export type Route = {
  readonly methods: readonly string[]
  /** `/{index}/_doc/{id}`. */
  readonly path: string
  /** URL parameters beside the common ones. */
  readonly parameters: readonly string[]
  /** Answers a table: text unless JSON is asked for. */
  readonly isTable?: boolean
  /** @default integer */
  readonly body?: BodyForm
  readonly handle: (call: Call) => Reply | Promise<Reply>
}

/** `'GET,POST /a /b'`: some methods on several paths. */
export function routes(
  spec: string,
  parameters: string,
  handle: Route['handle'],
  isTable = false
): Route[] {
  const [methods = '', ...paths] = spec.split(' ')
  return paths.map((path) => ({
    methods: methods.split(','),
    path,
    parameters: parameters.split(' ').filter((name) => name !== ''),
    isTable,
    handle
  }))
}

/** Routes that read their body so. */
export function reading(body: BodyForm, given: readonly Route[]): Route[] {
  return given.map((route) => ({ ...route, body }))
}

/** Names of URL parameters that go together. */
export const indicesOptions =
  'ignore_unavailable allow_no_indices expand_wildcards ignore_throttled'
export const sourceOptions =
  '_source _source_includes _source_excludes _source_include _source_exclude _source_exclude_vectors'
export const timeouts = 'timeout master_timeout'
