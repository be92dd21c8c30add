/** Single documents: index, create, get, source, delete, update, and several gets in one. */
import {
  applyUrlSource,
  objectBody,
  defaultFetch,
  illegalArgument,
  parseMultiGet,
  printCause,
  printWrite,
  updateFaults,
  validationFailure,
  versionTypeOf
} from '../../dialect/index.ts'
import type { FetchSpec, GetResult, WriteItem, WriteResult } from '../../node/index.ts'
import { loopSlice, RawJson, VectorStoreError } from '../../util/index.ts'
import { reading, routes, sourceOptions } from '../route.ts'
import type { Call, Reply, Route } from '../route.ts'
import { readUpdate } from '../update-text.ts'
import {
  conditionParameters,
  copiesCheck,
  conditionsOf,
  isForcedRefresh,
  replicasOf,
  writeParameters
} from '../write-options.ts'

const getParameters = `${sourceOptions} preference realtime refresh routing stored_fields`

export const documentRoutes: readonly Route[] = [
  ...reading('bytes', [
    ...routes('PUT,POST /{index}/_doc/{id}', writeParameters, (call) =>
      indexDocument(call, opTypeOf(call))
    ),
    ...routes('POST /{index}/_doc', writeParameters, (call) => indexDocument(call, opTypeOf(call))),
    ...routes('PUT,POST /{index}/_create/{id}', writeParameters, (call) =>
      indexDocument(call, 'create')
    )
  ]),
  ...routes('DELETE /{index}/_doc/{id}', conditionParameters, deleteDocument),
  ...routes(
    'POST /{index}/_update/{id}',
    `${conditionParameters} ${sourceOptions} require_alias retry_on_conflict lang`,
    updateDocument
  ),
  ...routes('GET,HEAD /{index}/_doc/{id}', `${getParameters} version version_type`, getDocument),
  ...routes('GET,HEAD /{index}/_source/{id}', getParameters, getSource),
  ...routes('GET,POST /_mget /{index}/_mget', getParameters, multiGet)
]

function opTypeOf(call: Call): 'index' | 'create' {
  const text = call.url.get('op_type') ?? 'index'
  if (text === 'index' || text === 'create') return text
  throw illegalArgument(`opType must be 'create' or 'index', found: [${text}]`)
}

async function writeOne(call: Call, item: WriteItem): Promise<WriteResult> {
  const [result] = await call.node.write([item], { check: copiesCheck(call.url) })
  if (result === undefined) throw new TypeError('a write of one item has no result')
  return result
}

async function indexDocument(call: Call, opType: 'index' | 'create'): Promise<Reply> {
  const forcedRefresh = isForcedRefresh(call.url)
  checkPipeline(call)
  const result = await writeOne(call, {
    type: 'index',
    index: call.parts.get('index') ?? '',
    id: call.parts.get('id') ?? null,
    routing: call.url.get('routing') ?? null,
    opType,
    body: call.body.document(),
    conditions: conditionsOf(call.url),
    requireAlias: call.url.flag('require_alias')
  })
  const printed = printPlain(call, result, forcedRefresh)
  const path = [result.index, '_doc', result.id].map((part) => encodeURIComponent(part)).join('/')
  return printed.status === 201 ? { ...printed, headers: { location: `/${path}` } } : printed
}

function checkPipeline(call: Call): void {
  const pipeline = call.url.get('pipeline')
  if (pipeline !== undefined && pipeline !== '' && pipeline !== '_none')
    throw illegalArgument(`pipeline with id [${pipeline}] does not exist`)
}

function printPlain(call: Call, result: WriteResult, forcedRefresh: boolean): Reply {
  const replicaCount = replicasOf(call.node, result.index)
  return printWrite(result, { replicaCount, forcedRefresh, source: null })
}

async function deleteDocument(call: Call): Promise<Reply> {
  const forcedRefresh = isForcedRefresh(call.url)
  const result = await writeOne(call, {
    type: 'delete',
    index: call.parts.get('index') ?? '',
    id: call.parts.get('id') ?? '',
    routing: call.url.get('routing') ?? null,
    conditions: conditionsOf(call.url)
  })
  return printPlain(call, result, forcedRefresh)
}

async function updateDocument(call: Call): Promise<Reply> {
  const forcedRefresh = isForcedRefresh(call.url)
  const body = await readUpdate(call.body.bytes, call.body.requiredJson(), loopSlice())
  const fetch = updateFetch(call, body.fetch)
  const conditions = conditionsOf(call.url, {
    ...(body.ifSeqNo === null ? {} : { ifSeqNo: body.ifSeqNo }),
    ...(body.ifPrimaryTerm === null ? {} : { ifPrimaryTerm: body.ifPrimaryTerm })
  })
  const retryOnConflict = call.url.int('retry_on_conflict') ?? 0
  const faults = updateFaults({ ...body, conditions, retryOnConflict })
  if (faults.length > 0) throw validationFailure(faults)
  const result = await writeOne(call, {
    type: 'update',
    index: call.parts.get('index') ?? '',
    id: call.parts.get('id') ?? '',
    routing: call.url.get('routing') ?? null,
    conditions,
    retryOnConflict,
    detectNoop: body.detectNoop,
    doc: body.doc,
    upsert: body.upsert,
    docAsUpsert: body.docAsUpsert,
    returnSource: fetch !== null,
    requireAlias: call.url.flag('require_alias')
  })
  const source =
    fetch === null || result.source === undefined
      ? null
      : await call.node.filterSource(result.index, result.source, fetch)
  const replicaCount = replicasOf(call.node, result.index)
  return printWrite(result, { replicaCount, forcedRefresh, source })
}

/** What an update shows of the new source: vectors too, whatever the index leaves out elsewhere. */
function updateFetch(call: Call, ofBody: FetchSpec | null): FetchSpec | null {
  const names = ['_source', '_source_includes', '_source_excludes']
  if (ofBody === null && names.every((name) => call.url.get(name) === undefined)) return null
  const fetch = { ...(ofBody ?? defaultFetch()) }
  applyUrlSource((name) => call.url.get(name), fetch)
  if (fetch.source === false) return null
  return { ...fetch, excludeVectors: fetch.excludeVectors ?? false }
}

/** What a read of documents tells. What is acknowledged is read, so `refresh` is a flag with nothing to do. */
function urlFetch(call: Call): FetchSpec {
  call.url.flag('refresh')
  const fetch = defaultFetch()
  const stored = call.url.get('stored_fields')?.split(',') ?? []
  if (stored.some((name) => name !== '_source' && name !== '_routing'))
    throw illegalArgument('[stored_fields] of a get is not supported by this version')
  applyUrlSource((name) => call.url.get(name), fetch)
  return fetch
}

async function getDocument(call: Call): Promise<Reply> {
  const index = call.parts.get('index') ?? ''
  const id = call.parts.get('id') ?? ''
  // All types mean the same to a reader.
  const versionType = call.url.get('version_type')
  if (versionType !== undefined) versionTypeOf(versionType)
  const fetch = urlFetch(call)
  const found = call.node.get(index, id)
  if (found === null)
    return { status: 404, body: { _index: concreteName(call, index), _id: id, found: false } }
  checkVersion(call, found)
  return { body: await printGet(call, found, fetch) }
}

async function printGet(
  call: Call,
  found: GetResult,
  fetch: FetchSpec
): Promise<Record<string, unknown>> {
  const source = await call.node.filterSource(found.index, found.source, fetch)
  return {
    _index: found.index,
    _id: found.id,
    _version: found.version,
    _seq_no: found.seqNo,
    _primary_term: found.primaryTerm,
    ...(found.routing === null ? {} : { _routing: found.routing }),
    found: true,
    ...(source === null ? {} : { _source: new RawJson(source) })
  }
}

function concreteName(call: Call, name: string): string {
  if (call.node.findIndex(name) !== null) return name
  const aliased = call.node.indices().find((index) => index.metadata.aliases.has(name))
  return aliased?.metadata.name ?? name
}

/** `version` of a get: the document must have it. */
function checkVersion(call: Call, found: GetResult): void {
  const version = call.url.int('version')
  if (version === null || version === found.version) return
  const { uuid } = call.node.findIndex(found.index)?.metadata ?? { uuid: '_na_' }
  throw new VectorStoreError(
    'DOC_VERSION',
    `[${found.id}]: version conflict, current version [${found.version}] is different than the one provided [${version}]`,
    { details: { index_uuid: uuid, shard: '0', index: found.index } }
  )
}

async function getSource(call: Call): Promise<Reply> {
  const index = call.parts.get('index') ?? ''
  const id = call.parts.get('id') ?? ''
  const fetch = urlFetch(call)
  const found = call.node.get(index, id)
  const source =
    found === null ? null : await call.node.filterSource(found.index, found.source, fetch)
  if (source === null)
    throw new VectorStoreError('RESOURCE_ABSENT', `Document not found [${index}]/[${id}]`)
  return { body: new RawJson(source) }
}

async function multiGet(call: Call): Promise<Reply> {
  const index = call.parts.get('index') ?? null
  const items = call.body.parsed(
    (body) => parseMultiGet(objectBody(body), index, urlFetch(call)),
    call.body.requiredJson()
  )
  const docs: Record<string, unknown>[] = []
  const slice = loopSlice()
  for (const item of items) {
    docs.push(await getOne(call, item))
    if (slice.due()) await slice.wait()
  }
  return { body: { docs } }
}

type MultiGetItem = ReturnType<typeof parseMultiGet>[number]

async function getOne(call: Call, item: MultiGetItem): Promise<Record<string, unknown>> {
  try {
    const found = call.node.get(item.index, item.id)
    if (found === null)
      return { _index: concreteName(call, item.index), _id: item.id, found: false }
    return await printGet(call, found, item.fetch)
  } catch (error) {
    if (!(error instanceof VectorStoreError)) throw error
    const printed = printCause(error)
    const cause = { root_cause: [{ ...printed }], ...printed }
    return { _index: item.index, _id: item.id, error: cause }
  }
}
