/**
 * Which table files LevelDB expects, and how large they are, from its CURRENT and MANIFEST. LevelDB itself checks only that
 * they exist; a shortened one answers with errors, or with SIGBUS when it is mapped.
 *
 * The MANIFEST is a log (log-file.ts) of version edits, each a list of: varint tag, then
 *   1 comparator: bytes · 2 log number, 3 next file, 4 last sequence, 9 previous log: varint · 5 compact pointer: level,
 *   bytes · 6 removed file: level, number · 7 new file: level, number, bytes, smallest key, largest key
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { tableSizes } from './clean-mark.ts'
import { damagedError } from './damage.ts'
import { codeOf } from './durable-file.ts'
import { readLog } from './log-file.ts'
import { VarintReader } from './varint-reader.ts'

/**
 * Errors   STORE_DAMAGED naming the first file that is missing, unreadable or of another size.
 * @returns Names of the live tables.
 */
export async function checkManifest(levelFolder: string): Promise<readonly string[]> {
  const current = await readOrRefuse(join(levelFolder, 'CURRENT'))
  const name = /^(MANIFEST-\d+)\n$/.exec(current.toString('latin1'))?.[1]
  if (name === undefined) {
    throw damagedError(
      join(levelFolder, 'CURRENT'),
      `is ${current.length} bytes that name no MANIFEST`
    )
  }
  const path = join(levelFolder, name)
  const log = readLog(await readOrRefuse(path))
  if (log.bytesDropped > 0 || log.records.length === 0) {
    throw damagedError(path, `has ${log.bytesDropped} bytes that cannot be read`)
  }
  const live = new Map<number, number>()
  try {
    for (const record of log.records) applyEdit(record, live)
  } catch (error) {
    throw damagedError(path, 'has an edit that cannot be read', error)
  }
  return checkSizes(levelFolder, live)
}

async function checkSizes(
  levelFolder: string,
  live: ReadonlyMap<number, number>
): Promise<string[]> {
  const names: string[] = []
  const found = new Map<number, { file: string; bytes: number }>()
  for (const [file, bytes] of Object.entries(await tableSizes(levelFolder))) {
    found.set(Number.parseInt(file, 10), { file, bytes })
  }
  for (const [number, bytes] of live) {
    const table = found.get(number)
    const file = table?.file ?? `${String(number).padStart(6, '0')}.ldb`
    names.push(file)
    if (table?.bytes === bytes) continue
    const what = table === undefined ? 'is missing' : `is ${table.bytes} bytes, wanted ${bytes}`
    throw damagedError(join(levelFolder, file), what)
  }
  return names
}

function applyEdit(record: Uint8Array, live: Map<number, number>): void {
  const reader = new VarintReader(record)
  while (!reader.atEnd) {
    const tag = reader.varint()
    if (tag === 1) reader.bytes()
    else if (tag === 2 || tag === 3 || tag === 4 || tag === 9) reader.varint()
    else if (tag === 5) {
      reader.varint()
      reader.bytes()
    } else if (tag === 6) {
      reader.varint()
      live.delete(reader.varint())
    } else if (tag === 7) {
      reader.varint()
      live.set(reader.varint(), reader.varint())
      reader.bytes()
      reader.bytes()
    } else throw new RangeError(`tag is ${tag}, wanted 1 to 7 or 9`)
  }
}

async function readOrRefuse(path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (error) {
    throw damagedError(path, codeOf(error) === 'ENOENT' ? 'is missing' : 'cannot be read', error)
  }
}
