/**
 * Settings of an index: nested, flat (`index.number_of_shards`) or without the prefix; one flat map of strings inside.
 *
 * Settings of things that one process does not have (allocation, translog, merge scheduling …) are accepted, kept and
 * shown, so that a definition moves between here and a cluster unchanged.
 *
 * They are read and printed in steps: thousands kept the event loop for 10 to 30 ms.
 */
import type { Steps } from '../../util/index.ts'
import { isObjectValue } from '../body-node.ts'
import { textOf } from '../body-values.ts'
import { illegalArgument } from '../wire-failure.ts'
import { suggest } from '../suggest.ts'
import { timeValueMs } from '../time-value.ts'

/** Names without `index.`; a trailing dot takes all names below. */
const known: readonly string[] =
  `number_of_shards number_of_replicas refresh_interval max_result_window max_inner_result_window
  max_rescore_window max_docvalue_fields_search max_script_fields max_ngram_diff max_shingle_diff
  max_terms_count max_regex_length max_refresh_listeners max_slices_per_scroll max_slices_per_pit gc_deletes hidden mode codec
  number_of_routing_shards routing_partition_size auto_expand_replicas default_pipeline final_pipeline
  priority load_fixed_bitset_filters_eagerly shard.check_on_startup flush_after_merge lifecycle. analysis. analyze.
  routing. mapping. mapper. query. search. similarity. sort. merge. translog. blocks. soft_deletes. store.
  unassigned. allocation. indexing. highlight. dense_vector. queries. requests. fielddata. write. warmer. time_series.
  knn knn. replication. bulk. esql. elastiknn`
    .split(/\s+/)
    .filter((name) => name !== '')

const knownNames: ReadonlySet<string> = new Set(known.filter((entry) => !entry.endsWith('.')))
/** First parts of names, with their dots. */
const knownGroups: ReadonlySet<string> = new Set(known.filter((entry) => entry.endsWith('.')))

/** Chosen when an index is created, never changed. */
const final = new Set([
  'number_of_shards',
  'number_of_routing_shards',
  'routing_partition_size',
  'mode',
  'codec',
  'mapping.exclude_source_vectors',
  'mapping.synthetic_vectors',
  'mapping.source.mode'
])

/** Made by the node. */
const own = new Set([
  'uuid',
  'creation_date',
  'provided_name',
  'version.created',
  'version.upgraded'
])

const integers: Readonly<Record<string, readonly [number, number]>> = {
  number_of_shards: [1, 1024],
  number_of_replicas: [0, 2 ** 31 - 1],
  max_result_window: [1, 2 ** 31 - 1],
  max_inner_result_window: [1, 2 ** 31 - 1],
  max_rescore_window: [1, 2 ** 31 - 1],
  max_terms_count: [1, 2 ** 31 - 1],
  'analyze.max_token_count': [1, 2 ** 31 - 1],
  'mapping.total_fields.limit': [0, 2 ** 31 - 1],
  'mapping.depth.limit': [1, 2 ** 31 - 1]
}

const booleans = new Set([
  'hidden',
  'elastiknn',
  'mapping.exclude_source_vectors',
  'mapping.coerce',
  'mapping.ignore_malformed',
  'query.parse.allow_unmapped_fields',
  'dense_vector.hnsw_enable_early_termination',
  'blocks.read_only',
  'blocks.read',
  'blocks.write',
  'blocks.metadata'
])

/** Settings that would change an answer and are obeyed with these values only; those that save time or space may have any. */
const built: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^(default|final)_pipeline$/, ['_none']],
  [/^mode$/, ['standard']],
  [/^sort\./, []],
  [/^mapping\.source\.mode$/, ['stored', 'synthetic']],
  [/^similarity\.[^.]+\.type$/, ['BM25']],
  [/^similarity\.[^.]+\.k1$/, ['1.2']],
  [/^similarity\.[^.]+\.b$/, ['0.75']],
  [/^similarity\.[^.]+\.discount_overlaps$/, ['true']],
  [/^mapping\.coerce$/, ['true']],
  [/^mapping\.ignore_malformed$/, ['false']],
  [/^query\.default_field(\.\d+)?$/, ['*']],
  [/^blocks\.(read|metadata|read_only_allow_delete)$/, ['false']],
  [/^max_rescore_window$/, ['10000']]
]

/** Any of their names: of thousands of settings most are none of them. */
const anyBuilt = new RegExp(built.map(([names]) => names.source).join('|'))

/** Source: Elasticsearch AbstractScopedSettings; stricter than for fields of a body, as all names begin alike. */
const settingSimilarityMin = 0.7

const times = new Set(['refresh_interval', 'gc_deletes'])

/** Settings between two steps: half a millisecond when the code is cold. */
const stepSettings = 64

/**
 * Settings of a new index, in steps.
 *
 * Errors   REQUEST_ARGUMENT: unknown names, values out of range.
 */
export function* parseIndexSettings(value: unknown): Steps<Map<string, string>> {
  const settings = new Map<string, string>()
  let at = 0
  for (const [name, text] of flatten(value)) {
    if (++at % stepSettings === 0) yield
    if (text === null) continue
    if (own.has(name))
      throw illegalArgument(`private index setting [index.${name}] can not be set explicitly`)
    checkSetting(name, text)
    settings.set(name, text)
  }
  expandReplicas(settings)
  return settings
}

/** Changes of settings: null takes a setting back to its default. Errors REQUEST_ARGUMENT: as above, and fixed settings. */
export function* parseSettingsUpdate(value: unknown): Steps<Map<string, string | null>> {
  const body = isObjectValue(value) && isObjectValue(value['settings']) ? value['settings'] : value
  const settings = new Map<string, string | null>()
  let at = 0
  for (const [name, text] of flatten(body)) {
    if (++at % stepSettings === 0) yield
    checkName(name)
    if (final.has(name))
      throw illegalArgument(`final index setting [index.${name}], not updateable`)
    if (name.startsWith('analysis.'))
      throw illegalArgument(
        `Can't update non dynamic settings [[index.${name}]]: fields have their analyzers from the creation of the index on`
      )
    if (text !== null) checkSetting(name, text)
    settings.set(name, text)
  }
  expandReplicas(settings)
  return settings
}

type Flat = readonly [name: string, text: string | null]

/** Flat names without `index.` and values as text; elements of lists have their position as last part of the name. */
function* flatten(value: unknown): Generator<Flat, void> {
  if (value === undefined || value === null) return
  if (!isObjectValue(value)) throw illegalArgument('key [settings] must be an object')
  yield* flattenMember('', value)
}

function* flattenMember(prefix: string, member: unknown): Generator<Flat, void> {
  if (isObjectValue(member)) {
    for (const [key, inner] of Object.entries(member))
      yield* flattenMember(prefix === '' ? key : `${prefix}.${key}`, inner)
  } else if (Array.isArray(member)) {
    for (const [at, inner] of member.entries()) yield* flattenMember(`${prefix}.${at}`, inner)
  } else {
    const name = prefix.startsWith('index.') ? prefix.slice('index.'.length) : prefix
    yield [name, member === null || member === undefined ? null : textOf(member)]
  }
}

function checkName(name: string): void {
  if (knownNames.has(name) || knownGroups.has(name.slice(0, name.indexOf('.') + 1))) return
  const names = [...knownNames].map((entry) => `index.${entry}`)
  const meant =
    suggest(`index.${name}`, names, settingSimilarityMin) ||
    ' please check that any required plugins are installed, or check the breaking changes documentation for removed settings'
  throw illegalArgument(`unknown setting [index.${name}]${meant}`)
}

function checkSetting(name: string, text: string): void {
  checkName(name)
  const range = Object.hasOwn(integers, name) ? integers[name] : undefined
  if (range !== undefined) checkInteger(name, text, range)
  if (booleans.has(name) && text !== 'true' && text !== 'false')
    throw illegalArgument(
      `Failed to parse value [${text}] for setting [index.${name}]`,
      illegalArgument(`Failed to parse value [${text}] as only [true] or [false] are allowed.`)
    )
  if (times.has(name)) timeValueMs(text, `index.${name}`)
  if (!anyBuilt.test(name)) return
  for (const [names, values] of built)
    if (names.test(name) && !values.includes(text))
      throw illegalArgument(
        `setting [index.${name}: ${text}] is not supported by this version, wanted ${values.length === 0 ? 'none' : values.join(' or ')}`
      )
}

/** What `auto_expand_replicas` makes of the number of replicas where there is one node: the least that it allows. */
function expandReplicas(settings: Map<string, string | null>): void {
  const range = settings.get('auto_expand_replicas')
  if (range === undefined || range === null || range === 'false') return
  const [, least] = /^(\d{1,9})-(\d{1,9}|all)$/.exec(range) ?? []
  if (least === undefined)
    throw illegalArgument(
      `failed to parse [index.auto_expand_replicas] from value: [${range}], wanted a range as 0-1 or 0-all`
    )
  settings.set('number_of_replicas', least)
}

function checkInteger(name: string, text: string, [least, most]: readonly [number, number]): void {
  if (!/^-?\d+$/.test(text))
    throw illegalArgument(
      `Failed to parse value [${text}] for setting [index.${name}]`,
      illegalArgument(`For input string: "${text}"`)
    )
  const value = Number(text)
  if (value < least)
    throw illegalArgument(
      `Failed to parse value [${text}] for setting [index.${name}] must be >= ${least}`
    )
  if (value > most)
    throw illegalArgument(
      `Failed to parse value [${text}] for setting [index.${name}] must be <= ${most}`
    )
}

/** A tree of names again, in steps: `{ index: { number_of_shards: '1' } }`; parts 0, 1, 2 … make a list. */
export function* nestSettings(
  flat: Iterable<readonly [string, string]>
): Steps<Record<string, unknown>> {
  const root = new Map<string, unknown>()
  let at = 0
  for (const [name, text] of flat) {
    insert(root, name.split('.'), text)
    if (++at % stepSettings === 0) yield
  }
  return (yield* plain(root)) as Record<string, unknown>
}

/** A name that is a value and a prefix of others (`knn`, `knn.space_type`) keeps the rest of the longer name whole. */
function insert(root: Map<string, unknown>, parts: readonly string[], text: string): void {
  let level = root
  for (const [at, part] of parts.entries()) {
    const inner = level.get(part)
    if (at === parts.length - 1 || typeof inner === 'string') {
      level.set(parts.slice(at).join('.'), text)
      return
    }
    if (inner instanceof Map) level = inner as Map<string, unknown>
    else {
      const next = new Map<string, unknown>()
      level.set(part, next)
      level = next
    }
  }
}

function* plain(value: unknown): Steps<unknown> {
  if (!(value instanceof Map)) return value
  const names = [...value.keys()].map(String)
  const made: unknown[] = []
  for (const inner of value.values()) {
    made.push(inner instanceof Map ? yield* plain(inner) : inner)
    if (made.length % stepSettings === 0) yield
  }
  if (names.length > 0 && names.every((name, at) => name === String(at))) return made
  return Object.fromEntries(names.map((name, at) => [name, made[at]]))
}
