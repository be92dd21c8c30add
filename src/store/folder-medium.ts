/**
 * A store's folder:
 *   LEVERET      marker and format (marker.ts)         clean.json   clean-shutdown mark (clean-mark.ts)
 *   level/       LevelDB's files                       walkeep/     its logs, kept while an open is not finished
 *   reserve      room for bad days (reserve.ts)        starts.json  recent unclean starts (crash-loop.ts)
 *   lost/        records set aside behind a gap
 *
 * Opening, in this order, and refused before LevelDB has touched anything (it deletes what it cannot read):
 *   1. marker and format          4. logs read in full, kept by hard links
 *   2. CURRENT, MANIFEST, tables  5. LevelDB, without creating; its text log is searched for what it dropped
 *   3. room for the recovery      6. missing batches replayed from the kept logs; chain of batches; clean mark compared
 */
import { mkdir, realpath, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openClassic } from './classic.ts'
import { checkTables, readCleanMark, removeCleanMark, writeCleanMark } from './clean-mark.ts'
import { damagedError } from './damage.ts'
import { acquireLock, lockedError } from './lock.ts'
import { beginCreation, endCreation, readMarker } from './marker.ts'
import { emptyReport, recoverChain } from './recovery.ts'
import { syncDirectory } from './durable-file.ts'
import type { ChainEnd } from './chain.ts'
import type { Medium, Opened } from './guarded-store.ts'
import type { Level } from './level.ts'
import type { Lock } from './lock.ts'
import type { CleanMark } from './clean-mark.ts'

export type FolderOptions = {
  /** Bytes kept free for a full disk; 0: none. */
  readonly reserveFileBytes: number
}

export class FolderMedium implements Medium {
  readonly folder: string
  readonly #levelFolder: string
  readonly #lock: Lock

  private constructor(folder: string, lock: Lock) {
    this.folder = folder
    this.#levelFolder = join(folder, 'level')
    this.#lock = lock
  }

  /** Errors   STORE_LOCKED. */
  static async acquire(folder: string, _options: FolderOptions): Promise<FolderMedium> {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const path = await realpath(folder)
    return new FolderMedium(path, await acquireLock(path))
  }

  async open(): Promise<Opened> {
    return (await readMarker(this.folder)) === 'new' ? this.#create() : this.#audit()
  }

  prepareReopen(): Promise<boolean> {
    return Promise.resolve(true)
  }

  async closed(end: ChainEnd): Promise<void> {
    await writeCleanMark(this.folder, this.#levelFolder, end.lastBatch)
  }

  release(): Promise<void> {
    return this.#lock.release()
  }

  async #create(): Promise<Opened> {
    await beginCreation(this.folder)
    await rm(this.#levelFolder, { recursive: true, force: true })
    const level = await this.#openLevel(true)
    await syncDirectory(this.#levelFolder)
    await endCreation(this.folder)
    const end = { lastBatch: 0, lastCrc: 0, oldest: 1 }
    return { level, end, report: { ...emptyReport, created: true } }
  }

  async #audit(): Promise<Opened> {
    const mark = await readCleanMark(this.folder)
    if (mark !== null) await checkTables(mark, this.#levelFolder)
    const level = await this.#openLevel(false)
    try {
      const chain = await recoverChain(level, (records) => this.#setAside(records))
      this.#compareWithMark(mark, chain.end)
      await removeCleanMark(this.folder)
      const report = {
        ...emptyReport,
        clean: mark !== null,
        lastBatch: chain.end.lastBatch,
        recordsQuarantined: chain.recordsQuarantined,
        truncatedFrom: chain.truncatedFrom,
        notes: chain.notes
      }
      return { level, end: chain.end, report }
    } catch (error) {
      await level.close()
      throw error
    }
  }

  #compareWithMark(mark: CleanMark | null, end: ChainEnd): void {
    if (mark === null || end.lastBatch >= mark.lastBatch) return
    throw damagedError(
      this.#levelFolder,
      `ends at batch ${end.lastBatch}, the last shutdown left ${mark.lastBatch}`
    )
  }

  async #openLevel(create: boolean): Promise<Level> {
    try {
      return await openClassic(this.#levelFolder, create)
    } catch (error) {
      throw openError(error, this.folder, this.#levelFolder)
    }
  }

  async #setAside(records: readonly (readonly [Uint8Array, Uint8Array])[]): Promise<void> {
    const lost = join(this.folder, 'lost')
    await mkdir(lost, { recursive: true, mode: 0o700 })
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

/** LevelDB's reasons for not opening, in our words (reliability.md 2.7). */
function openError(error: unknown, folder: string, levelFolder: string): Error {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
  const code = cause instanceof Error && 'code' in cause ? cause.code : null
  const message = cause instanceof Error ? cause.message : String(cause)
  if (code === 'LEVEL_LOCKED') return lockedError(folder, null, cause)
  return damagedError(levelFolder, `cannot be opened: ${message}`, cause)
}
