import { FolderMedium } from './folder-medium.ts'
import { fileError } from './level-error.ts'
import { GuardedStore } from './guarded-store.ts'
import type { Store } from './types.ts'

export type StoreOptions = {
  /** Bytes of a file that is given back when the disk is full, so that deleting and reopening still work. @default 64 MiB */
  readonly reserveFileBytes?: number
}

/**
 * Opens the store of a folder, or makes one where there is none (the folder absent or empty).
 *
 * Cost     reads LevelDB's logs (at most about 16 MiB) and the records of the last batches; nothing by document.
 * Errors   STORE_LOCKED, STORE_FOREIGN, STORE_FORMAT, STORE_DAMAGED (message names the file and what to do; nothing was
 *          changed), STORE_FULL, STORE_IO.
 */
export async function openStore(folder: string, options: StoreOptions = {}): Promise<Store> {
  try {
    const medium = await FolderMedium.acquire(folder, {
      reserveFileBytes: options.reserveFileBytes ?? 64 << 20
    })
    return await GuardedStore.open(medium)
  } catch (error) {
    throw fileError(error, `cannot open the store in ${folder}`)
  }
}
