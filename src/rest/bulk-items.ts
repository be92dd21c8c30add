/**
 * A bulk body to write items. All of it is read before anything is written, so that a fault in the form of the request
 * leaves nothing behind; long bodies are read in slices that leave the event loop free.
 */
import {
  conditionFaults,
  updateFaults,
  defaultFetch,
  illegalArgument,
  isObjectValue,
  parseBulkAction,
  plainBulkAction,
  readSource,
  BodyNode,
  validationFailure
} from '../dialect/index.ts'
import type { BulkAction } from '../dialect/index.ts'
import type { FetchSpec, WriteItem } from '../node/index.ts'
import {
  beginInSlices,
  jsonAtOnceBytesMax,
  loopSlice,
  parseJson,
  parseJsonSteps
} from '../util/index.ts'
import type { LoopSlice } from '../util/index.ts'
import type { RequestBody } from './body.ts'
import { bodyMissing } from './body.ts'
import { ndjsonLines } from './ndjson.ts'
import { readUpdate } from './update-text.ts'
import type { UpdateText } from './update-text.ts'

/** Bytes of documents that are handed to the node at once. A guess. */
const sliceBytesMax = 2 ** 20
/** Items of a slice, however small. A guess. */
const sliceItemsMax = 2000

export type BulkItem = {
  /** Name of its member in the answer. */
  readonly action: BulkAction['type']
  readonly item: WriteItem
  /** Of an update with `_source`. */
  readonly fetch: FetchSpec | null
  readonly byteLength: number
}

export type BulkDefaults = {
  readonly index: string | null
  readonly routing: string | null
  readonly requireAlias: boolean
  readonly fetch: FetchSpec | null
}

type Line = { readonly bytes: Uint8Array | null; readonly value: unknown; readonly number: number }

/** Errors REQUEST_BODY, REQUEST_ARGUMENT, REQUEST_SYNTAX, REQUEST_VALIDATION (all items' faults in one). */
export async function readBulk(
  body: RequestBody,
  defaults: BulkDefaults,
  slice: LoopSlice = loopSlice()
): Promise<BulkItem[]> {
  if (body.isEmpty) throw bodyMissing()
  const items: BulkItem[] = []
  const faults: string[] = []
  let action: BulkAction | null = null
  for (const line of linesOf(body)) {
    if (slice.due()) await slice.wait()
    if (action === null) {
      if (line.bytes?.length === 0) continue
      action = actionOf(line)
      if (action.type !== 'delete') continue
      items.push(deleteItem(action, defaults, faults))
    } else if (action.type !== 'update') items.push(documentItem(action, line, defaults, faults))
    else {
      const value = isLong(line)
        ? await beginInSlices(parseJsonSteps(line.bytes, 'integer', slice), slice)
        : lineValue(line)
      const update = await readUpdate(line.bytes, value, slice)
      items.push(updateItem(action, update, byteLengthOf(line), defaults, faults))
    }
    action = null
  }
  if (action !== null)
    throw illegalArgument('The bulk request must be terminated by a newline [\\n]')
  if (items.length === 0) faults.push('no requests added')
  if (faults.length > 0) throw validationFailure(faults)
  return items
}

/** Items in slices of about a megabyte. */
export function* bulkSlices(items: readonly BulkItem[]): IterableIterator<readonly BulkItem[]> {
  let from = 0
  let bytes = 0
  for (const [at, { byteLength }] of items.entries()) {
    bytes += byteLength
    if (bytes > sliceBytesMax || at + 1 - from >= sliceItemsMax) {
      yield items.slice(from, at + 1)
      from = at + 1
      bytes = 0
    }
  }
  if (from < items.length) yield items.slice(from)
}

function* linesOf(body: RequestBody): IterableIterator<Line> {
  let number = 1
  if (body.bytes !== null) {
    for (const bytes of ndjsonLines(body.bytes, 'bulk'))
      yield { bytes, value: null, number: number++ }
    return
  }
  if (body.items === null)
    throw illegalArgument('a bulk body that is a value must be an array of lines')
  for (const value of body.items) {
    const bytes = typeof value === 'string' ? Buffer.from(value) : null
    yield { bytes, value, number: number++ }
  }
}

function actionOf(line: Line): BulkAction {
  const plain = line.bytes === null ? null : plainBulkAction(line.bytes)
  return plain ?? parseBulkAction(lineValue(line), line.number)
}

function isLong(line: Line): line is Line & { readonly bytes: Uint8Array } {
  return line.bytes !== null && line.bytes.length > jsonAtOnceBytesMax
}

function lineValue(line: Line): unknown {
  return line.bytes === null ? line.value : parseJson(line.bytes)
}

function deleteItem(action: BulkAction, defaults: BulkDefaults, faults: string[]): BulkItem {
  const { index, routing } = placeOf(action, defaults, faults)
  if (action.id === null) faults.push('id is missing')
  const { conditions } = action
  return {
    action: 'delete',
    item: { type: 'delete', index, id: action.id ?? '', routing, conditions },
    fetch: null,
    byteLength: 64
  }
}

function documentItem(
  action: BulkAction,
  line: Line,
  defaults: BulkDefaults,
  faults: string[]
): BulkItem {
  const { index, routing } = placeOf(action, defaults, faults)
  const item: WriteItem = {
    type: 'index',
    index,
    id: action.id,
    routing,
    opType: action.type === 'create' ? 'create' : 'index',
    body: line.bytes ?? documentOf(line.value),
    conditions: action.conditions,
    requireAlias: action.requireAlias ?? defaults.requireAlias
  }
  return { action: action.type, item, fetch: null, byteLength: byteLengthOf(line) }
}

function byteLengthOf({ bytes }: Line): number {
  return bytes?.length ?? 1024
}

function documentOf(value: unknown): Readonly<Record<string, unknown>> {
  if (!isObjectValue(value)) throw illegalArgument('a document of a bulk must be an object')
  return value
}

function updateItem(
  action: BulkAction,
  body: UpdateText,
  byteLength: number,
  defaults: BulkDefaults,
  faults: string[]
): BulkItem {
  const { index, routing } = placeOf(action, defaults, faults)
  if (action.id === null) faults.push('id is missing')
  const fetch = body.fetch ?? lineFetch(action.source) ?? defaults.fetch
  const { doc, upsert, docAsUpsert, detectNoop } = body
  faults.push(...updateFaults({ ...action, docAsUpsert, upsert }))
  return {
    action: 'update',
    byteLength,
    fetch: fetch === null ? null : { ...fetch, excludeVectors: fetch.excludeVectors ?? false },
    item: {
      type: 'update',
      index,
      id: action.id ?? '',
      routing,
      conditions: action.conditions,
      retryOnConflict: action.retryOnConflict,
      doc,
      upsert,
      docAsUpsert,
      detectNoop,
      returnSource: fetch !== null,
      requireAlias: action.requireAlias ?? defaults.requireAlias
    }
  }
}

/** `_source` of an action line. */
function lineFetch(source: unknown): FetchSpec | null {
  if (source === undefined) return null
  const fetch = defaultFetch()
  readSource(new BodyNode(source), fetch)
  return fetch.source === false ? null : fetch
}

function placeOf(
  action: BulkAction,
  defaults: BulkDefaults,
  faults: string[]
): { index: string; routing: string | null } {
  const index = action.index ?? defaults.index
  if (index === null || index === '') faults.push('index is missing')
  faults.push(...conditionFaults(action.conditions))
  return { index: index ?? '', routing: action.routing ?? defaults.routing }
}
