/** Goal: a page of hits that is kept by columns is the page that was given. */
import test from 'ava'
import fc from 'fast-check'
import { HitColumns } from '../../../src/node/hit-columns.ts'
import type { NodeHit } from '../../../src/node/index.ts'

const fewOf = <T>(value: fc.Arbitrary<T>, none: T): fc.Arbitrary<T> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(none) }, { weight: 1, arbitrary: value })
const value = fc.oneof(fc.double(), fc.bigInt(), fc.string(), fc.constant(null))
const values = fc.array(value, { maxLength: 3 })
const someValues = fc.array(value, { minLength: 1, maxLength: 3 })

const hit: fc.Arbitrary<NodeHit> = fc.record({
  index: fewOf(fc.string(), 'one'),
  id: fc.string(),
  routing: fewOf<string | null>(fc.string(), null),
  score: fewOf<number | null>(fc.double(), 1),
  sort: fewOf<readonly unknown[] | null>(values, null),
  source: fewOf<Uint8Array | null>(fc.uint8Array(), null),
  fields: fewOf<ReadonlyMap<string, readonly unknown[]> | null>(
    fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), someValues)).map((all) => new Map(all)),
    null
  ),
  matched: fewOf<NodeHit['matched']>(
    fc.array(fc.record({ name: fc.constantFrom('x', 'y'), score: fc.double() }), { maxLength: 2 }),
    []
  ),
  version: fewOf<number | null>(fc.nat(), null),
  seqNo: fewOf<number | null>(fc.nat(), 0)
})

test('HitColumns: gives back the hits that came, in any order, as often as asked', (t) => {
  const seed = 20261122
  fc.assert(
    fc.property(fc.array(hit, { maxLength: 12 }), (hits) => {
      const columns = new HitColumns()
      for (const each of hits) columns.add(each)
      const list = columns.list()
      t.is(list.length, hits.length)
      t.deepEqual([...list], hits)
      for (let at = hits.length - 1; at >= 0; at--) t.deepEqual(list.at(at), hits[at])
      t.deepEqual(list.at(-1), hits.at(-1))
      t.is(list.at(hits.length), undefined)
    }),
    { seed, numRuns: 300 }
  )
})
