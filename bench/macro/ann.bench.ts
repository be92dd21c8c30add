/**
 * Question    how fast does each system find the ten nearest at equal recall, and what do building, reopening, disk and
 *             memory cost? What do filters, deletes and a small cache cost Leveret?
 * Workload    the same vectors, queries, M and efConstruction for all; squared Euclidean distance; one thread (LanceDB: its own).
 *             Before the rounds each system answers its queries for 0.2 s at each effort, ours as the others: compilers are done
 *             then and caches full. Another one is first each time. What is timed ends with the ids as the system gives them.
 *             --mode peers: all systems in turn, effort by effort, round by round.  filters: 50, 10, 1 and 0.1 % of the
 *             documents by a keyword, against exact search of those, asked again and asked for the first time.  deletes: a
 *             tenth deleted, before and after the merge.  cache: budgets of 200, 25 and 10 % of codes, lists and originals,
 *             of all but 90 % of the lists, of all codes with 10 % of the rest; and a segment alone over a cache that gives up
 *             lists before all else, with budgets found by bisection at which a tenth of the lists, or of lists and of
 *             originals, is resident; misses and resident shares by kind of page.
 * Sizes       smoke (default, runs in the test suite): Leveret alone on 2,000 rows, 20 queries.  full (BENCH=full): all peers
 *             on s128 and s768; --sets names others, with :rows for fewer rows.
 * Reports     peers: build rate, reopen time to the first answer, disk, memory of a process that has answered; recall@10,
 *             microseconds and processor microseconds a query by effort; rates at recall .9, .95, .99 and how many times
 *             as fast Leveret is.  Checksums of all rows found.  --report FOLDER: the same as report.md and SVG curves.
 * Trust       ratios of one run on one machine; absolute numbers move with its load (--clock cpu moves less, and counts
 *             only this process: not for servers).
 * Run         node bench/macro/ann.bench.ts --rebuild   compiles hnswlib-node a second time for this processor, and ends.
 *             BENCH=full node bench/macro/ann.bench.ts [--mode peers,filters,deletes,cache] [--sets s128,s768,s128_1m,mnist-test-10k]
 *             [--data FOLDER] [--rounds 9] [--queries 500] [--peers leveret,hnswlib] [--clock wall|cpu] [--report FOLDER]
 */
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { answerCacheStep, measureCache } from '../support/ann-cache.ts'
import { answerListsStep } from '../support/segment-cache.ts'
import { measureDeletes } from '../support/ann-deletes.ts'
import { measureFilters } from '../support/ann-filters.ts'
import { answerPeerStep, buildPeers, measurePeers } from '../support/ann-steps.ts'
import { leveretClient } from '../support/client-peer.ts'
import type { Clock } from '../support/curve.ts'
import { rateLine } from '../support/curve.ts'
import { embeddedName, leveret, leveretHttp } from '../support/leveret-peers.ts'
import { nativePeers } from '../support/native-peers.ts'
import type { Peer, VectorSet } from '../support/peer.ts'
import { rebuildNative } from '../support/rebuild-native.ts'
import { Report } from '../support/report.ts'
import { loadVectorSet } from '../support/sets.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const full = process.env['BENCH'] === 'full'
const { values: flags } = parseArgs({
  options: {
    mode: { type: 'string', default: 'peers' },
    sets: { type: 'string', default: full ? 's128,s768' : 's128:2000' },
    data: { type: 'string', default: path.join(import.meta.dirname, '..', '..', 'data') },
    rounds: { type: 'string', default: full ? '9' : '1' },
    queries: { type: 'string', default: full ? '500' : '20' },
    peers: { type: 'string', default: full ? '' : 'leveret in' },
    clock: { type: 'string', default: 'wall' },
    report: { type: 'string', default: '' },
    rebuild: { type: 'boolean', default: false },
    step: { type: 'string', default: '' },
    peer: { type: 'string', default: '' },
    folder: { type: 'string', default: '' },
    budget: { type: 'string', default: '0' },
    floor: { type: 'string', default: '0' }
  }
})
const clock: Clock = flags.clock === 'cpu' ? 'cpu' : 'wall'
const rounds = Number(flags.rounds)
/** What children need to make the same set. */
const passed = { data: flags.data, queries: flags.queries }

const load = (name: string): VectorSet => loadVectorSet(name, flags.data, Number(flags.queries))

function peersOf(isWanted: (name: string) => boolean): {
  readonly peers: readonly Peer[]
  readonly missing: readonly string[]
} {
  const native = nativePeers(isWanted)
  const own = [leveret(), leveretClient(), leveretHttp()].filter(({ name }) => isWanted(name))
  return { peers: [...own, ...native.peers], missing: native.missing }
}

async function comparePeers(set: VectorSet, root: string, report: Report): Promise<void> {
  const wanted = flags.peers.split(',')
  const { peers, missing } = peersOf((name) => wanted.some((part) => name.includes(part)))
  for (const line of missing) report.line(`left out: ${line}`)
  const built = buildPeers(peers, set, root, import.meta.filename, passed, report)
  const measured = await measurePeers(built, set, root, rounds, report)
  for (const recall of [0.9, 0.95, 0.99])
    report.line(rateLine(measured, embeddedName, recall, clock))
  report.curves(`${set.name} peers`, measured, clock)
}

const modes: Readonly<
  Record<string, (set: VectorSet, root: string, report: Report) => Promise<void>>
> = {
  peers: comparePeers,
  async filters(set, root, report) {
    report.curves(`${set.name} filters`, await measureFilters(set, root, rounds, report), clock)
  },
  async deletes(set, root, report) {
    report.curves(`${set.name} deletes`, await measureDeletes(set, root, rounds, report), clock)
  },
  cache: (set, root, report) =>
    measureCache(set, root, import.meta.filename, { rounds, clock, report })
}

async function measureAll(): Promise<void> {
  const report = new Report(flags.report, 'Nearest neighbours: speed at equal recall')
  for (const name of flags.sets.split(',')) {
    const set = load(name)
    for (const mode of flags.mode.split(',')) {
      const measure = modes[mode]
      if (measure === undefined)
        throw new RangeError(`mode ${mode}, wanted peers, filters, deletes or cache`)
      report.heading(
        `${name}, ${mode}: ${set.rows} x ${set.dims}, ${set.queryCount} queries, ${rounds} rounds`
      )
      using root = temporaryFolder('ann')
      const own = path.join(root.path, 'own')
      mkdirSync(own)
      await measure(set, own, report)
    }
  }
  report.write()
}

if (flags.rebuild) console.log(rebuildNative())
else if (flags.step === '') await measureAll()
else if (flags.step === 'cache')
  await answerCacheStep(flags.folder, Number(flags.queries), Number(flags.budget), rounds)
else if (flags.step === 'lists')
  await answerListsStep(flags.folder, Number(flags.queries), {
    budget: Number(flags.budget),
    floorShift: Number(flags.floor),
    rounds
  })
else {
  const [peer] = peersOf((name) => name === flags.peer).peers
  if (peer === undefined) throw new RangeError(`no peer ${flags.peer}`)
  await answerPeerStep(flags.step, peer, () => load(flags.sets), flags.folder)
}
