/** Goal: hits that are printed as text show what those printed member by member show. */
import test from 'ava'
import * as fc from 'fast-check'
import { printSearch } from '../../../src/dialect/index.ts'
import { PlainHits } from '../../../src/node/index.ts'
import type { NodeHit, NodeSearchResult } from '../../../src/node/index.ts'
import { SearchHits } from '../../../src/search/search-hits.ts'
import type { SearchTarget } from '../../../src/search/index.ts'
import { writeJson } from '../../../src/rest/json-writer.ts'

const seed = 1594395154

function answerOf(hits: NodeSearchResult['hits']): NodeSearchResult {
  return {
    tookMs: 1,
    timedOut: false,
    hits,
    total: { value: hits.length, relation: 'eq' },
    maxScore: hits.at(0)?.score ?? null,
    indexCount: 1,
    failures: [],
    profile: []
  }
}

const hit: fc.Arbitrary<NodeHit> = fc.record({
  index: fc.constantFrom('i', 'with "quotes"'),
  id: fc.string({ unit: 'grapheme' }),
  score: fc.option(fc.float({ noNaN: true })),
  routing: fc.option(fc.string(), { freq: 4 }),
  sort: fc.constantFrom(null, [1, 'a']),
  source: fc.constantFrom(null, Buffer.from('{"a":1.0}')),
  fields: fc.constantFrom(null, new Map([['f', [1]]])),
  matched: fc.constantFrom([], [{ name: 'q', score: 1 }]),
  version: fc.constantFrom(null, 3),
  seqNo: fc.constantFrom(null, 7)
})

const plainHit = fc.record({
  index: fc.constantFrom('i', 'with "quotes"', 'ä'),
  id: fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.nat().map(String),
    // Nothing of a hit fits behind many of these.
    fc.constantFrom('x'.repeat(512), '\u0001'.repeat(500), 'ü'.repeat(256))
  ),
  score: fc.option(fc.float({ noNaN: false }))
})

function plainHits(
  hits: readonly { readonly index: string; readonly id: string; readonly score: number | null }[]
): PlainHits {
  const docs = hits.map(({ score }) => ({ segment: 0, docId: 0, score }))
  const targets = hits.map(({ index }) => ({ indexName: index }) as SearchTarget)
  const page = { docs, targets: hits.map((_, at) => at) }
  return new PlainHits(
    new SearchHits(page, targets, null),
    hits.map(({ id }) => id)
  )
}

const options = {
  totalAsInt: false,
  namedScores: false,
  scrollId: null,
  pointInTimeId: null,
  isProfiled: false,
  nodeId: 'n'
}
const all = {
  took: true,
  timedOut: true,
  shards: true,
  total: true,
  maxScore: true,
  hits: { index: true, id: true, score: true }
}

test('printSearch: hits as text are the same bytes', (t) => {
  fc.assert(
    fc.property(fc.array(hit, { maxLength: 4 }), fc.boolean(), (hits, hidesIds) => {
      const result = answerOf(hits)
      const text = writeJson(printSearch(result, { ...options, hidesIds, shown: all }))
      t.is(text, writeJson(printSearch(result, { ...options, hidesIds })))
    }),
    { seed, numRuns: 300 }
  )
})

test('printSearch: a list of hits that have no more than an index, an id and a score is the same bytes', (t) => {
  const lists = fc.array(plainHit, { size: 'max', maxLength: 300 })
  fc.assert(
    fc.property(lists, (hits) => {
      const plain = plainHits(hits)
      const text = writeJson(printSearch(answerOf(plain), { ...options, shown: all }))
      t.is(text, writeJson(printSearch(answerOf([...plain]), options)))
      const parsed: unknown = JSON.parse(text)
      t.deepEqual(
        (parsed as { hits: { hits: { _id: string }[] } }).hits.hits.map(({ _id }) => _id),
        hits.map(({ id }) => id.toWellFormed())
      )
    }),
    { seed, numRuns: 200 }
  )
})
