/**
 * Goal: a disk that refuses writes costs nothing that was acknowledged, and the store is back by itself. Method: a real
 * process under `prlimit --fsize` (writes beyond a file size fail) that is lifted later, and on a full tmpfs.
 */
import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, statfs, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { indexRange, openStore } from '../../src/store/index.ts'
import { groupRecords } from './store-group.ts'
import { groupState, lostGroups, startWriter } from './store-process.ts'
import type { WriterProcess } from './store-process.ts'

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

async function stop(writer: WriterProcess): Promise<void> {
  writer.child.kill('SIGTERM')
  await writer.ended
}

async function untilAcknowledged(writer: WriterProcess, count: number): Promise<void> {
  const wanted = writer.acknowledged.size + count
  while (writer.acknowledged.size < wanted) {
    if ((await writer.line('')) === null) throw new Error(`ended: ${writer.lines.join(' · ')}`)
  }
}

function reasonNotTo(program: string, ...args: string[]): string | null {
  try {
    execFileSync(program, args, { stdio: 'pipe' })
    return null
  } catch (error) {
    return String(error)
  }
}

test.serial(
  'commit: one failed log write is refused, then the store is back and nothing acknowledged is lost',
  async (t) => {
    t.timeout(600_000)
    const missing = reasonNotTo('prlimit', '--version')
    if (missing !== null) {
      t.log(`skipped, prlimit is not there: ${missing}`)
      t.pass()
      return
    }
    const folder = await mkdtemp(join(tmpdir(), 'leveret-fsize-'))
    const writer = startWriter(folder, 0)
    try {
      await writer.line('ready')
      await untilAcknowledged(writer, 20)
      const limit = (size: string): unknown =>
        execFileSync('prlimit', ['--pid', String(writer.child.pid), `--fsize=${size}`])
      const refused = writer.line('refused')
      limit('100000:')
      t.regex((await refused) ?? '', /STORE_(POISONED|FULL)/)
      const reopened = writer.line('reopened')
      await pause(200)
      limit('unlimited:')
      t.is(await reopened, 'reopened')
      await untilAcknowledged(writer, 20)
      await stop(writer)
      t.true(writer.lines.includes('closed'), writer.lines.join(' · '))
      const store = await openStore(folder, { reserveFileBytes: 0 })
      t.true(store.report.clean)
      t.deepEqual(store.report.truncatedFrom, [])
      t.deepEqual(lostGroups(store, writer.acknowledged), [])
      await store.close()
      t.log(`${writer.acknowledged.size} groups acknowledged, 0 lost`)
    } finally {
      writer.child.kill('SIGKILL')
      await rm(folder, { recursive: true, force: true })
    }
  }
)

test.serial(
  'commit: a full disk is STORE_FULL until there is room, then writing goes on by itself',
  async (t) => {
    t.timeout(600_000)
    const folder = await mkdtemp(join(tmpdir(), 'leveret-full-'))
    const missing = reasonNotTo('mount', '-t', 'tmpfs', '-o', 'size=40m', 'tmpfs', folder)
    if (missing !== null) {
      t.log(`skipped, no tmpfs can be mounted here: ${missing}`)
      t.pass()
      return
    }
    const data = join(folder, 'data')
    let writer: WriterProcess | null = null
    try {
      await mkdir(data)
      // A stranger's file takes most of the room.
      await writeFile(join(folder, 'stranger'), new Uint8Array(28 << 20))
      writer = startWriter(data, 0)
      await writer.line('ready')
      t.regex((await writer.line('refused')) ?? writer.lines.join(' · '), /STORE_(POISONED|FULL)/)
      await pause(500)
      const before = writer.acknowledged.size
      await rm(join(folder, 'stranger'))
      await untilAcknowledged(writer, 20)
      await stop(writer)
      const store = await openStore(data, { reserveFileBytes: 0 })
      t.deepEqual(store.report.truncatedFrom, [])
      t.deepEqual(lostGroups(store, writer.acknowledged), [])
      t.true(before > 0)
      t.log(
        `${before} groups before the disk was full, ${writer.acknowledged.size} at the end, 0 lost`
      )
      await store.close()
    } finally {
      writer?.child.kill('SIGKILL')
      await writer?.ended
      execFileSync('umount', ['-l', folder])
      await rm(folder, { recursive: true, force: true })
    }
  }
)

test.serial(
  'openStore: on a full disk the reserve lets it open and delete, without one it is STORE_FULL',
  async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'leveret-reserve-'))
    const missing = reasonNotTo('mount', '-t', 'tmpfs', '-o', 'size=48m', 'tmpfs', folder)
    if (missing !== null) {
      t.log(`skipped, no tmpfs can be mounted here: ${missing}`)
      t.pass()
      return
    }
    const data = join(folder, 'data')
    const stranger = join(folder, 'stranger')
    try {
      const store = await openStore(data, { reserveFileBytes: 16 << 20 })
      for (let group = 0; group < 200; group++) await store.commit(groupRecords(group))
      await store.close()
      await fillUp(folder, stranger)
      const full = await openStore(data, { reserveFileBytes: 16 << 20 })
      t.deepEqual(lostGroups(full, Array(200).keys()), [])
      await full.removeRange(indexRange(2))
      t.is(full.state, 'open')
      await full.close()
      await fillUp(folder, join(folder, 'stranger-2'))
      await t.throwsAsync(openStore(data, { reserveFileBytes: 0 }), { code: 'STORE_FULL' })
      await rm(stranger)
      const again = await openStore(data, { reserveFileBytes: 1 << 20 })
      await again.commit(groupRecords(500))
      t.is(groupState(again, 500), 'whole')
      await again.close()
    } finally {
      execFileSync('umount', ['-l', folder])
      await rm(folder, { recursive: true, force: true })
    }
  }
)

/** Takes all the room that is left. */
async function fillUp(folder: string, path: string): Promise<void> {
  const { bavail, bsize } = await statfs(folder)
  await writeFile(path, new Uint8Array(Math.max(0, bavail * bsize - 4096))).catch(() => {})
}
