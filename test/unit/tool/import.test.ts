/**
 * Goal     every file format arrives whole, and an import that was killed goes on without losing or doubling anything.
 * Method   the command line in a process of its own, on real files and folders.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { ExecutionContext } from 'ava'
import anyTest from 'ava'
import { open } from '../../../src/rest/index.ts'
import { verify } from '../../../src/tool/verify.ts'

/** One process at a time: two cores are little for several. */
const test = anyTest.serial

const main = path.join(import.meta.dirname, '../../../src/main.ts')

async function folder(t: ExecutionContext): Promise<string> {
  const made = await mkdtemp(path.join(tmpdir(), 'leveret-import-'))
  t.teardown(() => rm(made, { recursive: true, force: true }))
  return made
}

type Ended = { readonly code: number | null; readonly out: string; readonly err: string }

const dieOnProgress = new URL('../../support/die-on-progress.ts', import.meta.url).href

/** Runs the command line. */
async function run(args: readonly string[], nodeArgs: readonly string[] = []): Promise<Ended> {
  const child = spawn(process.execPath, [...nodeArgs, main, ...args], {
    stdio: ['ignore', 'pipe', 'pipe']
  })
  let out = ''
  let err = ''
  child.stdout.on('data', (part: Buffer) => (out += part.toString()))
  child.stderr.on('data', (part: Buffer) => (err += part.toString()))
  await once(child, 'close')
  return { code: child.exitCode, out, err }
}

function npy(rows: readonly (readonly number[])[]): Buffer {
  const dims = rows[0]?.length ?? 0
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows.length}, ${dims}), }`
  const header = text.padEnd(Math.ceil((10 + text.length + 1) / 64) * 64 - 11, ' ') + '\n'
  const head = Buffer.alloc(10)
  head.write('\u0093NUMPY', 0, 'latin1')
  head[6] = 1
  head.writeUInt16LE(header.length, 8)
  return Buffer.concat([
    head,
    Buffer.from(header, 'latin1'),
    Buffer.from(Float32Array.from(rows.flat()).buffer)
  ])
}

function fvecs(rows: readonly (readonly number[])[]): Buffer {
  return Buffer.concat(
    rows.map((row) => {
      const head = Buffer.alloc(4)
      head.writeInt32LE(row.length)
      return Buffer.concat([head, Buffer.from(Float32Array.from(row).buffer)])
    })
  )
}

const rows = Array.from({ length: 300 }, (_, at) => [at, at % 7, -at / 4])

for (const [extension, encode] of [
  ['npy', npy],
  ['fvecs', fvecs]
] as const)
  test(`import: every row of a .${extension} file is found by its own vector under its row number`, async (t) => {
    const work = await folder(t)
    const file = path.join(work, `rows.${extension}`)
    await writeFile(file, encode(rows))
    const ended = await run(['import', file, '--index', 'rows', '--data', path.join(work, 'data')])
    t.is(ended.code, 0, ended.err)
    t.regex(ended.out, /300 written to \[rows\], which has 300 documents now/)
    await using db = await open(path.join(work, 'data'))
    const index = db.index('rows')
    for (const at of [0, 17, 299]) {
      const vector = Float32Array.from(rows[at] ?? [])
      t.is(index.search({ knn: { field: 'vector', vector, k: 1 } }).hits[0]?.id, String(at))
    }
  })

test('import: bulk actions are obeyed in order, and the named index wins over the file', async (t) => {
  const work = await folder(t)
  const file = path.join(work, 'actions.ndjson')
  const lines = [
    { index: { _index: 'elsewhere', _id: 'a' } },
    { n: 1 },
    { index: { _id: 'b' } },
    { n: 2 },
    { update: { _id: 'a' } },
    { doc: { m: 5 } },
    { delete: { _id: 'b' } }
  ]
  await writeFile(file, lines.map((line) => JSON.stringify(line)).join('\r\n'))
  const ended = await run(['import', file, '--index', 'here', '--data', path.join(work, 'data')])
  t.is(ended.code, 0, ended.err)
  await using db = await open(path.join(work, 'data'))
  t.deepEqual(db.indexNames(), ['here'])
  t.deepEqual(db.index('here').get('a'), { n: 1, m: 5 })
  t.is(db.index('here').get('b'), null)
})

test('import: a document that does not fit is named by its line, and what was before it stays', async (t) => {
  const work = await folder(t)
  const file = path.join(work, 'docs.ndjson')
  await writeFile(file, '{"n":1}\n{"n":2}\n{"n":"x"}\n')
  const ended = await run(['import', file, '--index', 'docs', '--data', path.join(work, 'data')])
  t.is(ended.code, 1)
  t.regex(ended.err, /number 3 .*failed to parse field \[n\] of type \[long\]/)
})

test('import: files that are not what they seem are refused with what is wrong', async (t) => {
  const work = await folder(t)
  for (const [name, bytes, message] of [
    ['a.npy', Buffer.from('not numpy at all'), /does not begin with/],
    ['b.npy', npy(rows).subarray(0, 500), /its header promises/],
    ['c.fvecs', fvecs(rows).subarray(0, 101), /no whole number of rows/]
  ] as const) {
    const file = path.join(work, name)
    await writeFile(file, bytes)
    const ended = await run(['import', file, '--index', 'x', '--data', path.join(work, 'data')])
    t.is(ended.code, 1, name)
    t.regex(ended.err, message)
  }
})

test('import: killed again and again, it goes on and nothing is missing or there twice', async (t) => {
  t.timeout(600_000)
  const work = await folder(t)
  const file = path.join(work, 'many.ndjson')
  const count = 30_000
  await writeFile(
    file,
    Array.from({ length: count }, (_, n) => JSON.stringify({ n, text: `line ${n}` })).join('\n')
  )
  const args = ['import', file, '--index', 'many', '--data', path.join(work, 'data')]
  let wentOn = 0
  for (let life = 0; life < 4; life++) {
    const ended = await run(args, ['--import', dieOnProgress])
    t.is(ended.code, null, 'killed, not ended')
    if (ended.err.includes('goes on behind')) wentOn += 1
  }
  const last = await run(args)
  t.is(last.code, 0, last.err)
  t.is(wentOn, 3)
  t.regex(last.err, /goes on behind/)
  {
    await using db = await open(path.join(work, 'data'))
    const index = db.index<{ n: number }>('many')
    t.is(index.count(), count)
    t.is(index.count({ range: { n: { gte: 10_000, lt: 20_000 } } }), 10_000)
  }
  t.deepEqual((await verify(path.join(work, 'data'))).faults, [])
})

test('import: into an index that was deleted since, it begins anew', async (t) => {
  const work = await folder(t)
  const file = path.join(work, 'few.ndjson')
  const data = path.join(work, 'data')
  await writeFile(file, '{"n":1}\n{"n":2}\n')
  const args = ['import', file, '--index', 'few', '--data', data]
  t.is((await run(args)).code, 0)
  const again = await run(args)
  t.regex(again.err, /goes on behind 2/)
  {
    await using db = await open(data)
    await db.deleteIndex('few')
  }
  const anew = await run(args)
  t.notRegex(anew.err, /goes on/)
  t.is(anew.out, '2 written to [few], which has 2 documents now\n')
})

test('stats and verify: a folder that is not there is not made, a held one is named', async (t) => {
  const work = await folder(t)
  const absent = await run(['stats', '--data', path.join(work, 'nowhere')])
  t.is(absent.code, 1)
  t.regex(absent.err, /there is no folder/)
  await using db = await open(path.join(work, 'held'))
  t.deepEqual(db.indexNames(), [])
  const held = await run(['verify', '--data', path.join(work, 'held')])
  t.is(held.code, 2)
  t.regex(held.err, new RegExp(`${process.pid}`))
})
