/**
 * Several requests in flight, flushes and merges beside them, searchers at any time. Operation n of the stream gets seqNo n, so a
 * searcher with maxSeqNo m must see exactly what m + 1 operations leave, however many jobs moved it around.
 */
import test from 'ava'
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises'
import { Jobs } from '../../src/engine/index.ts'
import type { Engine, Searcher } from '../../src/engine/index.ts'
import { faultsOf, openTestEngine } from '../support/engine-fixture.ts'
import { mix, streamDifferences, streamOperations } from '../support/engine-workload.ts'
import { openMemoryStore } from '../support/memory-store.ts'
import { strayKeys } from '../support/stray-keys.ts'
import type { ExecutionContext } from 'ava'

const decoder = new TextDecoder()

function contents(searcher: Searcher): Map<string, string> {
  const found = new Map<string, string>()
  for (const { reader, docCount, liveDocs } of searcher.segments)
    for (let docId = 0; docId < docCount; docId++) {
      if (!(reader.parents?.has(docId) ?? true) || !(liveDocs?.has(docId) ?? true)) continue
      const stored = reader.stored(docId)
      if (found.has(stored.id)) throw new Error(`document ${stored.id} is there twice`)
      found.set(stored.id, decoder.decode(stored.source()))
    }
  return found
}

async function writeAll(engine: Engine, seed: number, total: number): Promise<void> {
  let planned = 0
  const one = async (): Promise<void> => {
    while (planned < total) {
      const count = Math.min(1 + (mix(seed, planned) % 40), total - planned)
      const operations = streamOperations(seed, planned, count)
      planned += count
      const results = await engine.apply(operations)
      if (results.some((each) => !each.ok)) throw new Error('an operation was refused')
      await delay(1)
    }
  }
  await Promise.all([one(), one(), one(), one()])
}

async function search(
  t: ExecutionContext,
  engine: Engine,
  seed: number,
  over: () => boolean
): Promise<number> {
  const held: Searcher[] = []
  let checks = 0
  const check = (searcher: Searcher): void => {
    t.deepEqual(streamDifferences(seed, searcher.maxSeqNo + 1, contents(searcher)), [])
    checks += 1
  }
  while (!over()) {
    const searcher = engine.acquireSearcher()
    check(searcher)
    held.push(searcher)
    // The oldest is looked at again when jobs have long replaced what it sees.
    if (held.length > 5) {
      const oldest = held.shift()!
      check(oldest)
      oldest.release()
    }
    await nextTurn()
  }
  for (const searcher of held) searcher.release()
  return checks
}

for (const seed of [21, 22, 23])
  test(`engine: a searcher sees exactly the operations up to its moment, seed=${seed}`, async (t) => {
    const store = await openMemoryStore()
    const jobs = new Jobs()
    const engine = await openTestEngine(store, {
      jobs,
      automaticJobs: true,
      flushDocs: 150,
      mergePolicy: { segmentsPerTier: 3 }
    })
    const progress = { done: false }
    const searching = search(t, engine, seed, () => progress.done)
    const forcing = (async () => {
      while (!progress.done) {
        await engine.forceMerge(
          mix(seed, 1) % 2 === 0 ? { maxSegments: 2 } : { onlyExpungeDeletes: true }
        )
        await nextTurn()
      }
    })()
    await writeAll(engine, seed, 5_000)
    progress.done = true
    const [checks] = await Promise.all([searching, forcing])
    t.log(
      `${checks} searchers checked, ${engine.stats().flushCount} flushes, ${engine.stats().mergeCount} merges`
    )
    t.true(engine.stats().flushCount > 3)
    t.true(engine.stats().mergeCount > 1)
    t.deepEqual(engine.stats().jobFailures, [])
    t.deepEqual(faultsOf(engine), [])
    const { indexCount, deleteCount } = engine.stats()
    t.is(indexCount + deleteCount, 5_000)
    await engine.close({ flush: false })
    const again = await openTestEngine(store, { jobs })
    t.like(again.stats(), { indexCount, deleteCount })
    await again.close()
    await jobs.close()
    t.deepEqual(await strayKeys(store, 7), [])
    await store.close()
  })
