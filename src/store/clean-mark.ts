/**
 * The clean-shutdown mark (reliability.md R9): `clean.json`, written and synced after the database is closed, taken away
 * before it is opened again. It holds the last batch and the table files with their sizes. A start with the mark that
 * finds less than that has lost something between the two, and is refused.
 */
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { damagedError } from './damage.ts'
import { readIfThere, syncDirectory, writeDurably } from './durable-file.ts'
import { parseObject } from './marker.ts'

export type CleanMark = {
  readonly lastBatch: number
  readonly tables: Readonly<Record<string, number>>
}

const name = 'clean.json'

export async function writeCleanMark(
  folder: string,
  levelFolder: string,
  lastBatch: number
): Promise<void> {
  const tables = await tableSizes(levelFolder)
  await writeDurably(join(folder, name), `${JSON.stringify({ lastBatch, tables })}\n`)
}

/** null: the last run did not end in good order (or the mark itself is unreadable, which asks for the same care). */
export async function readCleanMark(folder: string): Promise<CleanMark | null> {
  const text = await readIfThere(join(folder, name))
  const mark = text === null ? null : parseObject(text)
  if (mark === null || typeof mark['lastBatch'] !== 'number') return null
  const tables = mark['tables']
  if (typeof tables !== 'object' || tables === null) return null
  return { lastBatch: mark['lastBatch'], tables: tables as Record<string, number> }
}

export async function removeCleanMark(folder: string): Promise<void> {
  await rm(join(folder, name), { force: true })
  await syncDirectory(folder)
}

/** Errors   STORE_DAMAGED when a table of the mark is missing or has another size. */
export async function checkTables(mark: CleanMark, levelFolder: string): Promise<void> {
  const found = await tableSizes(levelFolder)
  for (const [table, bytes] of Object.entries(mark.tables)) {
    const foundBytes = found[table]
    if (foundBytes === bytes) continue
    const what = foundBytes === undefined ? 'is missing' : `is ${foundBytes} bytes, wanted ${bytes}`
    throw damagedError(join(levelFolder, table), what)
  }
}

/** Table files and their sizes. */
export async function tableSizes(levelFolder: string): Promise<Record<string, number>> {
  const sizes: Record<string, number> = {}
  for (const file of await readdir(levelFolder)) {
    if (/^\d+\.(ldb|sst)$/.test(file)) sizes[file] = (await stat(join(levelFolder, file))).size
  }
  return sizes
}
