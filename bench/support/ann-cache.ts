/** A page cache smaller than the data, each budget in a process of its own so that its memory is its own. */
import { answerStep, runStep } from './child.ts'
import { checksumOf } from './curve.ts'
import { buildLeveret, indexName, openLeveret } from './leveret-peers.ts'
import type { Row } from './leveret-peers.ts'
import { mebibyte, ownBytes, toMebibytes } from './machine.ts'
import type { VectorSet } from './peer.ts'
import { graphM, neighbours } from './peer.ts'
import { readQueries, writeQueries } from './query-file.ts'
import type { Report } from './report.ts'
import { recallOf } from './sets.ts'

type Answered = {
  readonly candidates: number
  readonly us: number
  readonly missCount: number
  readonly ownBytes: number
  readonly found: readonly number[][]
}

/** The least budget that a node takes. */
const leastBytes = 32 * mebibyte
const cacheCandidates = [32, 64, 128]

/** Bytes of a row beside its code of one byte a dimension: list of the lowest level, float32 original. */
const otherBytes = (set: VectorSet): number => 4 * (1 + 2 * graphM) + 4 * set.dims

export async function measureCache(
  set: VectorSet,
  folder: string,
  file: string,
  report: Report
): Promise<void> {
  await buildLeveret(set, folder)
  writeQueries(set, folder)
  const all = set.rows * (set.dims + otherBytes(set))
  report.line(`codes, lists and originals ${toMebibytes(all)}`)
  for (const [budget, labels] of budgetsOf(set)) {
    const passed = { queries: String(set.queryCount), folder, budget: String(budget) }
    for (const one of runStep(file, 'cache', passed) as Answered[]) {
      const recall =
        one.found.reduce((sum, hits, query) => sum + recallOf(set, query, hits), 0) / set.queryCount
      report.line(
        `cache ${toMebibytes(budget)} (${labels.join(', ')}), candidates ${one.candidates}: recall ${recall.toFixed(4)}, ${Math.round(1e6 / one.us)} queries/s, ${one.missCount.toFixed(1)} misses a query, RssAnon + RssShmem ${toMebibytes(one.ownBytes)}, checksum ${one.found.reduce(checksumOf, 0)}`
      )
    }
  }
}

/** Budgets in bytes, each with the words for it: those below the least there is are measured once, as that. */
function budgetsOf(set: VectorSet): Map<number, string[]> {
  const all = set.rows * (set.dims + otherBytes(set))
  const wanted: readonly (readonly [label: string, bytes: number])[] = [
    ['200 %', 2 * all],
    ['25 %', all / 4],
    ['10 %', all / 10],
    ['codes and 10 % of the rest', set.rows * (set.dims + otherBytes(set) / 10)]
  ]
  const budgets = new Map<number, string[]>()
  for (const [label, bytes] of wanted) {
    const budget = Math.max(leastBytes, Math.round(bytes))
    const words = bytes < leastBytes ? `the least there is, for ${label}` : label
    budgets.set(budget, [...(budgets.get(budget) ?? []), words])
  }
  return budgets
}

/** In the child, which holds no rows but those in the cache. Every query once to warm up, once measured. */
export async function answerCacheStep(
  folder: string,
  queryCount: number,
  budget: number
): Promise<void> {
  const queries = readQueries(folder, queryCount)
  const db = await openLeveret(folder, { cacheBytes: budget })
  const index = db.index<Row>(indexName)
  const misses = (): number =>
    Object.values(db.stats().cache.kinds).reduce((sum, one) => sum + one.missCount, 0)
  const answers = cacheCandidates.map((candidates): Answered => {
    const search = (vector: Float32Array): number[] =>
      index
        .search({ knn: { field: 'v', vector, k: neighbours, candidates }, source: false })
        .hits.map((hit) => Number(hit.id))
    for (const vector of queries) search(vector)
    const missesBefore = misses()
    const started = performance.now()
    const found = queries.map((vector) => search(vector))
    const us = ((performance.now() - started) * 1_000) / queryCount
    const missCount = (misses() - missesBefore) / queryCount
    return { candidates, us, missCount, ownBytes: ownBytes(), found }
  })
  await db.close()
  answerStep(answers)
}
