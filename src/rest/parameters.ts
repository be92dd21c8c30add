/** URL parameters: read by name, each by the route that allows it. */
import {
  booleanOf,
  checkSearchType,
  illegalArgument,
  numberFormat,
  suggestions,
  timeValueMs
} from '../dialect/index.ts'

const noParameters: ReadonlyMap<string, string> = new Map()

/** Query strings repeat: as many are kept parsed, none of them longer than this. */
const keptMax = 200
const keptLengthMax = 200
const kept = new Map<string, ReadonlyMap<string, string>>()

function parametersOf(query: string): ReadonlyMap<string, string> {
  if (query === '') return noParameters
  const known = kept.get(query)
  if (known !== undefined) return known
  const parameters = new Map(new URLSearchParams(query))
  if (kept.size >= keptMax) kept.clear()
  if (query.length <= keptLengthMax) kept.set(query, parameters)
  return parameters
}

/** Accepted by every route. */
const common = ['filter_path', 'pretty', 'human', 'format', 'error_trace']

type Check = (name: string, text: string) => void

const flagCheck: Check = (_name, text) => {
  if (text !== '') booleanOf(text)
}
const timeCheck: Check = (name, text) => {
  timeValueMs(text, name)
}
const shardCountCheck: Check = (_name, text) => {
  if (text !== 'all' && !/^\d{1,9}$/.test(text))
    throw illegalArgument(`cannot parse ActiveShardCount[${text}]`)
}
/** Of requests that are spread over shards. */
const countCheck =
  (least: number): Check =>
  (name, text) => {
    if (!/^[+-]?\d{1,9}$/.test(text))
      throw illegalArgument(
        `Failed to parse int parameter [${name}] with value [${text}]`,
        numberFormat(text)
      )
    if (Number(text) < least)
      throw illegalArgument(`[${name}] is [${text}], wanted at least ${least}`)
  }
/** Parts that a request by query could be done in. */
const slicesCheck: Check = (_name, text) => {
  if (text !== 'auto' && !/^0*[1-9]\d{0,8}$/.test(text))
    throw illegalArgument('[slices] must be a positive integer or the string "auto"')
}
/** Work is done as fast as it can be: there is no throttle to set. */
const throttleCheck: Check = (name, text) => {
  const rate = text.trim() === '' ? Number.NaN : Number(text)
  if (rate === -1 || rate === Infinity) return
  if (!(rate > 0))
    throw illegalArgument(`[${name}] must be a float greater than 0. Use -1 to disable throttling.`)
  throw illegalArgument(`[${name}=${text}] is not supported by this version, wanted -1`)
}
const searchTypeCheck: Check = (_name, text) => checkSearchType(text)
const wildcardStates: ReadonlySet<string> = new Set(['all', 'open', 'closed', 'hidden', 'none'])
const wildcardsCheck: Check = (_name, text) => {
  for (const state of text.split(','))
    if (!wildcardStates.has(state))
      throw illegalArgument(`No valid expand wildcard value [${state}]`)
}

/** Parameters that mean the same wherever they are taken: their values are checked, also where they change nothing. */
const checks: ReadonlyMap<string, Check> = new Map([
  ...(
    'pretty human error_trace ignore_unavailable allow_no_indices ignore_throttled flat_settings include_defaults local ' +
    'realtime preserve_existing force wait_if_ongoing only_expunge_deletes rest_total_hits_as_int typed_keys require_alias ' +
    'allow_partial_search_results ccs_minimize_roundtrips include_named_queries_score require_data_stream ' +
    'include_source_on_error wait_for_no_initializing_shards wait_for_no_relocating_shards wait_for_completion ' +
    'list_executed_pipelines _source_exclude_vectors request_cache analyze_wildcard lenient explain rewrite all_shards ' +
    'flush fielddata query request verbose detailed include_segment_file_sizes include_unloaded_segments ' +
    'forbid_closed_indices reopen write_index_only include_remotes pri full_id ts help v'
  )
    .split(' ')
    .map((name) => [name, flagCheck] as const),
  ['timeout', timeCheck],
  ['master_timeout', timeCheck],
  ['search_timeout', timeCheck],
  ['scroll', timeCheck],
  ['search_type', searchTypeCheck],
  ['slices', slicesCheck],
  ['scroll_size', countCheck(1)],
  ['requests_per_second', throttleCheck],
  ['wait_for_active_shards', shardCountCheck],
  ['batched_reduce_size', countCheck(2)],
  ['pre_filter_shard_size', countCheck(1)],
  ['max_concurrent_shard_requests', countCheck(1)],
  ['max_concurrent_searches', countCheck(1)],
  ['expand_wildcards', wildcardsCheck]
])

export class Parameters {
  readonly #values: ReadonlyMap<string, string>

  constructor(query: string | Readonly<Record<string, string>>) {
    this.#values = typeof query === 'string' ? parametersOf(query) : new Map(Object.entries(query))
  }

  get(name: string): string | undefined {
    return this.#values.get(name)
  }

  /** Present without a value counts as true. Errors REQUEST_ARGUMENT. */
  flag(name: string, byDefault = false): boolean {
    const text = this.#values.get(name)
    if (text === undefined) return byDefault
    return text === '' || booleanOf(text)
  }

  int(name: string): number | null {
    const text = this.#values.get(name)
    if (text === undefined) return null
    if (!/^[+-]?\d{1,15}$/.test(text))
      throw illegalArgument(
        `Failed to parse int parameter [${name}] with value [${text}]`,
        numberFormat(text)
      )
    return Number(text)
  }

  timeMs(name: string): number | null {
    const text = this.#values.get(name)
    return text === undefined ? null : timeValueMs(text, name)
  }

  list(name: string): string[] {
    const text = this.#values.get(name)
    return text === undefined || text === '' ? [] : text.split(',')
  }

  /** How much is told of each part. Errors REQUEST_ARGUMENT. */
  level<Level extends string>(levels: readonly Level[], byDefault: Level): Level {
    const text = this.#values.get('level') ?? byDefault
    const level = levels.find((each) => each === text)
    if (level !== undefined) return level
    const wanted = levels.map((each) => `[${each}]`).join(' or ')
    throw illegalArgument(`level parameter must be one of ${wanted} but was [${text}]`)
  }

  /** Long requests are answered when they are done: there are no tasks to ask for afterwards. Errors REQUEST_ARGUMENT. */
  checkWaits(): void {
    if (!this.flag('wait_for_completion', true))
      throw illegalArgument('[wait_for_completion=false] is not supported by this version')
  }

  /**
   * Refuses parameters that the route does not know, and values that are none.
   *
   * Errors   REQUEST_ARGUMENT with all of the unknown ones and what may have been meant.
   */
  checkKnown(path: string, allowed: readonly string[]): void {
    const unknown: string[] = []
    for (const name of this.#values.keys())
      if (!common.includes(name) && !allowed.includes(name)) unknown.push(name)
    if (unknown.length === 0) return this.checkValues()
    unknown.sort()
    const known = [...common, ...allowed]
    const list = unknown.map((name) => {
      const close = suggestions(name, known)
      if (close.length === 0) return `[${name}]`
      return close.length === 1
        ? `[${name}] -> did you mean [${close[0]}]?`
        : `[${name}] -> did you mean any of [${close.join(', ')}]?`
    })
    throw illegalArgument(
      `request [${path}] contains unrecognized parameter${unknown.length > 1 ? 's' : ''}: ${list.join(', ')}`
    )
  }

  /** Refuses values that are none of what their parameters take everywhere. Errors REQUEST_ARGUMENT. */
  checkValues(): void {
    for (const [name, text] of this.#values) checks.get(name)?.(name, text)
  }
}
