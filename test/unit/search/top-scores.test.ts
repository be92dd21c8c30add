import test from 'ava'
import { Deadline } from '../../../src/search/deadline.ts'
import { TopScores } from '../../../src/search/top-scores.ts'
import { finishAtOnce, isList } from '../../../src/util/index.ts'
import { below, randomOf } from '../../support/segment-documents.ts'

const seed = 4
/** Few different scores: many are equal. Zero comes with both signs, which are equal too. */
const given = [
  { title: 'all scores differ', scoreOf: (random: () => number) => Math.fround(random() - 0.5) },
  { title: 'many are equal', scoreOf: (random: () => number) => below(random, 7) - 3 },
  { title: 'all are equal', scoreOf: () => 1 },
  { title: 'zeros of both signs', scoreOf: (random: () => number) => (random() < 0.5 ? -0 : 0) },
  { title: 'some without end', scoreOf: (random: () => number) => (random() < 0.5 ? -Infinity : 1) }
]

for (const { title, scoreOf } of given) {
  test(`TopScores: the best come first, of equals the earlier, ${title}`, (t) => {
    const random = randomOf(seed)
    for (const capacity of [0, 1, 2, 7, 64, 1000]) {
      for (const docCount of [0, 1, capacity, 2 * capacity, 2 * capacity + 1, 5000]) {
        const top = new TopScores(capacity)
        const docs: { segment: number; docId: number; score: number }[] = []
        for (let at = 0; at < docCount; at++) {
          const [segment, docId] = [Math.floor(at / 700), at % 700]
          if (docId === 0) top.startSegment(segment)
          const score = scoreOf(random)
          docs.push({ segment, docId, score })
          t.is(top.isFull, at >= capacity)
          top.collect(docId, score)
        }
        const best = docs.map((doc, at) => ({ doc, at }))
        best.sort((a, b) => (a.doc.score === b.doc.score ? a.at - b.at : b.doc.score - a.doc.score))
        const wanted = best.slice(0, capacity).map(({ doc }) => ({ ...doc, sort: null }))
        const listed = top.list(new Deadline())
        const list = isList(listed) ? listed : finishAtOnce(listed)
        t.deepEqual([...list], wanted, `capacity ${capacity} of ${docCount}`)
      }
    }
  })
}
