/**
 * Question    a million vectors: does Leveret build, hold and search them in less time and memory than hnswlib-node, and how soon
 *             does it answer after a start?
 * Workload    one generated set, M 16, efConstruction 100, squared L2. Each system builds in a process of its own (Leveret: durable
 *             load, index, merge into one segment, by numbers of threads) and is opened by another that holds nothing else; these
 *             are asked all queries in turn, effort by effort, round by round, one thread each.
 * Sizes       smoke (default, runs in the test suite): Leveret alone on 2,000 x 128.  full (BENCH=full): 1,000,000 x 128.
 * Reports     seconds of building; ms from the asking for a process to its first answer (median of three processes); recall@10 and
 *             microseconds by effort; RssAnon + RssShmem and RSS of the searching process after all that; last the shares of
 *             hnswlib-node's figures that line 4 of issue 3 wants. Checksums of rows found.
 * Trust       ratios of one run; starts are of a machine whose file cache is warm. RSS of Leveret has LevelDB's mapped tables in it,
 *             which the system takes back when it needs room; RssAnon + RssShmem has not.
 * Run         BENCH=full node bench/macro/million.bench.ts [--keep FOLDER] [--set s128_1m] [--threads 0,2] [--cache 268435456]
 *             [--rounds 5] [--queries 200] [--peers hnswlib-node] [--clock wall|cpu]
 *             --keep: what was built is left there and found again, so that the next run only searches (1.5 GB a build).
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { answerStep, runStep } from '../support/child.ts'
import type { Clock, Measured } from '../support/curve.ts'
import { curveLine, interleave, median, rateLine, startCurve, usAt } from '../support/curve.ts'
import { buildLeveret, embeddedName } from '../support/leveret-peers.ts'
import { machineLine, toMebibytes } from '../support/machine.ts'
import { nativePeers } from '../support/native-peers.ts'
import type { BuiltPeer, VectorSet } from '../support/peer.ts'
import { peerFolder } from '../support/peer.ts'
import { writeQueries } from '../support/query-file.ts'
import { Searcher } from '../support/searcher.ts'
import type { Memory } from '../support/searcher-process.ts'
import { keepTruth, loadVectorSet } from '../support/sets.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const full = process.env['BENCH'] === 'full'
const { values: flags } = parseArgs({
  options: {
    set: { type: 'string', default: full ? 's128_1m' : 's128:2000' },
    keep: { type: 'string', default: '' },
    threads: { type: 'string', default: full ? '0,2' : '0' },
    cache: { type: 'string', default: String(2 ** 28) },
    rounds: { type: 'string', default: full ? '5' : '1' },
    queries: { type: 'string', default: full ? '200' : '20' },
    peers: { type: 'string', default: full ? 'hnswlib-node' : '' },
    clock: { type: 'string', default: 'wall' },
    step: { type: 'string', default: '' },
    folder: { type: 'string', default: '' }
  }
})
const clock: Clock = flags.clock === 'cpu' ? 'cpu' : 'wall'
const queryCount = Number(flags.queries)
const startCount = full ? 3 : 1

type Built = BuiltPeer & { readonly loadMs?: number; readonly machine: string }
/** One system: its builds by the number of threads, of which the last is searched. */
type System = {
  readonly name: string
  readonly folder: string
  readonly builds: ReadonlyMap<string, Built>
}
type Started = System & {
  readonly searcher: Searcher
  readonly startMs: number
  readonly measured: Measured
}

/** In the child, which needs no queries: builds a peer of that name, or Leveret with that many threads. */
async function build(step: string, folder: string): Promise<void> {
  const set = loadVectorSet(flags.set, '', 0)
  const [peer] = nativePeers((name) => name === step).peers
  const built = await (peer === undefined
    ? buildLeveret(set, folder, { threads: Number(step) })
    : peer.build(set, folder))
  const told: Built = { ...built, machine: machineLine() }
  answerStep(told)
}

/** Builds unless a build that ended well lies in the folder. */
function buildOnce(step: string, folder: string): Built {
  const record = path.join(folder, 'built.json')
  if (existsSync(record)) return JSON.parse(readFileSync(record, 'utf8')) as Built
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const built = runStep(import.meta.filename, step, { set: flags.set, folder }) as Built
  writeFileSync(record, JSON.stringify(built))
  return built
}

function buildSystem(
  name: string,
  rows: number,
  steps: readonly [step: string, folder: string][]
): System {
  const builds = new Map<string, Built>()
  for (const [step, folder] of steps) {
    const built = buildOnce(step, folder)
    builds.set(step, built)
    const seconds = (ms: number): string => (ms / 1_000).toFixed(1)
    const loaded = built.loadMs === undefined ? '' : ` (acknowledged ${seconds(built.loadMs)} s)`
    const threads = name === embeddedName ? `, threads ${step}` : ''
    console.log(
      `build ${(name + threads).padEnd(30)} ${seconds(built.buildMs)} s${loaded}, ${Math.round((1_000 * rows) / built.buildMs)}/s, disk ${toMebibytes(built.diskBytes)}; ${built.machine}`
    )
  }
  return { name, folder: steps.at(-1)![1], builds }
}

/** Starts processes one after another; the last stays and is asked. */
async function startSystem(system: System, set: VectorSet, queryFolder: string): Promise<Started> {
  const { name, folder } = system
  const options = { name, folder, queryFolder, queryCount, cacheBytes: Number(flags.cache) }
  const startsMs: number[] = []
  let searcher = await Searcher.start(options)
  for (startsMs.push(searcher.firstAnswerMs); startsMs.length < startCount;) {
    await searcher.end()
    searcher = await Searcher.start(options)
    startsMs.push(searcher.firstAnswerMs)
  }
  const startMs = median(startsMs)
  console.log(
    `first answer ${name.padEnd(23)} ${startMs} ms after process start (${startsMs.join(', ')})`
  )
  return { ...system, searcher, startMs, measured: startCurve(name, searcher, set) }
}

function share(of: number | null, beside: number | null, wanted: number): string {
  const value = of === null || beside === null ? 'not reached' : `${(of / beside).toFixed(2)}x`
  return `${value} (wanted at most ${wanted})`
}

function reportShares(
  own: Started,
  peer: Started,
  memory: ReadonlyMap<string, Memory>,
  recall: number
): void {
  const [ownMemory, peerMemory] = [memory.get(own.name)!, memory.get(peer.name)!]
  const peerMs = peer.builds.get(peer.name)!.buildMs
  const builds = [...own.builds].map(
    ([threads, { buildMs }]) => `threads ${threads} ${share(buildMs, peerMs, 1)}`
  )
  const time = share(usAt(own.measured, recall, clock), usAt(peer.measured, recall, clock), 0.5)
  console.log(
    `against ${peer.name}: time a query at recall ${recall} ${time}; RssAnon + RssShmem ${share(ownMemory.ownBytes, peerMemory.ownBytes, 0.5)}, RSS ${share(ownMemory.rssBytes, peerMemory.rssBytes, 0.5)}; load, index and merge with ${builds.join(', ')}; first answer ${own.startMs} ms (wanted at most 2000), ${peer.name} ${peer.startMs} ms`
  )
}

async function searchAll(started: readonly Started[]): Promise<void> {
  const measured = started.map((one) => one.measured)
  await interleave(measured, Number(flags.rounds))
  for (const one of measured) console.log(curveLine(one))
  for (const recall of [0.9, 0.95, 0.99])
    console.log(rateLine(measured, embeddedName, recall, clock))
  const memory = new Map<string, Memory>()
  for (const { name, searcher } of started) {
    const told = await searcher.memory()
    memory.set(name, told)
    console.log(
      `memory ${name.padEnd(29)} RssAnon + RssShmem ${toMebibytes(told.ownBytes)}, RSS ${toMebibytes(told.rssBytes)}`
    )
  }
  const [own, ...peers] = started
  for (const peer of peers) reportShares(own!, peer, memory, 0.95)
}

async function measure(root: string): Promise<void> {
  console.log(
    `${machineLine()}, cache of the searching process ${toMebibytes(Number(flags.cache))}`
  )
  const peers = nativePeers((name) => flags.peers.split(',').includes(name))
  for (const line of peers.missing) console.log(`left out: ${line}`)
  const set = keepTruth(loadVectorSet(flags.set, '', queryCount), root)
  console.log(`${flags.set}: ${set.rows} x ${set.dims}, ${set.queryCount} queries`)
  writeQueries(set, root)
  const ownSteps = flags.threads
    .split(',')
    .map((threads): [string, string] => [threads, peerFolder(root, `leveret ${threads}`)])
  const systems = [buildSystem(embeddedName, set.rows, ownSteps)]
  for (const { name } of peers.peers)
    systems.push(buildSystem(name, set.rows, [[name, peerFolder(root, name)]]))
  const started: Started[] = []
  try {
    for (const system of systems) started.push(await startSystem(system, set, root))
    await searchAll(started)
  } finally {
    for (const { searcher } of started) await searcher.end()
  }
}

if (flags.step !== '') await build(flags.step, flags.folder)
else if (flags.keep !== '') {
  const root = path.join(flags.keep, flags.set.replaceAll(/[^\w]+/g, '-'))
  mkdirSync(root, { recursive: true })
  await measure(root)
} else {
  using root = temporaryFolder('million')
  await measure(root.path)
}
