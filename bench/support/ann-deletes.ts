/** A tenth of the documents deleted: before, after, and after the merge that repairs the graph. */
import type { OpenDatabase } from '../../src/index.ts'
import type { Measured } from './curve.ts'
import { curveLine, interleave } from './curve.ts'
import { indexName } from './leveret-peers.ts'
import type { VectorSet } from './peer.ts'
import type { Report } from './report.ts'
import { narrowTruth } from './sets.ts'
import type { SharedIndex } from './shared-index.ts'
import { curveIn, inSharedIndex } from './shared-index.ts'
import { isIn, shares } from './shares.ts'

const deleted = shares.find(({ share }) => share === 0.1)!

export async function measureDeletes(
  set: VectorSet,
  folder: string,
  rounds: number,
  report: Report
): Promise<Measured[]> {
  return inSharedIndex(set, folder, (opened) => measureIn(opened, set, rounds, report))
}

async function measureIn(
  opened: SharedIndex,
  set: VectorSet,
  rounds: number,
  report: Report
): Promise<Measured[]> {
  const { index } = opened
  const left = narrowTruth(set, (row) => !isIn(row, deleted))
  const measure = async (name: string, there: VectorSet): Promise<Measured> => {
    const one = curveIn(opened, name, there)
    await interleave([one], rounds)
    return one
  }
  const before = await measure('all there', set)
  const deleteMs = await timed(() => deleteShare(opened.db))
  const stats = index.stats()
  report.line(
    `deleted ${stats?.deletedDocCount} of ${set.rows} by query in ${deleteMs.toFixed(0)} ms, ${index.count()} left`
  )
  const after = await measure('10 % deleted', left)
  const mergeMs = await timed(() => index.merge(1))
  report.line(`merge that drops them ${mergeMs.toFixed(0)} ms`)
  const merged = await measure('10 % deleted, merged', left)
  const measured = [before, after, merged]
  for (const one of measured) report.line(curveLine(one))
  return measured
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
