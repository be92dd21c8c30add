/** The scripts a newcomer runs: the demo and the recall of a set, as processes of their own. */
import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import test from 'ava'

const run = promisify(execFile)
const scripts = path.join(import.meta.dirname, '..', '..', 'scripts')

test.serial('demo: loads, searches, and answers the same after reopening', async (t) => {
  t.timeout(600_000)
  const { stdout } = await run(process.execPath, [path.join(scripts, 'demo.ts')])
  t.regex(stdout, /100% 9,750 of 9,750 movies/)
  t.regex(stdout, /Aliens \(1986\)/)
  const recall = Number(/recall@10 is ([\d.]+)/.exec(stdout)?.[1])
  t.true(recall >= 0.95, `recall ${recall}`)
  t.regex(stdout, /All 598 queries again: the same answers/)
})

test.serial('recall: prints a line for a set and says that none is below the floor', async (t) => {
  t.timeout(600_000)
  const { stdout } = await run(process.execPath, [
    path.join(scripts, 'recall.ts'),
    path.join(scripts, '..', 'data'),
    'lucene-glove-100'
  ])
  t.regex(stdout, /lucene-glove-100 +2360 x 100 float32 +cosine +1\.0000 +exact/)
  t.regex(stdout, /1 sets, below 0\.95: none/)
})

test.serial('recall: a set that is not there is told, and nothing is measured', async (t) => {
  const failed = await t.throwsAsync(
    run(process.execPath, [
      path.join(scripts, 'recall.ts'),
      path.join(scripts, '..', 'data'),
      'absent'
    ])
  )
  t.regex(String(failed), /no set absent/)
})
