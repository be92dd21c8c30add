/**
 * Goal     who asks for the first few gets the first few of all: a page of candidates of hash terms is that part of the whole list,
 *          with the same totals and scores, though only the best of them are compared to their ends.
 * Method   Documents with many equal vectors and equal scores, whole numbers and decimals, in segments and the write buffer, some
 *          deleted; the judge is the same query with a size for which all candidates are listed.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Client } from '@elastic/elasticsearch'
import test from 'ava'
import { embedded } from '../../src/client/index.ts'
import { open } from '../../src/rest/index.ts'
import { uniformOf } from '../support/vector-sets.ts'

const seed = 20_261_124
const dims = 96
const documentCount = 700
const candidates = 260
const uniform = uniformOf(seed)
const below = (count: number): number => Math.floor(uniform() * count)

/** Near one of a few centres; every fifth is the vector before, moved so little that its score may be the same. */
function drawVectors(kind: Kind): number[][] {
  const centres = Array.from({ length: 6 }, () => Array.from({ length: dims }, () => below(200)))
  const vectors: number[][] = []
  for (let at = 0; at < documentCount; at++) {
    const before = vectors.at(-1)
    if (before !== undefined && at % 5 < 2) vectors.push(at % 5 === 0 ? before : nudged(before))
    else
      vectors.push(
        centres[below(6)]!.map((value) =>
          kind === 'bytes' ? value + below(40) : value / 100 + uniform()
        )
      )
  }
  return vectors
}

const nudged = (vector: readonly number[]): number[] =>
  vector.map((value, dim) => (dim === 3 ? value + 1 : value))

type Kind = 'bytes' | 'decimals'
type Page = { readonly from: number; readonly size: number; readonly [name: string]: unknown }

const pages: readonly Page[] = [
  { from: 0, size: 1 },
  { from: 0, size: 10 },
  { from: 7, size: 20 },
  { from: 0, size: 100 },
  { from: 250, size: 30 },
  { from: 0, size: 10, track_total_hits: 5 },
  { from: 0, size: 10, track_total_hits: false },
  { from: 0, size: 10, sort: [{ n: 'desc' }, '_score'] },
  { from: 0, size: 10, sort: ['_score', { n: 'desc' }] }
]

for (const kind of ['bytes', 'decimals'] as const) {
  for (const similarity of ['l2', 'cosine'] as const) {
    test(`${similarity} over ${kind}: a page is a part of the whole list`, async (t) => {
      const data = await mkdtemp(path.join(tmpdir(), 'leveret-elastiknn-pages-'))
      const db = await open(data, { reserveFileBytes: 0 })
      const client = new Client(embedded(db))
      const vectors = drawVectors(kind)
      const width = kind === 'bytes' ? { w: 400 } : { w: 6 }
      const options = { dims, model: 'lsh', similarity, L: 30, k: 1 }
      const elastiknn = similarity === 'l2' ? { ...options, ...width } : options
      const field = { type: 'elastiknn_dense_float_vector', elastiknn }
      const mappings = { properties: { v: field, n: { type: 'integer' } } } as never
      await client.indices.create({ index: 'pages', mappings })
      for (let from = 0; from < documentCount; from += 300) {
        const operations = vectors
          .slice(from, from + 300)
          .flatMap((v, at) => [{ index: { _id: String(from + at) } }, { v, n: from + at }])
        const answer = await client.bulk({ index: 'pages', operations })
        t.false(answer.errors)
        if (from < 600) await client.indices.flush({ index: 'pages' })
      }
      for (let at = 0; at < documentCount; at += 37)
        await client.delete({ index: 'pages', id: String(at) })
      for (let round = 0; round < 12; round++) {
        const vec = vectors[below(documentCount)]!.map((value) => value + below(3))
        const body = { field: 'v', vec, model: 'lsh', similarity, candidates }
        const ask = async (asked: Page): ReturnType<typeof client.search> =>
          client.search({
            index: 'pages',
            query: { elastiknn_nearest_neighbors: body } as never,
            _source: false,
            ...asked
          })
        for (const page of pages) {
          const whole = await ask({ ...page, from: 0, size: 10_000 })
          const part = await ask(page)
          const about = `seed ${seed}, round ${round}: ${JSON.stringify(page)}`
          const expected = whole.hits.hits.slice(page.from, page.from + page.size)
          t.deepEqual(part.hits.hits, expected, about)
          t.deepEqual(part.hits.total, whole.hits.total, about)
          t.is(part.hits.max_score, whole.hits.max_score, about)
          t.true(whole.hits.hits.length > 500, about)
        }
        const half = (await ask({ from: 0, size: 10_000 })).hits.hits[300]!._score
        const fewer = { from: 0, size: 10, min_score: half }
        const whole = await ask({ ...fewer, size: 10_000 })
        const part = await ask(fewer)
        t.deepEqual(part.hits.hits, whole.hits.hits.slice(0, 10))
        t.deepEqual(part.hits.total, whole.hits.total)
      }
      await db.close()
      await rm(data, { recursive: true, force: true })
    })
  }
}
