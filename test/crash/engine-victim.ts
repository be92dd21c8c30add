/**
 * The process that engine-kill kills: only a store and an engine on a real folder.
 *
 *   argv   folder, seed, mode ('work': write until killed; 'check': check and leave)
 *   lines  "open <operations there>" after the checks below, then "ack <operations acknowledged>" after each request
 *
 * Checked at each open: contents are those of the operation stream after as many operations as are there; now and then, and in
 * mode 'check', what verify finds and keys left behind. A failed check is told on stderr with exit code 3.
 */
import { writeSync } from 'node:fs'
import { argv, exit } from 'node:process'
import { Jobs } from '../../src/engine/index.ts'
import { openStore } from '../../src/store/index.ts'
import { contentsOf, faultsOf, openTestEngine } from '../support/engine-fixture.ts'
import { mix, streamDifferences, streamOperations } from '../support/engine-workload.ts'
import { strayKeys } from '../support/stray-keys.ts'
import type { Engine } from '../../src/engine/index.ts'
import type { Store } from '../../src/store/index.ts'

const [, , folder = '', seedText = '1', mode = 'work'] = argv
const seed = Number(seedText)
/** Every so many opens everything is verified; each time would leave little time to be killed in. */
const verifyEvery = 8
const requestsAtOnce = 3

function fail(reasons: readonly string[]): never {
  writeSync(2, `${reasons.slice(0, 10).join('\n')}\n`)
  exit(3)
}

async function checkAll(store: Store, engine: Engine, jobs: Jobs): Promise<void> {
  const faults = faultsOf(engine)
  if (faults.length > 0) fail(faults)
  await jobs.close()
  const stray = await strayKeys(store, 7)
  if (stray.length > 0) fail(stray)
}

async function write(engine: Engine, from: number): Promise<void> {
  let planned = from
  let acked = from
  const one = async (): Promise<void> => {
    for (;;) {
      const count = 1 + (mix(seed, planned) % 25)
      const operations = streamOperations(seed, planned, count)
      planned += count
      const upTo = planned
      const results = await engine.apply(operations)
      const refused = results.find((each) => !each.ok)
      if (refused !== undefined && !refused.ok)
        fail([`refused: ${refused.error.code} ${refused.error.message}`])
      acked = Math.max(acked, upTo)
      writeSync(1, `ack ${acked}\n`)
    }
  }
  await Promise.all(Array.from({ length: requestsAtOnce }, one))
}

const store = await openStore(folder, { reserveFileBytes: 0 })
const jobs = new Jobs()
const check = mode === 'check'
const engine = await openTestEngine(store, {
  jobs,
  automaticJobs: !check,
  flushDocs: 300,
  mergePolicy: { segmentsPerTier: 3 }
})
const there = engine.stats().maxSeqNo + 1
const differences = streamDifferences(seed, there, contentsOf(engine))
if (differences.length > 0) fail(differences)
if (check) await checkAll(store, engine, jobs)
else if (there % verifyEvery === 0) {
  const faults = faultsOf(engine)
  if (faults.length > 0) fail(faults)
}
writeSync(1, `open ${there}\n`)
if (check) {
  await engine.close({ flush: false })
  await store.close()
} else await write(engine, there)
