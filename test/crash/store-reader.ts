/**
 * Opens stores one after another and reads every group: `node store-reader.ts GROUPS FOLDER...`. A line of JSON each:
 * { folder, refused } or { folder, whole, faults: { CODE: count }, wrong }. A process of its own, as damage may end it.
 */
import { writeSync } from 'node:fs'
import { openStore } from '../../src/store/index.ts'
import { groupRecords } from './store-group.ts'
import type { Store } from '../../src/store/index.ts'

const [groupCount, ...folders] = process.argv.slice(2)

for (const folder of folders) {
  writeSync(1, `${JSON.stringify({ folder, ...(await readAll(folder)) })}\n`)
}

async function readAll(folder: string): Promise<object> {
  let store: Store
  try {
    store = await openStore(folder, { reserveFileBytes: 0 })
  } catch (error) {
    return { refused: codeOf(error) }
  }
  let whole = 0
  let wrong = 0
  const faults: Record<string, number> = {}
  for (let group = 0; group < Number(groupCount); group++) {
    for (const { key, payload } of groupRecords(group)) {
      try {
        if (Buffer.compare(store.get(key), payload) === 0) whole++
        else wrong++
      } catch (error) {
        const code = codeOf(error)
        faults[code] = (faults[code] ?? 0) + 1
      }
    }
  }
  await store.close().catch(() => {})
  return { whole, wrong, faults }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
