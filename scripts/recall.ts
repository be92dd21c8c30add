/**
 * Recall of every dense and bit set of a manifest at default settings: `npm run recall -- [FOLDER [NAME ...]]`.
 * Fails when one is below the floor.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { open } from '../src/index.ts'
import { findSet, readManifest } from './data-set.ts'
import { measureRecall, reasonToSkip, recallAt } from './recall-set.ts'
import type { SetRecall } from './recall-set.ts'

const recallFloor = 0.95

const [folder = path.join(import.meta.dirname, '..', 'data'), ...names] = process.argv.slice(2)
const entries = names.length > 0 ? names.map((name) => findSet(folder, name)) : readManifest(folder)
const low: SetRecall[] = []
let measuredCount = 0

say(
  `recall@${recallAt} by value, default settings, one thread, ${process.version} on ${process.arch}\n`
)
say(line(['set', 'vectors', 'metric', 'recall', 'strategy', 'docs/s', 'µs/query', 'queries']))
for (const entry of entries) {
  const reason = reasonToSkip(entry)
  if (reason !== null) {
    say(`${entry.name.padEnd(24)}left out: ${reason}`)
    continue
  }
  const temporary = await mkdtemp(path.join(tmpdir(), 'leveret-recall-'))
  const db = await open(path.join(temporary, 'data'), { reserveFileBytes: 0 })
  try {
    // What a flush leaves to scans gets its graph when the writes pause: here at once.
    const result = await measureRecall(db, folder, entry, { merge: true })
    measuredCount += 1
    if (result.recall < recallFloor) low.push(result)
    print(result)
  } finally {
    await db.close()
    await rm(temporary, { recursive: true, force: true })
  }
}
const verdict = low.map(({ name, recall }) => `${name} ${recall.toFixed(4)}`).join(', ')
say(`\n${measuredCount} sets, below ${recallFloor}: ${low.length === 0 ? 'none' : verdict}`)
process.exitCode = low.length === 0 ? 0 : 1

function print(result: SetRecall): void {
  const { docCount, dims, element, zeroRowCount, zeroQueryCount } = result
  const zeros = [
    ...(zeroRowCount > 0 ? [`${zeroRowCount} zero vectors left out`] : []),
    ...(zeroQueryCount > 0 ? [`${zeroQueryCount} zero queries left out`] : [])
  ]
  say(
    line([
      result.name,
      `${docCount} x ${dims} ${element}`,
      result.metric,
      result.recall.toFixed(4),
      `${result.strategies} (${result.segmentCount})`,
      String(Math.round(docCount / (result.loadMs / 1_000))),
      String(Math.round(result.searchUs)),
      [String(result.queryCount), ...zeros].join(', ')
    ])
  )
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

function line(cells: readonly string[]): string {
  const widths = [24, 22, 11, 8, 18, 8, 10, 0]
  return cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('')
}
