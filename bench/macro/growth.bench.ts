/**
 * Question    how do the rate of inserting, the time of a search and memory grow from ten thousand vectors to a million?
 * Workload    generated vectors of 128 dimensions; M 16, efConstruction 100, ten nearest with the same number of candidates at every
 *             size. Each size is loaded and merged by a process of its own, gives its first answer in another, and then one process
 *             searches all sizes in turn, round by round, so that what the machine does meanwhile hits all alike.
 * Sizes       smoke (default, runs in the test suite): 1,000 and 4,000.  full (BENCH=full): 10,000, 100,000, 1,000,000.
 * Reports     by size: inserts/s until all is durable and found, and until it is one graph; ms from process start to the first
 *             answer; recall@10, disk, RssAnon + RssShmem of the loading and of the searching process; checksum of rows found;
 *             microseconds a query, median of rounds, by the clock and by processor time. Then the growth: rate against the
 *             smallest size, and search time against twice the growth of the logarithm.
 * Trust       ratios of one run. With --threads 0 the checksum must not change between runs.
 * Run         BENCH=full node bench/macro/growth.bench.ts [--sizes 10000,100000,1000000] [--threads 2] [--candidates 100]
 *             [--cache 1073741824] [--rounds 9]
 */
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import type { OpenDatabase } from '../../src/index.ts'
import { answerStep, runStep } from '../support/child.ts'
import { checksumOf, median } from '../support/curve.ts'
import type { Row } from '../support/leveret-peers.ts'
import { buildLeveret, indexName, openLeveret } from '../support/leveret-peers.ts'
import { machineLine, ownBytes, toMebibytes } from '../support/machine.ts'
import type { VectorSet } from '../support/peer.ts'
import { neighbours } from '../support/peer.ts'
import { readQueries, writeQueries } from '../support/query-file.ts'
import { loadVectorSet, recallOf } from '../support/sets.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const full = process.env['BENCH'] === 'full'
const { values: flags } = parseArgs({
  options: {
    sizes: { type: 'string', default: full ? '10000,100000,1000000' : '1000,4000' },
    threads: { type: 'string', default: full ? '2' : '0' },
    candidates: { type: 'string', default: '100' },
    cache: { type: 'string', default: String(2 ** 30) },
    rounds: { type: 'string', default: full ? '9' : '1' },
    step: { type: 'string', default: '' },
    rows: { type: 'string', default: '' },
    folder: { type: 'string', default: '' },
    started: { type: 'string', default: '0' }
  }
})
const dims = 128
const queryCount = full ? 200 : 20
/** Until V8 has made the fast forms of all code. */
const warmUpRounds = full ? 5 : 0
const firstCount = 50
const options = { cacheBytes: Number(flags.cache), threads: Number(flags.threads) }
const searching = { ...options, threads: 0 }

const load = (rows: number): VectorSet => loadVectorSet(`s128_1m:${rows}`, '', queryCount)

type Built = {
  readonly loadMs: number
  readonly buildMs: number
  readonly diskBytes: number
  readonly ownBytes: number
}
type Searched = {
  readonly firstMs: number
  readonly ownBytes: number
  readonly found: readonly number[][]
}
type Times = { readonly us: number; readonly cpuUs: number }
type Grown = { readonly rows: number; readonly insertsPerSecond: number }

/** The same searches of one size, whoever asks. */
function searcherOf(db: OpenDatabase): (vector: Float32Array) => number[] {
  const index = db.index<Row>(indexName)
  return (vector) => {
    const knn = { field: 'v', vector, k: neighbours, candidates: Number(flags.candidates) }
    return index.search({ knn, source: false }).hits.map((hit) => Number(hit.id))
  }
}

const steps: Readonly<Record<string, () => Promise<unknown>>> = {
  async build() {
    // The truth is the parent's affair; this process needs the rows only.
    const set = loadVectorSet(`s128_1m:${flags.rows}`, '', 0)
    const built = await buildLeveret(set, flags.folder, options)
    return { ...built, ownBytes: ownBytes() - set.base.byteLength }
  },
  async search() {
    const queries = readQueries(flags.folder, queryCount)
    const db = await openLeveret(flags.folder, searching)
    const search = searcherOf(db)
    search(queries[0]!)
    const firstMs = Date.now() - Number(flags.started)
    const found = queries.map(search)
    const searched: Searched = { firstMs, ownBytes: ownBytes(), found }
    await db.close()
    return searched
  },
  async times() {
    const sizes = await Promise.all(
      flags.sizes.split(',').map(async (rows) => {
        const folder = folderOf(flags.folder, rows)
        const db = await openLeveret(folder, searching)
        const samples: Times[] = []
        return { db, search: searcherOf(db), queries: readQueries(folder, queryCount), samples }
      })
    )
    for (let round = 0; round < warmUpRounds + Number(flags.rounds); round++)
      for (let turn = 0; turn < sizes.length; turn++) {
        const { search, queries, samples } = sizes[(round + turn) % sizes.length]!
        // Who comes after another finds the processor's caches full of what that one left.
        for (const vector of queries.slice(0, firstCount)) search(vector)
        const sample = timesOf(search, queries)
        if (round >= warmUpRounds) samples.push(sample)
      }
    for (const { db } of sizes) await db.close()
    return sizes.map(({ samples }): Times => {
      return {
        us: median(samples.map(({ us }) => us)),
        cpuUs: median(samples.map((one) => one.cpuUs))
      }
    })
  }
}

function timesOf(
  search: (vector: Float32Array) => number[],
  queries: readonly Float32Array[]
): Times {
  const cpu = process.cpuUsage()
  const started = performance.now()
  for (const vector of queries) search(vector)
  const us = ((performance.now() - started) * 1_000) / queries.length
  const { user, system } = process.cpuUsage(cpu)
  return { us, cpuUs: (user + system) / queries.length }
}

const folderOf = (parent: string, rows: string): string => path.join(parent, rows)

function measure(rows: number, parent: string): Grown {
  const folder = folderOf(parent, String(rows))
  mkdirSync(folder)
  const { threads, candidates, cache } = flags
  const passed = { rows: String(rows), folder, threads, candidates, cache }
  const set = load(rows)
  writeQueries(set, folder)
  const built = runStep(import.meta.filename, 'build', passed) as Built
  const started = String(Date.now())
  const searched = runStep(import.meta.filename, 'search', { ...passed, started }) as Searched
  const recall =
    searched.found.reduce((sum, hits, query) => sum + recallOf(set, query, hits), 0) / queryCount
  const perSecond = (ms: number): number => Math.round(rows / (ms / 1_000))
  console.log(
    `${rows} x ${dims}: inserts ${perSecond(built.loadMs)}/s until found, ${perSecond(built.buildMs)}/s until one graph, disk ${toMebibytes(built.diskBytes)}, memory of loading ${toMebibytes(built.ownBytes)}`
  )
  console.log(
    `${rows} x ${dims}: first answer ${searched.firstMs} ms after process start, recall ${recall.toFixed(4)}, memory of searching ${toMebibytes(searched.ownBytes)}, checksum ${searched.found.reduce(checksumOf, 0)}`
  )
  return { rows, insertsPerSecond: perSecond(built.buildMs) }
}

function reportGrowth(sizes: readonly Grown[], times: readonly Times[]): void {
  for (const [at, { rows }] of sizes.entries()) {
    const { us, cpuUs } = times[at]!
    console.log(`${rows} x ${dims}: search ${us.toFixed(0)} us, processor ${cpuUs.toFixed(0)} us`)
  }
  const least = sizes[0]!
  const leastTimes = times[0]!
  for (const [at, grown] of sizes.entries()) {
    if (grown === least) continue
    const rate = grown.insertsPerSecond / least.insertsPerSecond
    const slower = times[at]!.us / leastTimes.us
    const slowerCpu = times[at]!.cpuUs / leastTimes.cpuUs
    const bound = (2 * Math.log(grown.rows)) / Math.log(least.rows)
    console.log(
      `growth ${least.rows} to ${grown.rows}: insert rate ${rate.toFixed(2)}x (wanted 0.5), search time ${slower.toFixed(2)}x, by processor time ${slowerCpu.toFixed(2)}x (wanted at most ${bound.toFixed(2)})`
    )
  }
}

const step = steps[flags.step]
if (step !== undefined) answerStep(await step())
else {
  using temporary = temporaryFolder('growth')
  const folder = temporary.path
  console.log(`${machineLine()}, threads ${flags.threads}, candidates ${flags.candidates}`)
  const grown = flags.sizes.split(',').map((rows) => measure(Number(rows), folder))
  const { sizes, candidates, cache, rounds } = flags
  const passed = { sizes, folder, candidates, cache, rounds }
  reportGrowth(grown, runStep(import.meta.filename, 'times', passed) as readonly Times[])
}
