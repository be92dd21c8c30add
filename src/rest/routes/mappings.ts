/** Mappings of indices: read, read by field, add to. */
import { checkMapping, isObjectValue } from '../../dialect/index.ts'
import type { NodeIndex } from '../../node/index.ts'
import { loopSlice, RawJson, runInSlices, VectorStoreError } from '../../util/index.ts'
import type { Steps } from '../../util/index.ts'
import { bodyMissing } from '../body.ts'
import { indicesOptions, reading, routes, timeouts } from '../route.ts'
import type { Call, Reply, Route } from '../route.ts'
import { indicesOf } from '../targets.ts'

export const mappingRoutes: readonly Route[] = [
  ...routes('GET /_mapping /{index}/_mapping', `${indicesOptions} ${timeouts} local`, getMappings),
  ...reading(
    'double',
    routes(
      'PUT,POST /{index}/_mapping',
      `${indicesOptions} ${timeouts} write_index_only`,
      putMapping
    )
  ),
  ...routes(
    'GET /_mapping/field/{fields} /{index}/_mapping/field/{fields}',
    `${indicesOptions} include_defaults local`,
    getFieldMappings
  )
]

function getMappings(call: Call): Reply {
  const indices = indicesOf(call.node, call.parts.get('index'), call.url)
  return {
    body: new Map(
      indices.map((index) => [index.metadata.name, { mappings: new RawJson(index.mapping.text) }])
    )
  }
}

async function putMapping(call: Call): Promise<Reply> {
  const indices = indicesOf(call.node, call.parts.get('index'), call.url)
  if (call.body.isEmpty) throw bodyMissing()
  const definition = call.body.definition()
  if (!isObjectValue(definition))
    throw new VectorStoreError('MAPPING_PARSE', 'a mapping must be an object')
  checkMapping(definition)
  await call.node.putMapping(
    indices.map(({ metadata }) => metadata.name),
    definition
  )
  return { body: { acknowledged: true } }
}

async function getFieldMappings(call: Call): Promise<Reply> {
  const patterns = (call.parts.get('fields') ?? '').split(',')
  const indices = indicesOf(call.node, call.parts.get('index'), call.url)
  return { body: await runInSlices(allFieldMappings(indices, patterns), loopSlice()) }
}

/** The answer, in steps. */
function* allFieldMappings(
  indices: readonly NodeIndex[],
  patterns: readonly string[]
): Steps<ReadonlyMap<string, unknown>> {
  const found = new Map<string, unknown>()
  for (const index of indices)
    found.set(index.metadata.name, { mappings: yield* fieldMappings(index, patterns) })
  return found
}

function* fieldMappings(
  index: NodeIndex,
  patterns: readonly string[]
): Steps<ReadonlyMap<string, unknown>> {
  const found = new Map<string, unknown>()
  for (const pattern of patterns)
    for (const field of index.mapping.fieldsMatching(pattern)) {
      const leaf = field.name.slice(field.name.lastIndexOf('.') + 1)
      found.set(field.name, { full_name: field.name, mapping: { [leaf]: field.toJson() } })
      yield
    }
  return found
}
