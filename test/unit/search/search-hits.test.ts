import test from 'ava'
import type { SearchTarget } from '../../../src/search/index.ts'
import { FoundColumns } from '../../../src/search/found-doc.ts'
import type { FoundDoc } from '../../../src/search/found-doc.ts'
import { SearchHits } from '../../../src/search/search-hits.ts'
import { MadeList } from '../../../src/util/index.ts'
import { segmentsOf, target } from './fixture.ts'

const targets: readonly SearchTarget[] = [
  target(segmentsOf([{}], [{}], [{}]), { type: 'matchAll' }),
  { ...target(segmentsOf([{}], [{}]), { type: 'matchAll' }), index: 1 }
]
const docs: readonly FoundDoc[] = [
  { segment: 2, docId: 7, score: 0.5, sort: null },
  { segment: 0, docId: 3, score: 0.25, sort: null },
  { segment: 1, docId: 9, score: 0.25, sort: null },
  { segment: 0, docId: 1, score: 0.125, sort: null }
]
const columns = new FoundColumns(
  Float64Array.from(docs.flatMap(({ segment, docId, score }) => [score!, docId, segment])),
  0,
  docs.length
)
const namesOf = (at: number): { name: string; score: number }[] => [{ name: `n${at}`, score: at }]

test('SearchHits: columns, lists that are made and objects tell the same hits', (t) => {
  const made = new MadeList(docs.length, (at) => ({ ...docs[at]! }))
  for (const from of [0, 1, 3, 4]) {
    const expected = docs.slice(from).map(({ segment, docId, score }, at) => ({
      target: 0,
      segment: targets[0]!.segments[segment]!,
      docId,
      score,
      sort: null,
      matched: namesOf(at)
    }))
    for (const list of [docs, made, columns]) {
      const page = { docs: list.slice(from, docs.length), targets: null }
      const hits = new SearchHits(page, targets, namesOf)
      t.deepEqual([...hits], expected)
      t.deepEqual(hits.at(-1), expected.at(-1))
      t.is(hits.at(hits.length), undefined)
      const places = [...expected.keys()].toReversed()
      t.deepEqual(
        places.map((at) => [hits.docIdAt(at), hits.segmentAt(at), hits.scoreAt(at)]),
        places.map((at) => {
          const { docId, segment, score } = expected[at]!
          return [docId, segment, score]
        })
      )
    }
  }
})

test('SearchHits: hits of several targets have the segments of theirs', (t) => {
  const found = [docs[1]!, docs[2]!, { ...docs[2]!, sort: [5] }]
  const sorted = { ...targets[1]!, sort: [{ type: 'doc', descending: false }] } as const
  const hits = new SearchHits({ docs: found, targets: [1, 0, 1] }, [targets[0]!, sorted], null)
  t.deepEqual(
    [...hits].map(({ target: position, segment, sort, matched }) => [
      position,
      segment,
      sort,
      matched.length
    ]),
    [
      [1, sorted.segments[0], null, 0],
      [0, targets[0]!.segments[1], null, 0],
      [1, sorted.segments[1], [5], 0]
    ]
  )
})

test('FoundColumns: a part of them has the numbers of those documents alone', (t) => {
  const part = columns.slice(1, 3)
  t.deepEqual([...part], docs.slice(1, 3))
  t.deepEqual(Array.from(part.slice(1, 9)), docs.slice(2, 3))
  t.is(columns.slice(4, 9).length, 0)
})

test('SearchHits: it is known of all together whether they are of one segment, and bare', (t) => {
  const page = { docs, targets: null }
  const lone = target(segmentsOf([{}]), { type: 'matchAll' })
  const sorted = { ...lone, sort: [{ type: 'doc', descending: false }] } as const
  const factsOf = ({ onlySegment, areBare }: SearchHits): unknown[] => [onlySegment, areBare]
  const segment = lone.segments[0]!
  t.deepEqual(factsOf(new SearchHits(page, [lone], null)), [segment, true])
  t.deepEqual(factsOf(new SearchHits(page, [lone], namesOf)), [segment, false])
  t.deepEqual(factsOf(new SearchHits(page, [sorted], null)), [segment, false])
  t.deepEqual(factsOf(new SearchHits(page, [lone, sorted], null)), [null, false])
  t.deepEqual(factsOf(new SearchHits(page, [targets[0]!], null)), [null, true])
})
