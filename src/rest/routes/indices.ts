/** Indices: create, look at, delete, open, close. */
import { illegalArgument, parseIndexBody, printIndex } from '../../dialect/index.ts'
import { checkIndexName } from '../../node/index.ts'
import type { NodeIndex } from '../../node/index.ts'
import { loopSlice, runInSlices } from '../../util/index.ts'
import type { Steps } from '../../util/index.ts'
import { indicesOptions, reading, routes, timeouts } from '../route.ts'
import type { Call, Reply, Route } from '../route.ts'
import { indicesOf, indicesToDelete } from '../targets.ts'
import { activeCopies, copiesOf, copiesWanted } from '../write-options.ts'

const acknowledged: Reply = { body: { acknowledged: true } }

export const indexRoutes: readonly Route[] = [
  ...reading('double', routes('PUT /{index}', `wait_for_active_shards ${timeouts}`, createIndex)),
  ...routes(
    'GET /{index}',
    `${indicesOptions} ${timeouts} features flat_settings include_defaults local`,
    getIndices
  ),
  ...routes('HEAD /{index}', `${indicesOptions} flat_settings include_defaults local`, existsIndex),
  ...routes('DELETE /{index}', `${indicesOptions} ${timeouts}`, deleteIndices),
  ...routes('POST /{index}/_open', `${indicesOptions} ${timeouts} wait_for_active_shards`, (call) =>
    setStates(call, 'open')
  ),
  ...routes(
    'POST /{index}/_close',
    `${indicesOptions} ${timeouts} wait_for_active_shards`,
    (call) => setStates(call, 'close')
  )
]

async function createIndex(call: Call): Promise<Reply> {
  const name = call.parts.get('index') ?? ''
  checkIndexName(name)
  const definition = await call.body.parsedInSlices(
    (body) => parseIndexBody(body, call.search),
    call.body.definition()
  )
  const wanted = copiesWanted(call.url, definition.settings)
  const copyCount = copiesOf(definition.settings)
  if (wanted > copyCount)
    throw illegalArgument(
      `invalid wait_for_active_shards[${wanted}]: cannot be greater than number of shard copies [${copyCount}]`
    )
  await call.node.createIndex(name, definition)
  const isReached = wanted <= activeCopies
  return { body: { acknowledged: true, shards_acknowledged: isReached, index: name } }
}

async function getIndices(call: Call): Promise<Reply> {
  const features = call.url.list('features')
  const wanted = (name: string): boolean => features.length === 0 || features.includes(name)
  const indices = indicesOf(call.node, call.parts.get('index'), call.url)
  const isFlat = call.url.flag('flat_settings')
  return { body: await runInSlices(printAll(indices, isFlat, wanted), loopSlice()) }
}

function* printAll(
  indices: readonly NodeIndex[],
  isFlat: boolean,
  wanted: (feature: string) => boolean
): Steps<Map<string, unknown>> {
  const all = new Map<string, unknown>()
  for (const index of indices) {
    const printed = Object.entries(yield* printIndex(index, isFlat))
    all.set(index.metadata.name, Object.fromEntries(printed.filter(([name]) => wanted(name))))
  }
  return all
}

function existsIndex(call: Call): Reply {
  const found = indicesOf(call.node, call.parts.get('index'), call.url)
  return { status: found.length > 0 ? 200 : 404, body: null }
}

async function deleteIndices(call: Call): Promise<Reply> {
  for (const index of indicesToDelete(call.node, call.parts.get('index') ?? '', call.url))
    await call.node.deleteIndex(index.metadata.name)
  return acknowledged
}

async function setStates(call: Call, state: 'open' | 'close'): Promise<Reply> {
  const indices = indicesOf(call.node, call.parts.get('index'), call.url)
  for (const index of indices) await call.node.setState(index.metadata.name, state)
  if (state === 'open') {
    const isReached = indices.every(
      ({ metadata }) => copiesWanted(call.url, metadata.settings) <= activeCopies
    )
    return { body: { acknowledged: true, shards_acknowledged: isReached } }
  }
  const closed = new Map(indices.map((index) => [index.metadata.name, { closed: true }]))
  return { body: { acknowledged: true, shards_acknowledged: true, indices: closed } }
}
