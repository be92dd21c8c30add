/**
 * The one writer of an index: plans operations (versions, seqNo), makes them durable, publishes them in order.
 *
 *   plan      synchronous: the order of calls is the order of operations. Each operation meets what was planned before
 *             it, durable or not; a conflict is its own error, the others go on.
 *   commit    one call of the store for all rows of the request, the metadata record before them. While it syncs, the
 *             next requests are planned; the store joins their commits.
 *   publish   in the order of planning: the document goes into the buffer, older copies are deleted. From here on searchers
 *             see it, and only then the request resolves.
 *
 * A commit that fails leaves the state behind what may be on disk: the state fails as a whole and is read again.
 */
import { ByteWriter, loopSlice, runInSlices, VectorStoreError } from '../util/index.ts'
import { opKey, roomBytesMin } from '../store/index.ts'
import { isLongDocument } from '../segment/index.ts'
import { firstPagesBytes, pinnedBytesOf } from '../vector/index.ts'
import { asFailure } from './index-state.ts'
import { loggedDocument, OpRecords } from './op-row.ts'
import { decideVersion, primaryTerm } from './versioning.ts'
import type { CurrentVersion } from './versioning.ts'
import type { BufferPool } from './buffer-pool.ts'
import type { Found, IndexState } from './index-state.ts'
import type { WriteBuffer } from './leaf.ts'
import type { OpRow } from './op-row.ts'
import type { Operation, OperationResult } from './types.ts'
import type { RecordPut, Store } from '../store/index.ts'
import type { IndexableDocument } from '../segment/index.ts'
import type { Steps } from '../util/index.ts'

type PlannedOperation = {
  readonly operation: Operation
  readonly buffer: WriteBuffer
  readonly seqNo: number
  readonly version: number
  readonly place: Found['place']
}

type Plan = {
  readonly results: OperationResult[]
  readonly planned: readonly PlannedOperation[]
  readonly records: readonly RecordPut[]
  readonly bytes: number
  /** Pinned memory that the vectors will take. */
  readonly pinnedBytes: number
}

type PendingLimits = {
  /** Of pinned memory. */
  readonly roomBytes: number
  /** Of all indices that share the buffers' memory. */
  readonly pendingBytes: number
  readonly pendingBytesMax: number
}

/** A slice of 256 documents with vectors of 128 dimensions. */
const rowsBytesFirst = 256 << 10
/** A request of large documents must not leave its memory behind. */
const rowsBytesKeptMax = 4 << 20

export class Writer {
  readonly #store: Store
  readonly #index: number
  readonly #pool: BufferPool
  readonly #pendingBytesMax: number

  /** Rows of the request that is planned; the store copies them before anything else is planned. */
  #rows = new ByteWriter(rowsBytesFirst)

  constructor(store: Store, index: number, pool: BufferPool, pendingBytesMax: number) {
    this.#store = store
    this.#index = index
    this.#pool = pool
    this.#pendingBytesMax = pendingBytesMax
  }

  /** See Engine.apply. */
  async apply(
    state: IndexState,
    operations: readonly Operation[],
    metadata: RecordPut | undefined
  ): Promise<OperationResult[]> {
    if (state.failure !== null) return refused(operations, state.failure)
    if (this.#store.isFull) return refused(operations, full())
    const plan = this.#plan(state, operations)
    const durable = this.#commit(plan, metadata)
    const published = publishAfter(state, plan, state.tail, durable)
    state.tail = published.catch((error: unknown) => state.fail(error))
    try {
      await published
    } catch (error) {
      return refused(operations, asFailure(error))
    }
    return plan.results
  }

  #plan(state: IndexState, operations: readonly Operation[]): Plan {
    if (this.#rows.length > rowsBytesKeptMax) this.#rows = new ByteWriter(rowsBytesFirst)
    else this.#rows.clear()
    const { pendingBytes, roomBytes } = this.#pool
    const limits = { pendingBytes, roomBytes, pendingBytesMax: this.#pendingBytesMax }
    const draft = new Draft(state, limits, this.#index, this.#rows)
    for (const operation of operations) draft.add(operation)
    // Nothing of the state changed up to here; from here on nothing fails.
    const plan = draft.enter()
    // A large document, or what searchers hold of flushed buffers, may leave too little for a buffer to become full.
    if (draft.isShort) this.#pool.makeRoom()
    return plan
  }

  #commit(plan: Plan, metadata: RecordPut | undefined): Promise<void> {
    const records = metadata === undefined ? plan.records : [metadata, ...plan.records]
    return records.length > 0 ? this.#store.commit(records) : Promise.resolve()
  }
}

/** The plan of one request while it is made: reading an id may fail, and then the state is as it was. */
class Draft {
  readonly #state: IndexState
  readonly #limits: PendingLimits
  readonly #records: OpRecords
  readonly #results: OperationResult[] = []
  readonly #planned: PlannedOperation[] = []
  /** Newest operation of this request on an id. */
  readonly #newest = new Map<string, CurrentVersion>()
  #bytes = 0
  /** First pages of fields that the buffer has no vector of: many fields of few documents take more than the rows. */
  readonly #firstPages = new Map<number, number>()
  /** Those of the operation that is looked at. */
  readonly #itsFirstPages = new Map<number, number>()
  #pinnedBytes = 0
  isShort = false

  /** @param out  Where rows are written. */
  constructor(state: IndexState, limits: PendingLimits, index: number, out: ByteWriter) {
    this.#state = state
    this.#limits = limits
    const { generation } = state.active
    this.#records = new OpRecords(out, (seqNo) => opKey(index, generation, seqNo))
  }

  add(operation: Operation): void {
    const id = idOf(operation)
    try {
      this.#results.push(this.#one(operation, id))
    } catch (error) {
      // A damaged page of ids, or the store is away: this operation cannot be judged, others may.
      if (!(error instanceof VectorStoreError)) throw error
      this.#results.push({ ok: false, id, error })
    }
  }

  #one(operation: Operation, id: string): OperationResult {
    if (!id.isWellFormed()) return { ok: false, id, error: illFormed() }
    const { current, place } = this.#find(id)
    const decision = decideVersion(operation, current)
    if (decision instanceof VectorStoreError) return { ok: false, id, error: decision }
    const { version, result } = decision
    const seqNo = this.#state.nextSeqNo + this.#planned.length
    const { pendingBytes, pendingBytesMax, roomBytes } = this.#limits
    const pinnedBytes = this.#pinnedBytesOf(operation)
    if (pinnedBytes > 0 && this.#pinnedBytes + pinnedBytes > roomBytes) {
      this.isShort = true
      return {
        ok: false,
        id,
        error: queueFull(pinnedBytes, this.#pinnedBytes, Math.max(0, roomBytes))
      }
    }
    const rowBytes = this.#records.add(rowOf(operation, seqNo, version))
    const waiting = pendingBytes + this.#bytes
    if (waiting + rowBytes > pendingBytesMax) {
      this.#records.takeBack()
      this.isShort = true
      return { ok: false, id, error: queueFull(rowBytes, waiting, pendingBytesMax) }
    }
    this.#records.keep()
    for (const [field, bytes] of this.#itsFirstPages) this.#firstPages.set(field, bytes)
    this.#pinnedBytes += pinnedBytes
    this.#bytes += rowBytes
    this.#newest.set(id, { version, seqNo, deleted: operation.type === 'delete' })
    this.#planned.push({ operation, buffer: this.#state.active, seqNo, version, place })
    return { ok: true, id, result, version, seqNo, primaryTerm }
  }

  /** Pinned memory that the vectors of an operation will take. */
  #pinnedBytesOf(operation: Operation): number {
    const { plannedFields } = this.#state.active
    const its = this.#itsFirstPages
    // Even of an empty map a new table is made.
    if (its.size > 0) its.clear()
    if (operation.type === 'delete') return 0
    let bytes = 0
    for (const { vectors } of operation.document.docs)
      for (const { field, vector } of vectors) {
        const { number, vector: spec } = field
        if (spec === null) continue
        bytes += pinnedBytesOf(spec, vector)
        if (plannedFields.has(number) || this.#firstPages.has(number) || its.has(number)) continue
        const firstBytes = firstPagesBytes(spec)
        its.set(number, firstBytes)
        bytes += firstBytes
      }
    return bytes
  }

  #find(id: string): Found {
    const newest = this.#newest.get(id)
    return newest === undefined ? this.#state.find(id) : { current: newest, place: 'unknown' }
  }

  enter(): Plan {
    const state = this.#state
    const { active } = state
    const planned = this.#planned
    state.nextSeqNo += planned.length
    state.queuedBytes += this.#bytes
    state.queuedPinnedBytes += this.#pinnedBytes
    for (const [field, bytes] of this.#firstPages) {
      active.plannedFields.add(field)
      active.nextPagesBytes += bytes
    }
    active.rowCount += planned.length
    active.rowBytes += this.#bytes
    for (const [id, newest] of this.#newest) state.pending.set(id, newest)
    const records = this.#records.finish()
    const [bytes, pinnedBytes] = [this.#bytes, this.#pinnedBytes]
    return { results: this.#results, planned, records, bytes, pinnedBytes }
  }
}

async function publishAfter(
  state: IndexState,
  plan: Plan,
  before: Promise<void>,
  durable: Promise<void>
): Promise<void> {
  // Both are awaited in any case: a rejection nobody looks at would end the process.
  const [, outcome] = await Promise.allSettled([before, durable])
  if (outcome.status === 'rejected') throw outcome.reason
  state.assertWritable()
  const slice = loopSlice()
  for (const operation of plan.planned) {
    const rest = publish(state, operation)
    if (rest !== null) await runInSlices(rest, slice)
    if (slice.due()) await slice.wait()
  }
  state.queuedBytes -= plan.bytes
  state.queuedPinnedBytes -= plan.pinnedBytes
}

type Publishing = Omit<PlannedOperation, 'operation'> & { readonly operation: PublishedOperation }

/** Makes one durable operation visible: at once, or a long document by the steps that are returned. Also what replay does with a row. */
export function publish(state: IndexState, planned: Publishing): Steps<void> | null {
  const { operation, buffer, seqNo, version } = planned
  if (operation.type === 'index' && isLongDocument(operation.document))
    return publishInSteps(state, planned, operation.document)
  publishBy(state, planned, (document) => buffer.memory.append(document, seqNo, version))
  return null
}

/** Visible at the end of the last step. Others are published before or after it, as there is one tail. */
function* publishInSteps(
  state: IndexState,
  planned: Publishing,
  long: IndexableDocument
): Steps<void> {
  const { buffer, seqNo, version } = planned
  yield* buffer.memory.appendInSteps(long, seqNo, version)
  publishBy(state, planned, (document) => buffer.memory.enter(document))
}

/** @param enter  Makes the document visible. @returns its docId. */
function publishBy(
  state: IndexState,
  planned: Publishing,
  enter: (document: IndexableDocument) => number
): void {
  const { operation, buffer, seqNo, version, place } = planned
  const id = idOf(operation)
  const older = state.placeOf(id, place)
  let docId = -1
  // Entered first: should that fail, the older copy is still there and the state is read again.
  if (operation.type === 'index') docId = enter(operation.document)
  older?.leaf.deleteRoot(older.docId)
  buffer.note(id, { version, seqNo, docId })
  if (operation.type === 'index') state.tombstones.forget(id)
  else state.tombstones.note(id, version, seqNo)
  if (state.pending.get(id)?.seqNo === seqNo) state.pending.delete(id)
  state.publishedSeqNo = seqNo
  for (const counters of [state.counters, buffer.counts])
    counters[operation.type === 'index' ? 'indexCount' : 'deleteCount'] += 1
  state.changed()
}

type PublishedOperation =
  | { readonly type: 'index'; readonly document: Extract<Operation, { type: 'index' }>['document'] }
  | { readonly type: 'delete'; readonly id: string }

function idOf(operation: PublishedOperation): string {
  return operation.type === 'index' ? operation.document.id : operation.id
}

function rowOf(operation: Operation, seqNo: number, version: number): OpRow {
  if (operation.type === 'delete') return { type: 'delete', seqNo, version, id: operation.id }
  return { type: 'index', seqNo, version, logged: loggedDocument(operation.document) }
}

function full(): VectorStoreError {
  return new VectorStoreError(
    'STORE_FULL',
    `the disk of the data folder has less than ${roomBytesMin} bytes free, writes are refused until it has more`
  )
}

/** UTF-8 cannot hold it: on disk it would become another id. */
function illFormed(): VectorStoreError {
  return new VectorStoreError('DOC_ID', 'id has a lone surrogate, wanted well-formed Unicode')
}

function queueFull(
  rowBytes: number,
  pendingBytes: number,
  pendingBytesMax: number
): VectorStoreError {
  return new VectorStoreError(
    'QUEUE_FULL',
    `${rowBytes} bytes more than the ${pendingBytes} that wait for a flush, wanted at most ${pendingBytesMax} in all`,
    { details: { rowBytes, pendingBytes, pendingBytesMax } }
  )
}

/** Nothing of the request counts as done; what of it is on disk, the next state knows. */
export function refused(
  operations: readonly Operation[],
  error: VectorStoreError
): OperationResult[] {
  return operations.map((operation) => ({ ok: false, id: idOf(operation), error }))
}
