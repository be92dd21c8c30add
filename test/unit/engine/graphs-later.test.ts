/** When vectors get their graph: not with the flushes of a load, but with the merge after it. */
import test from 'ava'
import type { Engine } from '../../../src/engine/index.ts'
import type { FieldInfo, IndexableDocument } from '../../../src/segment/index.ts'
import type { Store } from '../../../src/store/index.ts'
import { chooseFormat } from '../../../src/vector/index.ts'
import {
  documentOf,
  openTestEngine,
  parseLogged,
  vectorField
} from '../../support/engine-fixture.ts'
import { openMemoryStore } from '../../support/memory-store.ts'
import { until } from '../../support/until.ts'

/** As many as are worth a graph. */
const count = 7_000

/** The fixture's field has hash terms, and such are never a graph. */
const { hashes: _, ...plain } = vectorField.vector!
const spec = { ...plain, index: 'hnsw', codes: 'auto' } as const
const field: FieldInfo = { ...vectorField, vector: spec }

function withoutHashes(document: IndexableDocument): IndexableDocument {
  const docs = document.docs.map((doc) => ({
    ...doc,
    vectors: doc.vectors.map(({ vector }) => ({ field, vector }))
  }))
  return { ...document, docs }
}

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

test('flush: leaves vectors without a graph; forceMerge links them, whatever number of segments it may leave', async (t) => {
  t.is(chooseFormat(spec, count).name, 'hnsw', 'so many are worth a graph')
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
