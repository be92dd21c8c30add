/**
 * A cache of a fraction of the data slows searches down and fails none. Method: random writes, deletes, flushes, merges, restarts,
 * and between them several searches at a time, against a Map, with a cache in which a third of vectors, codes and lists has room.
 */
import test from 'ava'
import type { ExecutionContext } from 'ava'
import type { Index } from '../../src/node/index.ts'
import type { OpenDatabase } from '../../src/rest/index.ts'
import { openDatabase, temporaryFolder } from '../support/temporary-node.ts'
import { randomOf } from '../unit/search/random.ts'
import type { Random } from '../unit/search/random.ts'

type Doc = { v: Float32Array; n: number; word: string }
const dims = 4_096
const documentCount = 2_500
const rounds = 10
/** The least there is. Vectors, codes and lists take some 50 MiB, and write buffers up to 14 MiB of the cache. */
const cacheBytes = 20 << 20

function scoreOf(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let dim = 0; dim < dims; dim++) sum += (a[dim]! - b[dim]!) ** 2
  return 1 / (1 + sum)
}

class Model {
  readonly docs = new Map<string, Doc>()
  hitCount = 0
  /** Of all hits those that belong to the k nearest. */
  nearestCount = 0
  readonly #t: ExecutionContext
  readonly #random: Random
  readonly #index: () => Index<Doc>

  constructor(t: ExecutionContext, random: Random, index: () => Index<Doc>) {
    this.#t = t
    this.#random = random
    this.#index = index
  }

  async load(count: number): Promise<void> {
    const docs = Array.from({ length: count }, () => {
      const doc = {
        v: this.#vector(),
        n: this.#random.int(1_000),
        word: `w${this.#random.int(40)}`
      }
      return [`d${this.#random.int(documentCount)}`, doc] as const
    })
    for (const [id, doc] of docs) this.docs.set(id, doc)
    await this.#index().putMany(docs)
  }

  async delete(count: number): Promise<void> {
    const ids = [...this.docs.keys()].slice(0, count)
    const done = await Promise.all(ids.map((id) => this.#index().delete(id)))
    this.#t.true(done.every(Boolean))
    for (const id of ids) this.docs.delete(id)
  }

  async search(): Promise<void> {
    const vector = this.#vector()
    const k = 1 + this.#random.int(30)
    const below = this.#random.pick([3, 30, 300, 1_000])
    const filter = { range: { n: { lt: below } } }
    const knn = { field: 'v', vector, k, ...(below < 1_000 && { filter }) }
    const source = this.#random.chance(0.3)
    const index = this.#index()
    const { hits } = this.#random.chance(0.5)
      ? index.search({ knn, source })
      : await index.searchAsync({ knn, source })
    const scores = new Map<string, number>()
    for (const [id, { v, n }] of this.docs) if (n < below) scores.set(id, scoreOf(v, vector))
    this.#t.is(hits.length, Math.min(k, scores.size))
    const least = [...scores.values()].sort((a, b) => b - a)[k - 1] ?? 0
    for (const { id, score, doc } of hits) {
      const wanted = scores.get(id)!
      this.#t.true(Math.abs(score - wanted) < 1e-4 * wanted, `${score}, wanted ${wanted}`)
      if (source) this.#t.deepEqual(doc.v, [...this.docs.get(id)!.v] as never)
      if (score >= least * (1 - 1e-4)) this.nearestCount += 1
    }
    this.hitCount += hits.length
  }

  count(): void {
    const word = `w${this.#random.int(40)}`
    const matching = [...this.docs.values()].filter((doc) => doc.word === word)
    this.#t.is(this.#index().count({ term: { word } }), matching.length)
    this.#t.is(this.#index().count(), this.docs.size)
  }

  #vector(): Float32Array {
    const centre = this.#random.int(50)
    return new Float32Array(dims).map(
      (_none, dim) => Math.sin(centre * (dim + 1)) + this.#random.int(1_000) / 1_000
    )
  }
}

function evictionsOf(db: OpenDatabase): number {
  return Object.values(db.stats().cache.kinds).reduce((sum, kind) => sum + kind.evictionCount, 0)
}

for (const threads of [0, 4]) {
  const seed = 20261122 + threads
  test.serial(
    `search: with little cache and ${threads} threads all is found, seed=${seed}`,
    async (t) => {
      const random = randomOf(seed)
      const folder = await temporaryFolder(t)
      let db = await openDatabase(t, folder, { cacheBytes, threads })
      const definition = { type: 'vector', dims, space: 'l2' } as const
      const word = { type: 'keyword' } as const
      let index = await db.createIndex<Doc>('i', { v: definition, word })
      const model = new Model(t, random, () => index)
      await model.load(documentCount)
      let evictionCount = 0
      for (let round = 0; round < rounds; round++) {
        if (random.chance(0.3)) await model.load(random.int(200))
        if (random.chance(0.3)) await model.delete(random.int(100))
        const jobs: Promise<unknown>[] = []
        if (random.chance(0.2)) jobs.push(index.flush())
        if (random.chance(0.15)) jobs.push(index.merge(1 + random.int(2)))
        model.count()
        await Promise.all([...jobs, ...Array.from({ length: 6 }, () => model.search())])
        t.deepEqual(index.stats()?.jobFailures, [])
        if (!random.chance(0.1)) continue
        evictionCount += evictionsOf(db)
        await db.close()
        db = await openDatabase(t, folder, { cacheBytes, threads })
        index = db.index('i')
      }
      t.true(evictionCount + evictionsOf(db) > 0, 'it was little')
      t.true(
        model.nearestCount / model.hitCount > 0.97,
        `${model.nearestCount} of ${model.hitCount}`
      )
    }
  )
}
