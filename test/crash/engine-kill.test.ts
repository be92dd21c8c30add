/**
 * kill -9 of a process that holds only the engine, on a real folder, while it writes, flushes and merges. scripts/kill.ts
 * does the same thousands of times. Of an unacknowledged request a prefix may be there: the victim checks that its
 * contents are those after m operations, this test that m covers all that was acknowledged.
 */
import test from 'ava'
import { killEngine } from '../support/engine-killer.ts'

const seed = 20261121
/** A slow machine does fewer, but not fewer than `killsMin`. */
const killCount = 170
const killsMin = 20
const budgetMs = 170_000

test(`engine: ${killCount} kills lose nothing that was acknowledged, seed=${seed}`, async (t) => {
  t.timeout(600_000)
  const untilMs = performance.now() + budgetMs
  const report = await killEngine({ seed, killCount, killsMin, untilMs })
  t.log(JSON.stringify(report))
  t.deepEqual(report.findings, [])
  t.true(report.kills >= killsMin)
  // Seven of eight lives do 15 on average.
  t.true(report.requestsAcknowledged > report.kills * 5)
})
