import test from 'ava'
import { describe } from '../../../src/query/index.ts'
import type { SearchRequest } from '../../../src/search/index.ts'
import type { SegmentView } from '../../../src/segment/index.ts'
import { SegmentStore, viewOf } from '../../support/segment-store.ts'
import { append, fields, openSegment, request, target } from './fixture.ts'
import { randomDoc, randomOf, randomQuery } from './random.ts'
import { executeSearch } from '../../support/execute-search.ts'

function answers(
  views: readonly SegmentView[],
  wanted: Partial<SearchRequest>,
  query: unknown
): unknown {
  const asked = query as Parameters<typeof target>[1]
  const sort =
    wanted.trackScores === true
      ? [
          {
            type: 'column' as const,
            field: fields.tag,
            descending: true,
            missing: 'last',
            mode: 'max' as const
          },
          { type: 'doc' as const, descending: false }
        ]
      : []
  const { hits, total } = executeSearch(request([target(views, asked, { sort })], wanted))
  return {
    total,
    hits: hits.map((hit) => [hit.segment.reader.stored(hit.docId).id, hit.score, hit.sort])
  }
}

test('executeSearch: segments on disk answer as the write buffers they were made of', async (t) => {
  const store = await SegmentStore.open()
  for (let seed = 1; seed <= 6; seed++) {
    const random = randomOf(seed)
    const buffers: SegmentView[] = []
    const onDisk: SegmentView[] = []
    let next = 0
    for (let generation = 0; generation < 2; generation++) {
      const segment = openSegment(100 * seed + generation)
      for (let count = 40 + random.int(40); count > 0; count--)
        append(segment, `d${next++}`, randomDoc(random))
      buffers.push(segment.view())
      onDisk.push(viewOf(store.open(await store.merge([segment.view()]))))
    }
    for (let round = 0; round < 60; round++) {
      const query = randomQuery(random, 3)
      const wanted = random.chance(0.5) ? { size: 15 } : { size: 15, trackScores: true }
      t.deepEqual(
        answers(onDisk, wanted, query),
        answers(buffers, wanted, query),
        `seed ${seed} query ${round}: ${describe(query)}`
      )
    }
  }
})
