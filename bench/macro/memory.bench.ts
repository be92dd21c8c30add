/**
 * Question    how long from process start to the first answer, and how much memory does an index take that is larger than its cache?
 * Workload    a generated set is loaded and merged by one process; fresh processes open it: once for the first answer (s128), once
 *             with a cache smaller than the codes (s768, 64 MiB) for all queries.
 * Sizes       smoke (default, runs in the test suite): 2,000 rows.  full (BENCH=full): 100,000 rows.
 * Reports     restart: ms from spawn to the first answer, pages read by then. memory: recall@10, queries a second, RssAnon + RssShmem
 *             against the cache budget (LevelDB's mapped tables are in RssFile and not counted), checksum of rows found.
 * Trust       memory is exact; times are of a machine whose file cache is warm.
 * Run         BENCH=full node bench/macro/memory.bench.ts
 */
import path from 'node:path'
import { parseArgs } from 'node:util'
import { open } from '../../src/index.ts'
import { answerStep, runStep } from '../support/child.ts'
import { checksumOf } from '../support/curve.ts'
import { leveret } from '../support/leveret-peers.ts'
import { mebibyte, ownBytes } from '../support/machine.ts'
import type { VectorSet } from '../support/peer.ts'
import { neighbours } from '../support/peer.ts'
import { readQueries, writeQueries } from '../support/query-file.ts'
import { loadVectorSet, recallOf } from '../support/sets.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const full = process.env['BENCH'] === 'full'
const { values: flags } = parseArgs({
  options: {
    step: { type: 'string', default: '' },
    set: { type: 'string', default: '' },
    folder: { type: 'string', default: '' },
    cache: { type: 'string', default: String(64 * 2 ** 20) },
    started: { type: 'string', default: '0' }
  }
})
const queryCount = full ? 500 : 20

const load = (name: string): VectorSet =>
  loadVectorSet(name, path.join(import.meta.dirname, '../../data'), queryCount)

const steps: Readonly<Record<string, () => Promise<unknown>>> = {
  build: () => leveret().build(load(flags.set), flags.folder),
  /** The query is made up, so that nothing but the answer takes time. */
  async restart() {
    const db = await open(path.join(flags.folder, 'data'))
    const index = db.index<{ v: Float32Array }>('bench')
    const { hits } = index.search({
      knn: { field: 'v', vector: new Float32Array(128).fill(0.05), k: neighbours },
      source: false
    })
    const ms = Date.now() - Number(flags.started)
    const misses = Object.values(db.stats().cache.kinds).reduce(
      (sum, one) => sum + one.missCount,
      0
    )
    await db.close()
    return { ms, misses, hits: hits.length }
  },
  async memory() {
    const db = await open(path.join(flags.folder, 'data'), { cacheBytes: Number(flags.cache) })
    const index = db.index<{ v: Float32Array }>('bench')
    const found: number[][] = []
    const queries = readQueries(flags.folder, queryCount)
    const started = performance.now()
    for (const vector of queries)
      found.push(
        index
          .search({ knn: { field: 'v', vector, k: neighbours }, source: false })
          .hits.map((hit) => Number(hit.id))
      )
    const us = ((performance.now() - started) * 1_000) / queries.length
    const bytes = ownBytes()
    await db.close()
    return { us, bytes, found }
  }
}

type Restarted = { readonly ms: number; readonly misses: number; readonly hits: number }
type Remembered = { readonly us: number; readonly bytes: number; readonly found: number[][] }

const child = (step: string, set: string, folder: string, cache = flags.cache): unknown =>
  runStep(import.meta.filename, step, { set, folder, cache, started: String(Date.now()) })

function measureSet(name: string, measure: (set: VectorSet, folder: string) => void): void {
  using folder = temporaryFolder('memory')
  const set = load(name)
  writeQueries(set, folder.path)
  child('build', name, folder.path)
  measure(set, folder.path)
}

function reportRestart(set: VectorSet, folder: string): void {
  const runs = Array.from(
    { length: full ? 5 : 1 },
    () => child('restart', set.name, folder) as Restarted
  )
  const ms = runs.map((run) => run.ms).toSorted((a, b) => a - b)
  process.stdout.write(
    `restart ${set.rows} x ${set.dims}: first answer ${ms[Math.floor(ms.length / 2)]} ms after process start, ${runs[0]?.misses} pages read, ${runs[0]?.hits} hits\n`
  )
}

function reportMemory(set: VectorSet, folder: string): void {
  for (const budget of [2 ** 30, 64 * mebibyte]) {
    const { us, bytes, found } = child('memory', set.name, folder, String(budget)) as Remembered
    const recall =
      found.reduce((sum, hits, query) => sum + recallOf(set, query, hits), 0) / found.length
    process.stdout.write(
      `memory ${set.rows} x ${set.dims}, cache ${budget / mebibyte} MiB: recall ${recall.toFixed(4)}, ${Math.round(1e6 / us)} queries/s, RssAnon + RssShmem ${Math.round(bytes / mebibyte)} MiB, checksum ${found.reduce(checksumOf, 0)}\n`
    )
  }
}

const step = steps[flags.step]
if (step !== undefined) answerStep(await step())
else {
  measureSet(full ? 's128' : 's128:2000', reportRestart)
  measureSet(full ? 's768' : 's768:2000', reportMemory)
}
