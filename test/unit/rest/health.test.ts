import test from 'ava'
import { createHandler } from '../../../src/rest/handler.ts'
import { definition } from '../../support/node-requests.ts'
import { openTestNode, temporaryFolder } from '../../support/temporary-node.ts'

test('_cluster/health: waits for an index that somebody is about to make', async (t) => {
  const node = await openTestNode(t, await temporaryFolder(t))
  const handler = createHandler(node)
  const path = '/_cluster/health/late?wait_for_status=yellow&timeout=10m'
  const asked = handler.handle({ method: 'GET', path })
  await new Promise((made) => setTimeout(made, 50))
  await node.createIndex('late', definition)
  const { status, body } = await asked
  t.is(status, 200)
  t.like(JSON.parse(String(body)), { status: 'yellow', timed_out: false, active_shards: 1 })
})

/** Counted in turns of the event loop: how long they take is the machine's. */
const turnsMax = 100

test('_cluster/health: does not wait where nobody says how long, or has gone', async (t) => {
  const handler = createHandler(await openTestNode(t, await temporaryFolder(t)))
  const signal = AbortSignal.abort()
  for (const request of [
    { path: '/_cluster/health/none' },
    { path: '/_cluster/health/none?timeout=10m', signal }
  ]) {
    const statuses: number[] = []
    void handler.handle({ method: 'GET', ...request }).then(({ status }) => statuses.push(status))
    for (let turn = 0; turn < turnsMax && statuses.length === 0; turn++)
      await new Promise(setImmediate)
    t.deepEqual(statuses, [408], request.path)
  }
})
