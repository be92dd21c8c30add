/** A tenth of the documents deleted: before, after, and after the merge that repairs the graph. */
import type { Index, OpenDatabase } from '../../src/index.ts'
import type { Measured } from './curve.ts'
import { askedHere, curveLine, interleave, startCurve } from './curve.ts'
import type { Row } from './leveret-peers.ts'
import { buildLeveret, indexName, openLeveret, searchesOf } from './leveret-peers.ts'
import type { VectorSet } from './peer.ts'
import type { Report } from './report.ts'
import { isIn, keywordsOf, shares } from './shares.ts'
import { narrowTruth } from './sets.ts'

const deleted = shares.find(({ share }) => share === 0.1)!

export async function measureDeletes(
  set: VectorSet,
  folder: string,
  rounds: number,
  report: Report
): Promise<Measured[]> {
  await buildLeveret(set, folder, { shares: keywordsOf })
  await using db = await openLeveret(folder)
  const index = db.index<Row>(indexName)
  const left = narrowTruth(set, (row) => !isIn(row, deleted))
  const before = await measure('all there', index, set, rounds)
  const deleteMs = await timed(() => deleteShare(db))
  const stats = index.stats()
  report.line(
    `deleted ${stats?.deletedDocCount} of ${set.rows} by query in ${deleteMs.toFixed(0)} ms, ${index.count()} left`
  )
  const after = await measure('10 % deleted', index, left, rounds)
  const mergeMs = await timed(() => index.merge(1))
  report.line(`merge that drops them ${mergeMs.toFixed(0)} ms`)
  const merged = await measure('10 % deleted, merged', index, left, rounds)
  const measured = [before, after, merged]
  for (const one of measured) report.line(curveLine(one))
  return measured
}

async function measure(
  name: string,
  index: Index<Row>,
  set: VectorSet,
  rounds: number
): Promise<Measured> {
  const one = startCurve(name, askedHere(searchesOf(index, set), set.queryCount), set)
  await interleave([one], rounds)
  return one
}

async function deleteShare(db: OpenDatabase): Promise<void> {
  const { status, body } = await db.handle({
    method: 'POST',
    path: `/${indexName}/_delete_by_query`,
    body: { query: { term: { shares: deleted.keyword } } }
  })
  if (status !== 200) throw new Error(`delete by query: ${status} ${String(body)}`)
}

async function timed(run: () => Promise<void>): Promise<number> {
  const started = performance.now()
  await run()
  return performance.now() - started
}
