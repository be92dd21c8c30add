/**
 * Goal: what was acknowledged is there after a power cut. Method: a process commits on a real file system in an image file;
 * it is stopped at a random moment and the image copied: what the file system had not written yet is not in the copy. The
 * copy is mounted (its journal replayed), the store in it opened and compared with what was acknowledged before the stop.
 */
import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { openStore } from '../../src/store/index.ts'
import { randomOf } from '../suite/store.ts'
import { lostGroups, startWriter } from './store-process.ts'

const cutCount = Number(process.env['STORE_POWER_CUTS'] ?? 6)
const seed = Number(process.env['STORE_SEED'] ?? 20261121)
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

function run(program: string, ...args: string[]): void {
  execFileSync(program, args, { stdio: 'pipe' })
}

test('commit: what was acknowledged is there after a power cut on ext4', async (t) => {
  t.timeout(600_000)
  const root = await mkdtemp(join(tmpdir(), 'leveret-power-'))
  const image = join(root, 'image')
  const mounts = { live: join(root, 'live'), copy: join(root, 'copy') }
  const random = randomOf(seed)
  try {
    run('truncate', '-s', '1G', image)
    run('mkfs.ext4', '-q', '-F', image)
    await mkdir(mounts.live)
    await mkdir(mounts.copy)
    run('mount', '-o', 'loop', image, mounts.live)
  } catch (error) {
    t.log(`skipped, no image can be made and mounted here: ${String(error)}`)
    t.pass()
    await rm(root, { recursive: true, force: true })
    return
  }
  const writer = startWriter(join(mounts.live, 'data'), 0)
  try {
    await writer.line('ready')
    await writer.line('ack')
    let checked = 0
    for (let cut = 0; cut < cutCount; cut++) {
      await pause(50 + random() * 300)
      writer.child.kill('SIGSTOP')
      await pause(30)
      const acknowledged = [...writer.acknowledged]
      run('cp', '--sparse=always', image, `${image}-copy`)
      writer.child.kill('SIGCONT')
      run('mount', '-o', 'loop', `${image}-copy`, mounts.copy)
      try {
        const store = await openStore(join(mounts.copy, 'data'), { reserveFileBytes: 0 })
        t.deepEqual(store.report.truncatedFrom, [], `seed=${seed} cut=${cut}`)
        t.deepEqual(lostGroups(store, acknowledged.slice(-300)), [], `seed=${seed} cut=${cut}`)
        checked += Math.min(acknowledged.length, 300)
        await store.close()
      } finally {
        run('umount', '-l', mounts.copy)
      }
    }
    t.true(checked > 0)
    t.log(`${cutCount} power cuts, ${checked} groups compared, 0 lost`)
  } finally {
    writer.child.kill('SIGKILL')
    await writer.ended
    run('umount', '-l', mounts.live)
    await rm(root, { recursive: true, force: true })
  }
})
