/**
 * Question    how long does each kind of request keep the event loop, at most?
 * Workload    one generated index: a field of vectors without a graph, one with, a number, a keyword, words; and every kind of
 *             request that has much to do (bench/support/turn-kinds.ts), four at a time, over the handler of REST.
 * Sizes       smoke (default, runs in the test suite): 2,000 documents.  full (BENCH=full): 100,000.
 * Reports     for each kind the longest turn by the processor time of the loop's thread and by the clock, garbage collections in
 *             it, and processor time of a request; checksum of the answers' lengths, their times taken out. Requests are made, and
 *             what that leaves is collected, before the loop is watched; answers are read behind it.
 * Trust       processor time wherever, though neighbours on the machine lengthen it too; the clock on one that does nothing else.
 * Run         BENCH=full node bench/macro/turns.bench.ts [--count 100000] [--threads 0] [--kinds 'a scan,a count']
 */
import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import path from 'node:path'
import { open } from '../../src/index.ts'
import { watched } from '../support/beat.ts'
import { machineLine } from '../support/machine.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { uniformOf } from '../support/uniform.ts'
import { turnDocuments, turnKinds, turnMappings } from '../support/turn-kinds.ts'
import type { TurnRequest } from '../support/turn-kinds.ts'

const full = process.env['BENCH'] === 'full'
const { values: flags } = parseArgs({
  options: {
    kinds: { type: 'string', default: Object.keys(turnKinds).join(',') },
    count: { type: 'string', default: full ? '100000' : '2000' },
    threads: { type: 'string', default: '0' },
    /** An index of an earlier run, which is kept. */
    folder: { type: 'string', default: '' }
  }
})
const count = Number(flags.count)
setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void
const requestCount = full ? 16 : 4
const together = 4

/** Asks, and gives the body of the answer. */
type Ask = (request: TurnRequest) => Promise<unknown>

async function fill(ask: Ask): Promise<void> {
  await ask({ method: 'PUT', path: '/turns', body: { mappings: turnMappings } })
  const uniform = uniformOf(1)
  for (let from = 0; from < count; from += 1000)
    await ask(turnDocuments(from, Math.min(1000, count - from), uniform))
  await ask({ method: 'POST', path: '/turns/_forcemerge?max_num_segments=1', body: {} })
}

async function main(): Promise<void> {
  using folder = temporaryFolder('turns')
  process.stdout.write(`${machineLine()}\n`)
  const data = flags.folder === '' ? path.join(folder.path, 'data') : flags.folder
  const db = await open(data, { threads: Number(flags.threads) })
  const ask: Ask = async (request) => {
    const { status, body } = await db.handle(request)
    if (status !== 200) throw new Error(`${request.path}: ${status} ${String(body).slice(0, 300)}`)
    return body
  }
  try {
    if (!db.hasIndex('turns')) await fill(ask)
    const uniform = uniformOf(2)
    let checksum = 0
    for (const name of flags.kinds.split(',')) {
      const asked = Array.from({ length: requestCount }, () => turnKinds[name]!({ count, uniform }))
      checksum = (checksum * 31 + (await measure(name, asked, ask))) | 0
    }
    process.stdout.write(`checksum ${checksum}\n`)
  } finally {
    await db.close()
  }
}

async function measure(
  name: string,
  asked: readonly (readonly TurnRequest[])[],
  ask: Ask
): Promise<number> {
  const left = asked.values()
  const answers: unknown[] = []
  // The first of them, while V8 compiles.
  for (const requests of left) {
    for (const each of requests) answers.push(await ask(each))
    break
  }
  const worker = async (): Promise<void> => {
    for (const requests of left) for (const each of requests) answers.push(await ask(each))
  }
  collectGarbage()
  const before = process.cpuUsage()
  const { longestMs, longestCpuMs, gcMs } = await watched(() =>
    Promise.all(Array.from({ length: together }, worker))
  )
  const { user, system } = process.cpuUsage(before)
  const cpuMs = (user + system) / 1e3 / asked.length
  process.stdout.write(
    `${name}: longest turn ${longestCpuMs.toFixed(1)} ms cpu, ${longestMs.toFixed(1)} ms (garbage collection at most ${gcMs.toFixed(1)} ms), ${cpuMs.toFixed(1)} ms cpu each\n`
  )
  return answers.reduce((sum: number, answer) => sum + lengthOf(answer), 0)
}

/** Characters of an answer, but for times and numbers that differ from run to run. */
function lengthOf(answer: unknown): number {
  const varying = /"(?:took|_scroll_id|_version|_seq_no)":("[^"]*"|\d+)/g
  return String(answer).replaceAll(varying, '').length
}

await main()
