/**
 * Goal: no fault of the files is served, and an open that is refused has changed nothing. Method: the folder of a store is
 * copied while it is open (what a power cut leaves) or after it is closed, damaged, and opened.
 */
import { createHash } from 'node:crypto'
import {
  cp,
  link,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rm,
  stat,
  symlink,
  truncate,
  writeFile
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import test from 'ava'
import { indexRange, opKey, openStore, verifyTables } from '../../../src/store/index.ts'
import { bytesOf, randomOf } from '../../suite/store.ts'
import type { Store } from '../../../src/store/index.ts'

const options = { reserveFileBytes: 0 }
const payloadBytes = 2000
/** Two write buffers and some: tables and a log. */
const tableCount = 6_000
const logCount = 100

const root = await mkdtemp(join(tmpdir(), 'leveret-open-'))
test.after.always(() => rm(root, { recursive: true, force: true }))
let folderCount = 0
const newFolder = (): string => join(root, String(folderCount++))

async function commitOne(store: Store, number: number): Promise<void> {
  await store.commit([{ key: opKey(1, 1, number), payload: bytesOf(number, payloadBytes) }])
}

/** Folders of one store: closed in good order, and as a power cut would leave it. */
const base = (async (): Promise<{ clean: string; cut: string }> => {
  const clean = newFolder()
  const store = await openStore(clean, options)
  for (let from = 0; from < tableCount; from += 500) {
    await store.commit(
      Array.from({ length: 500 }, (_, i) => ({
        key: opKey(1, 1, from + i),
        payload: bytesOf(from + i, payloadBytes)
      }))
    )
  }
  // Waits for what LevelDB does in the background; the rows after it fit into the log.
  await store.compact(indexRange(1))
  for (let i = 0; i < logCount; i++) await commitOne(store, tableCount + i)
  const cut = newFolder()
  // Files that go away in the background while it is made would make a copy that no moment had.
  for (let isOfOneMoment = false; !isOfOneMoment;) {
    await rm(cut, { recursive: true, force: true })
    const before = await listOf(clean)
    // Reading LOCK would take LevelDB's lock away from this process.
    const copied = cp(clean, cut, { recursive: true, filter: (path) => !path.endsWith('LOCK') })
    await copied.catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error
    })
    isOfOneMoment = before === (await listOf(clean)) && before === (await listOf(cut))
  }
  await store.close()
  return { clean, cut }
})()

async function listOf(folder: string): Promise<string> {
  const all = await readdir(join(folder, 'level'))
  const names = all.filter((name) => name !== 'LOCK').sort()
  const sizes = names.map(async (name) => (await stat(join(folder, 'level', name))).size)
  return `${names.join()} ${(await Promise.all(sizes)).join()}`
}

async function copyOf(which: 'clean' | 'cut'): Promise<string> {
  const folder = newFolder()
  await cp((await base)[which], folder, { recursive: true })
  return folder
}

async function present(store: Store): Promise<number> {
  let count = 0
  for (let number = 0; number < tableCount + logCount; number++) {
    const payload = store.find(opKey(1, 1, number))
    if (payload === null) continue
    if (Buffer.compare(payload, bytesOf(number, payloadBytes)) !== 0)
      throw new Error(`${number} is wrong`)
    count++
  }
  return count
}

async function fileNamed(folder: string, pattern: RegExp): Promise<string> {
  const names = (await readdir(join(folder, 'level'))).filter((name) => pattern.test(name)).sort()
  return join(folder, 'level', names.at(-1) ?? 'none')
}

async function digestOf(folder: string): Promise<string> {
  const hash = createHash('sha256')
  for (const name of (await readdir(folder, { recursive: true })).sort()) {
    const path = join(folder, name)
    const { mtimeMs, size } = await stat(path)
    hash.update(`${name} ${mtimeMs} ${size}`)
    if ((await stat(path)).isFile()) hash.update(await readFile(path))
  }
  return hash.digest('hex')
}

async function flipBit(path: string, at: number): Promise<void> {
  const bytes = await readFile(path)
  bytes[at] = (bytes[at] ?? 0) ^ 4
  await writeFile(path, bytes)
}

const refusals: Readonly<Record<string, (folder: string) => Promise<string>>> = {
  'CURRENT is missing': async (folder) => {
    await rm(join(folder, 'level', 'CURRENT'))
    return 'CURRENT'
  },
  'CURRENT is empty': async (folder) => {
    await truncate(join(folder, 'level', 'CURRENT'), 0)
    return 'CURRENT'
  },
  'MANIFEST is missing': async (folder) => {
    await rm(await fileNamed(folder, /^MANIFEST/))
    return 'MANIFEST'
  },
  'MANIFEST has a flipped bit': async (folder) => {
    await flipBit(await fileNamed(folder, /^MANIFEST/), 20)
    return 'MANIFEST'
  },
  'a table is missing': async (folder) => {
    await rm(await fileNamed(folder, /\.ldb$/))
    return '.ldb'
  },
  'a table is shorter by a byte': async (folder) => {
    const path = await fileNamed(folder, /\.ldb$/)
    await truncate(path, (await stat(path)).size - 1)
    return '.ldb'
  },
  'a log cannot be read': async (folder) => {
    const path = await fileNamed(folder, /\.log$/)
    await rm(path)
    await mkdir(path)
    return '.log'
  },
  'the marker cannot be read': async (folder) => {
    await writeFile(join(folder, 'LEVERET'), 'hello')
    return 'LEVERET'
  }
}

for (const [what, damage] of Object.entries(refusals)) {
  for (const which of ['clean', 'cut'] as const) {
    test(`openStore: ${what} (${which}): refused with the file's name, nothing changed`, async (t) => {
      const folder = await copyOf(which)
      const file = await damage(folder)
      const before = await digestOf(folder)
      const error = await t.throwsAsync(openStore(folder, options), { code: 'STORE_DAMAGED' })
      t.true(error.message.includes(file), error.message)
      t.is(await digestOf(folder), before)
      // Refused again, not served at the second try.
      await t.throwsAsync(openStore(folder, options), { code: 'STORE_DAMAGED' })
    })
  }
}

test('openStore: after a power cut everything is there and the report says unclean', async (t) => {
  const folder = await copyOf('cut')
  const store = await openStore(folder, options)
  t.false(store.report.clean)
  t.is(await present(store), tableCount + logCount)
  t.deepEqual(store.report.truncatedFrom, [])
  await store.close()
  const again = await openStore(folder, options)
  t.true(again.report.clean)
  t.is(await present(again), tableCount + logCount)
  t.true(again.report.lastBatch >= logCount)
  await again.close()
  const clean = await openStore(await copyOf('clean'), options)
  t.true(clean.report.clean)
  t.is(clean.report.batchesReplayed, 0)
  t.is(await present(clean), tableCount + logCount)
  await clean.close()
})

test('openStore: a log without its end after a clean shutdown is refused, after a power cut it is a torn tail', async (t) => {
  for (const which of ['clean', 'cut'] as const) {
    const folder = await copyOf(which)
    const path = await fileNamed(folder, /\.log$/)
    await truncate(path, (await stat(path)).size - 5)
    if (which === 'clean') {
      const before = await digestOf(join(folder, 'level'))
      await t.throwsAsync(openStore(folder, options), { code: 'STORE_DAMAGED' })
      t.is(await digestOf(join(folder, 'level')), before)
    } else {
      const store = await openStore(folder, options)
      t.is(await present(store), tableCount + logCount - 1)
      t.deepEqual(store.report.truncatedFrom, [])
      await store.close()
    }
  }
})

test('openStore: a flipped bit in the log costs the batches from there on, and the report says so', async (t) => {
  const folder = await copyOf('cut')
  const path = await fileNamed(folder, /\.log$/)
  const bytes = await readFile(path)
  // In the payload of one of the single commits.
  const needle = bytesOf(tableCount + 40, payloadBytes).subarray(0, 16)
  const at = bytes.indexOf(needle)
  t.true(at > 0)
  await flipBit(path, at + 3)
  const store = await openStore(folder, options)
  t.deepEqual(store.report.truncatedFrom, [{ index: 1, seqNo: tableCount + 41 }])
  t.true(store.report.bytesDropped > 0)
  t.is(await present(store), tableCount + 40)
  t.is(store.find(opKey(1, 1, tableCount + 41)), null)
  t.is((await readdir(join(folder, 'lost'))).length, 1)
  await commitOne(store, tableCount + 40)
  await store.close()
  const again = await openStore(folder, options)
  t.deepEqual(again.report.truncatedFrom, [])
  t.is(await present(again), tableCount + 41)
  await again.close()
})

test('openStore: an open that was interrupted behind LevelDB is made good from the kept logs', async (t) => {
  for (const which of ['clean', 'cut'] as const) {
    const folder = await copyOf(which)
    const log = await fileNamed(folder, /\.log$/)
    // LevelDB dropped the log as unreadable, and the process died before the replay.
    await mkdir(join(folder, 'walkeep'))
    await link(log, join(folder, 'walkeep', '1-1.log'))
    await rm(log)
    await writeFile(log, '')
    const store = await openStore(folder, options)
    t.true(store.report.batchesReplayed >= logCount)
    t.is(await present(store), tableCount + logCount)
    await store.close()
    t.false((await readdir(folder)).includes('walkeep'))
  }
})

test('openStore: a folder with other files is refused, an empty one and a new one are taken', async (t) => {
  const foreign = newFolder()
  await mkdir(foreign)
  await writeFile(join(foreign, 'letter.txt'), 'dear')
  await t.throwsAsync(openStore(foreign, options), { code: 'STORE_FOREIGN' })
  t.deepEqual(await readdir(foreign), ['letter.txt'])
  const empty = newFolder()
  await mkdir(empty)
  for (const folder of [empty, join(newFolder(), 'deep', 'er')]) {
    const store = await openStore(folder, options)
    t.true(store.report.created)
    t.is(
      (await stat(store.folder ?? '')).mode & 0o077,
      folder === empty ? (await stat(empty)).mode & 0o077 : 0
    )
    t.is((await stat(join(folder, 'level'))).mode & 0o077, 0)
    await store.close()
  }
})

test('openStore: a creation that was interrupted is started again', async (t) => {
  const folder = newFolder()
  const store = await openStore(folder, options)
  await store.close()
  await rm(join(folder, 'clean.json'))
  await cp(join(folder, 'LEVERET'), join(folder, 'LEVERET.new'))
  await rm(join(folder, 'LEVERET'))
  await rm(join(folder, 'level', 'CURRENT'))
  const again = await openStore(folder, options)
  t.true(again.report.created)
  await commitOne(again, 1)
  await again.close()
})

for (const [which, major] of [
  ['a newer', 7],
  ['an older', 1]
] as const)
  test(`openStore: ${which} format is refused by name and number, nothing changed`, async (t) => {
    const folder = await copyOf('clean')
    const path = join(folder, 'LEVERET')
    const marker = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>
    const other = { ...marker, formatMajor: major, writtenBy: 'leveret 9.9' }
    await writeFile(path, JSON.stringify(other))
    const before = await digestOf(folder)
    const error = await t.throwsAsync(openStore(folder, options), { code: 'STORE_FORMAT' })
    t.regex(error.message, new RegExp(`${major}\\..*leveret 9\\.9.*2\\.x, use ${which} one`))
    t.is(await digestOf(folder), before)
  })

test('openStore: a second opener is refused and told who holds it, by an alias too', async (t) => {
  const folder = newFolder()
  const store = await openStore(folder, options)
  const alias = newFolder()
  await symlink(folder, alias)
  for (const path of [folder, alias, join(folder, '..', basename(folder))]) {
    const error = await t.throwsAsync(openStore(path, options), { code: 'STORE_LOCKED' })
    t.true(error.message.includes(String(process.pid)))
  }
  await commitOne(store, 1)
  await store.close()
  const again = await openStore(alias, options)
  t.not(again.find(opKey(1, 1, 1)), null)
  await again.close()
})

test('openStore: repeated unclean starts check the tables, and a damaged block is refused by name', async (t) => {
  const folder = await copyOf('cut')
  const path = await fileNamed(folder, /\.ldb$/)
  await flipBit(path, 5_000)
  await writeFile(
    join(folder, 'starts.json'),
    JSON.stringify({ unclean: [Date.now() - 1000], checked: [] })
  )
  const error = await t.throwsAsync(openStore(folder, options), { code: 'STORE_DAMAGED' })
  t.true(error.message.includes(path), error.message)
})

test('verifyTables: finds every flipped bit of a table, data or not', async (t) => {
  const folder = await copyOf('clean')
  t.deepEqual(await verifyTables(folder), [])
  const path = await fileNamed(folder, /\.ldb$/)
  const bytes = await readFile(path)
  const random = randomOf(20261121)
  for (let flip = 0; flip < 30; flip++) {
    const at = Math.floor(random() * bytes.length)
    const bit = 1 << Math.floor(random() * 8)
    const damaged = Buffer.from(bytes)
    damaged[at] = (damaged[at] ?? 0) ^ bit
    await writeFile(path, damaged)
    // Padding of the footer, 48 bytes at the end, says nothing and is covered by no sum.
    const isFooter = at >= bytes.length - 48
    t.true(isFooter || (await verifyTables(folder)).length > 0, `byte ${at}`)
  }
})

test('openStore: the reserve file is really there, and is as large as asked', async (t) => {
  const folder = newFolder()
  const store = await openStore(folder, { reserveFileBytes: 3 << 20 })
  const { size, blocks, mode } = await stat(join(folder, 'reserve'))
  t.is(size, 3 << 20)
  t.true(blocks * 512 >= 3 << 20)
  t.is(mode & 0o077, 0)
  await store.close()
})

test('assertRoom: a job that is larger than what is free is refused before it begins', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'leveret-room-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const store = await openStore(join(folder, 'data'), { reserveFileBytes: 0 })
  await store.assertRoom(1)
  await t.throwsAsync(store.assertRoom(2 ** 52), { code: 'STORE_FULL' })
  await store.close()
})
