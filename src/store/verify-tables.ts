import { join } from 'node:path'
import { codeOf } from './durable-file.ts'
import { checkManifest } from './manifest-file.ts'
import { faultOfTable } from './table-file.ts'

/**
 * Faults of LevelDB's table files by the sum of every block, records or not: what reading each record does not reach.
 *
 * Cost     reads all tables once, 50 to 100 MB/s.
 * Errors   STORE_DAMAGED when a table is missing or has another size.
 *
 * @param folder  The store's folder; the store may be open.
 */
export async function verifyTables(folder: string): Promise<string[]> {
  const levelFolder = join(folder, 'level')
  const faults: string[] = []
  for (const name of await checkManifest(levelFolder)) {
    const path = join(levelFolder, name)
    try {
      const fault = await faultOfTable(path)
      if (fault !== null) faults.push(`${path} ${fault}`)
    } catch (error) {
      // Compacted away meanwhile; its contents are in a newer table.
      if (codeOf(error) !== 'ENOENT') throw error
    }
  }
  return faults
}
