/** Two processes and one folder: the second is told who holds it; a killed or stopped owner is told from a live one. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { openStore } from '../../src/store/index.ts'
import { lostGroups, startWriter } from './store-process.ts'

test('openStore: a second process is told who holds the folder, and gets it when the owner is killed', async (t) => {
  t.timeout(600_000)
  const folder = await mkdtemp(join(tmpdir(), 'leveret-lock-'))
  const owner = startWriter(folder, 0)
  try {
    await owner.line('ready')
    await owner.line('ack')
    // A stopped owner does not answer and would be waited for in vain: the owner file tells who it is.
    for (const signal of [null, 'SIGSTOP', 'SIGCONT'] as const) {
      if (signal !== null) owner.child.kill(signal)
      // What a naive backup does; it takes LevelDB's own lock away from the owner.
      await readFile(join(folder, 'level', 'LOCK'))
      const error = await t.throwsAsync(openStore(folder, { reserveFileBytes: 0 }), {
        code: 'STORE_LOCKED'
      })
      t.like(error, { details: { pid: owner.child.pid } }, `${signal}`)
      t.regex(error.message, new RegExp(`process ${owner.child.pid} .*store-writer`))
    }
    const second = startWriter(folder, 0)
    await second.ended
    t.true(second.lines.some((line) => line.includes('STORE_LOCKED')))
    owner.child.kill('SIGKILL')
    await owner.ended
    const store = await openStore(folder, { reserveFileBytes: 0 })
    t.deepEqual(lostGroups(store, owner.acknowledged), [])
    await store.close()
  } finally {
    owner.child.kill('SIGKILL')
    await owner.ended
    await rm(folder, { recursive: true, force: true })
  }
})
