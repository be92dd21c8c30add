/**
 * The file that says "this folder is ours", and in which format: `LEVERET`, JSON
 *   { product, formatMajor, formatMinor, writtenBy, createdAt, storeId }
 *
 * A store is created under the name `LEVERET.new` and renamed when the database is there, so an interrupted creation is
 * told from a store that lost its database: the first is started again, the second is refused.
 */
import { randomUUID } from 'node:crypto'
import { readdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { VectorStoreError } from '../util/index.ts'
import { readIfThere, syncDirectory, writeDurably } from './durable-file.ts'
import { formatMajor, formatMinor } from './keys.ts'

const markerName = 'LEVERET'
const creatingName = 'LEVERET.new'
const product = 'leveret'

/** 'new': nothing of ours yet, or a creation that did not end. 'store': a store of a format that is read here. */
export type FolderState = 'new' | 'store'

/**
 * Errors   STORE_FOREIGN for a folder with other files and no marker; STORE_FORMAT for one of another format;
 *          STORE_DAMAGED for a marker that cannot be read.
 */
export async function readMarker(folder: string): Promise<FolderState> {
  const text = await readIfThere(join(folder, markerName))
  if (text !== null) {
    checkFormat(folder, text)
    return 'store'
  }
  if ((await readIfThere(join(folder, creatingName))) !== null) return 'new'
  const names = (await readdir(folder)).filter((name) => name !== `${creatingName}.tmp`)
  if (names.length === 0) return 'new'
  throw new VectorStoreError(
    'STORE_FOREIGN',
    `${folder} has files (${names.length}) and none is ${markerName}, wanted an empty folder or a store`,
    { details: { folder, entryCount: names.length } }
  )
}

export async function beginCreation(folder: string): Promise<void> {
  const marker = {
    product,
    formatMajor,
    formatMinor,
    writtenBy: `${product} format ${formatMajor}.${formatMinor}`,
    createdAt: new Date().toISOString(),
    storeId: randomUUID()
  }
  await writeDurably(join(folder, creatingName), `${JSON.stringify(marker)}\n`)
}

export async function endCreation(folder: string): Promise<void> {
  await rename(join(folder, creatingName), join(folder, markerName))
  await syncDirectory(folder)
}

function checkFormat(folder: string, text: string): void {
  const path = join(folder, markerName)
  const marker = parseObject(text)
  const major = marker?.['formatMajor']
  const minor = marker?.['formatMinor']
  if (marker?.['product'] !== product || typeof major !== 'number' || typeof minor !== 'number') {
    throw new VectorStoreError(
      'STORE_DAMAGED',
      `${path} cannot be read, restore it from a backup or from a store of the same version`,
      { details: { file: path } }
    )
  }
  if (major === formatMajor) return
  const which = major > formatMajor ? 'a newer' : 'an older'
  throw new VectorStoreError(
    'STORE_FORMAT',
    `${folder} has store format ${major}.${minor} (${String(marker['writtenBy'])}), this program reads ${formatMajor}.x, use ${which} one`,
    { details: { folder, formatMajor: major, formatMinor: minor, readsMajor: formatMajor } }
  )
}

export function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null
  } catch {
    return null
  }
}
