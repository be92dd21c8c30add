/**
 * leveret import: ndjson (bulk actions, or one document a line), npy, fvecs and bvecs into an index.
 *
 * How it goes on after an interruption: the position behind the last acknowledged batch is kept in the data folder, by
 * path, size and time of the file. What lies behind it and was written is written again under the same ids (rows and
 * lines without an id get ids from the file and their number), so nothing is there twice.
 */
import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { open } from 'node:fs/promises'
import path from 'node:path'
import { writeAgain } from '../node/index.ts'
import type { RunningNode, WriteItem, WriteResult } from '../node/index.ts'
import { openRest } from '../rest/index.ts'
import { VectorStoreError } from '../util/index.ts'
import { bulkLines, isBulkAction } from './bulk-lines.ts'
import type { Position, Step } from './import-step.ts'
import { lines } from './line-reader.ts'
import type { Progress } from './output.ts'
import { progress } from './output.ts'
import type { VectorFile } from './vector-file.ts'
import { openNpy, openVecs, vectorRows } from './vector-file.ts'

export type ImportFlags = {
  readonly index: string
  readonly data: string
  readonly field: string
  readonly similarity: string
  readonly threads?: number
}

/** Written at once. Why not larger: it is held in memory; why not smaller: a sync each. */
const batchBytesMax = 4 * 2 ** 20
const batchItemsMax = 2_000

/** Errors   STORE_*, INDEX_NAME, REQUEST_SYNTAX; a document that does not fit ends it, named by its line. */
export async function importFile(fileName: string, flags: ImportFlags): Promise<void> {
  const file = await open(fileName, 'r')
  try {
    const { size, mtimeMs } = await file.stat()
    const name = `import ${createHash('sha256')
      .update(`${path.resolve(fileName)}\n${size}\n${mtimeMs}\n${flags.index}`)
      .digest('hex')
      .slice(0, 32)}`
    const options = flags.threads === undefined ? {} : { threads: flags.threads }
    const { node } = await openRest(flags.data, options)
    try {
      await load(node, file, { fileName, size, name, flags })
    } finally {
      await node.close()
    }
  } finally {
    await file.close()
  }
}

type Job = {
  readonly fileName: string
  readonly size: number
  readonly name: string
  readonly flags: ImportFlags
}

async function load(node: RunningNode, file: FileHandle, job: Job): Promise<void> {
  const from = await startOf(node, job)
  if (from.count > 0) process.stderr.write(`goes on behind ${from.count.toLocaleString('en')}\n`)
  const { steps, total, unit } = await source(node, file, job, from)
  const shown = progress(job.flags.index, total, unit)
  const done = await writeAll(node, steps, job, { from, shown, byOffset: unit === 'bytes' })
  shown.end()
  await node.pruneBookmarks()
  const index = node.findIndex(job.flags.index)
  await index?.engine?.flush()
  process.stdout.write(
    `${done.count.toLocaleString('en')} written to [${job.flags.index}], which has ${(index?.engine?.stats().liveDocCount ?? 0).toLocaleString('en')} documents now\n`
  )
}

/** Where an import stopped, and the index that it wrote to. */
type Bookmark = Position & { readonly uuid: string | null }

const uuidOf = (node: RunningNode, { flags }: Job): string | null =>
  node.findIndex(flags.index)?.metadata.uuid ?? null

/** The beginning, too, where the index was deleted meanwhile: what was written went with it. */
async function startOf(node: RunningNode, job: Job): Promise<Position> {
  const stopped = (await node.bookmark(job.name)) as Bookmark | null
  return stopped?.uuid === uuidOf(node, job) ? stopped : { offset: 0, count: 0 }
}

type Source = {
  readonly steps: AsyncGenerator<Step>
  readonly total: number
  readonly unit: string
}

async function source(
  node: RunningNode,
  file: FileHandle,
  job: Job,
  from: Position
): Promise<Source> {
  const extension = path.extname(job.fileName).toLowerCase()
  const tag = job.name.slice(7, 15)
  if (extension === '.npy' || extension === '.fvecs' || extension === '.bvecs') {
    const about =
      extension === '.npy'
        ? await openNpy(file, job.size)
        : await openVecs(file, job.size, extension === '.fvecs' ? 4 : 1)
    await prepareVectorIndex(node, about.dims, job.flags)
    return { steps: vectorSteps(file, about, job.flags, from), total: about.rowCount, unit: 'rows' }
  }
  const [first] = await firstLine(file)
  const bulk = first !== undefined && isBulkAction(first)
  return {
    steps: bulk
      ? bulkLines(file, job.flags.index, tag, from)
      : documentSteps(file, job.flags.index, tag, from),
    total: job.size,
    unit: 'bytes'
  }
}

async function firstLine(file: FileHandle): Promise<Buffer[]> {
  for await (const line of lines(file, 0, 1)) return [line.bytes]
  return []
}

async function prepareVectorIndex(
  node: RunningNode,
  dims: number,
  flags: ImportFlags
): Promise<void> {
  if (node.findIndex(flags.index) !== null) return
  const definition = {
    type: 'dense_vector',
    dims,
    index: true,
    similarity: flags.similarity,
    index_options: { type: 'hnsw' }
  }
  await node.createIndex(flags.index, {
    settings: new Map(),
    mappings: { properties: { [flags.field]: definition } },
    aliases: new Map()
  })
}

async function* vectorSteps(
  file: FileHandle,
  about: VectorFile,
  flags: ImportFlags,
  from: Position
): AsyncGenerator<Step> {
  for await (const { row, vector } of vectorRows(file, about, from.count)) {
    const body = { [flags.field]: vector }
    yield {
      item: {
        type: 'index',
        index: flags.index,
        id: String(row),
        routing: null,
        opType: 'index',
        body,
        conditions: {}
      },
      position: { offset: 0, count: row + 1 }
    }
  }
}

async function* documentSteps(
  file: FileHandle,
  index: string,
  tag: string,
  from: Position
): AsyncGenerator<Step> {
  for await (const line of lines(file, from.offset, from.count + 1)) {
    const id = `${tag}-${line.number}`
    yield {
      item: {
        type: 'index',
        index,
        id,
        routing: null,
        opType: 'index',
        body: line.bytes,
        conditions: {}
      },
      position: { offset: line.endOffset, count: line.number }
    }
  }
}

async function writeAll(
  node: RunningNode,
  steps: AsyncGenerator<Step>,
  job: Job,
  about: { readonly from: Position; readonly shown: Progress; readonly byOffset: boolean }
): Promise<Position> {
  let done = about.from
  let batch: Step[] = []
  let batchBytes = 0
  const send = async (): Promise<void> => {
    const last = batch.at(-1)
    if (last === undefined) return
    await writeBatch(node, batch)
    done = last.position
    await node.setBookmark(job.name, { ...done, uuid: uuidOf(node, job) } satisfies Bookmark)
    about.shown.update(about.byOffset ? done.offset : done.count)
    batch = []
    batchBytes = 0
  }
  for await (const step of steps) {
    batch.push(step)
    batchBytes += sizeOf(step.item)
    if (batchBytes >= batchBytesMax || batch.length >= batchItemsMax) await send()
  }
  await send()
  return done
}

function sizeOf(item: WriteItem): number {
  if (item.type !== 'index') return 64
  if (item.body instanceof Uint8Array) return item.body.length
  return Object.values(item.body).reduce<number>(
    (sum, value) => sum + (ArrayBuffer.isView(value) ? value.byteLength : 64),
    64
  )
}

/** Writes in order; what is refused for the moment (QUEUE_FULL) is tried again, what is wrong ends the import. */
async function writeBatch(node: RunningNode, batch: readonly Step[]): Promise<void> {
  let left: readonly Step[] = batch
  while (left.length > 0) {
    const results = await node.write(left.map((step) => step.item))
    const isRefused = (at: number): boolean => {
      const outcome = results[at]?.outcome
      if (outcome === undefined || outcome.ok) return false
      if (outcome.error.code === 'QUEUE_FULL') return true
      throw refusal(left[at]!, results[at]!, outcome.error)
    }
    left = writeAgain(left, isRefused, ({ item }) => item.id, new Set())
    if (left.length > 0) await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

function refusal(step: Step, result: WriteResult, error: VectorStoreError): VectorStoreError {
  return new VectorStoreError(
    error.code,
    `number ${step.position.count} (id ${result.id}): ${error.message}`,
    { cause: error }
  )
}
