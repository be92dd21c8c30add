/** Indices as `GET /{index}`, `_settings`, `_alias` print them. */
import type { AliasDefinition, NodeIndex } from '../../node/index.ts'
import { RawJson } from '../../util/index.ts'
import type { Steps } from '../../util/index.ts'
import type { JsonObjectOut } from '../print-error.ts'
import { nestSettings } from './index-settings.ts'

/** Index version that Elasticsearch 8.19 writes; importers read its first digit. */
const versionCreated = '8536000'

/** Shown and in force when an index does not say otherwise. */
const settingDefaults: readonly (readonly [string, string])[] = [
  ['number_of_shards', '1'],
  ['number_of_replicas', '1']
]

/** In steps. */
export function* printIndex(index: NodeIndex, isFlat: boolean): Steps<JsonObjectOut> {
  return {
    aliases: printAliases(index.metadata.aliases),
    mappings: new RawJson(index.mapping.text),
    settings: yield* printSettings(index, { isFlat })
  }
}

/**
 * In steps.
 *
 * @param options  isFlat: `index.number_of_shards`, dotted. names: only those that a pattern of names takes.
 */
export function* printSettings(
  index: NodeIndex,
  options: { readonly isFlat?: boolean; readonly accepts?: (name: string) => boolean } = {}
): Steps<JsonObjectOut> {
  const { accepts = () => true } = options
  const all = settingsOf(index).filter(([name]) => accepts(name))
  yield
  return options.isFlat === true ? Object.fromEntries(all) : yield* nestSettings(all)
}

function settingsOf(index: NodeIndex): [string, string][] {
  const { settings, createdMs, uuid, name } = index.metadata
  const all = new Map<string, string>([
    ...settingDefaults,
    ...settings,
    ['provided_name', name],
    ['creation_date', String(createdMs)],
    ['uuid', uuid],
    ['version.created', versionCreated]
  ])
  return [...all]
    .map(([key, value]): [string, string] => [`index.${key}`, value])
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
}

export function printAliases(
  aliases: ReadonlyMap<string, AliasDefinition>
): ReadonlyMap<string, JsonObjectOut> {
  return new Map(Array.from(aliases, ([name, definition]) => [name, printAlias(definition)]))
}

function printAlias(definition: AliasDefinition): JsonObjectOut {
  const { filterJson, indexRouting, searchRouting, isWriteIndex, isHidden } = definition
  return {
    ...(filterJson === null ? {} : { filter: filterJson }),
    ...(indexRouting === null ? {} : { index_routing: indexRouting }),
    ...(searchRouting === null ? {} : { search_routing: searchRouting }),
    ...(isWriteIndex === null ? {} : { is_write_index: isWriteIndex }),
    ...(isHidden === null ? {} : { is_hidden: isHidden })
  }
}
