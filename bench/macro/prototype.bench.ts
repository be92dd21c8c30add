/**
 * Question    how much of the prototype's speed does Leveret keep, with ids, filters, durability and checks; and how far are
 *             both ahead of the native libraries?
 * Workload    as in ann.bench.ts: the same vectors, queries, M and efConstruction, one thread, the same warm-up, in turn, round by
 *             round. The prototype is not part of this repository: it is built by hand and its folder given; without it the line
 *             says so.
 * Sizes       smoke (default, runs in the test suite): 2,000 rows, no peers.  full (BENCH=full): s128 and s768.
 * Reports     as ann.bench.ts, and at recall .95 and .99 Leveret's share of the prototype's rate, and how many times
 *             as fast as each library it is, beside what was wanted.
 * Trust       ratios of one run on one machine; --clock cpu is steadier when others use the machine.
 * Run         BENCH=full node bench/macro/prototype.bench.ts --prototype FOLDER [--sets s128,s768,mnist-test-10k] [--data FOLDER]
 *             [--rounds 9] [--queries 1000] [--clock wall|cpu] [--report FOLDER]
 */
import path from 'node:path'
import { parseArgs } from 'node:util'
import { answerPeerStep, buildPeers, measurePeers } from '../support/ann-steps.ts'
import type { Clock, Measured } from '../support/curve.ts'
import { usAt } from '../support/curve.ts'
import { embeddedName, leveret } from '../support/leveret-peers.ts'
import { nativePeers } from '../support/native-peers.ts'
import type { Peer, VectorSet } from '../support/peer.ts'
import { prototypeName, prototypePeer } from '../support/peers/prototype.ts'
import { Report } from '../support/report.ts'
import { loadVectorSet } from '../support/sets.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const full = process.env['BENCH'] === 'full'
const { values: flags } = parseArgs({
  options: {
    prototype: { type: 'string', default: '' },
    sets: { type: 'string', default: full ? 's128,s768' : 's128:2000' },
    data: { type: 'string', default: path.join(import.meta.dirname, '..', '..', 'data') },
    rounds: { type: 'string', default: full ? '9' : '1' },
    queries: { type: 'string', default: full ? '1000' : '20' },
    peers: { type: 'string', default: full ? 'hnswlib-node,usearch f32' : 'none' },
    clock: { type: 'string', default: 'wall' },
    report: { type: 'string', default: '' },
    step: { type: 'string', default: '' },
    peer: { type: 'string', default: '' },
    folder: { type: 'string', default: '' }
  }
})
const clock: Clock = flags.clock === 'cpu' ? 'cpu' : 'wall'
const passed = { prototype: flags.prototype, data: flags.data, queries: flags.queries }

const load = (name: string): VectorSet => loadVectorSet(name, flags.data, Number(flags.queries))

/** How many times the rate of each Leveret's is wanted to be, by dimensions. */
const wanted: Readonly<Record<string, (set: VectorSet) => number>> = {
  [prototypeName]: () => 0.85,
  'hnswlib-node': ({ dims }) => (dims === 784 ? 4.5 : dims >= 768 ? 3 : 2.3),
  'usearch f32': () => 2.7
}

function peersOf(isWanted: (name: string) => boolean): { peers: Peer[]; missing: string[] } {
  const native = nativePeers(isWanted)
  const prototype = prototypePeer(flags.prototype)
  const peers = [leveret(), ...(typeof prototype === 'string' ? [] : [prototype])]
  const missing = typeof prototype === 'string' ? [prototype] : []
  return { peers: [...peers, ...native.peers], missing: [...missing, ...native.missing] }
}

function reportShares(set: VectorSet, measured: readonly Measured[], report: Report): void {
  const own = measured.find(({ name }) => name === embeddedName)!
  for (const recall of [0.95, 0.99])
    for (const one of measured) {
      if (one === own) continue
      const [ownUs, us] = [usAt(own, recall, clock), usAt(one, recall, clock)]
      const ratio = ownUs === null || us === null ? 'not reached' : `${(us / ownUs).toFixed(2)}x`
      const bar = wanted[one.name]?.(set)
      report.line(
        `${set.name} at recall ${recall}: Leveret's rate is ${ratio} that of ${one.name}${bar === undefined ? '' : `, wanted ${bar}x`}`
      )
    }
}

async function measureAll(): Promise<void> {
  const report = new Report(flags.report, 'Leveret beside the prototype of its kernels')
  const names = flags.peers.split(',')
  const { peers, missing } = peersOf((name) => names.some((part) => name.includes(part)))
  for (const line of missing) report.line(`left out: ${line}`)
  for (const name of flags.sets.split(',')) {
    const set = load(name)
    report.heading(
      `${name}: ${set.rows} x ${set.dims}, ${set.queryCount} queries, ${flags.rounds} rounds`
    )
    using root = temporaryFolder('prototype')
    const built = buildPeers(peers, set, root.path, import.meta.filename, passed, report)
    const measured = await measurePeers(built, set, root.path, Number(flags.rounds), report)
    reportShares(set, measured, report)
    report.curves(`${name} prototype`, measured, clock)
  }
  report.write()
}

if (flags.step === '') await measureAll()
else {
  const peer = peersOf((name) => name === flags.peer).peers.find(({ name }) => name === flags.peer)
  if (peer === undefined) throw new RangeError(`no peer ${flags.peer}`)
  await answerPeerStep(flags.step, peer, () => load(flags.sets), flags.folder)
}
