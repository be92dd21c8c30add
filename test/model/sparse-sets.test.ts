/**
 * Exact searches of sets give what comparing all of them gives, ties in the order of the documents. Method: random sets, many of
 * them alike, in segments and write buffer, with deletes and merges between; models, filters and pages at random.
 */
import test from 'ava'
import type { OpenDatabase } from '../../src/rest/index.ts'
import { openDatabase, temporaryFolder } from '../support/temporary-node.ts'
import { randomOf } from '../unit/search/random.ts'
import type { Random } from '../unit/search/random.ts'

type Doc = { readonly indices: readonly number[]; readonly tag: number }
type Hit = { readonly _id: string; readonly _score: number }
type Answer = {
  readonly hits: { readonly total: { readonly value: number }; readonly hits: Hit[] }
}

const type = 'elastiknn_sparse_bool_vector'

async function call(db: OpenDatabase, path: string, body: object | string = {}): Promise<unknown> {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const headers = { 'content-type': 'application/json' }
  const method = path.includes('/_') ? 'POST' : 'PUT'
  const answer = await db.handle({ method, path, headers, body: text })
  if (answer.status !== 200) throw new Error(String(answer.body))
  return JSON.parse(String(answer.body))
}

/** Mostly of few indices, so that many have some in common. */
function setOf(random: Random, dims: number): number[] {
  const index = (): number => random.int(random.chance(0.2) ? dims : Math.min(dims, 40))
  return [...new Set(random.list(20, index))]
}

function scoreOf(
  similarity: string,
  a: readonly number[],
  b: readonly number[],
  dims: number
): number {
  const common = a.filter((index) => b.includes(index)).length
  if (similarity === 'hamming') return (dims - a.length - b.length + 2 * common) / dims
  return a.length + b.length === 0 ? 1 : common / (a.length + b.length - common)
}

for (const dims of [40, 50_000])
  test(`elastiknn_nearest_neighbors: sets of ${dims} as comparing all of them says, seed=${dims}`, async (t) => {
    const random = randomOf(dims)
    const db = await openDatabase(t, await temporaryFolder(t))
    const field = (elastiknn: object): object => ({ type, elastiknn: { dims, ...elastiknn } })
    const fields = { exact: field({}), sparse_indexed: field({ model: 'sparse_indexed' }) }
    await call(db, '/i', { mappings: { properties: { ...fields, tag: { type: 'integer' } } } })
    // A document that is written again stands last.
    const docs = new Map<string, Doc>()
    for (let round = 0; round < 5; round++) {
      const lines: string[] = []
      for (let at = 0; at < 300; at++) {
        const id = `${random.int(900)}`
        const doc = { indices: setOf(random, dims), tag: random.int(10) }
        docs.delete(id)
        docs.set(id, doc)
        const vector = [doc.indices, dims]
        const source = { exact: vector, sparse_indexed: vector, tag: doc.tag }
        lines.push(`{"index":{"_id":"${id}"}}`, JSON.stringify(source))
      }
      for (const id of [...docs.keys()].slice(0, 20)) {
        docs.delete(id)
        lines.push(`{"delete":{"_id":"${id}"}}`)
      }
      await call(db, '/i/_bulk', `${lines.join('\n')}\n`)
      if (random.chance(0.6)) await call(db, '/i/_flush')
      if (random.chance(0.3)) await call(db, '/i/_forcemerge?max_num_segments=1')
      for (let query = 0; query < 12; query++) {
        const indices = setOf(random, dims)
        const similarity = random.pick(['jaccard', 'hamming'])
        const model = random.pick(['exact', 'sparse_indexed'])
        const from = random.pick([0, 0, 7])
        const size = random.pick([1, 10, 400])
        const below = random.pick([2, 10])
        const near = { field: model, vec: [indices, dims], model, similarity }
        const must = { elastiknn_nearest_neighbors: near }
        const filter = { range: { tag: { lt: below } } }
        const answer = await call(db, '/i/_search', {
          from,
          size,
          _source: false,
          query: below === 10 ? must : { bool: { must, filter } }
        })
        const isHit = (doc: Doc): boolean =>
          doc.tag < below &&
          (model === 'exact' || doc.indices.some((index) => indices.includes(index)))
        const wanted = [...docs]
          .filter(([, doc]) => isHit(doc))
          .map(([id, doc]) => ({ id, score: scoreOf(similarity, indices, doc.indices, dims) }))
          .toSorted((a, b) => Math.fround(b.score) - Math.fround(a.score))
        const { total, hits } = (answer as Answer).hits
        const what = JSON.stringify({ round, near, from, size, below })
        t.is(total.value, wanted.length, what)
        const page = wanted.slice(from, from + size)
        t.deepEqual(
          hits.map(({ _id }) => _id),
          page.map(({ id }) => id),
          what
        )
        for (const [at, { score }] of page.entries())
          t.true(Math.abs(hits[at]!._score - score) < 1e-6, what)
      }
    }
  })
