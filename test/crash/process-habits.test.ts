/** What the command does around its work: modes of files, folders of others, outputs nobody reads, signals. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import type { ExecutionContext } from 'ava'
import test from 'ava'
import { startServer } from '../support/server-process.ts'
import { until } from '../support/until.ts'

const main = path.join(import.meta.dirname, '../../src/main.ts')

async function temporaryFolder(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'leveret-habits-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return path.join(folder, 'data')
}

/** Nobody can be asked which port the server took: its output is not read. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

test('serve: every file it makes is its owner’s alone, whatever the umask was', async (t) => {
  const folder = await temporaryFolder(t)
  const server = await startServer(folder)
  await server.stop()
  for (const name of ['.', ...(await readdir(folder, { recursive: true }))]) {
    const { mode } = await stat(path.join(folder, name))
    t.is(mode & 0o077, 0, `${name} has mode ${(mode & 0o777).toString(8)}`)
  }
})

/** In the server: how many full collections a gibibyte of short-lived buffers starts. */
const bufferMaker = `
  import { PerformanceObserver } from 'node:perf_hooks'
  process.on('message', async () => {
    let count = 0
    new PerformanceObserver((list) => {
      for (const { detail } of list.getEntries()) if (detail.kind === 4) count++
    }).observe({ entryTypes: ['gc'] })
    for (let at = 0; at < 1024; at++) {
      Buffer.allocUnsafe(2 ** 20)
      if (at % 16 === 0) await new Promise(setImmediate)
    }
    setTimeout(() => process.send(count), 20)
  })
  process.channel.unref()
`

/** In the server: the most MiB that the young generation takes while lists of strings that live for a while are made. */
const stringMaker = `
  import { getHeapSpaceStatistics } from 'node:v8'
  process.on('message', async () => {
    const kept = []
    let most = 0
    for (let at = 0; at < 300; at++) {
      kept.push(Array.from({ length: 20_000 }, (_none, of) => 'string ' + at + of))
      if (kept.length > 20) kept.shift()
      await new Promise(setImmediate)
      const young = getHeapSpaceStatistics().find((space) => space.space_name === 'new_space')
      most = Math.max(most, young.space_size / 2 ** 20)
    }
    process.send(most)
  })
  process.channel.unref()
`

/** Skipped on Node 22: its V8 has no such flags (v8-flags.ts). */
const newer = Number.parseInt(process.versions.v8, 10) >= 13 ? test : test.skip

/** A server that runs `code` when it is told to; gives what it answers. */
async function answerOf(t: ExecutionContext, code: string): Promise<number> {
  const imported = `data:text/javascript,${encodeURIComponent(code)}`
  const folder = await temporaryFolder(t)
  const child = spawn(
    process.execPath,
    ['--import', imported, main, 'serve', '--port', '0', '--data', folder],
    { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] }
  )
  t.teardown(() => child.kill('SIGKILL'))
  await once(child.stdout!, 'data')
  const answer = once(child, 'message')
  child.send('make')
  const [told] = (await answer) as [number]
  return told
}

newer('serve: buffers that die young do not have V8 collect everything', async (t) => {
  const count = await answerOf(t, bufferMaker)
  // Seven or more where V8 starts one for every 64 MiB.
  t.true(count <= 2, `${count} full collections`)
})

newer(
  'serve: the young generation of V8 stays small, so that its collections stay short',
  async (t) => {
    const most = await answerOf(t, stringMaker)
    // 128 where it grows as V8 likes; pages that are about to be given back count.
    t.true(most <= 64, `${most} MiB`)
  }
)

test('serve: a folder that everybody can write to is refused and stays as it was', async (t) => {
  const folder = await temporaryFolder(t)
  await mkdir(folder)
  await chmod(folder, 0o777)
  await t.throwsAsync(startServer(folder), { message: /every user of this machine/ })
  t.deepEqual(await readdir(folder), [])
})

test('serve: a folder that cannot be made ends it, with the reason and exit code 1', async (t) => {
  const file = await temporaryFolder(t)
  await writeFile(file, '')
  // Node's recursive mkdir never returns from /proc. Elsewhere there is no such folder, and it could be made.
  const inProc = process.platform === 'linux' ? [['/proc/leveret/data', 'ENOENT']] : []
  for (const [folder = '', reason] of [[path.join(file, 'data'), 'EEXIST'], ...inProc]) {
    const child = spawn(process.execPath, [main, 'serve', '--port', '0', '--data', folder])
    t.teardown(() => child.kill('SIGKILL'))
    const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
    t.is(code, 1)
    t.true(said.includes(`cannot open the store in ${folder}: ${reason}`), said)
  }
})

test('serve: goes on serving when nobody reads what it prints, and stops in order', async (t) => {
  const folder = await temporaryFolder(t)
  const server = await startServer(folder)
  await server.stop()
  const port = await freePort()
  const child = spawn(process.execPath, [main, 'serve', '--port', String(port), '--data', folder], {
    stdio: ['ignore', 'pipe', 'pipe']
  })
  t.teardown(() => child.kill('SIGKILL'))
  child.stdout.destroy()
  child.stderr.destroy()
  const exited = once(child, 'exit')
  await until('it answers', async () => {
    t.is(child.exitCode, null)
    return fetch(`http://127.0.0.1:${port}/`).then(
      ({ ok }) => ok,
      () => false
    )
  })
  child.kill('SIGTERM')
  t.deepEqual(await exited, [0, null])
  t.true((await readdir(folder)).includes('clean.json'))
})

test('serve: a request that does not come to its end does not keep it from stopping in order', async (t) => {
  const folder = await temporaryFolder(t)
  const server = await startServer(folder)
  const { port } = new URL(server.url)
  const socket = connect(Number(port), '127.0.0.1')
  t.teardown(() => socket.destroy())
  let answer = ''
  socket.on('data', (part) => (answer += part.toString())).on('error', () => undefined)
  const closed = new Promise((resolve) => socket.once('close', resolve))
  socket.write(`PUT /a/_doc/1 HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n`)
  socket.write('content-type: application/json\r\ncontent-length: 100\r\n\r\n{"half":')
  // It has been read when a later one is answered.
  t.true((await fetch(server.url)).ok)
  await server.stop()
  await closed
  t.is(answer, '')
  t.true((await readdir(folder)).includes('clean.json'))
})

test('stats: an output that is closed early is no failure', async (t) => {
  const folder = await temporaryFolder(t)
  const server = await startServer(folder)
  await server.stop()
  const child = spawn(process.execPath, [main, 'stats', '--data', folder], {
    stdio: ['ignore', 'pipe', 'pipe']
  })
  child.stdout.destroy()
  let errors = ''
  child.stderr.on('data', (part: Buffer) => (errors += part.toString()))
  t.deepEqual(await once(child, 'exit'), [0, null])
  t.is(errors, '')
})

test('leveret: a command that there is not is named, with those that there are', async (t) => {
  const child = spawn(process.execPath, [main, 'servve'], { stdio: ['ignore', 'ignore', 'pipe'] })
  const chunks: Buffer[] = []
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk))
  const [code] = (await once(child, 'close')) as [number]
  t.is(code, 1)
  t.regex(
    Buffer.concat(chunks).toString(),
    /^error: unknown command 'servve', wanted serve, import, stats, verify\n/
  )
})

test('leveret: --version prints the version of the package', async (t) => {
  const child = spawn(process.execPath, [main, '--version'])
  const [said, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')])
  const { default: packed } = (await import('../../package.json', {
    with: { type: 'json' }
  })) as { default: { version: string } }
  t.deepEqual([code, said], [0, `${packed.version}\n`])
})
