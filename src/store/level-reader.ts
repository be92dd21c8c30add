/**
 * A database that another thread has open, opened once more to read from: the same LevelDB, as all threads of a process have one
 * between them (`multithreading`, classic.ts). It ends when the last of them closes it.
 */
import { VectorStoreError } from '../util/index.ts'
import { openClassic } from './classic.ts'
import { describeKey } from './keys.ts'
import { readError } from './level-error.ts'
import { freeValue, nameOf, openRecord } from './record.ts'

export type LevelReader = {
  /** As Store.get. */
  get(key: Uint8Array): Uint8Array
  /** As Store.discard. */
  discard(payload: Uint8Array): void
  close(): Promise<void>
}

/** @param path  Store.readersPath of the thread that writes. */
export async function openLevelReader(path: string): Promise<LevelReader> {
  const level = await openClassic(path, false)
  const get = (key: Uint8Array): Uint8Array => {
    let value: Uint8Array | undefined
    try {
      value = level.getSync(key)
    } catch (cause) {
      throw readError(cause, key)
    }
    if (value !== undefined) return openRecord(key, value)
    const details = describeKey(key)
    const message = `record ${nameOf(details)} is not there, wanted one`
    throw new VectorStoreError('STORE_MISSING', message, { details })
  }
  return { get, discard: freeValue, close: () => level.close() }
}
