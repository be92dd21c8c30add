/**
 * Goal: kill -9 at any moment loses nothing that was acknowledged. Method: a process commits and tells each acknowledgement
 * over a pipe; it is killed at a random moment; the store is opened here and compared with what was heard. Moments are told in
 * acknowledgements and then milliseconds, so that a slow machine acknowledges as much.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { openStore } from '../../src/store/index.ts'
import { randomOf } from '../suite/store.ts'
import { groupState, lostGroups, startWriter } from './store-process.ts'

const killCount = Number(process.env['STORE_KILLS'] ?? 30)
const acknowledgementsMax = 100
const seed = Number(process.env['STORE_SEED'] ?? 20261121)

test('commit: nothing acknowledged is lost and no group is torn over many kills', async (t) => {
  t.timeout(killCount * 20_000)
  const folder = await mkdtemp(join(tmpdir(), 'leveret-kill-'))
  const random = randomOf(seed)
  const acknowledged = new Set<number>()
  let next = 0
  let checkedTo = 0
  let killsInOpen = 0
  try {
    for (let kill = 0; kill < killCount; kill++) {
      const writer = startWriter(folder, next)
      // Every fifth is killed while it opens.
      const inOpen = kill % 5 === 4
      if (!inOpen) {
        await writer.line('ready')
        for (let left = random() * acknowledgementsMax; left > 1; left--) await writer.line('ack')
      }
      await new Promise((resolve) => setTimeout(resolve, random() * (inOpen ? 250 : 10)))
      writer.child.kill('SIGKILL')
      await writer.ended
      if (!writer.lines.includes('ready')) killsInOpen++
      t.deepEqual(
        writer.lines.filter((line) => line !== 'ready'),
        [],
        `seed=${seed} kill=${kill}`
      )
      for (const group of writer.acknowledged) acknowledged.add(group)
      next = Math.max(next, ...writer.acknowledged) + 10
      // Some kills follow each other without a good open in between.
      if (kill % 3 === 1) continue
      const store = await openStore(folder, { reserveFileBytes: 0 })
      t.deepEqual(store.report.truncatedFrom, [], `seed=${seed} kill=${kill}`)
      // What is new since the last look each time, everything at the end.
      const unseen = [...acknowledged].filter((group) => group >= checkedTo)
      t.deepEqual(lostGroups(store, unseen), [], `seed=${seed} kill=${kill}`)
      for (let group = checkedTo; group < next; group++) {
        if (groupState(store, group) === 'torn')
          t.fail(`group ${group} is torn, seed=${seed} kill=${kill}`)
      }
      await store.close()
      checkedTo = next
    }
    const store = await openStore(folder, { reserveFileBytes: 0 })
    t.deepEqual(lostGroups(store, acknowledged), [], `seed=${seed}`)
    await store.close()
    t.log(
      `${killCount} kills, ${killsInOpen} before the open ended, ${acknowledged.size} groups acknowledged, 0 lost`
    )
    t.true(acknowledged.size > killCount)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
