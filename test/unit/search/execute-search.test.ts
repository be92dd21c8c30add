import test from 'ava'
import { countMatches, visitMatches } from '../../../src/search/index.ts'
import type { SegmentView } from '../../../src/segment/index.ts'
import { describe } from '../../../src/query/index.ts'
import { finishAtOnce } from '../../../src/util/index.ts'
import { append, openSegment, request, target } from './fixture.ts'
import { evaluate, modelDoc } from './model.ts'
import type { Model, ModelDoc } from './model.ts'
import { randomDoc, randomOf, randomQuery } from './random.ts'
import type { Random } from './random.ts'
import { executeSearch } from '../../support/execute-search.ts'

function randomIndex(random: Random): { model: Model; segments: SegmentView[] } {
  const roots: ModelDoc[] = []
  const segments: SegmentView[] = []
  for (let generation = 0; generation < 3; generation++) {
    const segment = openSegment(generation)
    for (let count = 5 + random.int(15); count > 0; count--) {
      const id = `d${roots.length}`
      const doc = randomDoc(random)
      const root = modelDoc(id, doc)
      const docId = append(segment, id, doc)
      roots.push(root)
      if (random.chance(0.15)) {
        segment.delete(docId)
        root.live = false
      }
    }
    segments.push(segment.view())
  }
  return { model: { roots }, segments }
}

test('executeSearch: random queries find what a look at every document finds, with its scores', (t) => {
  const seed = 20_261_121
  for (let round = 0; round < 60; round++) {
    const random = randomOf(seed + round)
    const { model, segments } = randomIndex(random)
    for (let query = 0; query < 25; query++) compare(random, `seed ${seed + round} query ${query}`)

    function compare(draw: Random, place: string): void {
      const query = randomQuery(draw, 3)
      const where = `${place}: ${describe(query)}`
      const expected = model.roots.flatMap((root, at) => {
        const score = root.live ? evaluate(model, query, root) : null
        return score === null ? [] : [{ id: root.id, score, at }]
      })
      const whole = executeSearch(request([target(segments, query)], { size: 1000 }))
      const got = new Map(
        whole.hits.map((hit) => [hit.segment.reader.stored(hit.docId).id, hit.score!])
      )
      t.deepEqual([...got.keys()].sort(), expected.map(({ id }) => id).sort(), where)
      for (const { id, score } of expected) {
        const difference = Math.abs(got.get(id)! - score)
        t.true(difference <= 2e-6 * Math.max(1, Math.abs(score)), `${where} ${id}: ${score}`)
      }
      t.is(whole.total?.value, expected.length, where)
      t.is(finishAtOnce(countMatches([target(segments, query)])), expected.length, where)
      const visited: string[] = []
      const visit = ({ reader }: SegmentView, docId: number): boolean => {
        visited.push(reader.stored(docId).id)
        return true
      }
      finishAtOnce(visitMatches(target(segments, query), visit))
      t.deepEqual(
        visited,
        expected.map(({ id }) => id),
        where
      )
      const page = executeSearch(request([target(segments, query)], { from: 2, size: 5 }))
      t.deepEqual(
        page.hits.map((hit) => hit.segment.reader.stored(hit.docId).id),
        whole.hits.slice(2, 7).map((hit) => hit.segment.reader.stored(hit.docId).id),
        where
      )
    }
  }
})
