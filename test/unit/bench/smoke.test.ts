/**
 * Every bench in its smoke size, as its head promises: it ends well, and prints the lines that a reader of the full run
 * looks for. The figures themselves are not judged; recall and answers are.
 */
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import test from 'ava'

const root = path.join(import.meta.dirname, '..', '..', '..')
const run = promisify(execFile)
/** Longer than ava waits for a result: each is one process, a minute on a busy machine of ours. */
const timeoutMs = 1_800_000

/** Output of a bench in its smoke size; fails with its errors when it does not end with 0. */
async function smoke(bench: string, ...flags: string[]): Promise<string> {
  const env = { ...process.env }
  delete env['BENCH']
  const { stdout } = await run(process.execPath, [path.join(root, 'bench', bench), ...flags], {
    env
  })
  return stdout
}

/** Lines of benches by their path in bench/, beside the checksum that each prints. */
const lines: Readonly<Record<string, readonly RegExp[]>> = {
  'macro/elastiknn.bench.ts': [
    /^index alone +candidates:recall\/us\/best us\/cpu us 100:0\.[5-9]/m,
    /^over HTTP +scan \d+ us; at recall 0\.607: \d+\/s \(.*x of 304\/s\)/m
  ],
  'macro/growth.bench.ts': [
    /^1000 x 128: inserts \d+\/s until found, \d+\/s until one graph/m,
    /^4000 x 128: first answer \d+ ms .* recall (0\.9[5-9]|1\.0)\d+, .* checksum \d+$/m,
    /^growth 1000 to 4000: insert rate \d/m
  ],
  'macro/http.bench.ts': [
    /^round 1: HTTP \d+ searches\/s, p50 .* longest \d.* recall (0\.9[5-9]|1\.0)/m,
    /^median: _msearch \d+ searches\/s, \d+ % of \d+ in process/m
  ],
  'macro/load.bench.ts': [
    /^s128:2000 embedded-1 +\d+ documents\/s .* recall (0\.9[5-9]|1\.0)/m,
    /^s128:2000 http-2 +\d+ documents\/s .* recall (0\.9[5-9]|1\.0)/m
  ],
  'macro/memory.bench.ts': [
    /^restart 2000 x 128: first answer \d+ ms .* 10 hits$/m,
    /^memory 2000 x 768, cache 64 MiB: recall (0\.9[5-9]|1\.0)/m
  ],
  'macro/million.bench.ts': [
    /^build leveret in-process, threads 0 +\d.* s \(acknowledged \d.* s\), \d+\/s, disk \d/m,
    /^first answer leveret in-process +\d+ ms after process start/m,
    /^leveret in-process +effort:recall\/us\/cpu us 10:1\.0000\//m,
    /^memory leveret in-process +RssAnon \+ RssShmem \d+ MiB, RSS \d+ MiB$/m
  ],
  'macro/prototype.bench.ts': [
    /^left out: prototype: no --prototype FOLDER$/m,
    /^leveret in-process +effort:recall\/us\/cpu us 10:/m
  ],
  'macro/threads.bench.ts': [
    /^scan 2000 x 768, threads 2: \d.*\/s, .* longest turn \d.* ms cpu \(collections in it: .*\), .* checksum -?\d+$/m,
    /^script 2000 x 768, threads 0: \d/m
  ],
  'macro/turns.bench.ts': [
    /^a scan: longest turn \d.* ms cpu \(collections in it: .*\), without collections \d.*, by the clock \d.* ms, \d.* ms cpu each$/m,
    /^documents by a query: longest turn \d/m,
    /^\d+ of \d+ kinds above 10 ms in half of 1 rounds: .*\nchecksum -?\d+$/m
  ],
  'micro/distance.bench.ts': [/^dotF32 plain dims=128 ns=.* checksum=/m],
  'micro/walk.bench.ts': [/^build \d+ vectors\/s, threads 0$/m, /^checksum -?\d+$/m]
}

const benches = ['macro', 'micro'].flatMap((folder) =>
  readdirSync(path.join(root, 'bench', folder)).map((file) => `${folder}/${file}`)
)

test('bench: every file tells its question, workload, sizes, report, trust and command', (t) => {
  t.true(benches.includes('macro/ann.bench.ts'))
  for (const named of Object.keys(lines)) t.true(benches.includes(named), named)
  for (const file of benches) {
    const head = readFileSync(path.join(root, 'bench', file), 'utf8').split('*/')[0] ?? ''
    for (const word of ['Question', 'Workload', 'Sizes', 'Reports', 'Trust', 'Run'])
      t.true(head.includes(` * ${word} `), `${file} tells its ${word}`)
  }
})

// One after the other: each has the machine for itself, as far as the suite allows. ann.bench.ts has a test of its own.
for (const bench of benches.filter((file) => file !== 'macro/ann.bench.ts'))
  test.serial(`${bench}: its smoke run ends well and prints its lines`, async (t) => {
    t.timeout(timeoutMs)
    const output = await smoke(bench)
    t.regex(output, /checksum/)
    for (const line of lines[bench] ?? []) t.regex(output, line)
  })

test.serial(
  'macro/ann.bench.ts: each mode answers exactly at this size, and the report has tables and curves',
  async (t) => {
    t.timeout(timeoutMs)
    const folder = mkdtempSync(path.join(tmpdir(), 'leveret-report-'))
    t.teardown(() => rmSync(folder, { recursive: true, force: true }))
    const modes = 'peers,filters,deletes,cache'
    const output = await smoke('macro/ann.bench.ts', '--mode', modes, '--report', folder)
    t.regex(output, /^leveret in-process +build \d+\/s, reopen to first answer \d+ ms/m)
    t.regex(output, /^at recall 0\.95, by the clock: leveret in-process \d+\/s/m)
    for (const share of ['50 %', '10 %', '1 %', '0.1 %'])
      t.regex(
        output,
        new RegExp(`^filter ${share.replace('.', '\\.')}, uncached +effort.* 64:1\\.0000`, 'm')
      )
    t.regex(output, /^deleted 2\d\d of 2000 by query in \d+ ms, 1[78]\d\d left$/m)
    t.regex(output, /^10 % deleted, merged +effort.* 64:1\.0000/m)
    t.regex(
      output,
      /^cache 20\.0 MiB \(the least there is, for .*10 %.*\), candidates 64: recall 1\.0000.* resident codes \d.* %, lists \d/m
    )
    const report = readFileSync(path.join(folder, 'report.md'), 'utf8')
    t.regex(report, /^\| leveret in-process \| \d+ \| \d+ \| \d+ \| \d+ \|$/m)
    const drawing = readFileSync(path.join(folder, 's128-2000-filters.svg'), 'utf8')
    t.regex(report, /!\[[^\]]*\]\(s128-2000-filters\.svg\)/)
    t.is(drawing.match(/<polyline /g)?.length, 9, 'no filter, and four cached and uncached')
    for (const label of ['recall@10', 'time a query (logarithmic)', 'unfiltered'])
      t.true(drawing.includes(`>${label}</text>`))
    t.false(drawing.includes('NaN'))
  }
)
