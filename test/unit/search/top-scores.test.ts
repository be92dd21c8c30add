/** Judged by sorting: the best score first, and of equal ones who came first. */
import test from 'ava'
import { Deadline } from '../../../src/search/deadline.ts'
import type { FoundColumns } from '../../../src/search/found-doc.ts'
import { TopScores } from '../../../src/search/top-scores.ts'
import { finishAtOnce, isList } from '../../../src/util/index.ts'
import { randomOf } from './random.ts'
import type { Random } from './random.ts'

const seed = 20_261_122

const scores: Readonly<Record<string, (random: Random, at: number) => number>> = {
  'spread evenly': (random) => Math.fround(random.int(2 ** 24) / 2 ** 24),
  'mostly equal': (random) => random.int(3) / 4,
  'all equal': () => 0.75,
  'with one far away': (random, at) => (at === 7 ? 1e30 : random.int(1000)),
  'of all magnitudes': (random) => 10 ** (random.int(60) - 30) * (random.chance(0.5) ? -1 : 1),
  'no float32': (random) => random.int(100) / 7,
  'zeros of both signs': (random) => (random.chance(0.5) ? -0 : 0),
  'without end': (random) => random.pick([Infinity, -Infinity, 1, 2]),
  falling: (_, at) => -at,
  rising: (_, at) => at
}

function listOf(top: TopScores): FoundColumns {
  const listed = top.list(new Deadline())
  return isList(listed) ? listed : finishAtOnce(listed)
}

for (const [name, scoreOf] of Object.entries(scores))
  test(`TopScores: the best of many, scores ${name}`, (t) => {
    const random = randomOf(seed)
    for (const capacity of [0, 1, 2, 10, 100, 511, 512, 513, 2000])
      for (const count of [0, 1, 2, 9, 100, 512, 600, 1500]) {
        const top = new TopScores(capacity)
        const all = Array.from({ length: count }, (_, at) => ({
          segment: Math.floor(at / 300),
          docId: at * 2,
          score: scoreOf(random, at),
          sort: null
        }))
        for (const [at, { segment, docId, score }] of all.entries()) {
          if (at % 300 === 0) top.startSegment(segment)
          top.collect(docId, score)
        }
        const found = listOf(top)
        // The sort is stable.
        const expected = all.toSorted((a, b) => (a.score === b.score ? 0 : b.score - a.score))
        t.deepEqual([...found], expected.slice(0, capacity), `${count} of ${capacity}`)
      }
  })

test('TopScores: two at a time, and what was listed before, have numbers of their own', (t) => {
  const tops = [new TopScores(10), new TopScores(10)]
  for (let at = 0; at < 20; at++) tops[at % 2]!.collect(at, at)
  const listed = tops.map(listOf)
  const later = new TopScores(10)
  for (let at = 0; at < 10; at++) later.collect(at, 1000)
  const found = listed.map((list) => [...list].map(({ score }) => score))
  t.deepEqual(found, [
    [18, 16, 14, 12, 10, 8, 6, 4, 2, 0],
    [19, 17, 15, 13, 11, 9, 7, 5, 3, 1]
  ])
})
