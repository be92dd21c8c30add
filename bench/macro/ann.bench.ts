/**
 * Question    how fast does each system find the ten nearest at equal recall, and what do building, reopening, disk and memory cost?
 * Workload    the same vectors, queries, M and efConstruction for all; squared Euclidean distance; one thread.
 * Sizes       smoke (default, runs in the test suite): Leveret alone on 2,000 x 16.  full (BENCH=full): all peers on
 *             s128, s768 and the shared sets named by --sets.
 * Reports     per set: build rate, reopen time to the first answer, disk, memory of a process that has answered; recall@10
 *             against queries a second (median of interleaved rounds), and each peer's rate at recall .95 and .99.
 * Trust       ratios of one run on one machine; absolute numbers move with its load.
 * Run         BENCH=full node bench/macro/ann.bench.ts [--sets s128,s768,mnist-test-10k] [--data FOLDER] [--rounds 5] [--queries 500]
 */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { leveret, leveretHttp } from '../support/leveret-peers.ts'
import { nativePeers } from '../support/native-peers.ts'
import type { OpenPeer, Peer, VectorSet } from '../support/peer.ts'
import { neighbours } from '../support/peer.ts'
import { loadVectorSet, recallOf } from '../support/sets.ts'

const full = process.env['BENCH'] === 'full'
const httpName = 'leveret over HTTP'
const { values: flags } = parseArgs({
  options: {
    sets: { type: 'string', default: full ? 's128,s768' : 's128:2000' },
    data: { type: 'string', default: path.join(import.meta.dirname, '../../data') },
    rounds: { type: 'string', default: full ? '5' : '1' },
    queries: { type: 'string', default: full ? '500' : '20' },
    peers: { type: 'string', default: '' },
    step: { type: 'string', default: '' },
    folder: { type: 'string', default: '' }
  }
})

type Point = { readonly effort: number; readonly recall: number; readonly us: number[] }
type Measured = { readonly peer: Peer; readonly open: OpenPeer; readonly points: Point[] }
type Step = {
  readonly buildMs: number
  readonly diskBytes: number
  readonly openMs: number
  readonly rssBytes: number
}

function allPeers(): { readonly peers: readonly Peer[]; readonly missing: readonly string[] } {
  const native = full ? nativePeers() : { peers: [], missing: [] }
  const peers = [leveret(), ...(full ? [leveretHttp()] : []), ...native.peers]
  const wanted = flags.peers === '' ? null : flags.peers.split(',')
  return {
    peers: peers.filter(
      (peer) => wanted === null || wanted.some((name) => peer.name.startsWith(name))
    ),
    missing: native.missing
  }
}

function folderOf(root: string, peer: Peer): string {
  const folder = path.join(
    root,
    peer.name === httpName ? 'leveret-http' : (peer.name.split(' ')[0] ?? peer.name)
  )
  mkdirSync(folder, { recursive: true })
  return folder
}

const loadNamed = (name: string): VectorSet =>
  loadVectorSet(name, flags.data, Number(flags.queries))

/** Runs in a child: build, or open and answer once, so that memory and time are those of a fresh process. */
async function runStep(step: string): Promise<void> {
  const [peer] = allPeers().peers
  if (peer === undefined) throw new RangeError(`no peer ${flags.peers}`)
  const set = loadNamed(flags.sets)
  if (step === 'build') {
    process.stdout.write(`${JSON.stringify(await peer.build(set, flags.folder))}\n`)
    return
  }
  const before = process.memoryUsage().rss
  const started = performance.now()
  const open = await peer.open(set, flags.folder)
  open.setEffort(64)
  await open.search(0, neighbours)
  const openMs = performance.now() - started
  for (let query = 1; query < set.queryCount; query++) await open.search(query, neighbours)
  process.stdout.write(
    `${JSON.stringify({ openMs, rssBytes: process.memoryUsage().rss - before })}\n`
  )
  await open.close()
}

function child(step: string, set: string, peer: Peer, folder: string): Partial<Step> {
  const args = [
    import.meta.filename,
    '--step',
    step,
    '--sets',
    set,
    '--peers',
    peer.name,
    '--folder',
    folder,
    '--data',
    flags.data,
    '--queries',
    flags.queries
  ]
  const text = execFileSync(process.execPath, args, {
    env: { ...process.env },
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 2 ** 24
  }).toString()
  return JSON.parse(text.trim().split('\n').at(-1) ?? '{}') as Partial<Step>
}

async function measureSet(name: string): Promise<void> {
  const { peers, missing } = allPeers()
  const root = mkdtempSync(path.join(tmpdir(), 'leveret-ann-'))
  const set = loadNamed(name)
  process.stdout.write(
    `\n${name}: ${set.rows} x ${set.dims}, ${set.queryCount} queries, k ${neighbours}\n`
  )
  for (const line of missing) process.stdout.write(`left out: ${line}\n`)
  try {
    for (const peer of peers.filter((one) => one.name !== httpName)) {
      const folder = folderOf(root, peer)
      reportStep(peer, set, {
        ...child('build', name, peer, folder),
        ...child('open', name, peer, folder)
      })
    }
    // Two processes cannot hold one folder, so the server gets a copy of what the embedded one built.
    if (peers.some((peer) => peer.name === httpName))
      cpSync(path.join(root, 'leveret'), path.join(root, 'leveret-http'), { recursive: true })
    const measured: Measured[] = []
    for (const peer of peers)
      measured.push({ peer, open: await peer.open(set, folderOf(root, peer)), points: [] })
    await interleave(set, measured)
    for (const one of measured) await one.open.close()
    reportCurves(measured)
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

function reportStep(peer: Peer, set: VectorSet, step: Partial<Step>): void {
  if (step.buildMs === undefined) return
  const rate = Math.round(set.rows / (step.buildMs / 1_000))
  const mebibytes = (bytes: number | undefined): string =>
    `${Math.round((bytes ?? 0) / 2 ** 20)} MiB`
  process.stdout.write(
    `${peer.name.padEnd(22)} build ${rate}/s, reopen to first answer ${(step.openMs ?? 0).toFixed(0)} ms, disk ${mebibytes(step.diskBytes)}, memory ${mebibytes(step.rssBytes)}\n`
  )
}

async function interleave(set: VectorSet, measured: readonly Measured[]): Promise<void> {
  for (let round = 0; round < Number(flags.rounds); round++)
    for (let at = 0; at < 16; at++)
      for (const one of measured) {
        const effort = one.open.efforts[at]
        if (effort !== undefined) await measurePoint(set, one, effort, at)
      }
}

async function measurePoint(
  set: VectorSet,
  one: Measured,
  effort: number,
  at: number
): Promise<void> {
  one.open.setEffort(effort)
  const exact = one.open.efforts.length === 1
  const count = exact ? Math.min(set.queryCount, 20) : set.queryCount
  const found: ArrayLike<number>[] = []
  for (let query = 0; query < Math.min(count, 50); query++) await one.open.search(query, neighbours)
  const started = performance.now()
  for (let query = 0; query < count; query++) {
    const answer = one.open.search(query, neighbours)
    found.push(answer instanceof Promise ? await answer : answer)
  }
  const us = ((performance.now() - started) * 1_000) / count
  const known = one.points[at]
  if (known !== undefined) known.us.push(us)
  else
    one.points[at] = {
      effort,
      recall: found.reduce((sum, hits, query) => sum + recallOf(set, query, hits), 0) / count,
      us: [us]
    }
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

/** Microseconds a query at a recall, between the two points around it; null when never reached. */
function usAt(points: readonly Point[], recall: number): number | null {
  const sorted = points.toSorted((a, b) => a.recall - b.recall)
  const above = sorted.findIndex((point) => point.recall >= recall)
  const [upper, lower] = [sorted[above], sorted[above - 1]]
  if (upper === undefined) return null
  if (lower === undefined) return median(upper.us)
  const share = (recall - lower.recall) / (upper.recall - lower.recall)
  return median(lower.us) + share * (median(upper.us) - median(lower.us))
}

function reportCurves(measured: readonly Measured[]): void {
  for (const { peer, points } of measured)
    process.stdout.write(
      `${peer.name.padEnd(22)} effort:recall/us ${points.map((point) => `${point.effort}:${point.recall.toFixed(4)}/${median(point.us).toFixed(0)}`).join(' ')}\n`
    )
  const own = measured.find(({ peer }) => peer.name === 'leveret in-process')
  for (const recall of [0.95, 0.99]) {
    const base = own === undefined ? null : usAt(own.points, recall)
    const cells = measured.map(({ peer, points }) => {
      const us = usAt(points, recall)
      if (us === null) return `${peer.name} not reached`
      const ratio =
        base === null || peer === own?.peer ? '' : ` (leveret ${(us / base).toFixed(2)}x)`
      return `${peer.name} ${Math.round(1e6 / us)}/s${ratio}`
    })
    process.stdout.write(`at recall ${recall}: ${cells.join(', ')}\n`)
  }
}

if (flags.step !== '') await runStep(flags.step)
else for (const name of flags.sets.split(',')) await measureSet(name)
