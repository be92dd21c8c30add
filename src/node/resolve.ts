/**
 * Index expressions: names, aliases, `*` patterns, `_all`, and `-name` after a pattern, as Elasticsearch reads them.
 * Filters of several aliases of one index are ORed; any unfiltered way to the index lifts the filter.
 */
import type { Query } from '../query/index.ts'
import { matchesWildcard, VectorStoreError } from '../util/index.ts'
import type { NodeIndex, ResolvedIndex, ResolveOptions, WriteItem } from './types.ts'

type Found = { readonly index: NodeIndex; readonly filters: (Query | null)[] }

/**
 * Source   Elasticsearch multi-target syntax.
 * Errors   INDEX_ABSENT, INDEX_CLOSED (a closed index named outright).
 */
export function resolveIndices(
  indices: ReadonlyMap<string, NodeIndex>,
  expressions: readonly string[],
  options: ResolveOptions
): readonly ResolvedIndex[] {
  // One name, as in nearly every search: it is an index, and nothing else is to be joined with it.
  const only = expressions.length === 1 ? indices.get(expressions[0]!) : undefined
  if (only !== undefined && only.metadata.state !== 'close')
    return [{ index: only, aliasFilter: null }]
  const parts = expressions.length === 0 ? ['*'] : expressions
  const found = new Map<string, Found>()
  let afterPattern = false
  for (const part of parts) {
    if (part.startsWith('-') && afterPattern) exclude(found, part.slice(1))
    else if (part === '_all' || part.includes('*')) {
      afterPattern = true
      includePattern(indices, found, part === '_all' ? '*' : part, options)
    } else includeName(indices, found, part, options)
  }
  if (found.size === 0 && !options.allowNoIndices) throw indexAbsent(parts.join(','))
  return [...found.values()].map(({ index, filters }) => ({ index, aliasFilter: joined(filters) }))
}

/** What may only be written through an alias, and names none. */
export function notAnAlias(name: string): VectorStoreError {
  return indexAbsent(
    name,
    ` and [require_alias] request flag is [true] and [${name}] is not an alias`
  )
}

export function indexAbsent(name: string, reason = ''): VectorStoreError {
  return new VectorStoreError('INDEX_ABSENT', `no such index [${name}]${reason}`, {
    details: {
      index: name,
      index_uuid: '_na_',
      'resource.type': 'index_or_alias',
      'resource.id': name
    }
  })
}

export function indexClosed(index: NodeIndex): VectorStoreError {
  const { name, uuid } = index.metadata
  return new VectorStoreError('INDEX_CLOSED', 'closed', {
    details: { index: name, index_uuid: uuid }
  })
}

export function indexExists(name: string, taken: NodeIndex | undefined): VectorStoreError {
  const uuid = taken?.metadata.uuid ?? '_na_'
  return new VectorStoreError('INDEX_EXISTS', `index [${name}/${uuid}] already exists`, {
    details: { index: name, index_uuid: uuid }
  })
}

/** The index that writes to an alias go to. Errors REQUEST_ARGUMENT: none, or not one. */
export function writeIndexOf<Index extends NodeIndex>(
  alias: string,
  indices: readonly Index[]
): Index {
  const marked = indices.filter((index) => index.metadata.aliases.get(alias)?.isWriteIndex === true)
  const [only] = marked.length > 0 ? marked : indices
  if (
    only !== undefined &&
    (marked.length === 1 ||
      (marked.length === 0 &&
        indices.length === 1 &&
        only.metadata.aliases.get(alias)?.isWriteIndex !== false))
  )
    return only
  throw new VectorStoreError(
    'REQUEST_ARGUMENT',
    `no write index is defined for alias [${alias}]. The write index may be explicitly disabled using is_write_index=false or the alias points to multiple indices without one being designated as a write index`
  )
}

/** What may only be written through an alias. */
export function needsAlias(item: WriteItem): boolean {
  return item.type !== 'delete' && item.requireAlias === true
}

/**
 * An item with the routing of the alias it is written through.
 *
 * Errors   REQUEST_ARGUMENT: it has another routing already.
 */
export function routedByAlias(index: NodeIndex, item: WriteItem): WriteItem {
  const routing = index.metadata.aliases.get(item.index)?.indexRouting ?? null
  if (routing === null || routing === item.routing) return item
  if (item.routing === null) return { ...item, routing }
  throw new VectorStoreError(
    'REQUEST_ARGUMENT',
    `Alias [${item.index}] has index routing associated with it [${routing}], and was provided with routing value [${item.routing}], rejecting operation`
  )
}

function includeName(
  indices: ReadonlyMap<string, NodeIndex>,
  found: Map<string, Found>,
  name: string,
  options: ResolveOptions
): void {
  const exact = indices.get(name)
  if (exact !== undefined) {
    if (exact.metadata.state === 'close') {
      if (options.ignoreUnavailable) return
      throw indexClosed(exact)
    }
    add(found, exact, null)
    return
  }
  let aliased = false
  for (const index of indices.values()) {
    const alias = index.metadata.aliases.get(name)
    if (alias === undefined || index.metadata.state === 'close') continue
    aliased = true
    add(found, index, alias.filter)
  }
  if (!aliased && !options.ignoreUnavailable) throw indexAbsent(name)
}

function includePattern(
  indices: ReadonlyMap<string, NodeIndex>,
  found: Map<string, Found>,
  pattern: string,
  options: ResolveOptions
): void {
  for (const index of indices.values()) {
    const { name, aliases, state, settings } = index.metadata
    if (state === 'close') continue
    const hidden =
      settings.get('hidden') === 'true' && !pattern.startsWith('.') && !options.expandHidden
    if (matchesWildcard(pattern, name)) {
      if (!hidden) add(found, index, null)
      continue
    }
    for (const [alias, definition] of aliases)
      if (matchesWildcard(pattern, alias) && definition.isHidden !== true)
        add(found, index, definition.filter)
  }
}

function exclude(found: Map<string, Found>, pattern: string): void {
  for (const name of found.keys()) if (matchesWildcard(pattern, name)) found.delete(name)
}

function add(found: Map<string, Found>, index: NodeIndex, filter: Query | null): void {
  const entry = found.get(index.metadata.name)
  if (entry === undefined) found.set(index.metadata.name, { index, filters: [filter] })
  else entry.filters.push(filter)
}

function joined(filters: readonly (Query | null)[]): Query | null {
  const real = filters.filter((filter) => filter !== null)
  if (real.length < filters.length || real.length === 0) return null
  if (real.length === 1) return real[0] ?? null
  return { type: 'bool', must: [], should: real, filter: [], mustNot: [], minimumShouldMatch: 1 }
}
