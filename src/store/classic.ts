/** LevelDB on disk. The only place that imports classic-level. */
import { mkdir } from 'node:fs/promises'
import { ClassicLevel } from 'classic-level'
import { encodings } from './level.ts'
import type { Level } from './level.ts'

/**
 * Settings of LevelDB and their reasons:
 * writeBufferSize  the log and its replay at open stay this short; larger ones make longer starts, smaller ones more
 *                  level-0 files.
 * compression      off: codes, vectors and packed postings do not shrink; an uncompressed block is read in place from
 *                  the mapped table, a compressed one is unpacked on every miss. One choice for all kinds, LevelDB has no other.
 * cacheSize        small: mapped blocks do not go through it, and pages have their own cache.
 * maxFileSize      the first 1,000 tables are mapped: 8 GiB of pages are read without a copy.
 * multithreading   worker threads may read through the same database; one thread writes.
 */
const levelSettings = {
  compression: false,
  cacheSize: 1 << 20,
  maxFileSize: 8 << 20,
  multithreading: true
} as const

const writeBufferBytes: number = 8 << 20

/**
 * Opens the database of a folder; LevelDB makes one only when `create` says so (with its default a missing CURRENT wipes
 * everything).
 */
export async function openClassic(path: string, create: boolean): Promise<Level> {
  if (create) await mkdir(path, { mode: 0o700 })
  const level = new ClassicLevel<Uint8Array, Uint8Array>(path, encodings)
  await level.open({
    ...levelSettings,
    writeBufferSize: writeBufferBytes,
    createIfMissing: create,
    errorIfExists: create
  })
  return level
}
