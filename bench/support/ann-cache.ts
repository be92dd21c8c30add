/** A page cache smaller than the data, each budget in a process of its own so that its memory is its own. */
import { answerStep, runStep } from './child.ts'
import { checksumOf } from './curve.ts'
import { buildLeveret, indexName, openLeveret, searchesOf } from './leveret-peers.ts'
import type { Row } from './leveret-peers.ts'
import { mebibyte, ownBytes, toMebibytes } from './machine.ts'
import type { VectorSet } from './peer.ts'
import { graphM, neighbours } from './peer.ts'
import type { Report } from './report.ts'
import { recallOf } from './sets.ts'

type Answered = {
  readonly effort: number
  readonly recall: number
  readonly us: number
  readonly missCount: number
  readonly ownBytes: number
  readonly checksum: number
}

/** The least budget that a node takes. */
const leastBytes = 32 * mebibyte
const cacheEfforts = [32, 64, 128]

/** Codes of one byte a dimension, lists of the lowest level, float32 originals. */
export const dataBytes = (set: VectorSet): number =>
  set.rows * (set.dims + 4 * (1 + 2 * graphM) + 4 * set.dims)

export async function measureCache(
  set: VectorSet,
  folder: string,
  file: string,
  flags: Readonly<Record<string, string>>,
  report: Report
): Promise<void> {
  await buildLeveret(set, folder)
  const all = dataBytes(set)
  report.line(`codes, lists and originals ${toMebibytes(all)}`)
  for (const share of [2, 0.25, 0.1]) {
    const wanted = Math.round(all * share)
    const budget = Math.max(leastBytes, wanted)
    const label = `cache ${share * 100} % (${toMebibytes(budget)}${budget > wanted ? ', the least there is' : ''})`
    const passed = { ...flags, sets: set.name, folder, budget: String(budget) }
    for (const one of runStep(file, 'cache', passed) as Answered[])
      report.line(
        `${label} candidates ${one.effort}: recall ${one.recall.toFixed(4)}, ${Math.round(1e6 / one.us)} queries/s, ${one.missCount.toFixed(1)} misses a query, RssAnon + RssShmem ${toMebibytes(one.ownBytes)}, checksum ${one.checksum}`
      )
  }
}

/** In the child. The queries and their truth are made in it, the rows are given back before memory is read. */
export async function answerCacheStep(
  load: () => VectorSet,
  folder: string,
  budget: number
): Promise<void> {
  const set = load()
  const db = await openLeveret(folder, { cacheBytes: budget })
  const open = searchesOf(db.index<Row>(indexName), set)
  const misses = (): number =>
    Object.values(db.stats().cache.kinds).reduce((sum, one) => sum + one.missCount, 0)
  const answers: Answered[] = []
  for (const effort of cacheEfforts) {
    await open.setEffort(effort)
    for (let query = 0; query < set.queryCount; query++) await open.search(query, neighbours)
    const missesBefore = misses()
    const found: ArrayLike<number>[] = []
    const started = performance.now()
    for (let query = 0; query < set.queryCount; query++)
      found.push(await open.search(query, neighbours))
    const us = ((performance.now() - started) * 1_000) / set.queryCount
    const recall =
      found.reduce((sum, hits, query) => sum + recallOf(set, query, hits), 0) / set.queryCount
    answers.push({
      effort,
      recall,
      us,
      missCount: (misses() - missesBefore) / set.queryCount,
      ownBytes: ownBytes() - set.base.byteLength,
      checksum: found.reduce(checksumOf, 0)
    })
  }
  await db.close()
  answerStep(answers)
}
