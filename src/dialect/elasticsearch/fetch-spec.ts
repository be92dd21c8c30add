/** What of a document an answer shows: `_source` filters, `fields`, `docvalue_fields`. */
import type { FetchSpec } from '../../node/index.ts'
import type { BodyNode } from '../body-node.ts'
import { booleanOf, field, readObject, textOf } from '../body-values.ts'
import { illegalArgument } from '../wire-failure.ts'

export type MutableFetch = { -readonly [key in keyof FetchSpec]: FetchSpec[key] }

export function defaultFetch(): MutableFetch {
  return {
    source: true,
    excludeVectors: null,
    fields: [],
    docvalueFields: [],
    version: false,
    seqNoPrimaryTerm: false
  }
}

/** `_source` of a body: true, false, a pattern, patterns, or { includes, excludes, exclude_vectors }. */
export function readSource(node: BodyNode, fetch: MutableFetch): void {
  if (node.token === 'VALUE_BOOLEAN') fetch.source = booleanOf(node.value)
  else if (node.token === 'VALUE_STRING') fetch.source = including([textOf(node.value)])
  else if (node.token === 'START_ARRAY') fetch.source = including(patternsOf(node))
  else if (node.token === 'START_OBJECT') readSourceObject(node, fetch)
  else
    throw node.parseFault(
      `Expected one of [VALUE_BOOLEAN, VALUE_STRING, START_ARRAY, START_OBJECT] but found [${node.token}]`
    )
}

function including(includes: readonly string[]): FetchSpec['source'] {
  return { includes, excludes: [] }
}

function readSourceObject(node: BodyNode, fetch: MutableFetch): void {
  let includes: readonly string[] = []
  let excludes: readonly string[] = []
  for (const [key, member] of node.members()) {
    if (key === 'includes' || key === 'include') includes = patternsOf(member)
    else if (key === 'excludes' || key === 'exclude') excludes = patternsOf(member)
    else if (key === 'exclude_vectors') fetch.excludeVectors = booleanOf(member.value)
    else throw member.parseFault(`Unknown key for a ${member.token} in [${key}].`)
  }
  fetch.source = includes.length === 0 && excludes.length === 0 ? true : { includes, excludes }
}

function patternsOf(node: BodyNode): string[] {
  return node.elements().map((element) => {
    if (element.token !== 'VALUE_STRING')
      throw element.parseFault(`Unknown key for a ${element.token} in [_source].`)
    return textOf(element.value)
  })
}

type FieldAndFormat = FetchSpec['fields'][number]

/** `fields` and `docvalue_fields`: names, or objects with a format. */
export function readFieldList(node: BodyNode, parser: string): FieldAndFormat[] {
  return node.elements().map((element) => {
    if (element.token === 'VALUE_STRING') return { field: textOf(element.value), format: null }
    if (element.token !== 'START_OBJECT') throw element.wrongToken(parser)
    let name: string | null = null
    let format: string | null = null
    readObject(element, parser, {
      field: field.string((value) => {
        name = value
      }),
      format: field.nullable(
        field.string((value) => {
          format = value
        })
      ),
      include_unmapped: field.boolean((isWanted) => {
        if (isWanted)
          throw illegalArgument(
            `[include_unmapped] of [${parser}] is not supported by this version`
          )
      })
    })
    if (name === null) throw illegalArgument('Required [field]')
    return { field: name, format }
  })
}

/** A URL parameter by its name; undefined where it is not given. */
export type UrlParameter = (name: string) => string | undefined

/** `_source`, `_source_includes`, `_source_excludes`, `_source_exclude_vectors` of a URL beat the body. */
export function applyUrlSource(parameter: UrlParameter, fetch: MutableFetch): void {
  const source = parameter('_source')
  const includes = listOf(parameter('_source_includes') ?? parameter('_source_include'))
  const excludes = listOf(parameter('_source_excludes') ?? parameter('_source_exclude'))
  const vectors = parameter('_source_exclude_vectors')
  if (vectors !== undefined) fetch.excludeVectors = booleanOf(vectors === '' ? 'true' : vectors)
  if (source === 'true' || source === 'false') fetch.source = source === 'true'
  const named =
    source === undefined || source === 'true' || source === 'false' ? [] : listOf(source)
  if (named.length + includes.length + excludes.length > 0)
    fetch.source = { includes: [...named, ...includes], excludes }
}

function listOf(text: string | undefined): string[] {
  return text === undefined || text === '' ? [] : text.split(',')
}
