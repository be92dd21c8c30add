/**
 * Question    what do searches that take long cost, how many of them answer a second with 0, 1 and 2 search threads, and how long do
 *             they keep the event loop?
 * Workload    one generated set in two indices, one with a graph and one that is scanned. For each number of threads a fresh process
 *             opens the folder and sends requests to the handler of REST, four at a time: a scan, a script_score over every document, a
 *             walk with a tenth of the data in the cache, a page of 10,000 hits in the order of a number.
 * Sizes       smoke (default, runs in the test suite): 2,000 x 768.  full (BENCH=full): 100,000 x 768.
 * Reports     searches a second, milliseconds of processor time a search (all threads), the longest turn of the event loop by the
 *             clock and by the thread's processor time with the collections of garbage in it, checksum of what was found: it is one for all numbers of threads.
 * Trust       turns by the clock and rates only on a machine that does nothing else; processor times wherever.
 * Run         BENCH=full node bench/macro/threads.bench.ts [--count 100000] [--kinds scan,script,walk,sorted]
 */
import path from 'node:path'
import { parseArgs } from 'node:util'
import { open } from '../../src/index.ts'
import { setServerFlags } from '../../src/tool/index.ts'
import { beatText, watched } from '../support/beat.ts'
import type { Beat } from '../support/beat.ts'
import { answerStep, runStep } from '../support/child.ts'
import { machineLine } from '../support/machine.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { uniformOf } from '../support/uniform.ts'

const full = process.env['BENCH'] === 'full'
const { values: flags } = parseArgs({
  options: {
    step: { type: 'string', default: '' },
    folder: { type: 'string', default: '' },
    threads: { type: 'string', default: '0' },
    kind: { type: 'string', default: '' },
    kinds: { type: 'string', default: 'scan,script,walk,sorted' },
    count: { type: 'string', default: full ? '100000' : '2000' }
  }
})
const dims = 768
const count = Number(flags.count)
const requestCount = full ? 40 : 8
const together = 4
/** Of vectors, codes and lists of both indices. */
const cachedShare = 0.1

const uniform = uniformOf(20_261_121)
/** Near one of a hundred centres, so that neighbours mean something. */
const centres = Array.from({ length: 100 }, () =>
  Float32Array.from({ length: dims }, () => uniform() - 0.5)
)
/** Documents are others than queries. */
const draw = uniformOf(flags.step === 'build' ? 1 : 2)
function vector(): Float32Array {
  const centre = centres[Math.floor(draw() * centres.length)]!
  return centre.map((value) => value + 0.6 * (draw() - 0.5))
}

type Search = { readonly index: string; readonly cacheBytes?: number; readonly body: () => object }

const queryOf = (): number[] => Array.from(vector(), (value) => Number(value.toFixed(4)))
const searches: Readonly<Record<string, Search>> = {
  scan: {
    index: 'scanned',
    body: () => ({
      knn: { field: 'v', query_vector: queryOf(), k: 10, num_candidates: 100 },
      _source: false
    })
  },
  script: {
    index: 'scanned',
    body: () => ({
      query: {
        script_score: {
          query: { match_all: {} },
          script: {
            source: 'cosineSimilarity(params.v, "v") + 1.0',
            params: { v: queryOf() }
          }
        }
      },
      _source: false
    })
  },
  walk: {
    index: 'graph',
    cacheBytes: Math.max(20 * 2 ** 20, Math.round(cachedShare * count * dims * 5)),
    body: () => ({
      knn: { field: 'v', query_vector: queryOf(), k: 10, num_candidates: 100 },
      _source: false
    })
  },
  sorted: {
    index: 'scanned',
    body: () => ({
      query: { range: { n: { gte: Math.floor(draw() * 100) } } },
      sort: [{ n: 'desc' }],
      size: Math.min(count, 10_000),
      _source: false
    })
  }
}

async function build(): Promise<object> {
  const db = await open(path.join(flags.folder, 'data'), { threads: 1 })
  for (const [name, index] of [
    ['scanned', 'flat'],
    ['graph', 'hnsw']
  ] as const) {
    const one = await db.createIndex(name, {
      v: { type: 'vector', dims, space: 'cosine', index },
      n: { type: 'integer' }
    })
    const docs = function* (): Iterable<[string, { v: Float32Array; n: number }]> {
      for (let at = 0; at < count; at++) yield [String(at), { v: vector(), n: at % 1000 }]
    }
    await one.putMany(docs())
    await one.merge()
  }
  await db.close()
  return {}
}

type Measured = Beat & {
  readonly perSecond: number
  readonly cpuMs: number
  readonly checksum: number
}

async function measure(): Promise<Measured> {
  // As `leveret serve` does.
  setServerFlags()
  const { index, cacheBytes, body } = searches[flags.kind]!
  const db = await open(path.join(flags.folder, 'data'), {
    threads: Number(flags.threads),
    ...(cacheBytes !== undefined && { cacheBytes })
  })
  const search = async (one: object): Promise<unknown> => {
    const { status, body: answer } = await db.handle({
      method: 'POST',
      path: `/${index}/_search`,
      body: one
    })
    if (status !== 200) throw new Error(`${status} ${String(answer)}`)
    return answer
  }
  await search(body())
  const asked = Array.from({ length: requestCount }, body)
  /** In the order asked, so that the checksum does not depend on who was faster. Read behind the watch, which saw it as long turns. */
  const answers: unknown[] = []
  const left = asked.entries()
  const worker = async (): Promise<void> => {
    for (const [at, one] of left) answers[at] = await search(one)
  }
  const cpuBefore = process.cpuUsage()
  const started = performance.now()
  const { result: _, ...beat } = await watched(() =>
    Promise.all(Array.from({ length: together }, worker))
  )
  const ms = performance.now() - started
  const { user, system } = process.cpuUsage(cpuBefore)
  await db.close()
  return {
    ...beat,
    perSecond: (requestCount * 1_000) / ms,
    cpuMs: (user + system) / 1e3 / requestCount,
    checksum: answers.reduce((sum: number, each) => (sum * 31 + idSum(each)) | 0, 0)
  }
}

/** Of the ids of an answer. */
function idSum(answer: unknown): number {
  let sum = 0
  for (const [, id] of String(answer).matchAll(/"_id":"(\d+)"/g)) sum = (sum * 31 + Number(id)) | 0
  return sum
}

const steps: Readonly<Record<string, () => Promise<unknown>>> = { build, measure }

function main(): void {
  using folder = temporaryFolder('threads')
  process.stdout.write(`${machineLine()}\n`)
  const passed = { folder: folder.path, count: flags.count }
  runStep(import.meta.filename, 'build', passed)
  for (const kind of flags.kinds.split(','))
    for (const threads of ['0', '1', '2']) {
      const measured = runStep(import.meta.filename, 'measure', {
        ...passed,
        threads,
        kind
      }) as Measured
      const { perSecond, cpuMs, checksum } = measured
      process.stdout.write(
        `${kind} ${count} x ${dims}, threads ${threads}: ${perSecond.toFixed(1)}/s, ${cpuMs.toFixed(1)} ms cpu each, ${beatText(measured)}, checksum ${checksum}\n`
      )
    }
}

const step = steps[flags.step]
if (step !== undefined) answerStep(await step())
else main()
