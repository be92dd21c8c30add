/** Vectors of buffers are linked while documents arrive, and a merge begins with them: whatever comes in between. */
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { PageCache } from '../../../src/cache/index.ts'
import { VectorsAhead } from '../../../src/engine/vectors-ahead.ts'
import type { Engine } from '../../../src/engine/index.ts'
import { verifySegment } from '../../../src/segment/index.ts'
import {
  graphField,
  documentOf,
  openTestEngine,
  parseLogged,
  withoutHashes
} from '../../support/engine-fixture.ts'
import { openMemoryStore } from '../../support/memory-store.ts'
import { until } from '../../support/until.ts'
import { SpareCores, VectorStoreError } from '../../../src/util/index.ts'
import { BuildWorkers } from '../../../src/vector/hnsw/build-workers.ts'
import { GraphAhead } from '../../../src/vector/index.ts'

/** Nodes that each merge began with, of those linked ahead; null where there were none. */
const taken: (number | null)[] = []
const takeOf = Reflect.get(VectorsAhead.prototype, 'take')
VectorsAhead.prototype.take = async function take(number, sources) {
  const ahead = await takeOf.call(this, number, sources)
  taken.push(ahead?.linked.graph.count ?? null)
  if (ahead !== null)
    rowsBegunWith.push(
      ahead.parts.flatMap(({ generation, firstOrd, count }) =>
        Array.from({ length: count }, (__, at) => `${generation}/${firstOrd + at}`)
      )
    )
  return ahead
}

/** Whatever else runs on the machine. */
let spareCores = Infinity
SpareCores.prototype.look = () => spareCores

/** Who links; merges stop them, so a test waits first until they have linked something. */
const graphs = new Set<GraphAhead>()
const addTo = Reflect.get(GraphAhead.prototype, 'add')
GraphAhead.prototype.add = function add(rows) {
  graphs.add(this)
  return addTo.call(this, rows)
}
const linked = (): Promise<void> =>
  until('what was begun is linked', () => [...graphs].every((graph) => !graph.isBusy))

/** Where each node lies that a merge began with: part and place in its source. */
const rowsBegunWith: string[][] = []

async function withEngine(
  threads: number,
  work: (engine: Engine) => Promise<void>,
  refuses: () => boolean = () => false
): Promise<void> {
  taken.length = 0
  graphs.clear()
  const store = await openMemoryStore()
  const failing = new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target)
      if (typeof value !== 'function') return value
      // Every job asks first, whether there is room.
      if (name === 'assertRoom' && refuses()) return () => Promise.reject(new Error('planted'))
      return value.bind(target)
    }
  })
  const engine = await openTestEngine(failing, {
    threads,
    parse: (logged) => withoutHashes(parseLogged(logged))
  })
  await work(engine)
  await engine.close()
  await store.close()
}

async function fill(engine: Engine, from: number, to: number): Promise<void> {
  for (let first = from; first < to; first += 512) {
    const numbers = Array.from({ length: Math.min(512, to - first) }, (__, at) => first + at)
    await engine.apply(
      numbers.map((at) => ({
        type: 'index',
        opType: 'index',
        document: withoutHashes(documentOf(`${at}`, { tag: 'a', count: at })),
        conditions: {}
      }))
    )
  }
}

/** One sound graph, in which every document is found by its own vector. */
function checkGraph(t: ExecutionContext, engine: Engine, count: number): void {
  const searcher = engine.acquireSearcher()
  try {
    t.is(searcher.segments.length, 1)
    const { reader } = searcher.segments[0]!
    const vectors = reader.vectors(graphField.number)!
    t.is(vectors.index.format.name, 'hnsw')
    t.is(vectors.index.size, count)
    t.deepEqual(verifySegment(reader, true), [])
    let found = 0
    for (let ord = 0; ord < count; ord += 97) {
      const query = vectors.index.vectorAt(ord)
      const asked = { query, k: 1, candidates: 100, rescore: 0, accept: null } as const
      const { values } = vectors.index.search({ ...asked, strategy: 'graph' })
      if (values[0] === 0) found += 1
    }
    t.true(found >= 0.98 * Math.ceil(count / 97), `${found} find themselves`)
  } finally {
    searcher.release()
  }
}

test.serial('load: a merge begins with what was linked of the buffer', (t) =>
  withEngine(2, async (engine) => {
    await fill(engine, 0, 20_000)
    await linked()
    await engine.forceMerge({})
    t.is(taken.length, 1)
    t.true(taken[0]! >= 8_192)
    checkGraph(t, engine, 20_000)
  })
)

test.serial('load: a flush takes along what was linked, and more is linked behind it', (t) =>
  withEngine(2, async (engine) => {
    await fill(engine, 0, 14_000)
    await engine.flush()
    await linked()
    await fill(engine, 14_000, 26_000)
    await engine.flush()
    await linked()
    await engine.forceMerge({})
    t.true(taken.at(-1)! >= 8_192)
    checkGraph(t, engine, 26_000)
  })
)

test.serial(
  'load: documents deleted meanwhile are in no graph, whether they were linked or not',
  (t) =>
    withEngine(2, async (engine) => {
      await fill(engine, 0, 16_000)
      const ids = Array.from({ length: 1_600 }, (__, at) => `${at * 10}`)
      await engine.apply(ids.map((id) => ({ type: 'delete', id, conditions: {} })))
      await engine.forceMerge({})
      checkGraph(t, engine, 14_400)
      t.is(engine.get('150'), null)
    })
)

test.serial('load: what a flush leaves out moves all behind it: what was linked is dropped', (t) =>
  withEngine(2, async (engine) => {
    await fill(engine, 0, 16_000)
    await linked()
    const ids = Array.from({ length: 16 }, (__, at) => `${at * 1_000}`)
    await engine.apply(ids.map((id) => ({ type: 'delete', id, conditions: {} })))
    await engine.flush()
    await engine.forceMerge({})
    t.is(taken.at(-1), null)
    checkGraph(t, engine, 15_984)
  })
)

test.serial(
  'load: buffers that are flushed together are one after the other in what was linked',
  (t) => {
    let refuse = false
    return withEngine(
      2,
      async (engine) => {
        await fill(engine, 0, 14_000)
        await linked()
        refuse = true
        await t.throwsAsync(engine.flush(), { message: 'planted' })
        refuse = false
        await fill(engine, 14_000, 26_000)
        await linked()
        rowsBegunWith.length = 0
        await engine.flush()
        t.is(engine.stats().segments.length, 1)
        await engine.forceMerge({})
        t.true(taken.at(-1)! >= 14_000, `${taken.at(-1)} were linked`)
        checkGraph(t, engine, 26_000)
        const places = rowsBegunWith.at(-1) ?? []
        t.is(new Set(places).size, places.length)
      },
      () => refuse
    )
  }
)

test.serial('load: one thread links nothing ahead: the same documents make the same graph', (t) =>
  withEngine(1, async (engine) => {
    await fill(engine, 0, 12_000)
    await engine.forceMerge({})
    t.deepEqual(taken, [null])
    checkGraph(t, engine, 12_000)
  })
)

test.serial('load: nothing is begun while other processes want the cores', (t) =>
  withEngine(2, async (engine) => {
    spareCores = 1.5
    await fill(engine, 0, 10_000)
    t.is(graphs.size, 0)
    spareCores = Infinity
    await fill(engine, 10_000, 12_288)
    t.is(graphs.size, 1)
    await engine.forceMerge({})
    checkGraph(t, engine, 12_288)
  })
)

test.serial('load: where a segment has a graph, merges begin with that one', (t) =>
  withEngine(2, async (engine) => {
    await fill(engine, 0, 12_000)
    await engine.forceMerge({})
    await fill(engine, 12_000, 24_000)
    await engine.forceMerge({})
    t.is(taken.at(-1), null)
    checkGraph(t, engine, 24_000)
  })
)

test.serial('close: what is being linked ends after the node it is at', async (t) => {
  const run = Reflect.get(BuildWorkers.prototype, 'run')
  const reached = Promise.withResolvers<void>()
  const steps: { readonly asked: number; readonly done: number }[] = []
  try {
    await withEngine(2, async (engine) => {
      BuildWorkers.prototype.run = async function stopped(step, from, to) {
        // Closed while it begins: a fast worker would be ready before this thread has its turn.
        void engine.close()
        reached.resolve()
        const done = await run.call(this, step, from, to)
        steps.push({ asked: to - from, done })
        return done
      }
      await fill(engine, 0, 8_192)
      await reached.promise
    })
  } finally {
    BuildWorkers.prototype.run = run
  }
  t.is(steps.length, 1)
  t.true(steps[0]!.done <= 1 && steps[0]!.asked > 100, JSON.stringify(steps))
})

test.serial(
  'apply, flush: a cache without room for page tables is nothing to those who write',
  (t) =>
    withEngine(2, async (engine) => {
      await fill(engine, 0, 1_000)
      await engine.flush()
      const table = Reflect.get(PageCache.prototype, 'source')
      PageCache.prototype.source = () => {
        throw new VectorStoreError('MEMORY_LIMIT', 'no room')
      }
      try {
        const operations = Array.from({ length: 4_000 }, (__, at) => ({
          type: 'delete' as const,
          id: `none ${at}`,
          conditions: {}
        }))
        const results = await engine.apply(operations)
        t.true(results.every(({ ok }) => ok))
        await engine.flush()
      } finally {
        PageCache.prototype.source = table
      }
      t.deepEqual(engine.stats().jobFailures, [])
    })
)
