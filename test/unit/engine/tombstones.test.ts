/** index.gc_deletes of Elasticsearch is 60 s: so long a version from outside is compared with that of the delete. */
import test from 'ava'
import { Tombstones } from '../../../src/engine/tombstones.ts'
import { SimulatedDisk } from '../../support/simulated-store.ts'
import { deleteOp, indexOp, openTestEngine } from '../../support/engine-fixture.ts'
import { until } from '../../support/until.ts'
import { openMemoryStore } from '../../support/memory-store.ts'
import type { Engine, Operation } from '../../../src/engine/index.ts'

const doc = { tag: 'a', count: 1 }
const external = (version: number) => ({ version, versionType: 'external' }) as const

async function one(engine: Engine, operation: Operation): Promise<unknown> {
  const [result] = await engine.apply([operation])
  return result?.ok === true ? result.version : result?.error.details['currentVersion']
}

test('apply: a late external version is refused for a minute after the delete, flushed or not, merged away or not', async (t) => {
  const store = await openMemoryStore()
  let nowMs = 5_000
  const engine = await openTestEngine(store, { now: () => nowMs })
  t.is(await one(engine, indexOp('1', doc, external(5))), 5)
  await engine.flush()
  t.is(await one(engine, deleteOp('1', external(100))), 100)
  t.is(await one(engine, deleteOp('never there', external(30))), 30)
  await engine.flush()
  t.is(await one(engine, indexOp('1', doc, external(99))), 100, 'conflict with the delete')
  t.is(await one(engine, indexOp('never there', doc, external(30))), 30)
  await engine.forceMerge({})
  nowMs += 59_999
  t.is(await one(engine, indexOp('1', doc, external(99))), 100, 'the copy is gone, not its version')
  t.is(engine.get('1'), null)
  nowMs += 1
  t.is(await one(engine, indexOp('1', doc, external(7))), 7)
  t.is(engine.get('1')?.version, 7)
  await engine.close()
  await store.close()
})

test('apply: versions go on behind a delete that was flushed and merged away', async (t) => {
  const store = await openMemoryStore()
  const engine = await openTestEngine(store, { now: () => 0 })
  await one(engine, indexOp('1', doc))
  await engine.flush()
  await one(engine, deleteOp('1'))
  await engine.forceMerge({})
  t.is(await one(engine, indexOp('1', doc)), 3)
  await engine.flush()
  t.is(await one(engine, indexOp('1', doc)), 4, 'the live copy counts, not the older delete')
  await engine.close()
  await store.close()
})

test('apply: a delete that was flushed is remembered when a write error has the index read again', async (t) => {
  const disk = new SimulatedDisk({ seed: 1 })
  const store = await disk.openStore()
  const engine = await openTestEngine(store, { now: () => 0 })
  await one(engine, indexOp('1', doc, external(5)))
  await one(engine, deleteOp('1', external(100)))
  await engine.flush()
  Object.assign(disk.faults, { failWrite: disk.writeCount + 1, failMode: 'once' })
  const [failed] = await engine.apply([indexOp('2', doc)])
  t.false(failed?.ok)
  await until('the index was read again', async () => {
    const [result] = await engine.apply([indexOp('2', doc)])
    return result?.ok
  })
  t.is(await one(engine, indexOp('1', doc, external(99))), 100)
  await engine.close()
  await store.close()
})

test('find: of more than 100,000 deletes in a minute the newest are known', (t) => {
  const tombstones = new Tombstones(() => 0)
  for (let at = 0; at < 100_005; at++) tombstones.note(`${at}`, at + 1, at)
  t.is(tombstones.count, 100_000)
  t.is(tombstones.find('4'), null)
  t.deepEqual(tombstones.find('5'), { version: 6, seqNo: 5, deleted: true })
  t.deepEqual(tombstones.find('100004'), { version: 100_005, seqNo: 100_004, deleted: true })
})

test('find: a minute after the delete nothing is known and nothing is held', (t) => {
  let nowMs = 0
  const tombstones = new Tombstones(() => nowMs)
  tombstones.note('1', 3, 0)
  nowMs = 30_000
  tombstones.note('2', 4, 1)
  tombstones.note('1', 5, 2)
  nowMs = 89_999
  t.is(tombstones.find('1')?.version, 5)
  t.is(tombstones.find('2')?.version, 4)
  nowMs = 90_000
  t.is(tombstones.find('1'), null)
  t.is(tombstones.count, 0)
})
