/** Opening an index: what is found, what is refused, what is cleared away. */
import test from 'ava'
import { Jobs } from '../../../src/engine/index.ts'
import { readManifest } from '../../../src/engine/manifest.ts'
import {
  generationsOf,
  manifestKey,
  opRange,
  pageKey,
  segmentRange
} from '../../../src/store/index.ts'
import { openMemoryStore } from '../../support/memory-store.ts'
import { SimulatedDisk } from '../../support/simulated-store.ts'
import { segmentKeyCount, strayKeys } from '../../support/stray-keys.ts'
import {
  contentsOf,
  countField,
  fillEngine,
  indexOp,
  openTestEngine,
  parseLogged
} from '../../support/engine-fixture.ts'
import { turnWorkMs } from '../../../src/util/loop-slices.ts'

const index = 7
/** Steps of nothing until a test gives up: a slice has some ten thousand. */
const stepsMax = 10_000_000

test('open: segments and live documents that no manifest names are removed', async (t) => {
  const store = await openMemoryStore()
  const engine = await openTestEngine(store)
  await fillEngine(engine, 0, 5)
  await engine.flush()
  await engine.close()
  const { nextGeneration } = await readManifest(store, index)
  await store.commit([
    { key: pageKey(index, nextGeneration + 3, 'stored', 0, 0), payload: new Uint8Array(9) }
  ])
  const jobs = new Jobs()
  const again = await openTestEngine(store, { jobs })
  await jobs.close()
  t.deepEqual(await strayKeys(store, index), [])
  t.true((await readManifest(store, index)).nextGeneration > nextGeneration + 3)
  await again.close()
  await store.close()
})

test('open: a damaged manifest is refused, an older one is not taken for it', async (t) => {
  const disk = new SimulatedDisk({ seed: 1 })
  const store = await disk.openStore()
  const engine = await openTestEngine(store)
  await fillEngine(engine, 0, 5)
  await engine.close()
  const { generation } = await readManifest(store, index)
  disk.flipBit(manifestKey(index, generation), 300)
  await t.throwsAsync(openTestEngine(store), { code: 'STORE_CHECKSUM' })
  await store.close()
})

test('open: segments without manifest and rows are a lost manifest, and nothing is collected', async (t) => {
  const disk = new SimulatedDisk({ seed: 1 })
  const store = await disk.openStore()
  const engine = await openTestEngine(store)
  await fillEngine(engine, 0, 5)
  const jobs = new Jobs()
  await engine.flush()
  const [segment] = engine.stats().segments
  await engine.close()
  const { generation } = await readManifest(store, index)
  disk.hide(manifestKey(index, generation))
  await t.throwsAsync(openTestEngine(store, { jobs }), { code: 'STORE_DAMAGED' })
  await jobs.close()
  t.true((await segmentKeyCount(store, index, segment!.generation)) > 0)
  await store.close()
})

test('open: a segment that the manifest names and that has no page is damage', async (t) => {
  const store = await openMemoryStore()
  const engine = await openTestEngine(store)
  await fillEngine(engine, 0, 5)
  await engine.flush()
  const [segment] = engine.stats().segments
  await engine.close()
  await store.removeRange(segmentRange(index, segment!.generation))
  await t.throwsAsync(openTestEngine(store), { code: 'STORE_MISSING' })
  await store.close()
})

test('open: an operation row that is not there is damage, not a shorter log', async (t) => {
  const disk = new SimulatedDisk({ seed: 1 })
  const store = await disk.openStore()
  const engine = await openTestEngine(store)
  for (let at = 0; at < 5; at++) await fillEngine(engine, at, at + 1)
  await engine.close({ flush: false })
  const keys: Uint8Array[] = []
  const [generation] = await generationsOf(store, index, 0)
  await store.scanKeys(opRange(index, generation!), (key) => void keys.push(key))
  t.is(keys.length, 5)
  disk.hide(keys[2]!)
  await t.throwsAsync(openTestEngine(store), { code: 'STORE_MISSING' })
  await store.close()
})

test('open: more operations than the buffers may hold become segments while they are replayed', async (t) => {
  const store = await openMemoryStore()
  const engine = await openTestEngine(store)
  const big = 'x'.repeat(10_000)
  for (let at = 0; at < 600; at++)
    await engine.apply([indexOp(`${at % 500}`, { tag: 'a', count: at, routing: big })])
  const contents = contentsOf(engine)
  const { maxSeqNo } = engine.stats()
  await engine.close({ flush: false })
  const jobs = new Jobs()
  const small = await openTestEngine(store, { jobs, flushBytes: 1024 * 1024 })
  t.true(small.stats().segments.filter((each) => each.committed).length > 2)
  t.true(small.stats().bufferBytes < 2 * 1024 * 1024)
  t.deepEqual(contentsOf(small), contents)
  t.is(small.stats().maxSeqNo, maxSeqNo)
  await jobs.close()
  t.deepEqual(await strayKeys(store, index), [])
  await small.close({ flush: false })
  const again = await openTestEngine(store)
  t.deepEqual(contentsOf(again), contents)
  await again.close()
  await store.close()
})

test('open: documents of the log are parsed and taken in slices, and are all there', async (t) => {
  const store = await openMemoryStore()
  const engine = await openTestEngine(store)
  await fillEngine(engine, 0, 3)
  const contents = contentsOf(engine)
  await engine.close({ flush: false })
  const turns: string[] = []
  const again = await openTestEngine(store, {
    *parseInSteps(logged) {
      const before = turns.length
      setImmediate(() => void turns.push(logged.id))
      for (let step = 0; step < stepsMax && turns.length === before; step++) yield
      return parseLogged(logged)
    }
  })
  t.deepEqual(turns, ['0', '1', '2'])
  t.deepEqual(contentsOf(again), contents)
  await again.close()
  await store.close()
})

test('open: a document of thousands of values enters the buffer in slices', async (t) => {
  const store = await openMemoryStore()
  const engine = await openTestEngine(store)
  await engine.apply([indexOp('1', { tag: 'a', count: 1, childCount: 5 })])
  await engine.close({ flush: false })
  const turnsOf: number[] = []
  let turns = 0
  const again = await openTestEngine(store, {
    parse: (logged) => {
      const document = parseLogged(logged)
      const values = Array.from({ length: 1000 }, (_, at) => BigInt(at))
      const docs = document.docs.map((doc) => ({
        ...doc,
        columns: [{ field: countField, values }],
        /** Asked for behind the columns; takes longer than a slice. */
        get present(): string[] {
          turnsOf.push(turns)
          setImmediate(() => void turns++)
          for (const start = performance.now(); performance.now() - start < 2 * turnWorkMs;);
          return []
        }
      }))
      return { ...document, docs }
    }
  })
  t.is(turnsOf.length, 6)
  t.is(new Set(turnsOf).size, 6, `turns of the loop before each: ${turnsOf.join(' ')}`)
  t.is(contentsOf(again).size, 1)
  await again.close()
  await store.close()
})

test('close: a flush that fails is recorded, closes all the same and costs a replay', async (t) => {
  const disk = new SimulatedDisk({ seed: 1 })
  const store = await disk.openStore()
  const jobs = new Jobs()
  const engine = await openTestEngine(store, { jobs })
  await fillEngine(engine, 0, 5)
  Object.assign(disk.faults, { failWrite: disk.writeCount + 1, failMode: 'once' })
  await engine.close()
  t.is(jobs.failures(index)[0]?.code, 'STORE_POISONED')
  await store.close()
  const again = await disk.openStore()
  const next = await openTestEngine(again)
  t.is(contentsOf(next).size, 5)
  t.is(next.stats().bufferDocCount, 5)
  await next.close()
  await again.close()
})
