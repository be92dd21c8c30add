/** Flush, merge, their garbage, and what goes wrong in them. */
import { setTimeout as delay } from 'node:timers/promises'
import test from 'ava'
import { Jobs } from '../../../src/engine/index.ts'
import type { Engine } from '../../../src/engine/index.ts'
import { readManifest } from '../../../src/engine/manifest.ts'
import { generationsOf, pageKey, segmentKey } from '../../../src/store/index.ts'
import type { Store } from '../../../src/store/index.ts'
import { VectorStoreError } from '../../../src/util/index.ts'
import { openMemoryStore } from '../../support/memory-store.ts'
import { SimulatedDisk } from '../../support/simulated-store.ts'
import { segmentKeyCount, strayKeys } from '../../support/stray-keys.ts'
import { until } from '../../support/until.ts'
import {
  contentsOf,
  deleteOp,
  fillEngine,
  indexOp,
  newCache,
  openTestEngine
} from '../../support/engine-fixture.ts'

const doc = { tag: 'a', count: 1 }
const index = 7

test('flush: starts by itself when the buffer is full, and the rows of the operation log go', async (t) => {
  const store = await openMemoryStore()
  const jobs = new Jobs()
  const engine = await openTestEngine(store, { jobs, automaticJobs: true, flushDocs: 20 })
  await fillEngine(engine, 0, 30)
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
  await fillEngine(engine, 0, 3)
  await until('the buffer was flushed', () => engine.stats().flushCount === 1)
  t.is(engine.stats().segments.length, 1)
  await engine.close()
  await store.close()
})

test('flush: what was frozen for a searcher that lasts is flushed when it is old, though nothing is written any more', async (t) => {
  const store = await openMemoryStore()
  const engine = await openTestEngine(store, { automaticJobs: true, flushAgeMs: 50 })
  await fillEngine(engine, 0, 3)
  const searcher = engine.acquireLastingSearcher()
  await until('the buffer was flushed', () => engine.stats().flushCount === 1)
  t.is(engine.stats().bufferDocCount, 0)
  t.is(searcher.liveDocCount, 3)
  searcher.release()
  await engine.close()
  await store.close()
})

test('flush: writes and searches go on while it runs, and what they delete is deleted in the segment', async (t) => {
  const store = await openMemoryStore()
  const engine = await openTestEngine(store)
  await fillEngine(engine, 0, 200)
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
  await fillEngine(engine, 0, 3)
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
    await fillEngine(engine, at * 10, at * 10 + 10)
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
  await fillEngine(engine, 0, 5)
  await engine.flush()
  const searcher = engine.acquireSearcher()
  searcher.retain()
  const [view] = searcher.segments
  const { reader } = view!
  await fillEngine(engine, 5, 9)
  await engine.apply([deleteOp('0')])
  await engine.forceMerge({ maxSegments: 1 })
  await jobs.close()
  t.is(searcher.segments.length, 1)
  t.is(searcher.liveDocCount, 5)
  t.is(view?.liveDocs, null)
  t.is(reader.stored(reader.docIdOf('0')).id, '0')
  searcher.release()
  await jobs.close()
  t.true((await segmentKeyCount(store, index, reader.generation)) > 0)
  searcher.release()
  await jobs.close()
  t.is(await segmentKeyCount(store, index, reader.generation), 0)
  t.is(contentsOf(engine).size, 8)
  await engine.close()
  await store.close()
})

test('forceMerge: onlyExpungeDeletes drops deleted documents and leaves other segments alone', async (t) => {
  const store = await openMemoryStore()
  const engine = await openTestEngine(store)
  await fillEngine(engine, 0, 5)
  await engine.flush()
  await fillEngine(engine, 5, 10)
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
  await fillEngine(engine, 0, 3)
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

/** The store, but for the calls of a method that `refuses` picks by their argument. */
function refusing<Name extends 'commit' | 'assertRoom'>(
  store: Store,
  method: Name,
  refuses: (argument: Parameters<Store[Name]>[0]) => Error | null
): Store {
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target)
      if (typeof value !== 'function') return value
      if (name !== method) return value.bind(target)
      return (argument: Parameters<Store[Name]>[0]): unknown => {
        const error = refuses(argument)
        return error === null ? value.call(target, argument) : Promise.reject(error)
      }
    }
  })
}

test('apply: a commit that is refused leaves no hole, whatever was on its way behind it', async (t) => {
  const store = await openMemoryStore()
  let refuse = false
  const full = new VectorStoreError('STORE_FULL', 'planted')
  const engine = await openTestEngine(
    refusing(store, 'commit', () => {
      const error = refuse ? full : null
      refuse = false
      return error
    })
  )
  await fillEngine(engine, 0, 3)
  refuse = true
  const both = await Promise.all([
    engine.apply([indexOp('refused', doc)]),
    engine.apply([indexOp('behind', doc)])
  ])
  t.deepEqual(
    both.flat().map((each) => (each.ok ? each.seqNo : each.error.code)),
    ['STORE_FULL', 'STORE_FULL']
  )
  await until('writes are taken again', async () => {
    const [result] = await engine.apply([indexOp('later', doc)])
    return result?.ok === true
  })
  t.deepEqual([...contentsOf(engine).keys()].sort(), ['0', '1', '2', 'later'])
  await engine.close({ flush: false })
  const again = await openTestEngine(store)
  t.deepEqual([...contentsOf(again).keys()].sort(), ['0', '1', '2', 'later'])
  await again.close()
  await store.close()
})

test('jobs: a failing flush is reported and tried again, and merges of others go on', async (t) => {
  const disk = new SimulatedDisk({ seed: 1 })
  const store = await disk.openStore()
  const jobs = new Jobs()
  let broken = true
  const failing = refusing(store, 'commit', (records) =>
    broken && records.some(({ key }) => key.length === segmentKey(1, 1).length)
      ? new Error('planted')
      : null
  )
  const engine = await openTestEngine(failing, { jobs })
  await fillEngine(engine, 0, 5)
  await t.throwsAsync(engine.flush(), { message: 'planted' })
  t.is(engine.stats().jobFailures[0]?.message, 'planted')
  t.is(engine.stats().jobFailures[0]?.action, 'flush')
  t.is(contentsOf(engine).size, 5)
  await fillEngine(engine, 5, 8)
  broken = false
  await engine.flush()
  t.is(engine.stats().segments.length, 1)
  t.is(contentsOf(engine).size, 8)
  await jobs.close()
  t.deepEqual(await strayKeys(store, index), [])
  await engine.close()
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

test('merge: segments whose merge found no room are merged when there is some again', async (t) => {
  const store = await openMemoryStore()
  const full = new VectorStoreError('STORE_FULL', 'planted')
  let asked = 0
  // The fourth that asks: three flushes come first.
  const short = refusing(store, 'assertRoom', () => (++asked === 4 ? full : null))
  const engine = await openTestEngine(short, {
    automaticJobs: true,
    flushDocs: 10,
    mergePolicy: { segmentsPerTier: 3 }
  })
  for (let round = 0; round < 3; round++) {
    await fillEngine(engine, round * 10, round * 10 + 10)
    await until('the buffer was flushed', () => engine.stats().flushCount === round + 1)
  }
  await until('the merge failed', () => engine.stats().jobFailures[0]?.code === 'STORE_FULL')
  await until('the segments were merged', () => engine.stats().mergeCount > 0)
  t.is(engine.stats().segments.length, 1)
  t.is(contentsOf(engine).size, 30)
  await engine.close()
  await store.close()
})

test('merge: segments whose merge found no memory are merged half an hour later', async (t) => {
  const store = await openMemoryStore()
  const short = new VectorStoreError('MEMORY_LIMIT', 'planted')
  let asked = 0
  const full = refusing(store, 'assertRoom', () => (++asked === 4 ? short : null))
  let laterMs = 0
  const engine = await openTestEngine(full, {
    automaticJobs: true,
    flushDocs: 10,
    mergePolicy: { segmentsPerTier: 3 },
    now: () => performance.now() + laterMs
  })
  const flushOnce = async (round: number): Promise<void> => {
    await fillEngine(engine, round * 10, round * 10 + 10)
    await until('the buffer was flushed', () => engine.stats().flushCount === round + 1)
  }
  for (let round = 0; round < 3; round++) await flushOnce(round)
  await until('the merge failed', () => engine.stats().jobFailures[0]?.code === 'MEMORY_LIMIT')
  laterMs = 25 * 60_000
  await flushOnce(3)
  // Longer than the pause after a first failure.
  await delay(1_200)
  t.is(engine.stats().mergeCount, 0)
  laterMs = 31 * 60_000
  await flushOnce(4)
  await until('the segments were merged', () => engine.stats().mergeCount > 0)
  t.is(contentsOf(engine).size, 50)
  await engine.close()
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
  await fillEngine(engine, 0, 10)
  await until('there is a segment', () => engine.stats().segments[0]?.committed === true)
  const [damaged] = engine.stats().segments
  await engine.close()
  disk.hide(pageKey(index, damaged!.generation, 'stored', 0, 0))
  engine = await open()
  for (let round = 1; round < 6; round++) {
    await fillEngine(engine, round * 10, round * 10 + 10)
    await until('the buffer was flushed', () => engine.stats().flushCount === round + 1)
    if (round === 2)
      await until('the merge failed', () => engine.stats().jobFailures[0]?.code === 'STORE_MISSING')
  }
  // Two of the four later segments were in the failed merge; three whole ones come together.
  await fillEngine(engine, 60, 70)
  await until('the sound segments were merged', () => engine.stats().mergeCount > 0)
  const generations = engine.stats().segments.map((each) => each.generation)
  t.true(generations.includes(damaged!.generation))
  t.is(engine.get('65')?.version, 1)
  await engine.close()
  await store.close()
})
