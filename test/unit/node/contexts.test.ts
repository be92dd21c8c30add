import test from 'ava'
import type { NodeSearchResult } from '../../../src/node/index.ts'
import { VectorStoreError } from '../../../src/util/index.ts'
import { put, byYear, searchOf, ids, fresh, targets, fill } from '../../support/node-requests.ts'

test('scroll: gives every document once, of the moment it was opened, whatever is written meanwhile', async (t) => {
  const node = await fresh(t)
  await fill(node, 'one', 95)
  const { id, result } = node.openScroll(
    targets(node, 'one'),
    searchOf({ sort: byYear }),
    36_000_000
  )
  const seen = ids(result)
  for (let page = 0; ; page++) {
    if (page === 2) {
      await node.write([
        put('one', 'late', 50),
        { type: 'delete', index: 'one', id: '70', routing: null, conditions: {} }
      ])
      await node.flush(targets(node, 'one'))
    }
    if (page === 4) await node.forceMerge(targets(node, 'one'), { maxSegments: 1 })
    const next = node.nextScroll(id, 36_000_000)
    t.is(next.total?.value, 95)
    if (next.hits.length === 0) break
    seen.push(...ids(next))
  }
  t.deepEqual(
    seen,
    Array.from({ length: 95 }, (_, at) => `${at}`)
  )
  t.is(node.nextScroll(id, null).hits.length, 0)
  t.is(node.closeContexts('scroll', [id]), 1)
  t.throws(() => node.nextScroll(id, null), {
    instanceOf: VectorStoreError,
    message: /No search context/
  })
})

test('scroll: by score, ties go on where the page ended', async (t) => {
  const node = await fresh(t)
  await fill(node, 'one', 33)
  await fill(node, 'two', 7)
  let { id, result } = node.openScroll(
    targets(node, 'one', 'two'),
    searchOf({ size: 4 }),
    36_000_000
  )
  const seen: string[] = []
  while (result.hits.length > 0) {
    for (const hit of result.hits) {
      seen.push(`${hit.index}/${hit.id}`)
      t.is(hit.sort, null)
      t.is(hit.score, 1)
    }
    result = node.nextScroll(id, null)
  }
  t.is(new Set(seen).size, 40)
  t.is(seen.length, 40)
})

test('point in time: stays at its moment and pages with search_after', async (t) => {
  const node = await fresh(t)
  await fill(node, 'one', 20)
  const { id } = node.openPointInTime(targets(node, 'one'), 36_000_000)
  await node.write([
    put('one', 'late', 3),
    { type: 'delete', index: 'one', id: '5', routing: null, conditions: {} }
  ])
  await node.flush(targets(node, 'one'))
  const seen: string[] = []
  let searchAfter: readonly unknown[] | null = null
  for (;;) {
    const page: NodeSearchResult = node.searchPointInTime(
      id,
      null,
      searchOf({ sort: byYear, size: 6, searchAfter })
    )
    if (page.hits.length === 0) break
    seen.push(...ids(page))
    searchAfter = page.hits.at(-1)?.sort ?? null
  }
  t.deepEqual(
    seen,
    Array.from({ length: 20 }, (_, at) => `${at}`)
  )
  t.is(node.count(targets(node, 'one'), null).count, 20)
  t.true(ids(node.search(targets(node, 'one'), searchOf({ size: 30 }))).includes('late'))
  t.is(node.closeContexts('pit', [id]), 1)
  t.throws(() => node.searchPointInTime(id, null, searchOf({})), { instanceOf: VectorStoreError })
})

test('contexts: end with their time, with their index, and are limited in number', async (t) => {
  const node = await fresh(t, { contextsMax: 3 })
  await fill(node, 'one', 5)
  const { id: short } = node.openPointInTime(targets(node, 'one'), 20)
  await new Promise((resolve) => setTimeout(resolve, 80))
  t.throws(() => node.searchPointInTime(short, null, searchOf({})), {
    message: /No search context/
  })
  const held = [1, 2, 3].map(() => node.openPointInTime(targets(node, 'one'), 36_000_000).id)
  t.throws(() => node.openPointInTime(targets(node, 'one'), 36_000_000), { message: /too many/ })
  t.throws(() => node.openScroll(targets(node, 'one'), searchOf({}), 10 ** 9), {
    message: /too large/
  })
  await node.deleteIndex('one')
  for (const id of held)
    t.throws(() => node.searchPointInTime(id, null, searchOf({})), { message: /No search context/ })
})
