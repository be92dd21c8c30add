/**
 * The power goes at write n of a fixed workload, for every n: between the pages of a flush, before and after its manifest,
 * in the middle of a merge and of the removal behind it, in the middle of a request. Then the index is opened again:
 * contents are those after m operations, all acknowledged ones among them; verify finds nothing; nothing is left behind.
 * In a second round the same writes fail instead, and the same engine goes on when its store has reopened.
 */
import test from 'ava'
import { contentsOf, faultsOf, openTestEngine } from '../support/engine-fixture.ts'
import { streamDifferences, streamOperations } from '../support/engine-workload.ts'
import { PowerSupply } from '../support/power-supply.ts'
import { strayKeys } from '../support/stray-keys.ts'
import { Jobs } from '../../src/engine/index.ts'
import type { Engine } from '../../src/engine/index.ts'
import type { Store } from '../../src/store/index.ts'

const seed = 20261121

/** Counts what was acknowledged; ends when the power does. */
class Client {
  ackedCount = 0
  #planned: number

  constructor(from: number) {
    this.#planned = from
    this.ackedCount = from
  }

  async write(engine: Engine, count: number): Promise<void> {
    const operations = streamOperations(seed, this.#planned, count)
    this.#planned += count
    const upTo = this.#planned
    const results = await engine.apply(operations)
    if (results.every((each) => each.ok)) this.ackedCount = upTo
  }
}

/** Writes, flushes and merges, some of them at the same time. */
async function work(engine: Engine, client: Client): Promise<void> {
  await client.write(engine, 30)
  await engine.flush()
  await Promise.all([client.write(engine, 20), engine.flush(), client.write(engine, 25)])
  await engine.flush()
  const searcher = engine.acquireSearcher()
  await Promise.all([engine.forceMerge({ maxSegments: 1 }), client.write(engine, 30)])
  searcher.release()
  await client.write(engine, 10)
  await engine.flush()
  await Promise.all([client.write(engine, 5), engine.forceMerge({ onlyExpungeDeletes: true })])
  await client.write(engine, 7)
}

/** What is wrong after opening again; empty when nothing is. */
async function findingsOf(store: Store, client: Client): Promise<string[]> {
  const jobs = new Jobs()
  const engine = await openTestEngine(store, { jobs })
  const count = engine.stats().maxSeqNo + 1
  const findings = streamDifferences(seed, count, contentsOf(engine))
  if (count < client.ackedCount)
    findings.push(`${count} operations there, ${client.ackedCount} acknowledged`)
  findings.push(...faultsOf(engine))
  await jobs.close()
  findings.push(...(await strayKeys(store, 7)))
  // And it goes on from there.
  const later = new Client(count)
  await later.write(engine, 20)
  await engine.flush()
  if (later.ackedCount !== count + 20) findings.push('writes are refused')
  findings.push(...streamDifferences(seed, count + 20, contentsOf(engine)), ...faultsOf(engine))
  findings.push(...jobs.failures().map((failure) => failure.message))
  await engine.close({ flush: false })
  return findings
}

async function countWrites(): Promise<number> {
  const power = new PowerSupply()
  const store = await power.openStore()
  const jobs = new Jobs()
  const engine = await openTestEngine(store, { jobs })
  await work(engine, new Client(0))
  await jobs.close()
  await engine.close({ flush: false })
  await store.close()
  return power.disk.writeCount
}

/** @param doubt  What the engine is made to believe of its store. */
async function cutAtWrite(write: number, doubt: (store: Store) => Store): Promise<string[]> {
  const power = new PowerSupply()
  const client = new Client(0)
  power.cutAtWrite(write)
  const store = await power.openStore()
  const engine = await openTestEngine(doubt(store))
  // What runs when the power goes fails or never ends; nobody is there to see it.
  await Promise.race([power.cut, work(engine, client).catch(() => {})])
  power.cutNow()
  // The dead store may complain about its dead disk.
  store.close().catch(() => {})
  const next = await power.openStore()
  const findings = await findingsOf(next, client)
  await next.close()
  return findings
}

test(`engine: the power may go at any write, seed=${seed}`, async (t) => {
  t.timeout(600_000)
  const writeCount = await countWrites()
  t.log(`${writeCount} writes`)
  t.true(writeCount > 15)
  for (let write = 1; write <= writeCount; write++) {
    const where = `write ${write} of ${writeCount}, seed=${seed}`
    t.deepEqual(await cutAtWrite(write, (store) => store), [], where)
  }
})

/** How much too early, in turns of the event loop: by the clock a slow machine is in time. */
const earlyTurns = 100

test('canary: an engine whose store says "durable" too early is found out', async (t) => {
  const early = (store: Store): Store =>
    new Proxy(store, {
      get(target, name) {
        if (name === 'commit')
          return (records: Parameters<Store['commit']>[0]): Promise<void> => {
            // Copied as a store does, and late enough for the request to be acknowledged before.
            const copies = records.map(({ key, payload }) => ({ key, payload: payload.slice() }))
            const late = async (): Promise<void> => {
              for (let turn = 0; turn < earlyTurns; turn++) await new Promise(setImmediate)
              await target.commit(copies)
            }
            late().catch(() => {})
            return Promise.resolve()
          }
        const value: unknown = Reflect.get(target, name, target)
        return typeof value === 'function' ? value.bind(target) : value
      }
    })
  let found = 0
  for (let write = 2; write <= 12; write++)
    if ((await cutAtWrite(write, early)).length > 0) found += 1
  t.true(found > 0)
})

/** Retries as a client does: what is not acknowledged is sent again, from what the engine says is there. */
async function workThroughFailure(engine: Engine, until: number): Promise<number> {
  let refusals = 0
  for (let tries = 0; tries < 20_000; tries++) {
    const client = new Client(engine.stats().maxSeqNo + 1)
    if (client.ackedCount >= until) return refusals
    const from = client.ackedCount
    const jobs = Promise.allSettled([engine.flush(), engine.forceMerge({ maxSegments: 1 })])
    await client.write(engine, 15)
    await jobs
    if (client.ackedCount > from) continue
    refusals += 1
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  throw new Error('the engine does not take writes again')
}

for (const failedBatchStays of [false, true])
  test(`engine: any write may fail, batch on disk ${failedBatchStays}, seed=${seed}`, async (t) => {
    t.timeout(600_000)
    let refusalsSeen = 0
    for (let write = 1; write <= 60; write++) {
      const where = `failed write ${write}, seed=${seed}`
      const power = new PowerSupply({ seed, failWrite: write, failMode: 'once', failedBatchStays })
      const store = await power.disk.openStore()
      const engine = await openTestEngine(store)
      refusalsSeen += await workThroughFailure(engine, 120)
      const count = engine.stats().maxSeqNo + 1
      t.deepEqual(streamDifferences(seed, count, contentsOf(engine)), [], where)
      t.deepEqual(faultsOf(engine), [], where)
      await engine.close({ flush: false })
      await store.close()
      const again = await power.disk.openStore()
      t.deepEqual(await findingsOf(again, new Client(count)), [], where)
      await again.close()
    }
    t.true(refusalsSeen > 5)
  })
