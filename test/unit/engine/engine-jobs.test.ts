/** Flush, merge, their garbage, and what goes wrong in them. */
import test from 'ava'
import { setTimeout as delay } from 'node:timers/promises'
import { Jobs } from '../../../src/engine/index.ts'
import type { Engine } from '../../../src/engine/index.ts'
import { readManifest } from '../../../src/engine/manifest.ts'
import {
  generationsOf,
  manifestKey,
  opRange,
  pageKey,
  segmentKey,
  segmentRange
} from '../../../src/store/index.ts'
import type { Store } from '../../../src/store/index.ts'
import { openMemoryStore } from '../../support/memory-store.ts'
import { SimulatedDisk } from '../../support/simulated-store.ts'
import { strayKeys } from '../../support/stray-keys.ts'
import {
  contentsOf,
  deleteOp,
  indexOp,
  newCache,
  openTestEngine
} from '../../support/engine-fixture.ts'

const doc = { tag: 'a', count: 1 }
const index = 7

async function fill(engine: Engine, from: number, to: number): Promise<void> {
  const numbers = Array.from({ length: to - from }, (_, at) => from + at)
  await engine.apply(numbers.map((count) => indexOp(`${count}`, { tag: 'a', count })))
}

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 1_000; tries++) {
    if (await holds()) return
    await delay(5)
  }
  throw new Error(`waited in vain until ${what}`)
}

async function keyCount(store: Store, generation: number): Promise<number> {
  let count = 0
  await store.scanKeys(segmentRange(index, generation), () => void count++)
  return count
}

test('flush: starts by itself when the buffer is full, and the rows of the operation log go', async (t) => {
  const store = await openMemoryStore()
  const jobs = new Jobs()
  const engine = await openTestEngine(store, { jobs, automaticJobs: true, flushDocs: 20 })
  await fill(engine, 0, 30)
  await until('the buffer was flushed', () => engine.stats().flushCount === 1)
  await jobs.close()
  t.is(engine.stats().bufferDocCount, 0)
  t.deepEqual(await strayKeys(store, index), [])
  t.is(contentsOf(engine).size, 30)
  await engine.close()
  await store.close()
})

test('flush: starts by itself when the buffer is old', async (t) => {
  const store = await openMemoryStore()
  const engine = await openTestEngine(store, { automaticJobs: true, flushAgeMs: 20 })
  await fill(engine, 0, 3)
  const held = setTimeout(() => {}, 5_000) // the age timer alone keeps no process alive
  await until('the buffer was flushed', () => engine.stats().flushCount === 1)
  clearTimeout(held)
  t.is(engine.stats().segments.length, 1)
  await engine.close()
  await store.close()
})

test('flush: writes and searches go on while it runs, and what they delete is deleted in the segment', async (t) => {
  const store = await openMemoryStore()
  const engine = await openTestEngine(store)
  await fill(engine, 0, 200)
  const flushing = engine.flush()
  const writing = (async () => {
    for (let at = 0; at < 50; at++) {
      await engine.apply([deleteOp(`${at}`), indexOp(`${at + 100}`, { tag: 'b', count: at })])
      t.is(contentsOf(engine).size, 199 - at)
    }
  })()
  await Promise.all([flushing, writing])
  const contents = contentsOf(engine)
  t.is(contents.size, 150)
  await engine.close({ flush: false })
  const again = await openTestEngine(store)
  t.deepEqual(contentsOf(again), contents)
  await again.close()
  await store.close()
})

test('flush: a buffer of deletes alone makes no segment and still ends its operation rows', async (t) => {
  const store = await openMemoryStore()
  const jobs = new Jobs()
  const engine = await openTestEngine(store, { jobs })
  await engine.apply([indexOp('1', doc), deleteOp('1'), deleteOp('2')])
  await engine.flush()
  await jobs.close()
  t.deepEqual(engine.stats().segments, [])
  t.deepEqual(await generationsOf(store, index, 0), [])
  t.is((await readManifest(store, index)).lastSeqNo, 2)
  await engine.close()
  await store.close()
})

test('flush: with nothing new it writes nothing', async (t) => {
  const store = await openMemoryStore()
  const engine = await openTestEngine(store)
  await fill(engine, 0, 3)
  await engine.flush()
  const { generation } = await readManifest(store, index)
  await engine.flush()
  t.is((await readManifest(store, index)).generation, generation)
  await engine.close()
  await store.close()
})

test('merge: starts by itself when a tier is full', async (t) => {
  const store = await openMemoryStore()
  const jobs = new Jobs()
  const engine = await openTestEngine(store, {
    jobs,
    automaticJobs: true,
    flushDocs: 10,
    mergePolicy: { segmentsPerTier: 3 }
  })
  for (let at = 0; at < 3; at++) {
    await fill(engine, at * 10, at * 10 + 10)
    await until('the buffer was flushed', () => engine.stats().flushCount === at + 1)
  }
  await until('the segments were merged', () => engine.stats().mergeCount === 1)
  t.is(engine.stats().segments.length, 1)
  t.is(contentsOf(engine).size, 30)
  await jobs.close()
  t.deepEqual(await strayKeys(store, index), [])
  await engine.close()
  await store.close()
})

test('merge: a searcher keeps the segments it holds; their keys go with its last release', async (t) => {
  const store = await openMemoryStore()
  const jobs = new Jobs()
  const engine = await openTestEngine(store, { jobs })
  await fill(engine, 0, 5)
  await engine.flush()
  const searcher = engine.acquireSearcher()
  searcher.retain()
  const [view] = searcher.segments
  const { reader } = view!
  await fill(engine, 5, 9)
  await engine.apply([deleteOp('0')])
  await engine.forceMerge({ maxSegments: 1 })
  await jobs.close()
  t.is(searcher.segments.length, 1)
  t.is(searcher.liveDocCount, 5)
  t.is(view?.liveDocs, null)
  t.is(reader.stored(reader.docIdOf('0')).id, '0')
  searcher.release()
  await jobs.close()
  t.true((await keyCount(store, reader.generation)) > 0)
  searcher.release()
  await jobs.close()
  t.is(await keyCount(store, reader.generation), 0)
  t.is(contentsOf(engine).size, 8)
  await engine.close()
  await store.close()
})

test('forceMerge: onlyExpungeDeletes drops deleted documents and leaves other segments alone', async (t) => {
  const store = await openMemoryStore()
  const engine = await openTestEngine(store)
  await fill(engine, 0, 5)
  await engine.flush()
  await fill(engine, 5, 10)
  await engine.flush()
  const [first, second] = engine.stats().segments
  await engine.apply([deleteOp('7')])
  t.is(engine.stats().deletedDocCount, 1)
  await engine.forceMerge({ onlyExpungeDeletes: true })
  const after = engine.stats()
  t.is(after.deletedDocCount, 0)
  t.is(after.segments[0]?.generation, first?.generation)
  t.not(after.segments[1]?.generation, second?.generation)
  await engine.close()
  await store.close()
})

test('forceMerge: a segment whose documents are all deleted disappears', async (t) => {
  const store = await openMemoryStore()
  const engine = await openTestEngine(store)
  await fill(engine, 0, 3)
  await engine.flush()
  await engine.apply([deleteOp('0'), deleteOp('1'), deleteOp('2')])
  await engine.forceMerge({ maxSegments: 1 })
  t.deepEqual(engine.stats().segments, [])
  await engine.close()
  const again = await openTestEngine(store)
  t.is(contentsOf(again).size, 0)
  await again.close()
  await store.close()
})

test('jobs: a failing flush is reported and tried again, and merges of others go on', async (t) => {
  const disk = new SimulatedDisk({ seed: 1 })
  const store = await disk.openStore()
  const jobs = new Jobs()
  let broken = true
  const failing: Store = new Proxy(store, {
    get(target, name) {
      if (name === 'commit')
        return (records: Parameters<Store['commit']>[0]): Promise<void> =>
          broken && records.some(({ key }) => key.length === segmentKey(1, 1).length)
            ? Promise.reject(new Error('planted'))
            : target.commit(records)
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    }
  })
  const engine = await openTestEngine(failing, { jobs })
  await fill(engine, 0, 5)
  await t.throwsAsync(engine.flush(), { message: 'planted' })
  t.is(engine.stats().jobFailures[0]?.message, 'planted')
  t.is(engine.stats().jobFailures[0]?.action, 'flush')
  t.is(contentsOf(engine).size, 5)
  await fill(engine, 5, 8)
  broken = false
  await engine.flush()
  t.is(engine.stats().segments.length, 1)
  t.is(contentsOf(engine).size, 8)
  await jobs.close()
  t.deepEqual(await strayKeys(store, index), [])
  await engine.close()
  await store.close()
})

test('open: segments and live documents that no manifest names are removed', async (t) => {
  const store = await openMemoryStore()
  const engine = await openTestEngine(store)
  await fill(engine, 0, 5)
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
  await fill(engine, 0, 5)
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
  await fill(engine, 0, 5)
  const jobs = new Jobs()
  await engine.flush()
  const [segment] = engine.stats().segments
  await engine.close()
  const { generation } = await readManifest(store, index)
  disk.hide(manifestKey(index, generation))
  await t.throwsAsync(openTestEngine(store, { jobs }), { code: 'STORE_DAMAGED' })
  await jobs.close()
  t.true((await keyCount(store, segment!.generation)) > 0)
  await store.close()
})

test('open: a segment that the manifest names and that has no page is damage', async (t) => {
  const store = await openMemoryStore()
  const engine = await openTestEngine(store)
  await fill(engine, 0, 5)
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
  for (let at = 0; at < 5; at++) await fill(engine, at, at + 1)
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

test('flush: the largest buffer of all indices that share a cache is flushed first', async (t) => {
  const store = await openMemoryStore()
  const cache = newCache(store)
  const options = { cache, automaticJobs: true, flushBytes: 1024 * 1024 }
  const large = await openTestEngine(store, { ...options, index: 7 })
  const small = await openTestEngine(store, { ...options, index: 8 })
  const routing = 'x'.repeat(100_000)
  for (let at = 0; at < 9; at++)
    await large.apply([indexOp(`${at}`, { tag: 'a', count: at, routing })])
  t.is(large.stats().flushCount, 0)
  for (let at = 0; at < 3; at++)
    await small.apply([indexOp(`${at}`, { tag: 'a', count: at, routing })])
  await until('the large one was flushed', () => large.stats().flushCount === 1)
  t.is(small.stats().flushCount, 0)
  await large.close()
  await small.close()
  await store.close()
})

test('merge: a damaged segment is reported and does not keep others from being flushed and merged', async (t) => {
  const disk = new SimulatedDisk({ seed: 1 })
  const store = await disk.openStore()
  const open = (): Promise<Engine> =>
    openTestEngine(store, {
      automaticJobs: true,
      flushDocs: 10,
      mergePolicy: { segmentsPerTier: 3 }
    })
  let engine = await open()
  await fill(engine, 0, 10)
  await until('there is a segment', () => engine.stats().segments[0]?.committed === true)
  const [damaged] = engine.stats().segments
  await engine.close()
  disk.hide(pageKey(index, damaged!.generation, 'stored', 0, 0))
  engine = await open()
  for (let round = 1; round < 6; round++) {
    await fill(engine, round * 10, round * 10 + 10)
    await until('the buffer was flushed', () => engine.stats().flushCount === round + 1)
    if (round === 2)
      await until('the merge failed', () => engine.stats().jobFailures[0]?.code === 'STORE_MISSING')
  }
  // Two of the four later segments were in the failed merge; three whole ones come together.
  await fill(engine, 60, 70)
  await until('the sound segments were merged', () => engine.stats().mergeCount > 0)
  const generations = engine.stats().segments.map((each) => each.generation)
  t.true(generations.includes(damaged!.generation))
  t.is(engine.get('65')?.version, 1)
  await engine.close()
  await store.close()
})
