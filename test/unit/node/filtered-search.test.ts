import test from 'ava'
import fc from 'fast-check'
import { nearest, vectors } from '../../support/nearest.ts'
import { openDatabase, temporaryFolder } from '../../support/temporary-node.ts'

const docCount = 12_000
const seed = 31

test('search: any filter gives min(k, m) hits that match, through a graph, a buffer and deleted documents', async (t) => {
  t.timeout(600_000)
  const db = await openDatabase(t, await temporaryFolder(t), { automaticJobs: false })
  type Row = { v: Float32Array; year: number; half: string }
  const index = await db.createIndex<Row>('rows', {
    v: { type: 'vector', dims: 8, space: 'l2' },
    year: { type: 'integer' },
    half: { type: 'keyword' }
  })
  const rows = vectors(docCount, 8, seed)
  const docOf = (at: number): readonly [string, Row] => [
    String(at),
    { v: rows[at]!, year: at, half: at % 2 === 0 ? 'even' : 'odd' }
  ]
  const all = [...rows.keys()]
  // 11,000 in a graph, the others in the write buffer; every 7th is deleted.
  await index.putMany(all.slice(0, 11_000).map(docOf))
  await index.flush()
  await index.putMany(all.slice(11_000).map(docOf))
  await Promise.all(all.filter((at) => at % 7 === 0).map((at) => index.delete(String(at))))

  let foundCount = 0
  let wantedCount = 0
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: docCount }),
      fc.oneof(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: docCount })),
      fc.constantFrom('even', 'odd', null),
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 0, max: docCount - 1 }),
      (from, width, half, k, queryAt) => {
        const range = { range: { year: { gte: from, lt: from + width } } }
        const filter = half === null ? range : { bool: { filter: [range, { term: { half } }] } }
        const accept = (at: number): boolean =>
          at % 7 !== 0 &&
          at >= from &&
          at < from + width &&
          (half === null || (at % 2 === 0) === (half === 'even'))
        const matchCount = all.filter(accept).length
        const vector = rows[queryAt]!
        const { hits } = index.search({ knn: { field: 'v', vector, k, filter }, source: false })
        const ids = hits.map((hit) => Number(hit.id))
        const wanted = new Set(nearest(rows, vector, k, accept))
        foundCount += ids.filter((id) => wanted.has(id)).length
        wantedCount += wanted.size
        return (
          ids.length === Math.min(k, matchCount) &&
          new Set(ids).size === ids.length &&
          ids.every(accept) &&
          hits.every((hit, at) => at === 0 || hit.score <= hits[at - 1]!.score)
        )
      }
    ),
    { seed, numRuns: 150 }
  )
  const recall = foundCount / wantedCount
  t.log(`recall ${recall.toFixed(4)} of ${wantedCount} filtered neighbours`)
  t.true(recall >= 0.95, `seed ${seed}: recall ${recall}`)
})
