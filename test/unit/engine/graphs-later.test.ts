/** When vectors get their graph: not with the flushes of a load, but with the merge after it. */
import test from 'ava'
import type { Engine } from '../../../src/engine/index.ts'
import { readManifest } from '../../../src/engine/manifest.ts'
import { VectorsAhead } from '../../../src/engine/vectors-ahead.ts'
import { pageKey, parseKey } from '../../../src/store/index.ts'
import type { Store } from '../../../src/store/index.ts'
import { chooseFormat } from '../../../src/vector/index.ts'
import {
  graphField,
  documentOf,
  openTestEngine,
  parseLogged,
  vectorField,
  withoutHashes
} from '../../support/engine-fixture.ts'
import { openMemoryStore } from '../../support/memory-store.ts'
import { SimulatedDisk } from '../../support/simulated-store.ts'
import { until } from '../../support/until.ts'

/** As many as are worth a graph. */
const count = 7_000

async function fill(engine: Engine, from: number, to: number): Promise<void> {
  const numbers = Array.from({ length: to - from }, (__, at) => from + at)
  await engine.apply(
    numbers.map((at) => ({
      type: 'index',
      opType: 'index',
      document: withoutHashes(documentOf(`${at}`, { tag: 'a', count: at })),
      conditions: {}
    }))
  )
}

function open(store: Store, options: Parameters<typeof openTestEngine>[1] = {}): Promise<Engine> {
  return openTestEngine(store, {
    ...options,
    parse: (logged) => withoutHashes(parseLogged(logged))
  })
}

function formatsOf(engine: Engine): string[] {
  const searcher = engine.acquireSearcher()
  try {
    return searcher.segments.map(
      ({ reader }) => reader.vectors(vectorField.number)!.index.format.name
    )
  } finally {
    searcher.release()
  }
}

/** Number of the document that is nearest to the last one. */
function nearestOf(engine: Engine): number {
  const last = documentOf(`${count - 1}`, { tag: 'a', count: count - 1 })
  const query = last.docs[0]!.vectors[0]!.vector
  const searcher = engine.acquireSearcher()
  try {
    const { reader } = searcher.segments[0]!
    const vectors = reader.vectors(graphField.number)!
    const asked = { k: 1, candidates: 100, rescore: 0, accept: null, strategy: 'planned' } as const
    const { ords } = vectors.index.search({ ...asked, query })
    return Number(reader.idOf(vectors.docOf(ords[0]!)))
  } finally {
    searcher.release()
  }
}

test('flush: leaves vectors without a graph; forceMerge links them, whatever number of segments it may leave', async (t) => {
  t.is(chooseFormat(graphField.vector!, count).name, 'hnsw', 'so many are worth a graph')
  const store = await openMemoryStore()
  const engine = await open(store)
  await fill(engine, 0, count)
  await engine.flush()
  t.deepEqual(formatsOf(engine), ['flat'])
  await engine.forceMerge({ maxSegments: 5 })
  t.deepEqual(formatsOf(engine), ['hnsw'])
  await engine.close()
  await store.close()
})

test('forceMerge: a buffer that is all there is becomes a graph in one go', async (t) => {
  const store = await openMemoryStore()
  const engine = await open(store)
  await fill(engine, 0, count)
  await engine.forceMerge({})
  t.deepEqual(formatsOf(engine), ['hnsw'])
  t.is(engine.stats().mergeCount, 0)
  await engine.close()
  await store.close()
})

test('forceMerge: a buffer that is much of an index goes into the one segment without a flush of its own', async (t) => {
  const store = await openMemoryStore()
  const engine = await open(store)
  await fill(engine, 0, count)
  await engine.flush()
  // Half of the documents of the segment are written again.
  await fill(engine, count / 2, 2 * count)
  await engine.forceMerge({})
  t.deepEqual(formatsOf(engine), ['hnsw'])
  const { flushCount, mergeCount, liveDocCount, deletedDocCount } = engine.stats()
  t.deepEqual({ flushCount, mergeCount }, { flushCount: 2, mergeCount: 0 })
  t.deepEqual({ liveDocCount, deletedDocCount }, { liveDocCount: 2 * count, deletedDocCount: 0 })
  t.is(nearestOf(engine), count - 1)
  await engine.close()
  const again = await open(store)
  t.is(again.stats().liveDocCount, 2 * count)
  t.is(again.stats().bufferDocCount, 0)
  await again.close()
  await store.close()
})

/** Documents of the segments in each commit point that goes through the store. */
function notingCommitPoints(store: Store): { readonly noting: Store; readonly seen: number[][] } {
  const seen: number[][] = []
  const noting = new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target)
      if (typeof value !== 'function') return value
      if (name !== 'commit') return value.bind(target)
      return async (records: Parameters<Store['commit']>[0]): Promise<void> => {
        await target.commit(records)
        if (!records.some(({ key }) => parseKey(key)?.kind === 'manifest')) return
        const { segments } = await readManifest(store, 7)
        seen.push(segments.map(({ info }) => info.rootCount))
      }
    }
  })
  return { noting, seen }
}

for (const [who, total, ask] of [
  ['writes fill the next buffer', 3 * count, (engine: Engine) => fill(engine, count, 3 * count)],
  [
    'a load waits for room',
    count + 10,
    async (engine: Engine) => {
      await fill(engine, count, count + 10)
      void engine.relieve()
    }
  ]
] as const)
  test.serial(
    `forceMerge: a graph of buffers gives way when ${who}, and is built behind their flush`,
    async (t) => {
      const store = await openMemoryStore()
      const { noting, seen } = notingCommitPoints(store)
      const engine = await open(noting, { automaticJobs: true, flushDocs: 2 * count })
      await fill(engine, 0, count)
      const take = Reflect.get(VectorsAhead.prototype, 'take')
      VectorsAhead.prototype.take = async function asking(field, sources) {
        // In the middle of the forced merge.
        if (engine.stats().maxSeqNo < count) await ask(engine)
        return take.call(this, field, sources)
      }
      try {
        await engine.forceMerge({})
      } finally {
        VectorsAhead.prototype.take = take
      }
      t.deepEqual(seen, [[total], [total]])
      t.deepEqual(formatsOf(engine), ['hnsw'])
      const { flushCount, mergeCount, jobFailures, liveDocCount } = engine.stats()
      t.deepEqual(
        { flushCount, mergeCount, jobFailures },
        { flushCount: 1, mergeCount: 1, jobFailures: [] }
      )
      t.is(liveDocCount, total)
      await engine.close()
      await store.close()
    }
  )

test('flush: no more vectors are left without a graph than may be scanned', async (t) => {
  const store = await openMemoryStore()
  const engine = await open(store, { mergePolicy: { unindexedBytesMax: 16 * count } })
  await fill(engine, 0, count)
  await engine.flush()
  await fill(engine, count, 2 * count)
  await engine.flush()
  t.deepEqual(formatsOf(engine), ['flat', 'hnsw'])
  await engine.close()
  await store.close()
})

test('merge: graphs come by themselves when writes have paused, and after an opening', async (t) => {
  const store = await openMemoryStore()
  let engine = await open(store)
  await fill(engine, 0, count)
  await engine.close()
  const options = { automaticJobs: true, mergePolicy: { quietMs: 50 } }
  engine = await open(store, options)
  await until('the first graph is there', () => formatsOf(engine).join() === 'hnsw')
  await fill(engine, count, 2 * count)
  await engine.flush()
  await until('both graphs are there', () => formatsOf(engine).join() === 'hnsw,hnsw')
  t.is(engine.stats().liveDocCount, 2 * count)
  await engine.close()
  await store.close()
})

test('merge: a graph that cannot be read is told, scanned, and built again', async (t) => {
  const disk = new SimulatedDisk({ seed: 5 })
  const store = await disk.openStore()
  let engine = await open(store)
  await fill(engine, 0, count)
  await engine.forceMerge({})
  const { generation } = engine.stats().segments[0]!
  await engine.close()
  for (let page = 0; page < 1_000; page++)
    disk.hide(pageKey(7, generation, 'lists', graphField.number, page))
  engine = await open(store, { automaticJobs: true })
  t.is(nearestOf(engine), count - 1)
  await until('it is told', () => engine.stats().jobFailures[0]?.code === 'STORE_MISSING')
  await until('there is another graph', () => engine.stats().mergeCount === 1)
  t.deepEqual(formatsOf(engine), ['hnsw'])
  t.not(engine.stats().segments[0]?.generation, generation)
  t.is(nearestOf(engine), count - 1)
  t.is(engine.stats().jobFailures.length, 1)
  await engine.close()
  await store.close()
})
