/** Closing a node while searches are left that go on in later turns of the event loop. */
import test from 'ava'
import type { Query } from '../../../src/query/index.ts'
import { compileScore } from '../../../src/script/index.ts'
import { fill, fresh, ids, matchAll, searchOf, targets } from '../../support/node-requests.ts'

test('close: waits for searches that are left and go on later, of plain indices, scrolls and points in time', async (t) => {
  const node = await fresh(t)
  await fill(node, 'one', 2_000)
  // With nothing to flush closing would take no time.
  await node.flush(targets(node, 'one'))
  const one = targets(node, 'one')
  const script = compileScore("doc['year'].value + 1")
  const query: Query = { type: 'scriptScore', query: matchAll, script, minScore: null }
  const search = searchOf({ query, size: 2_000 })
  const wanted = ids(node.search(one, search))
  const { id } = node.openPointInTime(one, 36_000_000)
  const begun = [
    ...Array.from({ length: 20 }, () => node.search(one, search, 'inSlices')),
    node.openScroll(one, search, 36_000_000, 'inSlices').result,
    node.searchPointInTime(id, null, search, 'inSlices')
  ]
  t.true(
    begun.some(({ whole }) => whole !== undefined),
    'some go on later'
  )
  const counted = node.count(one, query, 'inSlices')
  let leftCount = 0
  for (const { whole } of begun) {
    if (whole === undefined) continue
    leftCount += 1
    void whole.then(() => (leftCount -= 1))
  }
  await node.close()
  t.is(leftCount, 0, 'all have ended before')
  for (const each of begun) t.deepEqual(ids((await each.whole) ?? each), wanted)
  t.is(((await counted.whole) ?? counted).count, 2_000)
  t.throws(() => node.search(one, search, 'inSlices'), { message: /closed/ })
})
