/**
 * A store's folder:
 *   LEVERET      marker and format (marker.ts)         clean.json   clean-shutdown mark (clean-mark.ts)
 *   level/       LevelDB's files                       walkeep/     its logs, kept while an open is not finished
 *   reserve      room for bad days (reserve.ts)        starts.json  recent unclean starts (crash-loop.ts)
 *   lost/        records set aside behind a gap        owner.json   who has it open, when the socket cannot answer
 *
 * Opening, in this order, and refused before LevelDB has touched anything (it deletes what it cannot read):
 *   1. marker and format          4. logs read in full, kept by hard links
 *   2. CURRENT, MANIFEST, tables  5. LevelDB, without creating; its text log is searched for what it dropped
 *   3. room for the recovery      6. missing batches replayed from the kept logs; chain of batches; clean mark compared
 */
import { readFile, realpath, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { VectorStoreError } from '../util/index.ts'
import { openClassic } from './classic.ts'
import { checkMarkedFiles, readCleanMark, removeCleanMark, writeCleanMark } from './clean-mark.ts'
import { noteUncleanStart } from './crash-loop.ts'
import { damagedError } from './damage.ts'
import { codeOf, makeFolder, readIfThere, syncDirectory } from './durable-file.ts'
import {
  dropKeptLogs,
  hasKeptLogs,
  keepLogs,
  logBytes,
  readLogs,
  replayMissing
} from './kept-logs.ts'
import { isNoSpace, messageOf } from './level-error.ts'
import { acquireLock, lockedError, ownerName, parseOwner } from './lock.ts'
import { checkManifest } from './manifest-file.ts'
import { beginCreation, endCreation, readMarker } from './marker.ts'
import { emptyReport, recoverChain } from './recovery.ts'
import { Reserve } from './reserve.ts'
import { Stopwatch } from './stopwatch.ts'
import type { ChainEnd } from './chain.ts'
import type { Medium, Opened } from './medium.ts'
import type { KeptLogs } from './kept-logs.ts'
import type { Level } from './level.ts'
import type { Lock } from './lock.ts'
import type { RecoveredChain } from './recovery.ts'
import type { CleanMark } from './clean-mark.ts'

export type FolderOptions = {
  /** Bytes kept free for a full disk; 0: none. */
  readonly reserveFileBytes: number
}

/** Room beside the reserve for small files and LevelDB's own. */
const spareBytes = 1 << 20

export class FolderMedium implements Medium {
  readonly folder: string
  /** classic-level copies every value out of LevelDB. */
  readonly ownsValues = true
  readonly #levelFolder: string
  readonly #lock: Lock
  readonly #reserve: Reserve
  #openedBefore = false

  private constructor(folder: string, lock: Lock, options: FolderOptions) {
    this.folder = folder
    this.#levelFolder = join(folder, 'level')
    this.#lock = lock
    this.#reserve = new Reserve(folder, options.reserveFileBytes)
  }

  /** Errors   STORE_LOCKED; STORE_FOREIGN for a folder of another user. */
  static async acquire(folder: string, options: FolderOptions): Promise<FolderMedium> {
    await makeFolder(resolve(folder))
    const path = await realpath(folder)
    await checkOwner(path)
    return new FolderMedium(path, await acquireLock(path), options)
  }

  async open(): Promise<Opened> {
    const isNew = (await readMarker(this.folder)) === 'new'
    const opened = isNew ? await this.#create() : await this.#audit()
    this.#openedBefore = true
    try {
      await this.#reserve.fill(await this.#roomToOpen())
      const owner = `${JSON.stringify(this.#lock.owner)}\n`
      await writeFile(join(this.folder, ownerName), owner, { mode: 0o600 })
      return opened
    } catch (error) {
      // Open all the same: a full disk must not keep anybody from deleting, and the lock holds without the owner file.
      const notes = [...opened.report.notes, `reserve or owner file: ${messageOf(error)}`]
      return { ...opened, report: { ...opened.report, notes } }
    }
  }

  get readersPath(): string {
    return this.#levelFolder
  }

  async prepareReopen(): Promise<boolean> {
    const room = await this.#roomToOpen()
    if ((await this.#reserve.freeBytes()) >= room) return true
    await this.#reserve.give()
    return (await this.#reserve.freeBytes()) >= room
  }

  freeBytes(): Promise<number> {
    return this.#reserve.freeBytes()
  }

  async regain(): Promise<boolean> {
    return this.#reserve.fill(await this.#roomToOpen())
  }

  async closed(end: ChainEnd): Promise<void> {
    try {
      await writeCleanMark(this.folder, this.#levelFolder, end.lastBatch)
    } catch (error) {
      if (codeOf(error) !== 'ENOSPC') throw error
      // For such days it is there; the next open fills it again when it can.
      await this.#reserve.give()
      await writeCleanMark(this.folder, this.#levelFolder, end.lastBatch)
    }
  }

  async release(): Promise<void> {
    if (this.#openedBefore) await rm(join(this.folder, ownerName), { force: true })
    await this.#lock.release()
  }

  async #create(): Promise<Opened> {
    const watch = new Stopwatch()
    await beginCreation(this.folder)
    await rm(this.#levelFolder, { recursive: true, force: true })
    const level = await this.#openLevel(true)
    await syncDirectory(this.#levelFolder)
    await endCreation(this.folder)
    await syncDirectory(dirname(this.folder))
    watch.lap('create')
    const end = { lastBatch: 0, lastCrc: 0, oldest: 1 }
    return { level, end, report: { ...emptyReport, created: true, stepMs: watch.stepMs } }
  }

  async #audit(): Promise<Opened> {
    const watch = new Stopwatch()
    const tables = await checkManifest(this.#levelFolder)
    const mark = await readCleanMark(this.folder)
    const interrupted = await hasKeptLogs(this.folder)
    // Behind an interrupted open LevelDB's files have changed; the last batch of the mark is compared all the same.
    if (mark !== null && !interrupted) await checkMarkedFiles(mark, this.#levelFolder)
    watch.lap('files')
    const logs = await readLogs(this.folder, this.#levelFolder)
    watch.lap('logs')
    const notes = [...logs.notes]
    if (interrupted) notes.push('an earlier open was interrupted')
    if (!(await this.prepareReopen())) throw await this.#fullError()
    if (mark === null && !this.#openedBefore) {
      const count = await noteUncleanStart(this.folder, this.#levelFolder, tables, Date.now())
      if (count > 0) notes.push(`repeated unclean starts: checked ${count} table files`)
      watch.lap('tables')
    }
    await keepLogs(this.folder, this.#levelFolder)
    watch.lap('keep')
    const level = await this.#openLevel(false)
    watch.lap('leveldb')
    try {
      const dropped = await this.#droppedByLevel()
      notes.push(...dropped)
      const batchesReplayed = await replayMissing(level, logs, dropped)
      watch.lap('replay')
      const chain = await this.#recoverChain(level, mark, logs, dropped)
      watch.lap('chain')
      await removeCleanMark(this.folder)
      await syncDirectory(this.#levelFolder)
      await dropKeptLogs(this.folder)
      watch.lap('finish')
      const report = {
        ...emptyReport,
        clean: mark !== null,
        batchesReplayed,
        bytesDropped: logs.bytesDropped,
        lastBatch: chain.end.lastBatch,
        recordsQuarantined: chain.recordsQuarantined,
        truncatedFrom: chain.truncatedFrom,
        missingRecords: chain.missingRecords,
        notes: [...notes, ...chain.notes],
        stepMs: watch.stepMs
      }
      return { level, end: chain.end, report }
    } catch (error) {
      await level.close()
      // LevelDB's own errors while it is read; those of the file system stay what they are.
      if (codeOf(error)?.startsWith('LEVEL_') !== true) throw error
      throw damagedError(this.#levelFolder, `cannot be read: ${messageOf(error)}`, error)
    }
  }

  async #recoverChain(
    level: Level,
    mark: CleanMark | null,
    logs: KeptLogs,
    dropped: readonly string[]
  ): Promise<RecoveredChain> {
    const chain = await recoverChain(level, async (records, gap) => {
      this.#assertGapOfLogs(gap, logs, dropped)
      await this.#setAside(records)
    })
    this.#compareWithMark(mark, chain.end)
    return chain
  }

  /** A batch that no log of this start had was in a table: hidden there by damage, not lost with what followed it. */
  #assertGapOfLogs(gap: number, logs: KeptLogs, dropped: readonly string[]): void {
    const logsDamaged = logs.bytesDropped > 0 || dropped.length > 0
    if (gap >= logs.firstBatch || logsDamaged) return
    throw damagedError(this.#levelFolder, `lacks batch ${gap}, which was in a table file`)
  }

  #compareWithMark(mark: CleanMark | null, end: ChainEnd): void {
    if (mark === null || end.lastBatch >= mark.lastBatch) return
    throw damagedError(
      this.#levelFolder,
      `ends at batch ${end.lastBatch}, the last shutdown left ${mark.lastBatch}`
    )
  }

  /** Recovery writes about what the logs hold, and what is in memory now once more. */
  async #roomToOpen(): Promise<number> {
    return 2 * (await logBytes(this.#levelFolder)) + spareBytes
  }

  async #fullError(): Promise<VectorStoreError> {
    const free = await this.#reserve.freeBytes()
    const room = await this.#roomToOpen()
    return new VectorStoreError(
      'STORE_FULL',
      `${free} bytes are free for ${this.folder}, opening needs ${room}`,
      { details: { folder: this.folder, freeBytes: free, neededBytes: room } }
    )
  }

  /** What LevelDB wrote into its text log about what it left out: the only trace there is. */
  async #droppedByLevel(): Promise<string[]> {
    const text = await readFile(join(this.#levelFolder, 'LOG'), 'utf8')
    return text
      .split('\n')
      .filter((line) => /dropping|ignoring error|corruption/i.test(line))
      .map((line) => `leveldb: ${line}`)
  }

  async #openLevel(create: boolean): Promise<Level> {
    try {
      return await openClassic(this.#levelFolder, create)
    } catch (error) {
      const owner = await readIfThere(join(this.folder, ownerName))
      throw openError(error, this.folder, this.#levelFolder, owner)
    }
  }

  async #setAside(records: readonly (readonly [Uint8Array, Uint8Array])[]): Promise<void> {
    const lost = join(this.folder, 'lost')
    await makeFolder(lost)
    const lines = records.map(([key, value]) =>
      JSON.stringify({
        key: Buffer.from(key).toString('hex'),
        value: Buffer.from(value).toString('base64')
      })
    )
    const file = join(lost, `records-${Date.now()}.ndjson`)
    await writeFile(file, `${lines.join('\n')}\n`, { mode: 0o600, flush: true })
    await syncDirectory(lost)
  }
}

/** Whoever may write into the folder may put another database there. */
async function checkOwner(folder: string): Promise<void> {
  const uid = process.getuid?.()
  // Windows has no such owners and modes.
  if (uid === undefined) return
  const { uid: owner, mode } = await stat(folder)
  if (uid !== 0 && owner !== uid)
    throw new VectorStoreError(
      'STORE_FOREIGN',
      `${folder} belongs to user ${owner}, this process runs as user ${uid}`,
      { details: { folder, owner, uid } }
    )
  if ((mode & 0o002) !== 0)
    throw new VectorStoreError(
      'STORE_FOREIGN',
      `${folder} can be written by every user of this machine, wanted one of its owner alone (chmod 700)`,
      { details: { folder, mode: (mode & 0o777).toString(8) } }
    )
}

/** LevelDB's reasons for not opening, in our words. */
function openError(
  error: unknown,
  folder: string,
  levelFolder: string,
  owner: string | null
): Error {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
  const code = codeOf(cause)
  const message = messageOf(cause)
  if (code === 'LEVEL_IO_ERROR' && !/no such file/i.test(message)) {
    const full = isNoSpace(cause)
    const text = `${levelFolder} cannot be opened: ${message}`
    return new VectorStoreError(full ? 'STORE_FULL' : 'STORE_IO', text, { cause })
  }
  if (code === 'LEVEL_LOCKED') return lockedError(folder, parseOwner(owner), cause)
  return damagedError(levelFolder, `cannot be opened: ${message}`, cause)
}
