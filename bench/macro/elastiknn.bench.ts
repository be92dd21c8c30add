/**
 * Question    how many of Elastiknn's LSH queries are answered a second, by recall of the first 100: by the index alone, by the
 *             embedded API, as JSON requests in this process and over HTTP; and how much faster is that than comparing all?
 * Workload    L2 with the parameters published for Fashion-MNIST (175 tables of 7 functions, width 3900) over a seeded set of
 *             60,000 image-like rows of 784 and over MNIST; Jaccard with 100 tables over 10,000 and 100,000 seeded sets. One
 *             segment, one query after another, `_source: false`, vectors as arrays of numbers. The bytes of requests are made
 *             before, and answers are read when all have come, objects of the embedded API (which collections of garbage would copy
 *             meanwhile) between two queries, outside of what is timed: from the first byte sent to the last received.
 *             With --answers read each is read, and timed, before the next is asked for. A plain scan compares every stored row with
 *             the query and keeps the best; sets have a field and index of their own for it, without lists by index. `exact` is
 *             an exact query of the field that the others ask, with such lists.
 * Sizes       smoke (default, runs in the test suite): 600 images and 600 sets, 10 queries.  full (BENCH=full): 60,000, 100,000.
 * Reports     bytes of postings and terms a vector, hashing a vector, documents loaded a second (durable); for each system
 *             candidates:recall/us/best us/cpu us, the rate of an exact scan, and rates at the published recalls beside the published
 *             ones (ann-benchmarks, over HTTP, 2 cores of an r6i.4xlarge, work of its client included); checksum of all scores.
 * Trust       the published rates are of another machine: they tell the order of magnitude. Recall is counted by score, so ties
 *             count. On a busy machine the fastest tenth of the queries (--clock best) is nearest to what it does alone; over
 *             HTTP processor time is the client's only.
 * Run         BENCH=full node bench/macro/elastiknn.bench.ts [--sets images,mnist-test-10k,sets:10000,sets:100000] [--rows 60000]
 *             [--queries 200] [--rounds 3] [--clock wall|best|cpu] [--answers apart|read]
 *             [--data FOLDER]
 */
import path from 'node:path'
import { parseArgs } from 'node:util'
import type { CurvePoint } from '../support/curve.ts'
import { between, median } from '../support/curve.ts'
import type { Workload } from '../support/elastiknn-sets.ts'
import { imageWorkload, realImages, setWorkload } from '../support/elastiknn-sets.ts'
import {
  embedded,
  indexAlone,
  inProcess,
  load,
  overHttp,
  wanted
} from '../support/elastiknn-systems.ts'
import type { Scores, System } from '../support/elastiknn-systems.ts'
import { machineLine } from '../support/machine.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const full = process.env['BENCH'] === 'full'
const { values: flags } = parseArgs({
  options: {
    sets: { type: 'string', default: full ? 'images,sets:10000,sets:100000' : 'images,sets:600' },
    rows: { type: 'string', default: full ? '60000' : '600' },
    queries: { type: 'string', default: full ? '200' : '10' },
    rounds: { type: 'string', default: full ? '3' : '1' },
    clock: { type: 'string', default: 'wall' },
    answers: { type: 'string', default: 'apart' },
    data: { type: 'string', default: path.join(import.meta.dirname, '..', '..', 'data') }
  }
})
const clocks = ['wall', 'best', 'cpu'] as const
const clock: Clock = clocks.find((each) => each === flags.clock) ?? 'wall'
const queryCount = Number(flags.queries)
const rounds = Number(flags.rounds)
const exactQueryCount = Math.min(queryCount, 20)

type Point = {
  readonly recall: number
  /** Microseconds a query, a number a round. */
  readonly us: Readonly<Record<Clock, number[]>>
}
/** By the clock, all queries or the fastest tenth; by this process's processor time. */
type Clock = 'wall' | 'best' | 'cpu'
type Curve = {
  readonly system: System
  readonly clock: Clock
  readonly points: Map<number | null, Point>
}

function workloadOf(name: string): Workload {
  if (name === 'images') return imageWorkload(Number(flags.rows), queryCount)
  const [kind, rows] = name.split(':')
  if (kind === 'sets') return setWorkload(Number(rows), queryCount)
  return realImages(flags.data, name, queryCount)
}

/** Scores up to float32's rounding on the way through text. */
const tolerance = 1e-6

function recallOf(found: readonly number[], truth: readonly number[]): number {
  const least = truth.at(-1) ?? 0
  return found.filter((score) => score >= least - Math.abs(least) * tolerance).length / truth.length
}

async function measure(
  { system, points }: Curve,
  candidates: number | null,
  truth: readonly (readonly number[])[]
): Promise<number> {
  const count = candidates === null ? Math.min(truth.length, exactQueryCount) : truth.length
  const answers: (() => Scores)[] = []
  const cpu = process.cpuUsage()
  const timesUs: number[] = []
  for (let query = 0; query < count; query++) {
    const started = performance.now()
    const answer = await system.search(query, candidates)
    if (flags.answers === 'read') answer()
    timesUs.push((performance.now() - started) * 1000)
    const scores = system.answersObjects ? answer() : null
    answers.push(scores === null ? answer : () => scores)
  }
  const used = process.cpuUsage(cpu)
  const found = answers.map((scores) => scores())
  const recall = found.reduce((sum, scores, query) => sum + recallOf(scores, truth[query]!), 0)
  let point = points.get(candidates)
  if (point === undefined) {
    point = { recall: recall / count, us: { wall: [], best: [], cpu: [] } }
    points.set(candidates, point)
  }
  point.us.wall.push(timesUs.reduce((sum, us) => sum + us, 0) / count)
  point.us.best.push(timesUs.toSorted((a, b) => a - b)[Math.floor(count / 10)]!)
  point.us.cpu.push((used.user + used.system) / count)
  return found.flat().reduce((sum, score) => (Math.imul(sum, 31) + Math.round(score * 1e6)) | 0, 0)
}

const usOf = (point: Point, by: Clock): number => median(point.us[by])

/** Microseconds at a recall; null when it is not reached. */
function usAt({ points, clock: by }: Curve, recall: number): number | null {
  const approximate = [...points].filter(
    ([candidates]) => candidates !== null && candidates !== Infinity
  )
  return between(
    approximate.map(([, point]): CurvePoint => [point.recall, usOf(point, by)]),
    recall
  )
}

function print(curve: Curve, workload: Workload): void {
  const { system, points } = curve
  const line = [...points]
    .filter(([candidates]) => candidates !== null)
    .map(
      ([candidates, point]) =>
        `${candidates === Infinity ? 'exact' : candidates}:${point.recall.toFixed(4)}/${clocks.map((by) => usOf(point, by).toFixed(0)).join('/')}`
    )
  console.log(`${system.name.padEnd(12)} candidates:recall/us/best us/cpu us ${line.join(' ')}`)
  const exact = points.get(null)
  if (exact === undefined) return
  const exactUs = usOf(exact, curve.clock)
  const recalls = [...new Set([...workload.published.map(({ recall }) => recall), 0.9, 0.95])]
  const rates = recalls.flatMap((recall) => {
    const us = usAt(curve, recall)
    if (us === null) return [`${recall}: not reached`]
    const of = workload.published.find((each) => each.recall === recall)
    const ratio =
      of === undefined ? '' : `, ${(1e6 / us / of.perSecond).toFixed(1)}x of ${of.perSecond}/s`
    return [`${recall}: ${Math.round(1e6 / us)}/s (${(exactUs / us).toFixed(1)}x a scan${ratio})`]
  })
  const listed = points.get(Infinity)
  if (listed !== undefined) {
    const us = usOf(listed, curve.clock)
    rates.push(`exact: ${Math.round(1e6 / us)}/s (${(exactUs / us).toFixed(1)}x a scan)`)
  }
  console.log(
    `${system.name.padEnd(12)} scan ${exactUs.toFixed(0)} us; at recall ${rates.join('; ')}`
  )
}

async function run(name: string, folder: string): Promise<void> {
  const workload = workloadOf(name)
  console.log(`\n${workload.name}, ${queryCount} queries, first ${wanted}, ${rounds} rounds`)
  const alone = await indexAlone(workload)
  console.log(alone.sizes)
  const perSecond = await load(workload, folder)
  console.log(`loaded ${Math.round(perSecond)} documents/s, durable and hashed`)
  let checksum = 0
  // One at a time may have the data folder.
  for (const open of [async () => alone, embedded, inProcess, overHttp]) {
    const system = await open(workload, folder)
    // The server's processor time is that of another process.
    const curve: Curve = {
      system,
      clock: open === overHttp && clock === 'cpu' ? 'wall' : clock,
      points: new Map()
    }
    checksum = (Math.imul(checksum, 31) + (await measureAll(curve, workload))) | 0
    await system.close()
    print(curve, workload)
  }
  console.log(`checksum ${checksum}`)
}

async function measureAll(curve: Curve, workload: Workload): Promise<number> {
  let checksum = 0
  const truth: (readonly number[])[] = []
  for (let query = 0; query < queryCount; query++) {
    truth.push((await curve.system.search(query, null))())
  }
  const measureRounds = async (efforts: readonly (number | null)[]): Promise<void> => {
    for (let round = 0; round < rounds; round++) {
      for (const candidates of efforts) {
        checksum = (Math.imul(checksum, 31) + (await measure(curve, candidates, truth))) | 0
      }
    }
  }
  // A scan leaves its rows in the processor's caches; the next effort would have to fetch all it needs again.
  await measureRounds(workload.efforts)
  await measureRounds([null])
  return checksum
}

console.log(machineLine())
for (const name of flags.sets.split(',')) {
  using folder = temporaryFolder('elastiknn')
  await run(name, folder.path)
}
