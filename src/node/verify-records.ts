/** Reads every record of a store, range by range; the store checks header and CRC of each. */
import type { KeyRange, Store } from '../store/index.ts'
import { describeKey, parseKey } from '../store/index.ts'
import { VectorStoreError } from '../util/index.ts'

const everything: KeyRange = { gte: new Uint8Array(0), lt: new Uint8Array(32).fill(0xff) }

/** Faults by key; a damaged record does not end the reading. */
export async function verifyRecords(
  store: Store
): Promise<{ readonly recordCount: number; readonly faults: readonly string[] }> {
  const faults: string[] = []
  let recordCount = 0
  await store.scanKeys(everything, (key) => {
    recordCount += 1
    if (parseKey(key) === null) {
      faults.push(`unknown key ${Buffer.from(key).toString('hex')}`)
      return
    }
    try {
      store.get(key)
    } catch (error) {
      if (!(error instanceof VectorStoreError)) throw error
      faults.push(`${JSON.stringify(describeKey(key))}: ${error.message}`)
    }
  })
  return { recordCount, faults }
}
