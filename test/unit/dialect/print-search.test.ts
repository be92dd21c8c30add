/** Goal: hits that are printed as text show what those printed member by member show. */
import test from 'ava'
import * as fc from 'fast-check'
import { printSearch } from '../../../src/dialect/index.ts'
import type { NodeHit, NodeSearchResult } from '../../../src/node/index.ts'
import { writeJson } from '../../../src/rest/json-writer.ts'

const seed = 1594395154

function answerOf(hits: readonly NodeHit[]): NodeSearchResult {
  return {
    tookMs: 1,
    timedOut: false,
    hits,
    total: { value: hits.length, relation: 'eq' },
    maxScore: hits[0]?.score ?? null,
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

test('printSearch: hits as text are the same bytes', (t) => {
  fc.assert(
    fc.property(fc.array(hit, { maxLength: 4 }), fc.boolean(), (hits, hidesIds) => {
      const options = {
        totalAsInt: false,
        namedScores: false,
        scrollId: null,
        pointInTimeId: null,
        isProfiled: false,
        nodeId: 'n',
        hidesIds
      }
      const result = answerOf(hits)
      const text = writeJson(
        printSearch(result, { ...options, shown: { index: true, id: true, score: true } })
      )
      t.is(text, writeJson(printSearch(result, options)))
    }),
    { seed, numRuns: 300 }
  )
})
