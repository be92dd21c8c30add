/** Body of `_mget`. */
import type { FetchSpec } from '../../node/index.ts'
import { tokenOf } from '../body-node.ts'
import type { BodyNode } from '../body-node.ts'
import { textOf } from '../body-values.ts'
import { illegalArgument, validationFailure } from '../wire-failure.ts'
import type { MutableFetch } from './fetch-spec.ts'
import { readSource } from './fetch-spec.ts'

export type MultiGetItem = {
  readonly index: string
  readonly id: string
  readonly fetch: FetchSpec
}

/**
 * @param index  Index of the path, for elements that name none; null: none.
 * @param fetch  What the URL asks for, for elements that say nothing.
 *
 * Errors   REQUEST_PARSE, REQUEST_VALIDATION (no documents, no index, no id: all in one).
 */
export function parseMultiGet(
  body: BodyNode,
  index: string | null,
  fetch: FetchSpec
): readonly MultiGetItem[] {
  const items: { index: string | null; id: string | null; fetch: FetchSpec }[] = []
  for (const [key, member] of body.members()) {
    if (key === 'docs') {
      if (member.token !== 'START_ARRAY') throw unexpected(member, key)
      for (const element of member.elements()) items.push(readItem(element, index, fetch))
    } else if (key === 'ids') {
      if (member.token !== 'START_ARRAY') throw unexpected(member, key)
      for (const id of idsOf(member.value)) items.push({ index, id, fetch })
    } else throw unexpected(member, key)
  }
  const faults: string[] = []
  if (items.length === 0) faults.push('no documents to get')
  for (let at = 0; at < items.length; at++) {
    const item = items[at]!
    if (item.index === null) faults.push(`index is missing for doc ${at}`)
    if (item.id === null) faults.push(`id is missing for doc ${at}`)
  }
  if (faults.length > 0) throw validationFailure(faults)
  return items as MultiGetItem[]
}

function* idsOf(given: unknown): IterableIterator<string> {
  for (const value of Array.isArray(given) ? given : [given]) {
    const token = tokenOf(value)
    if (token !== 'VALUE_STRING' && token !== 'VALUE_NUMBER')
      throw illegalArgument('ids array element should only contain ids')
    yield String(value)
  }
}

function unexpected(node: BodyNode, key: string): Error {
  return node.parseFault(`unknown key [${key}] for a ${node.token}, expected [docs] or [ids]`)
}

function readItem(
  node: BodyNode,
  index: string | null,
  fetch: FetchSpec
): { index: string | null; id: string | null; fetch: FetchSpec } {
  if (node.token !== 'START_OBJECT')
    throw illegalArgument('docs array element should include an object')
  const item = { index, id: null as string | null, fetch }
  for (const [key, member] of node.members()) {
    if (key === '_index') item.index = textOf(member.value)
    else if (key === '_id') item.id = textOf(member.value)
    else if (key === '_source') {
      const own: MutableFetch = { ...fetch }
      readSource(member, own)
      item.fetch = own
    } else if (key === 'stored_fields')
      throw illegalArgument('[stored_fields] of a get is not supported by this version')
    else if (!['routing', 'version', 'version_type'].includes(key))
      throw member.parseFault(`unknown field [${key}] in a document of [docs]`)
  }
  return item
}
