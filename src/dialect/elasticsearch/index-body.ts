/** Body of `PUT /{index}`. */
import type { AliasDefinition } from '../../node/index.ts'
import type { MappingJson } from '../../mapping/index.ts'
import { VectorStoreError } from '../../util/index.ts'
import type { Steps } from '../../util/index.ts'
import { isObjectValue, objectBody } from '../body-node.ts'
import type { BodyNode } from '../body-node.ts'
import { WireFailure } from '../wire-failure.ts'
import { parseAliases } from './alias-body.ts'
import { parseIndexSettings } from './index-settings.ts'
import { checkMapping } from './mapping-checks.ts'
import type { SearchContext } from './search-body.ts'

export type IndexDefinition = {
  readonly settings: ReadonlyMap<string, string>
  readonly mappings: MappingJson
  readonly aliases: ReadonlyMap<string, AliasDefinition>
}

/** In steps. Errors REQUEST_BODY for unknown keys, REQUEST_ARGUMENT (settings), MAPPING_PARSE, those of alias filters. */
export function* parseIndexBody(body: unknown, context: SearchContext): Steps<IndexDefinition> {
  let settings: ReadonlyMap<string, string> = new Map()
  let mappings: MappingJson = {}
  let aliases: ReadonlyMap<string, AliasDefinition> = new Map()
  const node = objectBody(body)
  for (const [key, member] of node.members()) {
    if (key === 'settings') settings = yield* parseIndexSettings(member.value)
    else if (key === 'mappings') mappings = mappingsOf(member)
    else if (key === 'aliases') aliases = parseAliases(member, context)
    else throw unknownKey(key)
  }
  return { settings, mappings, aliases }
}

function unknownKey(key: string): VectorStoreError {
  return new WireFailure(
    'REQUEST_BODY',
    { status: 400, type: 'parse_exception' },
    `unknown key [${key}] for create index`
  )
}

function mappingsOf(node: BodyNode): MappingJson {
  if (node.token === 'VALUE_NULL') return {}
  if (!isObjectValue(node.value))
    throw new VectorStoreError('MAPPING_PARSE', 'key [mappings] must be an object')
  checkMapping(node.value)
  return node.value
}
