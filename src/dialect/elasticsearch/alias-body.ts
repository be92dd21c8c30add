/** Aliases in index definitions and in `_aliases`. */
import type { AliasDefinition } from '../../node/index.ts'
import type { BodyNode } from '../body-node.ts'
import { booleanOf, textOf } from '../body-values.ts'
import { illegalArgument, validationFailure } from '../wire-failure.ts'
import { parseQuery } from './query-parser.ts'
import type { SearchContext } from './search-body.ts'

type Definition = { -readonly [key in keyof AliasDefinition]: AliasDefinition[key] }

const emptyDefinition: AliasDefinition = Object.freeze({
  filterJson: null,
  filter: null,
  indexRouting: null,
  searchRouting: null,
  isWriteIndex: null,
  isHidden: null
})

/** An action of `_aliases` as written; patterns and names are resolved by whoever knows the indices. */
export type AliasActionBody = {
  readonly type: 'add' | 'remove' | 'remove_index'
  readonly indices: readonly string[]
  readonly aliases: readonly string[]
  readonly mustExist: boolean | null
  readonly definition: AliasDefinition
}

/** `{ filter, routing, index_routing, search_routing, is_write_index, is_hidden }`. */
export function parseAliasDefinition(
  node: BodyNode | null,
  context: SearchContext
): AliasDefinition {
  const definition: Definition = { ...emptyDefinition }
  if (node !== null && node.token !== 'START_OBJECT')
    throw node.parseFault(`alias [${String(node.step)}] must be an object`)
  for (const [key, member] of node?.members() ?? [])
    if (!setMember(definition, key, member, context))
      throw member.parseFault(`unknown field [${key}] in alias [${String(node?.step)}]`)
  return definition
}

function setMember(
  definition: Definition,
  key: string,
  member: BodyNode,
  context: SearchContext
): boolean {
  if (key === 'filter') {
    if (member.token !== 'VALUE_NULL') {
      definition.filterJson = member.value as Readonly<Record<string, unknown>>
      definition.filter = parseQuery(member, {
        requestSize: 10,
        expandFields: (pattern, wordsOnly) => context.expandFields(pattern, wordsOnly)
      })
    }
  } else if (key === 'routing') {
    definition.indexRouting = textOf(member.value)
    definition.searchRouting = textOf(member.value)
  } else if (key === 'index_routing' || key === 'indexRouting')
    definition.indexRouting = textOf(member.value)
  else if (key === 'search_routing' || key === 'searchRouting')
    definition.searchRouting = textOf(member.value)
  else if (key === 'is_write_index') definition.isWriteIndex = booleanOf(member.value)
  else if (key === 'is_hidden') definition.isHidden = booleanOf(member.value)
  else return false
  return true
}

/** `{ name: definition, … }` of a create index body. */
export function parseAliases(node: BodyNode, context: SearchContext): Map<string, AliasDefinition> {
  if (node.token !== 'START_OBJECT') throw node.parseFault('key [aliases] must be an object')
  const aliases = new Map<string, AliasDefinition>()
  for (const [name, member] of node.members())
    aliases.set(name, parseAliasDefinition(member, context))
  return aliases
}

/** Body of `POST /_aliases`. Errors REQUEST_FIELD, REQUEST_ARGUMENT, REQUEST_VALIDATION. */
export function parseAliasActions(body: BodyNode, context: SearchContext): AliasActionBody[] {
  const actions: AliasActionBody[] = []
  for (const [key, member] of body.members()) {
    if (key !== 'actions') throw member.unknownField('aliases', ['actions'])
    for (const element of member.elements()) {
      const [entry] = [...element.members()]
      if (entry === undefined)
        throw illegalArgument('[alias_action] requires an action: add, remove or remove_index')
      actions.push(parseAction(entry[0], entry[1], context))
    }
  }
  if (actions.length === 0) throw validationFailure(['Must specify at least one alias action'])
  return actions
}

function parseAction(type: string, node: BodyNode, context: SearchContext): AliasActionBody {
  if (type !== 'add' && type !== 'remove' && type !== 'remove_index')
    throw node.unknownField('alias_action', ['add', 'remove', 'remove_index'])
  const indices: string[] = []
  const aliases: string[] = []
  let mustExist: boolean | null = null
  const definition: Definition = { ...emptyDefinition }
  for (const [key, member] of node.members()) {
    if (key === 'index' || key === 'indices') indices.push(...texts(member))
    else if (key === 'alias' || key === 'aliases') aliases.push(...texts(member))
    else if (key === 'must_exist') mustExist = booleanOf(member.value)
    else if (type !== 'add' || !setMember(definition, key, member, context))
      throw member.unknownField(type, ['index', 'indices', 'alias', 'aliases', 'filter', 'routing'])
  }
  if (indices.length === 0) throw illegalArgument('One of [index] or [indices] is required')
  if (type !== 'remove_index' && aliases.length === 0)
    throw illegalArgument('One of [alias] or [aliases] is required')
  return { type, indices, aliases, mustExist, definition }
}

function texts(node: BodyNode): string[] {
  return node.elements().map((element) => textOf(element.value))
}
