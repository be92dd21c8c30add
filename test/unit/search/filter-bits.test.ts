/**
 * What a filter of a vector search holds. Method: a segment of a million documents of which there is the number only, and conditions
 * whose documents nobody keeps for other searches, so that all memory beside the heap is sets of bits of this filter.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import test from 'ava'
import { rootContext } from '../../../src/search/create-weight.ts'
import { Deadline } from '../../../src/search/deadline.ts'
import { bindFilter } from '../../../src/search/filter-bits.ts'
import { openTargetSearch } from '../../../src/search/target-search.ts'
import { noWeight } from '../../../src/search/weight.ts'
import type { Query } from '../../../src/query/index.ts'
import type { SegmentView } from '../../../src/segment/index.ts'
import { finishAtOnce } from '../../../src/util/index.ts'
import { target } from './fixture.ts'

const docCount = 1_000_000
const bytesEach = docCount / 8
const conditionCount = 200

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

function bytesHeld(): number {
  collectGarbage()
  return process.memoryUsage().arrayBuffers
}

test('bindFilter: of many conditions the documents that pass all are held, not those of each', (t) => {
  const reader = { docCount, parents: null } as unknown as SegmentView['reader']
  const segment: SegmentView = { reader, docCount, liveDocs: null, liveRootCount: docCount }
  const context = {
    ...rootContext(openTargetSearch(target([], { type: 'matchAll' }), new Deadline()), true),
    create: () => noWeight
  }
  const filter: Query = {
    type: 'bool',
    must: [],
    should: [],
    mustNot: [],
    filter: Array.from({ length: conditionCount }, () => ({ type: 'docScores', docs: [] })),
    minimumShouldMatch: null
  }
  const bound = finishAtOnce(bindFilter(filter, '', context))
  t.is(bound.key, null)
  const before = bytesHeld()
  finishAtOnce(bound.findAhead(segment))
  const held = bytesHeld() - before
  t.true(held >= bytesEach && held < 10 * bytesEach, `${held} bytes`)
  t.is(bound.docs(segment).count(), 0)
  t.is(bound.docs(segment), bound.docs(segment))
})
