import test from 'ava'
import { Deadline } from '../../../src/search/deadline.ts'
import { TopSorted } from '../../../src/search/top-sorted.ts'
import { finishAtOnce, isList } from '../../../src/util/index.ts'
import { below, randomOf } from '../../support/segment-documents.ts'
import { segmentsOf } from './fixture.ts'

const seed = 5
/** What documents are sorted by, upwards: of equals the first one seen comes first. */
const given: readonly { title: string; keyOf: (docId: number, random: () => number) => number }[] =
  [
    { title: 'they come in order', keyOf: (docId) => docId },
    { title: 'they come in the opposite order', keyOf: (docId) => -docId },
    { title: 'they come in order for some time', keyOf: (docId) => (docId < 800 ? docId : 5) },
    { title: 'all are equal', keyOf: () => 1 },
    { title: 'many are equal', keyOf: (_docId, random) => below(random, 7) },
    { title: 'they come anyhow', keyOf: (_docId, random) => random() }
  ]

for (const { title, keyOf } of given) {
  test(`TopSorted: the first ones are kept in order when ${title}`, (t) => {
    const random = randomOf(seed)
    for (const capacity of [0, 1, 2, 7, 300, 1000]) {
      for (const docCount of [0, 1, capacity, capacity + 1, 2 * capacity, 3000]) {
        const top = new TopSorted({
          capacity,
          keys: [{ type: 'score', descending: false }],
          segments: segmentsOf([]),
          target: 0,
          after: null,
          withScores: true,
          isIndexOrder: false
        })
        top.startSegment(0)
        const docs: { docId: number; score: number }[] = []
        for (let docId = 0; docId < docCount; docId++) {
          const score = keyOf(docId, random)
          docs.push({ docId, score })
          top.collect(docId, score)
        }
        finishAtOnce(top.endSegment(new Deadline()))
        docs.sort((a, b) => a.score - b.score || a.docId - b.docId)
        const wanted = docs
          .slice(0, capacity)
          .map((doc) => ({ ...doc, segment: 0, sort: [doc.score] }))
        const listed = top.list(new Deadline())
        const list = isList(listed) ? listed : finishAtOnce(listed)
        t.deepEqual([...list], wanted, `seed ${seed}, capacity ${capacity} of ${docCount}`)
      }
    }
  })
}
