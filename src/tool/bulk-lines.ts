/** An ndjson file of bulk actions, as `_bulk` takes it and elasticdump writes it. */
import type { FileHandle } from 'node:fs/promises'
import type { WriteItem } from '../node/index.ts'
import { VectorStoreError } from '../util/index.ts'
import type { Position, Step } from './import-step.ts'
import type { Line } from './line-reader.ts'
import { lines } from './line-reader.ts'

const actions = ['index', 'create', 'delete', 'update'] as const
type Action = {
  readonly name: (typeof actions)[number]
  readonly id: string | null
  readonly index: string | null
  readonly routing: string | null
}

/** Whether a line is an action of the bulk API rather than a document. */
export function isBulkAction(line: Uint8Array): boolean {
  try {
    return actionOf(line) !== null
  } catch {
    return false
  }
}

function actionOf(line: Uint8Array): Action | null {
  const value: unknown = JSON.parse(Buffer.from(line).toString())
  if (typeof value !== 'object' || value === null) return null
  const entries = Object.entries(value)
  const [name, about] = entries[0] ?? []
  if (entries.length !== 1 || typeof about !== 'object' || about === null) return null
  const action = actions.find((one) => one === name)
  if (action === undefined) return null
  const text = (key: string): string | null => {
    const member: unknown = Object.hasOwn(about, key)
      ? (about as Record<string, unknown>)[key]
      : null
    return typeof member === 'string' || typeof member === 'number' ? String(member) : null
  }
  return {
    name: action,
    id: text('_id'),
    index: text('_index'),
    routing: text('routing') ?? text('_routing')
  }
}

/** Actions from a position on; one without an id gets one from `tag` and its line. `index` is where they go, whatever the file says: a copy may get another name. */
export async function* bulkLines(
  file: FileHandle,
  index: string,
  tag: string,
  from: Position
): AsyncGenerator<Step> {
  let action: Action | null = null
  for await (const line of lines(file, from.offset, from.count + 1)) {
    const position = { offset: line.endOffset, count: line.number }
    if (action === null) {
      action = parsed(line)
      if (action.name !== 'delete') continue
      yield {
        item: {
          type: 'delete',
          index,
          id: action.id ?? '',
          routing: action.routing,
          conditions: {}
        },
        position
      }
    } else yield { item: itemOf(action, line, index, tag), position }
    action = null
  }
  if (action !== null)
    throw new VectorStoreError('REQUEST_SYNTAX', 'the last action has no document')
}

function parsed(line: Line): Action {
  let action: Action | null
  try {
    action = actionOf(line.bytes)
  } catch (cause) {
    throw new VectorStoreError('REQUEST_SYNTAX', `line ${line.number} is not JSON`, { cause })
  }
  if (action === null)
    throw new VectorStoreError(
      'REQUEST_SYNTAX',
      `line ${line.number} is no action, wanted one of ${actions.join(', ')}`
    )
  return action
}

function itemOf(action: Action, line: Line, index: string, tag: string): WriteItem {
  const { id, routing } = action
  if (action.name !== 'update')
    return {
      type: 'index',
      index,
      id: id ?? `${tag}-${line.number}`,
      routing,
      opType: 'index',
      body: line.bytes,
      conditions: {}
    }
  const body = JSON.parse(line.bytes.toString()) as {
    readonly doc?: Record<string, unknown>
    readonly upsert?: Record<string, unknown>
    readonly doc_as_upsert?: boolean
  }
  return {
    type: 'update',
    index,
    id: id ?? '',
    routing,
    conditions: {},
    retryOnConflict: 0,
    detectNoop: true,
    doc: body.doc ?? null,
    upsert: body.upsert ?? null,
    docAsUpsert: body.doc_as_upsert ?? false,
    returnSource: false
  }
}
