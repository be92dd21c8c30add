/** Goal: documents of a list are visited segment by segment, forward, each with its place in the list. */
import test from 'ava'
import fc from 'fast-check'
import { Deadline } from '../../../src/search/deadline.ts'
import { indexOrder } from '../../../src/search/index-order.ts'
import { finishAtOnce, MadeList } from '../../../src/util/index.ts'

const doc = fc.record({
  segment: fc.nat({ max: 3 }),
  docId: fc.oneof(fc.nat({ max: 9 }), fc.nat({ max: 2 ** 31 - 1 })),
  score: fc.constant(1)
})

test('indexOrder: every document comes once, with its place, in the order of segments and documents', (t) => {
  const seed = 20261122
  fc.assert(
    fc.property(fc.array(doc, { maxLength: 40 }), (docs) => {
      const order = finishAtOnce(indexOrder(docs, new Deadline()))
      const wanted = docs
        .map(({ segment, docId }, place) => ({ segment, docId, place }))
        .toSorted((a, b) => a.segment - b.segment || a.docId - b.docId || a.place - b.place)
      t.deepEqual(
        Array.from({ length: order.length }, (_, at) => ({
          segment: order.segmentAt(at),
          docId: order.docAt(at),
          place: order.placeAt(at)
        })),
        wanted
      )
    }),
    { seed, numRuns: 300 }
  )
})

test('indexOrder: a page may be as long as a window of results, millions', (t) => {
  const count = 2 ** 22 + 2
  const docs = new MadeList(count, (at) => ({ segment: 0, docId: 2 * (count - at), score: 1 }))
  const order = finishAtOnce(indexOrder(docs, new Deadline()))
  for (const at of [0, 1, count - 1])
    t.deepEqual([order.docAt(at), order.placeAt(at)], [2 * (at + 1), count - 1 - at])
})
