import test from 'ava'
import { createHandler } from '../../../src/rest/handler.ts'
import { definition } from '../../support/node-requests.ts'
import { openTestNode, temporaryFolder } from '../../support/temporary-node.ts'

test('_cluster/health: waits for an index that somebody is about to make', async (t) => {
  const node = await openTestNode(t, await temporaryFolder(t))
  const handler = createHandler(node)
  const path = '/_cluster/health/late?wait_for_status=yellow&timeout=30s'
  const asked = handler.handle({ method: 'GET', path })
  await new Promise((made) => setTimeout(made, 50))
  await node.createIndex('late', definition)
  const { status, body } = await asked
  t.is(status, 200)
  t.like(JSON.parse(String(body)), { status: 'yellow', timed_out: false, active_shards: 1 })
})

test('_cluster/health: does not wait where nobody says how long, or has gone', async (t) => {
  const handler = createHandler(await openTestNode(t, await temporaryFolder(t)))
  const started = performance.now()
  const untimed = await handler.handle({ method: 'GET', path: '/_cluster/health/none' })
  const signal = AbortSignal.abort()
  const path = '/_cluster/health/none?timeout=10m'
  const gone = await handler.handle({ method: 'GET', path, signal })
  t.deepEqual([untimed.status, gone.status], [408, 408])
  t.true(performance.now() - started < 60_000)
})
