/** Aliases. */
import {
  objectBody,
  parseAliasActions,
  parseAliasDefinition,
  PlainFailure,
  printAliases
} from '../../dialect/index.ts'
import type { AliasActionBody } from '../../dialect/index.ts'
import type { AliasAction, AliasDefinition, NodeIndex } from '../../node/index.ts'
import { VectorStoreError, matchesWildcard } from '../../util/index.ts'
import { indicesOptions, routes, timeouts } from '../route.ts'
import type { Call, Reply, Route } from '../route.ts'
import { indicesOf } from '../targets.ts'

const acknowledged: Reply = { body: { acknowledged: true } }

export const aliasRoutes: readonly Route[] = [
  ...routes('POST /_aliases', timeouts, updateAliases),
  ...routes(
    'PUT,POST /{index}/_alias/{name} /{index}/_aliases/{name}',
    `${timeouts} ${indicesOptions}`,
    putAlias
  ),
  ...routes(
    'DELETE /{index}/_alias/{name} /{index}/_aliases/{name}',
    `${timeouts} ${indicesOptions}`,
    deleteAlias
  ),
  ...routes(
    'GET /_alias /_alias/{name} /{index}/_alias /{index}/_alias/{name} /_aliases',
    `${indicesOptions} ${timeouts} local`,
    getAliases
  ),
  ...routes('HEAD /_alias/{name} /{index}/_alias/{name}', `${indicesOptions} local`, existsAlias)
]

async function updateAliases(call: Call): Promise<Reply> {
  const bodies = call.body.parsed(
    (body) => parseAliasActions(objectBody(body), call.search),
    call.body.requiredJson()
  )
  await call.node.updateAliases(bodies.flatMap((body) => concreteActions(call, body)))
  return acknowledged
}

function concreteActions(call: Call, body: AliasActionBody): AliasAction[] {
  const indices = indicesOf(call.node, body.indices.join(','), call.url)
  if (body.type === 'remove_index')
    return indices.map((index) => ({ type: 'removeIndex', index: index.metadata.name }))
  if (body.type === 'remove') return removals(indices, body.aliases, body.mustExist)
  return indices.flatMap((index) =>
    body.aliases.map((alias) => addition(index, alias, body.definition))
  )
}

function addition(index: NodeIndex, alias: string, definition: AliasDefinition): AliasAction {
  return { type: 'add', index: index.metadata.name, alias, definition }
}

/** Aliases by name or pattern, where they are. Errors ALIAS_ABSENT when nothing has them. */
function removals(
  indices: readonly NodeIndex[],
  patterns: readonly string[],
  mustExist: boolean | null
): AliasAction[] {
  const found = indices.flatMap((index) =>
    [...index.metadata.aliases.keys()]
      .filter((alias) => patterns.some((pattern) => isMatch(pattern, alias)))
      .map((alias): AliasAction => ({
        type: 'remove',
        index: index.metadata.name,
        alias,
        mustExist
      }))
  )
  if (found.length === 0 && mustExist !== false)
    throw new VectorStoreError('ALIAS_ABSENT', `aliases [${patterns.join(',')}] missing`, {
      details: { 'resource.type': 'aliases', 'resource.id': patterns.join(',') }
    })
  return found
}

function isMatch(pattern: string, alias: string): boolean {
  return pattern === '_all' || matchesWildcard(pattern, alias)
}

async function putAlias(call: Call): Promise<Reply> {
  const indices = indicesOf(call.node, call.parts.get('index'), call.url)
  const name = call.parts.get('name') ?? ''
  const definition = call.body.parsed((body) =>
    parseAliasDefinition(body === null ? null : objectBody(body), call.search)
  )
  await call.node.updateAliases(indices.map((index) => addition(index, name, definition)))
  return acknowledged
}

async function deleteAlias(call: Call): Promise<Reply> {
  const indices = indicesOf(call.node, call.parts.get('index'), call.url)
  const names = (call.parts.get('name') ?? '').split(',')
  await call.node.updateAliases(removals(indices, names, null))
  return acknowledged
}

/** Indices with those of their aliases that the path names; all of both when it names none. */
function namedAliases(call: Call): Map<string, ReadonlyMap<string, AliasDefinition>> {
  const names = call.parts.get('name')?.split(',')
  const result = new Map<string, ReadonlyMap<string, AliasDefinition>>()
  for (const index of indicesOf(call.node, call.parts.get('index'), call.url)) {
    const { aliases, name } = index.metadata
    const chosen =
      names === undefined
        ? [...aliases]
        : [...aliases].filter(([alias]) => names.some((pattern) => isMatch(pattern, alias)))
    if (names === undefined || chosen.length > 0) result.set(name, new Map(chosen))
  }
  return result
}

function getAliases(call: Call): Reply {
  const found = namedAliases(call)
  const body = new Map(
    Array.from(found, ([index, aliases]) => [index, { aliases: printAliases(aliases) }])
  )
  const missing = missingNames(call, found)
  if (missing.length === 0) return { body }
  const failure = missingAlias(missing)
  if (body.size === 0) throw failure
  return {
    status: failure.status,
    body: new Map<string, unknown>([['error', failure.message], ['status', 404], ...body])
  }
}

function missingNames(
  call: Call,
  found: ReadonlyMap<string, ReadonlyMap<string, AliasDefinition>>
): string[] {
  const names = call.parts.get('name')?.split(',') ?? []
  const present = new Set([...found.values()].flatMap((aliases) => [...aliases.keys()]))
  return names.filter((name) => name !== '_all' && !name.includes('*') && !present.has(name))
}

function missingAlias(names: readonly string[]): PlainFailure {
  const text =
    names.length === 1 ? `alias [${names[0]}] missing` : `aliases [${names.join(',')}] missing`
  return new PlainFailure('ALIAS_ABSENT', 404, text)
}

function existsAlias(call: Call): Reply {
  const found = namedAliases(call)
  const isThere = found.size > 0 && missingNames(call, found).length === 0
  return { status: isThere ? 200 : 404, body: null }
}
