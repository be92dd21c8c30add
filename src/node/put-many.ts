/**
 * Loading many documents: while one batch becomes durable, the next is parsed.
 *
 * 1. A batch is given to the node; as soon as its last document is with the engine, the next one may follow: the engine
 *    keeps the order of calls.
 * 2. At most two batches are under way, and their results are looked at in order.
 * 3. When most of what may wait for a flush is waiting, the load waits for the flush instead of running into QUEUE_FULL. One full
 *    buffer is half of it: the next fills while that one is flushed.
 * 4. Documents refused with QUEUE_FULL all the same (others write too, or documents are large) are sent again after a flush.
 */
import type { Engine } from '../engine/index.ts'
import type { RunningNode } from './node.ts'
import type { WriteItem, WriteResult } from './types.ts'
import { writeAgain } from './write-again.ts'

/** Documents in one batch. Why not larger: they wait in memory; why not smaller: each batch is a sync at least. */
const batchDocs = 1_000

/** Of the bytes that may wait for a flush; the rest is for the two batches under way. */
const fullShare = 0.75

type Sent = { readonly items: readonly WriteItem[]; readonly done: Promise<readonly WriteResult[]> }

/**
 * @param onProgress  Called with the number of documents that are durable and searchable.
 * @returns Number of documents written.
 * Errors   That of the first document that fails; what was sent after it in the same two batches may be written.
 */
export async function putMany<Doc>(
  node: RunningNode,
  indexName: string,
  docs: Iterable<Doc> | AsyncIterable<Doc>,
  itemOf: (doc: Doc) => WriteItem,
  onProgress: (doneCount: number) => void
): Promise<number> {
  const load = new Load(node, indexName, onProgress)
  let batch: WriteItem[] = []
  const fills = (doc: Doc): boolean => batch.push(itemOf(doc)) === batchDocs
  const send = async (): Promise<void> => {
    const full = batch
    batch = []
    await load.send(full)
  }
  try {
    if (Symbol.asyncIterator in docs) {
      for await (const doc of docs) if (fills(doc)) await send()
    } else {
      // Not `for await`: to wait for each document takes longer than to take it.
      for (const doc of docs) if (fills(doc)) await send()
    }
    if (batch.length > 0) await send()
    await load.settle()
  } catch (error) {
    await load.abandon()
    throw error
  }
  return load.doneCount
}

class Load {
  doneCount = 0
  readonly #node: RunningNode
  readonly #indexName: string
  readonly #onProgress: (doneCount: number) => void
  #underWay: Sent | null = null
  /** Ids that were written again behind a batch that was already on its way. */
  readonly #rewritten = new Set<string>()

  constructor(node: RunningNode, indexName: string, onProgress: (doneCount: number) => void) {
    this.#node = node
    this.#indexName = indexName
    this.#onProgress = onProgress
  }

  async send(items: readonly WriteItem[]): Promise<void> {
    const engine = this.#engine
    if ((engine?.stats().bufferBytes ?? 0) > this.#node.pendingBytesMax * fullShare) {
      await this.settle()
      await engine?.relieve()
    }
    let done: Promise<readonly WriteResult[]> | null = null
    await new Promise<void>((resolve) => {
      done = this.#node.write(items, { onHandedOver: resolve })
      // It may fail before it is handed over; that is told when its turn comes.
      done.catch(() => resolve())
    })
    const sent: Sent = { items, done: done! }
    try {
      await this.settle()
    } finally {
      this.#underWay = sent
    }
  }

  /** Waits for the batch under way. */
  async settle(): Promise<void> {
    const sent = this.#underWay
    if (sent === null) return
    this.#underWay = null
    const results = await sent.done
    let isWhole = this.#rewritten.size === 0
    for (const result of results)
      if (isQueueFull(result)) isWhole = false
      else check(result)
    if (!isWhole) await this.#again(leftOf(sent.items, results, this.#rewritten))
    this.doneCount += sent.items.length
    this.#onProgress(this.doneCount)
  }

  /** After a fault: waits for what is under way, whatever comes of it. */
  async abandon(): Promise<void> {
    await this.#underWay?.done.catch(() => undefined)
  }

  async #again(items: readonly WriteItem[]): Promise<void> {
    let left = items
    while (left.length > 0) {
      await this.#flush()
      const results = await this.#node.write(left)
      const isStuck = results.every(isQueueFull)
      // Nothing got through though nothing waited: a document larger than the limit.
      for (const result of results) if (isStuck || !isQueueFull(result)) check(result)
      left = leftOf(left, results, new Set())
    }
  }

  get #engine(): Engine | null {
    return this.#node.findIndex(this.#indexName)?.engine ?? null
  }

  #flush(): Promise<void> {
    return this.#node.flush(
      this.#node.resolve([this.#indexName], {
        ignoreUnavailable: false,
        allowNoIndices: false,
        expandHidden: true
      })
    )
  }
}

function leftOf(
  items: readonly WriteItem[],
  results: readonly WriteResult[],
  ids: Set<string>
): WriteItem[] {
  return writeAgain(
    items,
    (at) => isQueueFull(results[at]),
    ({ id }) => id,
    ids
  )
}

function isQueueFull(result: WriteResult | undefined): boolean {
  const outcome = result?.outcome
  return outcome?.ok === false && outcome.error.code === 'QUEUE_FULL'
}

function check(result: WriteResult): void {
  const { outcome } = result
  if (!outcome.ok) throw outcome.error
}
