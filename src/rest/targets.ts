/** Indices that a path and its URL name: those that can be searched, and those that can be administered. */
import { illegalArgument } from '../dialect/index.ts'
import type { Node, NodeIndex, ResolvedIndex, ResolveOptions } from '../node/index.ts'
import { VectorStoreError, matchesWildcard } from '../util/index.ts'
import type { Parameters } from './parameters.ts'

/** `ignore_unavailable`, `allow_no_indices`, `expand_wildcards`. Errors REQUEST_ARGUMENT. */
function resolveOptions(url: Parameters): ResolveOptions {
  const wildcards = url.list('expand_wildcards')
  return {
    ignoreUnavailable: url.flag('ignore_unavailable'),
    allowNoIndices: url.flag('allow_no_indices', true),
    expandHidden: wildcards.includes('hidden') || wildcards.includes('all')
  }
}

function expressionsOf(index: string | null | undefined): string[] {
  return index === null || index === undefined ? [] : index.split(',').filter((name) => name !== '')
}

/** Open indices. Errors INDEX_ABSENT, INDEX_CLOSED. */
export function targetsOf(
  node: Node,
  index: string | null | undefined,
  url: Parameters
): readonly ResolvedIndex[] {
  return node.resolve(expressionsOf(index), resolveOptions(url))
}

/** Indices, closed ones too, that a request looks at or changes as a whole. Errors INDEX_ABSENT. */
export function indicesOf(
  node: Node,
  index: string | null | undefined,
  url: Parameters
): readonly NodeIndex[] {
  const options = resolveOptions(url)
  const found = new Map<string, NodeIndex>()
  const expressions = expressionsOf(index)
  for (const part of expressions.length === 0 ? ['*'] : expressions) {
    if (part.startsWith('-') && found.size > 0) exclude(found, part.slice(1))
    else for (const one of indicesNamed(node, part, options)) found.set(one.metadata.name, one)
  }
  if (found.size === 0 && !options.allowNoIndices) throw indexAbsent(expressions.join(','))
  return [...found.values()]
}

function exclude(found: Map<string, NodeIndex>, pattern: string): void {
  for (const name of found.keys()) if (matchesWildcard(pattern, name)) found.delete(name)
}

function indicesNamed(node: Node, part: string, options: ResolveOptions): readonly NodeIndex[] {
  if (part === '_all' || part.includes('*')) {
    const pattern = part === '_all' ? '*' : part
    return node.indices().filter((one) => isNamed(one, pattern, options.expandHidden))
  }
  const named = byName(node, part)
  if (named.length === 0 && !options.ignoreUnavailable) throw indexAbsent(part)
  return named
}

function isNamed(index: NodeIndex, pattern: string, expandHidden: boolean): boolean {
  const { name, aliases, settings } = index.metadata
  if (matchesWildcard(pattern, name))
    return expandHidden || pattern.startsWith('.') || settings.get('hidden') !== 'true'
  return [...aliases.keys()].some((alias) => matchesWildcard(pattern, alias))
}

function byName(node: Node, name: string): NodeIndex[] {
  const exact = node.findIndex(name)
  if (exact !== null) return [exact]
  return node.indices().filter((index) => index.metadata.aliases.has(name))
}

function indexAbsent(name: string): VectorStoreError {
  return new VectorStoreError('INDEX_ABSENT', `no such index [${name}]`, {
    details: {
      'resource.type': 'index_or_alias',
      'resource.id': name,
      index_uuid: '_na_',
      index: name
    }
  })
}

/** Indices to delete: by name only, so that a slip of a pattern costs nothing. Errors INDEX_ABSENT, REQUEST_ARGUMENT. */
export function indicesToDelete(node: Node, index: string, url: Parameters): NodeIndex[] {
  return expressionsOf(index).flatMap((name) => {
    if (name === '_all' || name.includes('*'))
      throw illegalArgument('Wildcard expressions or all indices are not allowed')
    const found = node.findIndex(name)
    if (found !== null) return [found]
    if (node.indices().some((one) => one.metadata.aliases.has(name)))
      throw illegalArgument(
        `The provided expression [${name}] matches an alias, specify the corresponding concrete indices instead.`
      )
    if (url.flag('ignore_unavailable')) return []
    throw indexAbsent(name)
  })
}
