/** `_field_caps`: which fields the indices have, and what can be done with them. */
import { field, illegalArgument, objectBody, readObject, textOf } from '../../dialect/index.ts'
import type { NodeIndex } from '../../node/index.ts'
import { loopSlice, runInSlices } from '../../util/index.ts'
import type { Steps } from '../../util/index.ts'
import { indicesOptions, routes } from '../route.ts'
import type { Call, Reply, Route } from '../route.ts'
import { targetsOf } from '../targets.ts'

export const fieldCapsRoutes: readonly Route[] = routes(
  'GET,POST /_field_caps /{index}/_field_caps',
  `${indicesOptions} fields include_unmapped filters types include_empty_fields`,
  fieldCapabilities
)

type Capability = { readonly searchable: boolean; readonly aggregatable: boolean }

/** By type of the field, then by index. */
type Field = Map<string, Map<string, Capability>>

/** Fields that are left out. Without the metadata fields, which have no capabilities here, there is nothing else to leave out. */
const filters = ['-metadata', '-nested', '-parent'] as const

type Wanted = {
  readonly patterns: readonly string[]
  readonly filters: readonly string[]
  /** Empty: all. */
  readonly types: readonly string[]
  readonly withUnmapped: boolean
}

const nothing: Capability = { searchable: false, aggregatable: false }

async function fieldCapabilities(call: Call): Promise<Reply> {
  const wanted = wantedOf(call)
  const indices = targetsOf(call.node, call.parts.get('index'), call.url).map(({ index }) => index)
  return { body: await runInSlices(capabilities(indices, wanted), loopSlice()) }
}

/** The answer, in steps. */
function* capabilities(indices: readonly NodeIndex[], wanted: Wanted): Steps<object> {
  const fields = new Map<string, Field>()
  for (const index of indices) yield* addFields(index, wanted, fields)
  const names = indices.map(({ metadata }) => metadata.name)
  const printed = new Map<string, ReadonlyMap<string, unknown>>()
  for (const [name, types] of fields) {
    if (wanted.withUnmapped) addUnmapped(names, types)
    printed.set(name, printField(types))
    yield
  }
  return { indices: names, fields: printed }
}

function wantedOf({ body, url }: Call): Wanted {
  const inBody = body.isEmpty ? [] : body.parsed(fieldsOfBody)
  const patterns = inBody.length > 0 ? inBody : url.list('fields')
  if (patterns.length === 0) throw illegalArgument("specified fields can't be null or empty")
  for (const name of url.list('filters'))
    if (!filters.some((known) => known === name))
      throw illegalArgument(
        `[filters: ${name}] of field capabilities is not supported by this version, wanted ${filters.join(', ')}`
      )
  if (!url.flag('include_empty_fields', true))
    throw illegalArgument(
      '[include_empty_fields: false] of field capabilities is not supported by this version, wanted true'
    )
  return {
    patterns,
    filters: url.list('filters'),
    types: url.list('types'),
    withUnmapped: url.flag('include_unmapped')
  }
}

function fieldsOfBody(body: unknown): readonly string[] {
  const names: string[] = []
  const unbuilt = (name: string): ReturnType<typeof field.object> =>
    field.object((member) => {
      if (member.members().length > 0)
        throw illegalArgument(`[${name}] of field capabilities is not supported by this version`)
    })
  readObject(objectBody(body), 'field_caps_request', {
    fields: field.any((member) => {
      for (const element of member.elements()) names.push(textOf(element.value))
    }),
    index_filter: unbuilt('index_filter'),
    runtime_mappings: unbuilt('runtime_mappings')
  })
  return names
}

function* addFields(index: NodeIndex, wanted: Wanted, fields: Map<string, Field>): Steps<void> {
  const { mapping, metadata } = index
  const add = (name: string, type: string, capability: Capability): void => {
    if (wanted.types.length > 0 && !wanted.types.includes(type)) return
    const types = fields.get(name) ?? new Map<string, Map<string, Capability>>()
    const byIndex = types.get(type) ?? new Map<string, Capability>()
    types.set(type, byIndex.set(metadata.name, capability))
    fields.set(name, types)
  }
  const isNested = (name: string): boolean =>
    mapping.nestedPaths.some((path) => name === path || name.startsWith(`${path}.`))
  const isLeftOut = (name: string): boolean => wanted.filters.includes('-nested') && isNested(name)
  for (const pattern of wanted.patterns)
    for (const [name, one] of mapping.namesMatching(pattern)) {
      yield
      if (isLeftOut(name)) continue
      const hasTerms =
        one.info !== null && (one.info.postings !== 'none' || one.info.column !== null)
      add(name, one.typeName, {
        searchable: one.vector === null ? hasTerms : one.toJson()['index'] !== false,
        aggregatable: one.vector === null && one.info?.column != null
      })
      if (wanted.filters.includes('-parent')) continue
      for (const parent of parentsOf(name))
        if (mapping.field(parent) === null && !isLeftOut(parent))
          add(parent, mapping.nestedPaths.includes(parent) ? 'nested' : 'object', nothing)
    }
}

/** `a.b.c`: a.b and a. */
function parentsOf(name: string): string[] {
  const parents: string[] = []
  for (let dot = name.lastIndexOf('.'); dot > 0; dot = name.lastIndexOf('.', dot - 1))
    parents.push(name.slice(0, dot))
  return parents
}

function addUnmapped(names: readonly string[], types: Field): void {
  const mapped = new Set([...types.values()].flatMap((byIndex) => [...byIndex.keys()]))
  const missing = names.filter((name) => !mapped.has(name))
  if (missing.length > 0) types.set('unmapped', new Map(missing.map((name) => [name, nothing])))
}

function printField(types: Field): Map<string, unknown> {
  const isMixed = types.size > 1
  return new Map(
    Array.from(types, ([type, byIndex]) => {
      const all = [...byIndex.values()]
      const printed = {
        type,
        metadata_field: false,
        searchable: all.every(({ searchable }) => searchable),
        aggregatable: all.every(({ aggregatable }) => aggregatable),
        ...(isMixed ? { indices: [...byIndex.keys()] } : {}),
        ...exceptions('non_searchable_indices', byIndex, ({ searchable }) => searchable),
        ...exceptions('non_aggregatable_indices', byIndex, ({ aggregatable }) => aggregatable)
      }
      return [type, printed] as const
    })
  )
}

/** Indices that cannot what others can. */
function exceptions(
  name: string,
  byIndex: ReadonlyMap<string, Capability>,
  can: (capability: Capability) => boolean
): Record<string, readonly string[]> {
  const cannot = [...byIndex].filter(([, capability]) => !can(capability)).map(([index]) => index)
  return cannot.length === 0 || cannot.length === byIndex.size ? {} : { [name]: cannot }
}
