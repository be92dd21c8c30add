/**
 * What is published works where nothing else is: packed, installed in an empty folder without peers and development
 * packages, run as built JavaScript with worker threads.
 */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import test from 'ava'

const run = promisify(execFile)
const root = path.join(import.meta.dirname, '..', '..')

/** What a user of the package writes; prints what it saw as JSON. */
const script = `
import { open, VectorStoreError } from 'leveret'

let workerCount = 0
process.on('worker', () => { workerCount += 1 })
let state = 1
const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32
const rows = Array.from({ length: 12000 }, () => Float32Array.from({ length: 8 }, random))
const distance = (a, b) => a.reduce((sum, x, i) => sum + (x - b[i]) ** 2, 0)

const db = await open('./store', { threads: 2 })
const index = await db.createIndex('points', { v: { type: 'vector', dims: 8, space: 'l2' } })
const docCount = await index.putMany(rows.map((v, at) => [String(at), { v }]))
await index.merge()
const queries = rows.slice(0, 50).map((row) => row.map((x) => x + 0.05))
let foundCount = 0
let strategy = ''
for (const query of queries) {
  const { hits, profile } = index.search({ knn: { field: 'v', vector: query, k: 10 }, source: false, profile: true })
  strategy = profile[0].knn[0].segments[0].strategy
  const worst = rows.map((row) => distance(row, query)).sort((a, b) => a - b)[9]
  foundCount += hits.filter((hit) => distance(rows[Number(hit.id)], query) <= worst * 1.00001).length
}
let code = ''
try { await index.put('x', { v: [1] }) } catch (error) { code = error instanceof VectorStoreError ? error.code : String(error) }
await db.close()
console.log(JSON.stringify({ workerCount, docCount, strategy, recall: foundCount / 500, code }))
`

test('package: the packed tarball, installed alone, builds a graph with two workers and finds neighbours', async (t) => {
  t.timeout(900_000)
  const folder = await mkdtemp(path.join(tmpdir(), 'leveret-pack-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const app = path.join(folder, 'app')
  await mkdir(app)
  await writeFile(path.join(app, 'package.json'), '{"name":"app","private":true,"type":"module"}')
  await writeFile(path.join(app, 'main.js'), script)

  // Packing builds dist/ first; only this test does.
  const packed = await run('npm', ['pack', '--json', '--pack-destination', folder], options(root))
  const [{ filename, files }] = JSON.parse(packed.stdout.slice(packed.stdout.indexOf('[\n'))) as [
    { filename: string; files: { path: string }[] }
  ]
  const names = files.map((file) => file.path)
  t.true(names.includes('dist/index.js') && names.includes('dist/index.d.ts'))
  t.deepEqual(names.filter((name) => !name.startsWith('dist/')).toSorted(), [
    'LICENSE',
    'README.md',
    'package.json'
  ])

  const flags = ['--omit=dev', '--no-audit', '--no-fund', '--prefer-offline']
  await run('npm', ['install', ...flags, path.join(folder, filename)], options(app))
  const { stdout } = await run(process.execPath, ['main.js'], options(app))
  const seen = JSON.parse(stdout) as Record<string, unknown>
  t.like(seen, { workerCount: 2, docCount: 12_000, strategy: 'graph', code: 'DOC_PARSE' })
  t.true(Number(seen['recall']) >= 0.95, stdout)
  const help = await run(path.join(app, 'node_modules', '.bin', 'leveret'), ['--help'], {
    ...options(app),
    env: {
      ...options(app).env,
      PATH: `${path.dirname(process.execPath)}:${process.env['PATH'] ?? ''}`
    }
  })
  t.regex(help.stdout, /serve/)
})

/** How npm was told to reach its registry; the other settings that it hands to scripts are not those of another npm. */
const reach =
  /^npm_config_(?:globalconfig|userconfig|cache|registry|cafile|https?_?proxy|noproxy)$/iu

function options(cwd: string): { cwd: string; env: NodeJS.ProcessEnv; timeout: number } {
  const own = Object.entries(process.env).filter(
    ([name]) => !name.toLowerCase().startsWith('npm_') || reach.test(name)
  )
  return { cwd, env: Object.fromEntries(own), timeout: 890_000 }
}
