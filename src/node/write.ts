/**
 * Writes: items in order, grouped by index, parsed in slices that leave the event loop free. A slice is handed to the
 * engine as soon as it is parsed; the mapping it needs rides in the same batch.
 */
import { randomBytes } from 'node:crypto'
import type { Operation, OperationResult, RealtimeDocument } from '../engine/index.ts'
import type { IndexableDocument } from '../segment/index.ts'
import { beginInSlices, loopSlice, mergeText, VectorStoreError, whereDue } from '../util/index.ts'
import type { LoopSlice } from '../util/index.ts'
import type { OpenIndex } from './open-index.ts'
import { routedByAlias } from './resolve.ts'
import type { JsonObject, WriteItem, WriteOptions, WriteResult } from './types.ts'

/** Longest `_id`, as in Elasticsearch. */
const idBytesMax = 512
/** Settings, each of which refuses writes. */
const writeBlocks = ['blocks.write', 'blocks.read_only'] as const
/** The engine plans as many at once; of more, later ones would wait a turn and a following slice could overtake them. */
const sliceOperationsMax = 256

type UpdateItem = Extract<WriteItem, { type: 'update' }>
type PlainItem = Exclude<WriteItem, { type: 'update' }>
type IndexItem = Extract<WriteItem, { type: 'index' }>
type Slot = { readonly at: number; readonly item: WriteItem }

/**
 * Applies items in order, those of several indices side by side. Failures are results.
 *
 * @param targetOf  Where an item goes; makes the index where it has to.
 */
export async function writeItems(
  items: readonly WriteItem[],
  targetOf: (item: WriteItem) => OpenIndex | Promise<OpenIndex>,
  { check, onHandedOver = () => undefined }: WriteOptions
): Promise<readonly WriteResult[]> {
  const results = Array.from<WriteResult>({ length: items.length })
  const groups = new Map<OpenIndex, { at: number; item: WriteItem }[]>()
  for (let at = 0; at < items.length; at++) {
    const item = items[at]!
    try {
      // Mostly it is there: to wait for each would take longer than to look.
      const found = targetOf(item)
      const index = found instanceof Promise ? await found : found
      check?.(index)
      const slot = { at, item: routedByAlias(index, item) }
      const group = groups.get(index)
      if (group === undefined) groups.set(index, [slot])
      else group.push(slot)
    } catch (error) {
      const id = item.id ?? ''
      results[at] = { index: item.index, indexUuid: '_na_', id, outcome: failure(id, error) }
    }
  }
  let waitingCount = groups.size
  const handedOver = (): void => {
    if (--waitingCount === 0) onHandedOver()
  }
  const writes = [...groups].map(([index, slots]) =>
    writeToIndex(index, slots, results, handedOver)
  )
  if (writes.length === 0) onHandedOver()
  await Promise.all(writes)
  return results
}

/**
 * Applies the items of one index in order and puts each result at its place.
 *
 * @param onHandedOver  Called when the last item is with the engine: what is written from then on comes after it.
 */
async function writeToIndex(
  index: OpenIndex,
  slots: readonly Slot[],
  results: WriteResult[],
  onHandedOver: () => void
): Promise<void> {
  const pending: Promise<void>[] = []
  let slice: { readonly at: number; readonly operation: Operation }[] = []
  const turn = loopSlice()
  const send = (): void => {
    if (slice.length === 0) return
    const applied = applySlice(index, slice, results)
    // Awaited at the end; until then a failure of this code must not end the process.
    applied.catch(() => undefined)
    pending.push(applied)
    slice = []
  }
  try {
    for (const { at, item } of slots) {
      if (item.type === 'update') {
        send()
        await Promise.all(pending.splice(0))
        results[at] = await index.updates.run(item.id, () => update(index, item, turn))
      } else {
        let operation = parsed(index, item, at, results, turn)
        if (operation instanceof Promise) {
          send()
          operation = await operation
        }
        if (operation !== null) slice.push({ at, operation })
        if (slice.length >= sliceOperationsMax) send()
      }
      if (turn.due()) {
        send()
        await turn.wait()
      }
    }
    send()
    onHandedOver()
  } finally {
    await Promise.all(pending)
  }
}

/** A promise where it takes longer than this turn. null: it failed, and the result says why. */
function parsed(
  index: OpenIndex,
  item: PlainItem,
  at: number,
  results: WriteResult[],
  turn: LoopSlice
): Operation | null | Promise<Operation | null> {
  const id = item.id ?? newId()
  const failed = (error: unknown): null => {
    results[at] = resultOf(index, id, failure(id, error))
    return null
  }
  try {
    checkWritable(index, id)
    if (item.type === 'delete') return { type: 'delete', id, conditions: item.conditions }
    const { routing, body } = item
    const document =
      body instanceof Uint8Array
        ? index.parseInSlices({ id, routing, body }, turn)
        : index.parse({ id, routing, body })
    if (!(document instanceof Promise)) return indexOperation(item, document)
    return document.then((later) => indexOperation(item, later), failed)
  } catch (error) {
    return failed(error)
  }
}

function newId(): string {
  return randomBytes(15).toString('base64url')
}

function indexOperation(item: IndexItem, document: IndexableDocument): Operation {
  const opType = item.id === null ? 'create' : item.opType
  return { type: 'index', opType, document, conditions: item.conditions }
}

async function applySlice(
  index: OpenIndex,
  slice: readonly { readonly at: number; readonly operation: Operation }[],
  results: WriteResult[]
): Promise<void> {
  const outcomes = await outcomesOf(index, slice)
  for (let i = 0; i < slice.length; i++) {
    const { at, operation } = slice[i]!
    const id = idOf(operation)
    const outcome =
      outcomes[i] ??
      failure(
        id,
        new VectorStoreError('STORE_POISONED', 'the outcome of this operation is unknown')
      )
    results[at] = resultOf(index, id, outcome)
  }
}

/** An index that is closed or deleted meanwhile fails each operation, not the request. */
async function outcomesOf(
  index: OpenIndex,
  slice: readonly { readonly operation: Operation }[]
): Promise<readonly OperationResult[]> {
  try {
    return await index.apply(slice.map(({ operation }) => operation))
  } catch (error) {
    return slice.map(({ operation }) => failure(idOf(operation), error))
  }
}

function idOf(operation: Operation): string {
  return operation.type === 'delete' ? operation.id : operation.document.id
}

/** Read, merge, write back on the condition that nobody wrote in between. */
async function update(index: OpenIndex, item: UpdateItem, turn: LoopSlice): Promise<WriteResult> {
  for (let attempt = 0; ; attempt++) {
    try {
      checkWritable(index, item.id)
      const result = await updateOnce(index, item, turn)
      const { outcome } = result
      const lostRace =
        !outcome.ok && outcome.error.code === 'DOC_VERSION' && item.conditions.ifSeqNo === undefined
      if (!lostRace || attempt >= item.retryOnConflict) return result
    } catch (error) {
      return resultOf(index, item.id, failure(item.id, error))
    }
  }
}

async function updateOnce(
  index: OpenIndex,
  item: UpdateItem,
  turn: LoopSlice
): Promise<WriteResult> {
  const current = index.running.get(item.id)
  if (current === null) return insertMissing(index, item, turn)
  checkSeqNo(item, current)
  const source = current.stored.source()
  const partial = textOf(item.doc ?? {})
  const merge = mergeText(source, partial)
  const { merged, changed } = await beginInSlices(whereDue(merge, turn), turn)
  if (!changed && item.detectNoop) {
    const { version, seqNo, primaryTerm } = current
    const outcome = {
      ok: true as const,
      id: item.id,
      result: 'noop' as const,
      version,
      seqNo,
      primaryTerm
    }
    const noop = resultOf(index, item.id, outcome)
    return item.returnSource ? { ...noop, source } : noop
  }
  const conditions = { ifSeqNo: current.seqNo, ifPrimaryTerm: current.primaryTerm }
  const { routing } = current.stored
  return writeSource(index, item, merged, { opType: 'index', conditions, routing }, turn)
}

function insertMissing(index: OpenIndex, item: UpdateItem, turn: LoopSlice): Promise<WriteResult> {
  const body = item.docAsUpsert ? item.doc : item.upsert
  if (body === null)
    throw new VectorStoreError('DOC_ABSENT', `[${item.id}]: document missing`, {
      details: placeOf(index)
    })
  const { routing } = item
  return writeSource(index, item, textOf(body), { opType: 'create', conditions: {}, routing }, turn)
}

async function writeSource(
  index: OpenIndex,
  item: UpdateItem,
  body: Uint8Array,
  how: {
    readonly opType: 'index' | 'create'
    readonly conditions: { ifSeqNo?: number; ifPrimaryTerm?: number }
    readonly routing: string | null
  },
  turn: LoopSlice
): Promise<WriteResult> {
  const input = { id: item.id, routing: how.routing ?? item.routing, body }
  const document = await index.parseInSlices(input, turn)
  const [outcome] = await index.apply([
    { type: 'index', opType: how.opType, document, conditions: how.conditions }
  ])
  const result = resultOf(
    index,
    item.id,
    outcome ??
      failure(
        item.id,
        new VectorStoreError('STORE_POISONED', 'the outcome of this operation is unknown')
      )
  )
  return item.returnSource ? { ...result, source: body } : result
}

/** Objects of the embedded API may hold typed arrays; everything else is JSON already. */
function textOf(value: Uint8Array | JsonObject): Uint8Array {
  if (value instanceof Uint8Array) return value
  const text = JSON.stringify(value, (_key, member: unknown) =>
    ArrayBuffer.isView(member) && !(member instanceof DataView)
      ? Array.from(member as unknown as ArrayLike<number>)
      : member
  )
  return Buffer.from(text)
}

function checkSeqNo(item: UpdateItem, current: RealtimeDocument): void {
  const { ifSeqNo, ifPrimaryTerm } = item.conditions
  if (
    ifSeqNo === undefined ||
    (ifSeqNo === current.seqNo && (ifPrimaryTerm ?? current.primaryTerm) === current.primaryTerm)
  )
    return
  throw new VectorStoreError(
    'DOC_VERSION',
    `[${item.id}]: version conflict, required seqNo [${ifSeqNo}], primary term [${ifPrimaryTerm ?? 1}]. current document has seqNo [${current.seqNo}] and primary term [${current.primaryTerm}]`,
    {
      details: {
        id: item.id,
        reason: 'seqNo',
        currentSeqNo: current.seqNo,
        currentVersion: current.version
      }
    }
  )
}

function checkWritable(index: OpenIndex, id: string): void {
  // A unit of UTF-16 has three bytes at most.
  if (id.length * 3 > idBytesMax) checkLength(id)
  if (id === '') throw new VectorStoreError('DOC_ID', 'if _id is specified it must not be empty')
  // Half a surrogate pair has no bytes: two ids would become one on the way to the disk.
  if (!id.isWellFormed())
    throw new VectorStoreError(
      'DOC_ID',
      'id has half of a surrogate pair, wanted well-formed Unicode'
    )
  for (const block of writeBlocks)
    if (index.metadata.settings.get(block) === 'true')
      throw new VectorStoreError(
        'INDEX_READ_ONLY',
        `index [${index.metadata.name}] blocked by: [FORBIDDEN/8/index write (api)];`
      )
}

function checkLength(id: string): void {
  const bytes = Buffer.byteLength(id)
  if (bytes > idBytesMax)
    throw new VectorStoreError(
      'DOC_ID',
      `id is too long, must be no longer than ${idBytesMax} bytes but was: ${bytes}`
    )
}

function failure(id: string, error: unknown): OperationResult {
  if (error instanceof VectorStoreError) return { ok: false, id, error }
  throw error
}

function resultOf(index: OpenIndex, id: string, outcome: WriteResult['outcome']): WriteResult {
  return { index: index.metadata.name, indexUuid: index.metadata.uuid, id, outcome }
}

function placeOf(index: OpenIndex): Record<string, string> {
  const { name, uuid } = index.metadata
  return { index: name, index_uuid: uuid, shard: '0' }
}
