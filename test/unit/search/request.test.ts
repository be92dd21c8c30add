import test from 'ava'
import { countMatches, visitMatches } from '../../../src/search/index.ts'
import type { SearchTarget } from '../../../src/search/index.ts'
import type { KnnClause, Query } from '../../../src/query/index.ts'
import { compileScore } from '../../../src/script/index.ts'
import type { SegmentView } from '../../../src/segment/index.ts'
import { finishAtOnce, VectorStoreError } from '../../../src/util/index.ts'
import { append, fields, l2Score, openSegment, request, segmentsOf, target } from './fixture.ts'
import { executeSearch } from '../../support/execute-search.ts'

const byCount: Query = {
  type: 'scriptScore',
  query: { type: 'matchAll' },
  script: compileScore("doc['count'].value"),
  minScore: null
}
const counted = (...counts: readonly number[]): { count: bigint[] }[] =>
  counts.map((count) => ({ count: [BigInt(count)] }))
const atLeast = (least: bigint): Query => ({
  type: 'longRange',
  field: fields.count,
  from: least,
  to: 1000n
})
const scores = (targets: readonly SearchTarget[], rest: object = {}): (number | null)[] =>
  executeSearch(request(targets, rest)).hits.map(({ score }) => score)

test('executeSearch: totals are exact up to the limit asked for, then a lower bound', (t) => {
  const segments = segmentsOf(counted(1, 2, 3), counted(4, 5))
  const total = (query: Query, trackTotalHits: boolean | number): unknown =>
    executeSearch(request([target(segments, query)], { size: 1, trackTotalHits })).total
  for (const query of [byCount, atLeast(0n), { type: 'matchAll' } as const]) {
    t.deepEqual(total(query, true), { value: 5, relation: 'eq' })
    t.deepEqual(total(query, 5), { value: 5, relation: 'eq' })
    t.deepEqual(total(query, 3), { value: 3, relation: 'gte' })
    t.is(total(query, false), null)
  }
})

test('executeSearch: size 0 counts and has no best score', (t) => {
  const result = executeSearch(request([target(segmentsOf(counted(1, 2)), byCount)], { size: 0 }))
  t.deepEqual(result.hits, [])
  t.is(result.maxScore, null)
  t.deepEqual(result.total, { value: 2, relation: 'eq' })
})

test('executeSearch: a least score takes documents out of hits and total', (t) => {
  const targets = [target(segmentsOf(counted(1, 2, 3)), byCount)]
  const result = executeSearch(request(targets, { minScore: 2 }))
  t.deepEqual(
    result.hits.map(({ score }) => score),
    [3, 2]
  )
  t.deepEqual(result.total, { value: 2, relation: 'eq' })
  t.is(result.maxScore, 3)
})

test('executeSearch: filter and post filter do not score', (t) => {
  const segments = segmentsOf(counted(1, 2, 3, 4))
  const filter = atLeast(2n)
  const postFilter: Query = {
    ...atLeast(0n),
    type: 'longRange',
    field: fields.count,
    from: 0n,
    to: 3n
  }
  t.deepEqual(scores([target(segments, byCount, { filter, postFilter })]), [3, 2])
  t.is(finishAtOnce(countMatches([target(segments, null, { filter })])), 3)
})

test('executeSearch: deleted documents and those behind the watermark are not there', (t) => {
  const segment = openSegment(0)
  const first = append(segment, 'a', { count: [1n], children: [{ count: [1n] }] })
  append(segment, 'b', { count: [2n] })
  const before = segment.view()
  segment.delete(first)
  append(segment, 'a', { count: [3n] })
  const after = segment.view()
  t.deepEqual(scores([target([before], byCount)]), [2, 1])
  t.deepEqual(scores([target([after], byCount)]), [3, 2])
  t.is(finishAtOnce(countMatches([target([before], null)])), 2)
  t.is(finishAtOnce(countMatches([target([after], null)])), 2)
  const found = executeSearch(request([target([before], { type: 'ids', ids: ['a', 'zz'] })]))
  t.deepEqual(
    found.hits.map(({ docId }) => docId),
    [first]
  )
})

test('executeSearch: a rescored window is put in order again, together with the rest', (t) => {
  const segments = segmentsOf(counted(5, 4, 3), counted(2, 1))
  const rescore = (scoreMode: 'total' | 'multiply' | 'avg' | 'max' | 'min'): (number | null)[] =>
    scores([
      target(segments, byCount, {
        rescore: [
          {
            query: {
              type: 'scriptScore',
              query: { type: 'longRange', field: fields.count, from: 3n, to: 4n },
              script: compileScore("20 - 4 * doc['count'].value"),
              minScore: null
            },
            windowSize: 3,
            queryWeight: 2,
            rescoreQueryWeight: 0.5,
            scoreMode
          }
        ]
      })
    ])
  // Scores 5 4 3 2 1; the rescore query gives 4 to the second and 8 to the third.
  t.deepEqual(rescore('total'), [10, 10, 10, 4, 2])
  t.deepEqual(rescore('multiply'), [24, 16, 10, 4, 2])
  t.deepEqual(rescore('avg'), [10, 5, 5, 4, 2])
  t.deepEqual(rescore('max'), [10, 8, 6, 4, 2])
  t.deepEqual(rescore('min'), [10, 4, 4, 2, 2])
})

test('executeSearch: names of matching clauses come with their own scores', (t) => {
  const named: Query = {
    type: 'bool',
    must: [{ ...atLeast(1n), name: 'all', boost: 3 }],
    should: [{ ...atLeast(2n), name: 'some' }],
    filter: [],
    mustNot: [],
    minimumShouldMatch: null,
    boost: 10
  }
  const { hits } = executeSearch(request([target(segmentsOf(counted(1, 2)), named)]))
  t.deepEqual(
    hits.map(({ score, matched }) => [score, matched]),
    [
      [
        40,
        [
          { name: 'all', score: 3 },
          { name: 'some', score: 1 }
        ]
      ],
      [30, [{ name: 'all', score: 3 }]]
    ]
  )
})

test('executeSearch: a negative or missing score of a script is refused', (t) => {
  const failing = (source: string): VectorStoreError | undefined =>
    t.throws(
      () => {
        const query: Query = {
          type: 'scriptScore',
          query: { type: 'matchAll' },
          script: compileScore(source),
          minScore: null
        }
        executeSearch(request([target(segmentsOf(counted(1)), query)]))
      },
      { instanceOf: VectorStoreError }
    )
  t.is(
    failing('-1')?.message,
    'script_score script returned an invalid score [-1.0] for doc [0]. Must be a non-negative score!'
  )
  t.true(failing('-1e30')?.message.includes(' [-1.0E30] '))
  t.is(failing('0.0/0')?.code, 'REQUEST_ARGUMENT')
})

test('executeSearch: functions of a document are combined, capped and joined with the score', (t) => {
  const segments = segmentsOf(counted(2, 3))
  const run = (rest: object): (number | null)[] => {
    const query: Query = {
      type: 'functionScore',
      query: { type: 'constantScore', filter: { type: 'matchAll' }, boost: 5 },
      functions: [
        { filter: null, value: compileScore("doc['count'].value"), weight: 10 },
        { filter: atLeast(3n), value: null, weight: 4 }
      ],
      scoreMode: 'sum',
      boostMode: 'replace',
      maxBoost: Infinity,
      minScore: null,
      ...rest
    }
    return scores([target(segments, query)])
  }
  t.deepEqual(run({}), [34, 20])
  t.deepEqual(run({ scoreMode: 'multiply' }), [120, 20])
  t.deepEqual(run({ scoreMode: 'avg' }), [Math.fround(34 / 14), 2])
  t.deepEqual(run({ scoreMode: 'first' }), [30, 20])
  t.deepEqual(run({ scoreMode: 'max' }), [30, 20])
  t.deepEqual(run({ scoreMode: 'min' }), [20, 4])
  t.deepEqual(run({ maxBoost: 25 }), [25, 20])
  t.deepEqual(run({ minScore: 30 }), [34])
  t.deepEqual(run({ boostMode: 'multiply' }), [170, 100])
  t.deepEqual(run({ boostMode: 'sum' }), [39, 25])
  t.deepEqual(run({ boostMode: 'avg' }), [19.5, 12.5])
  t.deepEqual(run({ boostMode: 'max', functions: [] }), [5, 5])
  t.deepEqual(run({ boostMode: 'min' }), [5, 5])
})

test('executeSearch: a script reads vectors of the segment', (t) => {
  const query: Query = {
    type: 'scriptScore',
    query: { type: 'exists', fields: [fields.vector] },
    script: compileScore("1 / (1 + l2norm(params.q, 'vector'))", { q: [0, 0, 1] }),
    minScore: null
  }
  t.deepEqual(
    scores([target(segmentsOf([{ vector: [0, 0, 4] }, {}], [{ vector: [0, 0, 1] }]), query)]),
    [1, 0.25]
  )
})

test('executeSearch: a search over time ends with DEADLINE_EXCEEDED', (t) => {
  const targets = [target(segmentsOf(counted(1)), byCount)]
  const late = t.throws(
    () => executeSearch(request(targets, { deadlineMs: performance.now() - 1 })),
    {
      instanceOf: VectorStoreError
    }
  )
  t.is(late?.code, 'DEADLINE_EXCEEDED')
  const cancelled = t.throws(
    () => executeSearch(request(targets, { signal: AbortSignal.abort() })),
    { instanceOf: VectorStoreError }
  )
  t.is(cancelled?.code, 'DEADLINE_EXCEEDED')
})

test('executeSearch: a profile tells what was asked and what the vector search did', (t) => {
  const segments = segmentsOf([{ vector: [0, 0, 4] }, { vector: [0, 0, 1] }])
  const clause: KnnClause = {
    type: 'knn',
    field: fields.vector,
    vector: Float32Array.of(0, 0, 0),
    k: 1,
    candidates: 10,
    filter: null,
    rawLimit: null,
    score: l2Score,
    exhaustive: false,
    rescore: null
  }
  const { profile } = executeSearch(
    request([target(segments, atLeast(1n), { knn: [clause] })], { profile: true })
  )
  t.is(profile.length, 1)
  t.is(profile[0]?.query?.description, 'count:[1 TO 1000] KnnScoreDocQuery[1]')
  const [knn] = profile[0]?.knn ?? []
  t.is(knn?.field, 'vector')
  t.deepEqual(knn?.segments, [
    { name: '_0', strategy: 'exact', visitedCount: 2, rescoredCount: 0, pagesRead: 0 }
  ])
})

test('visitMatches: goes on in index order until the visitor has enough', (t) => {
  const segments = segmentsOf(counted(1, 2), counted(3, 4))
  const seen: string[] = []
  const visit = ({ reader }: SegmentView, docId: number): boolean => {
    seen.push(reader.stored(docId).id)
    return seen.length < 2
  }
  const visited = finishAtOnce(visitMatches(target(segments, atLeast(2n)), visit))
  t.is(visited, 2)
  t.deepEqual(seen, ['d1', 'd2'])
})
