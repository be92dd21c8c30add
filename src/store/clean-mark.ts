/**
 * The clean-shutdown mark (ARCHITECTURE.md R9): `clean.json`, written and synced after the database is closed, taken away
 * before it is opened again. It holds the last batch and LevelDB's files with their sizes. A start with the mark that finds
 * less than that has lost something between the two, and is refused.
 */
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { damagedError } from './damage.ts'
import { readIfThere, syncDirectory, writeDurably } from './durable-file.ts'
import { parseObject } from './marker.ts'

export type CleanMark = {
  readonly lastBatch: number
  readonly files: Readonly<Record<string, number>>
}

const name = 'clean.json'
const tableFiles = /^\d+\.(ldb|sst)$/
/** All but the lock, which must not be touched, and the text logs, which nothing depends on. */
const dataFiles = /^(CURRENT|MANIFEST-\d+|\d+\.(ldb|sst|log))$/

export async function writeCleanMark(
  folder: string,
  levelFolder: string,
  lastBatch: number
): Promise<void> {
  const files = await fileSizes(levelFolder, dataFiles)
  await writeDurably(join(folder, name), `${JSON.stringify({ lastBatch, files })}\n`)
}

/** null: the last run did not end in good order (or the mark itself is unreadable, which asks for the same care). */
export async function readCleanMark(folder: string): Promise<CleanMark | null> {
  const text = await readIfThere(join(folder, name))
  const mark = text === null ? null : parseObject(text)
  if (mark === null || typeof mark['lastBatch'] !== 'number') return null
  const files = mark['files']
  if (typeof files !== 'object' || files === null) return null
  return { lastBatch: mark['lastBatch'], files: files as Record<string, number> }
}

export async function removeCleanMark(folder: string): Promise<void> {
  await rm(join(folder, name), { force: true })
  await syncDirectory(folder)
}

/** Errors   STORE_DAMAGED when a file of the mark is missing or has another size. */
export async function checkMarkedFiles(mark: CleanMark, levelFolder: string): Promise<void> {
  const found = await fileSizes(levelFolder, dataFiles)
  for (const [file, bytes] of Object.entries(mark.files)) {
    const foundBytes = found[file]
    if (foundBytes === bytes) continue
    const what = foundBytes === undefined ? 'is missing' : `is ${foundBytes} bytes, wanted ${bytes}`
    throw damagedError(join(levelFolder, file), what)
  }
}

/** Table files and their sizes. */
export function tableSizes(levelFolder: string): Promise<Record<string, number>> {
  return fileSizes(levelFolder, tableFiles)
}

async function fileSizes(levelFolder: string, pattern: RegExp): Promise<Record<string, number>> {
  const sizes: Record<string, number> = {}
  for (const file of await readdir(levelFolder)) {
    if (pattern.test(file)) sizes[file] = (await stat(join(levelFolder, file))).size
  }
  return sizes
}
