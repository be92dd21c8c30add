/**
 * The crash-loop breaker (ARCHITECTURE.md R12): a damaged table block can abort the process, at every start again. From the
 * second unclean start within ten minutes on, tables are checked here first, each once: they never change.
 *
 * `starts.json`: { unclean: [ms], checked: [table file] }
 */
import { join } from 'node:path'
import { damagedError } from './damage.ts'
import { readIfThere, writeDurably } from './durable-file.ts'
import { parseObject } from './marker.ts'
import { faultOfTable } from './table-file.ts'

const windowMs = 600_000
const startsMax = 2

/**
 * Notes an unclean start. Call before LevelDB is opened.
 *
 * @param tables   Names of the live table files; others may be half-written and mean nothing.
 *
 * Errors   STORE_DAMAGED naming the table with a damaged block.
 * @returns Tables that were checked.
 */
export async function noteUncleanStart(
  folder: string,
  levelFolder: string,
  tables: readonly string[],
  nowMs: number
): Promise<number> {
  const path = join(folder, 'starts.json')
  const stored = parseObject((await readIfThere(path)) ?? '{}') ?? {}
  const unclean = listOf(stored['unclean'], 'number').filter((ms) => nowMs - ms < windowMs)
  const checked = new Set(
    listOf(stored['checked'], 'string').filter((name) => tables.includes(name))
  )
  unclean.push(nowMs)
  await writeStarts(path, unclean, checked)
  if (unclean.length < startsMax) return 0
  let count = 0
  for (const name of tables) {
    if (checked.has(name)) continue
    const fault = await faultOfTable(join(levelFolder, name))
    if (fault !== null) throw damagedError(join(levelFolder, name), fault)
    checked.add(name)
    count++
  }
  if (count > 0) await writeStarts(path, unclean, checked)
  return count
}

async function writeStarts(path: string, unclean: number[], checked: Set<string>): Promise<void> {
  await writeDurably(path, `${JSON.stringify({ unclean, checked: [...checked] })}\n`)
}

function listOf(value: unknown, type: 'number'): number[]
function listOf(value: unknown, type: 'string'): string[]
function listOf(value: unknown, type: 'number' | 'string'): unknown[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === type) : []
}
