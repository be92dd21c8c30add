/** Searches by other threads through the embedded API: what a search of the same moment finds, whatever happens meanwhile. */
import test from 'ava'
import type { EmbeddedSearch } from '../../../src/node/index.ts'
import { VectorStoreError } from '../../../src/util/index.ts'
import { openDatabase, temporaryFolder } from '../../support/temporary-node.ts'
import { uniformOf } from '../../support/vector-sets.ts'

const seed = 20_261_121
/** A scan of all takes more than the 2 ms that are worth another thread, and they do not fit the cache. */
const dims = 2_048
const count = 3_000

type Doc = { readonly v: Float32Array; readonly n: number }

for (const threads of [0, 2])
  test(`searchAsync: with ${threads} threads it finds what search finds in the same moment, while documents come and go and segments merge`, async (t) => {
    t.log(`seed ${seed}`)
    const uniform = uniformOf(seed)
    const vector = (): Float32Array => Float32Array.from({ length: dims }, () => uniform() - 0.5)
    const db = await openDatabase(t, await temporaryFolder(t), { threads, cacheBytes: 20 << 20 })
    const index = await db.createIndex<Doc>('a', {
      v: { type: 'vector', dims, space: 'l2', index: 'flat' },
      n: { type: 'integer' }
    })
    const docs = Array.from({ length: count }, (_, at) => [String(at), { v: vector(), n: at % 5 }])
    await index.putMany(docs as [string, Doc][])
    await index.merge()
    const request = (): EmbeddedSearch => {
      const filter = uniform() < 0.3 ? { filter: { term: { n: 3 } } } : {}
      return { knn: { field: 'v', vector: vector(), k: 12, ...filter }, source: false }
    }
    for (let round = 0; round < 10; round++) {
      const asked = Array.from({ length: 8 }, async () => {
        const one = request()
        const wanted = index.search(one)
        const found = await index.searchAsync(one)
        t.deepEqual(found.hits, wanted.hits)
        t.is(found.total, wanted.total)
      })
      for (let at = 0; at < 20; at++) await index.delete(String(Math.floor(uniform() * count)))
      await index.put(`new ${round}`, { v: vector(), n: 3 })
      if (round % 3 === 2) await index.merge()
      await Promise.all(asked)
    }
    const query = Array.from(vector())
    const wanted = index.search({ knn: { field: 'v', vector: query, k: 5 } }).hits
    const knn = { field: 'v', query_vector: query, k: 5, num_candidates: 50 }
    const body = { knn, _source: false }
    const lines = `{}\n${JSON.stringify(body)}\n`.repeat(2)
    const [alone, several] = await Promise.all([
      db.handle({ method: 'POST', path: '/a/_search', body }),
      db.handle({ method: 'POST', path: '/a/_msearch', body: lines })
    ])
    const ids = wanted.map(({ id }) => id)
    t.deepEqual(idsOf(JSON.parse(String(alone.body))), ids)
    const { responses } = JSON.parse(String(several.body)) as {
      readonly responses: readonly unknown[]
    }
    t.deepEqual(responses.map(idsOf), [ids, ids])
    // Closing waits for those that are under way.
    const last = Array.from({ length: 6 }, () => index.searchAsync(request()))
    const ends = await Promise.allSettled([db.close(), ...last])
    for (const end of ends) {
      if (end.status === 'fulfilled') continue
      t.true(end.reason instanceof VectorStoreError, String(end.reason))
    }
  })

test('searchAsync: a walk that cannot answer is followed by a scan in slices, with what search finds', async (t) => {
  const uniform = uniformOf(seed)
  const near = (): Float32Array => Float32Array.from({ length: dims }, () => uniform() - 0.5)
  const db = await openDatabase(t, await temporaryFolder(t))
  const index = await db.createIndex<Doc>('a', {
    v: { type: 'vector', dims, space: 'l2', index: 'hnsw' },
    n: { type: 'integer' }
  })
  const docs = Array.from({ length: count / 2 }, (_, at) => [String(at), { v: near(), n: at }])
  await index.putMany(docs as [string, Doc][])
  await index.merge()
  const strategyOf = (knn: EmbeddedSearch['knn']): unknown =>
    JSON.stringify(index.search({ knn: knn!, source: false, profile: true }).profile)
  const request = (vector: Float32Array): EmbeddedSearch => ({
    knn: { field: 'v', vector, k: 10, candidates: 10 },
    source: false
  })
  // Far outside the range of the codes: they cannot tell where it is.
  const far = request(near().map((value) => 50 * value))
  t.regex(String(strategyOf(request(near()).knn)), /"strategy":"graph"/)
  t.regex(String(strategyOf(far.knn)), /"strategy":"exact"/)
  let turnCount = 0
  const beat = (): void => {
    turnCount += 1
    turn = setImmediate(beat)
  }
  let turn = setImmediate(beat)
  const found = await Promise.all(Array.from({ length: 20 }, () => index.searchAsync(far)))
  clearImmediate(turn)
  const { hits } = index.search(far)
  for (const one of found) t.deepEqual(one.hits, hits)
  t.true(turnCount >= 2, `${turnCount} turns`)
})

function idsOf(answer: unknown): string[] {
  const { hits } = answer as { readonly hits: { readonly hits: readonly { _id: string }[] } }
  return hits.hits.map(({ _id }) => _id)
}
