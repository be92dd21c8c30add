/**
 * What indices took of the cache comes back when they are gone, whatever was under way: loads, flushes, merges and searches, those of
 * other threads too. Frames that nobody gives back, or pinned pages, would be missing until the process ends.
 */
import test from 'ava'
import type { Index } from '../../src/node/index.ts'
import type { OpenDatabase } from '../../src/rest/index.ts'
import { randomOf } from '../unit/search/random.ts'
import type { Random } from '../unit/search/random.ts'
import { openDatabase, temporaryFolder } from '../support/temporary-node.ts'
import { until } from '../support/until.ts'

type Doc = { v: Float32Array; n: number; t: string }
const dims = 64
const rounds = 3

function vectorOf(random: Random): Float32Array {
  return Float32Array.from({ length: dims }, () => random.int(2001) / 1000 - 1)
}

function docsOf(random: Random): [string, Doc][] {
  return Array.from({ length: 700 }, (_, n) => [
    `d${random.int(3000)}`,
    { v: vectorOf(random), n, t: `w${n % 50} x` }
  ])
}

/** One of what may be under way. */
async function step(index: Index<Doc>, random: Random): Promise<unknown> {
  if (random.chance(0.4)) return index.putMany(docsOf(random))
  if (random.chance(0.3)) return index.flush()
  if (random.chance(0.3)) return index.merge(1)
  const filter = random.chance(0.3) ? { range: { n: { lt: 300 } } } : { match: { t: 'x' } }
  return index.searchAsync({ knn: { ...knnOf(random), filter } })
}

function knnOf(random: Random): { field: string; vector: Float32Array; k: number } {
  return { field: 'v', vector: vectorOf(random), k: 10 }
}

async function workAndDelete(db: OpenDatabase, name: string, random: Random): Promise<void> {
  const fields = { v: { type: 'vector', dims, space: 'l2' }, n: { type: 'integer' } } as const
  const index = await db.createIndex<Doc>(name, fields)
  await index.putMany(docsOf(random))
  // A segment on disk from the start, of which pages are read.
  await index.flush()
  await index.searchAsync({ knn: knnOf(random) })
  const underWay = Array.from({ length: 12 }, () => step(index, random))
  const ended = Promise.allSettled(underWay)
  if (random.chance(0.5)) await Promise.race(underWay).catch(() => undefined)
  await db.deleteIndex(name)
  await ended
}

test('deleteIndex: all frames are free again and nothing is pinned', async (t) => {
  const random = randomOf(20261122)
  const db = await openDatabase(t, await temporaryFolder(t), { cacheBytes: 24 << 20, threads: 2 })
  for (let round = 0; round < rounds; round++) {
    await workAndDelete(db, `i${round}`, random)
    t.deepEqual(db.indexNames(), [], 'a load that goes on makes no other index')
    await until('the last reader of a segment is gone', () => {
      const { slotCount, freeSlotCount, pinnedBytes } = db.stats().cache
      return freeSlotCount === slotCount && pinnedBytes === 0
    })
  }
})
