/** What becomes of the aliases of indices by a list of actions. */
import { VectorStoreError } from '../util/index.ts'
import { checkIndexName } from './index-name.ts'
import type { AliasAction, AliasDefinition, IndexMetadata } from './types.ts'

export type IndexNames<Index> = {
  /** Errors INDEX_ABSENT. */
  readonly find: (name: string) => Index
  /** An index has this name, or is just getting it. */
  readonly isTaken: (name: string) => boolean
}

/**
 * New metadata of the indices that change. All actions are checked before the first is carried out; indices that go
 * (removeIndex) are the caller's affair.
 *
 * Errors   INDEX_ABSENT, INDEX_NAME, ALIAS_ABSENT.
 */
export function aliasesAfter<Index extends { readonly metadata: IndexMetadata }>(
  actions: readonly AliasAction[],
  names: IndexNames<Index>
): Map<Index, IndexMetadata> {
  const changed = new Map<Index, Map<string, AliasDefinition>>()
  const aliasesOf = (index: Index): Map<string, AliasDefinition> => {
    const aliases = changed.get(index) ?? new Map(index.metadata.aliases)
    changed.set(index, aliases)
    return aliases
  }
  for (const action of actions) {
    const index = names.find(action.index)
    if (action.type === 'add') {
      checkAlias(action.alias, action.index, names)
      aliasesOf(index).set(action.alias, action.definition)
    } else if (
      action.type === 'remove' &&
      !aliasesOf(index).delete(action.alias) &&
      action.mustExist !== false
    )
      throw new VectorStoreError('ALIAS_ABSENT', `aliases [${action.alias}] missing`, {
        details: { alias: action.alias }
      })
  }
  return new Map([...changed].map(([index, aliases]) => [index, { ...index.metadata, aliases }]))
}

/** Errors INDEX_NAME. */
export function checkAlias(
  alias: string,
  index: string,
  { isTaken }: Pick<IndexNames<unknown>, 'isTaken'>
): void {
  checkIndexName(alias, 'alias')
  if (isTaken(alias) || alias === index)
    throw new VectorStoreError(
      'INDEX_NAME',
      `Invalid alias name [${alias}]: an index or data stream exists with the same name as the alias`
    )
}
