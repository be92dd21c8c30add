/**
 * LevelDB's logs, read before LevelDB opens them and kept (hard links in `walkeep/`) until the open is finished: LevelDB
 * deletes a log it could not read. What the database then lacks is written again from here.
 */
import { copyFile, link, readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { oldestIn } from './chain.ts'
import { damagedError } from './damage.ts'
import { codeOf, makeFolder, syncDirectory } from './durable-file.ts'
import { batchKey, batchRange, parseKey } from './keys.ts'
import { readLast, writeSynced } from './level.ts'
import { readLog } from './log-file.ts'
import { batchNumberOf, readWriteBatch } from './write-batch.ts'
import type { Level } from './level.ts'

export type KeptLogs = {
  /** Write batches by the number of their batch record. */
  readonly batches: ReadonlyMap<number, Uint8Array>
  /** Lowest and highest number in `batches`; Infinity and 0 when there is none. */
  readonly firstBatch: number
  readonly lastBatch: number
  readonly bytesDropped: number
  readonly notes: readonly string[]
}

const keepName = 'walkeep'

/**
 * Reads all logs in full, those kept by an open that was interrupted too.
 *
 * Errors   STORE_DAMAGED when one cannot be read: nothing was touched, a later try may find it readable.
 */
export async function readLogs(folder: string, levelFolder: string): Promise<KeptLogs> {
  const batches = new Map<number, Uint8Array>()
  const notes: string[] = []
  let firstBatch = Infinity
  let lastBatch = 0
  let bytesDropped = 0
  for (const path of await logPaths(folder, levelFolder)) {
    const log = readLog(await readWhole(path))
    bytesDropped += log.bytesDropped
    if (log.bytesDropped > 0) notes.push(`${path}: ${log.bytesDropped} bytes cannot be read`)
    else if (log.tailBytes > 0) notes.push(`${path}: ends with ${log.tailBytes} bytes of no record`)
    for (const record of log.records) {
      const operations = readWriteBatch(record)
      const number = operations === null ? null : batchNumberOf(operations)
      if (number === null) continue
      batches.set(number, record)
      firstBatch = Math.min(firstBatch, number)
      lastBatch = Math.max(lastBatch, number)
    }
  }
  return { batches, firstBatch, lastBatch, bytesDropped, notes }
}

/** Links the logs away, so that LevelDB cannot delete what they hold. */
export async function keepLogs(folder: string, levelFolder: string): Promise<void> {
  const keep = join(folder, keepName)
  await makeFolder(keep)
  for (const name of await logNames(levelFolder)) {
    const from = join(levelFolder, name)
    // A number can come back after an interrupted open, with another file behind it.
    const { ino } = await stat(from)
    await linkOrCopy(from, join(keep, `${Number.parseInt(name, 10)}-${ino}.log`))
  }
  await syncDirectory(keep)
}

/** True when an earlier open did not get to its end: LevelDB may have changed its files since the last shutdown. */
export async function hasKeptLogs(folder: string): Promise<boolean> {
  return stat(join(folder, keepName)).then(
    () => true,
    () => false
  )
}

export async function dropKeptLogs(folder: string): Promise<void> {
  await rm(join(folder, keepName), { recursive: true, force: true })
}

/**
 * Writes batches again that the database lacks although a log has them. Looks for them only where something says that
 * LevelDB left some out: its last batch, damage in the logs, or `dropped`, its own notes.
 */
export async function replayMissing(
  level: Level,
  logs: KeptLogs,
  dropped: readonly string[]
): Promise<number> {
  const newest = await readLast(level, batchRange())
  const lastBatch = newest === null ? 0 : (parseKey(newest[0])?.number ?? 0)
  const isWhole = logs.bytesDropped === 0 && dropped.length === 0 && lastBatch >= logs.lastBatch
  if (isWhole) return 0
  // A damaged record is told by the audit of the chain that follows. Batches removed long ago are in no log.
  const oldest = newest === null ? 0 : (oldestIn(newest[0], newest[1]) ?? 0)
  const missing = [...logs.batches.keys()]
    .filter((batch) => batch >= oldest && level.getSync(batchKey(batch)) === undefined)
    .sort((a, b) => a - b)
  for (const batch of missing) {
    const operations = readWriteBatch(logs.batches.get(batch)!)
    if (operations !== null) await writeSynced(level, operations)
  }
  return missing.length
}

/** Bytes of LevelDB's logs now. */
export async function logBytes(levelFolder: string): Promise<number> {
  let bytes = 0
  for (const name of await logNames(levelFolder))
    bytes += (await stat(join(levelFolder, name))).size
  return bytes
}

async function logPaths(folder: string, levelFolder: string): Promise<string[]> {
  const keep = join(folder, keepName)
  const kept = await logNames(keep)
  const own = await logNames(levelFolder)
  return [...kept.map((name) => join(keep, name)), ...own.map((name) => join(levelFolder, name))]
}

async function logNames(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => name.endsWith('.log')).sort()
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  }
}

async function readWhole(path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (error) {
    throw damagedError(path, `cannot be read (${codeOf(error) ?? String(error)})`, error)
  }
}

async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to)
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return
    // File systems without hard links.
    await copyFile(from, to)
  }
}
