/**
 * The event loop is never kept for long, whatever is asked. Method: a heartbeat that reads the processor time of the loop's thread;
 * four requests of a kind at a time. Milliseconds are the bench's (bench/macro/turns.bench.ts): machines differ, and this one from
 * minute to minute, so here a turn is compared with a piece of work of known size that is timed beside it, and what is seen is a
 * request that is answered in one turn. What V8 compiles or collects at the wrong moment is no fault of a kind: a kind fails that
 * has a long turn in each of several rounds.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import test from 'ava'
import { watched } from '../../../bench/support/beat.ts'
import { turnDocuments, turnKinds, turnMappings } from '../../../bench/support/turn-kinds.ts'
import type { TurnRequest } from '../../../bench/support/turn-kinds.ts'
import { uniformOf } from '../../../bench/support/uniform.ts'
import { openDatabase, temporaryFolder } from '../../support/temporary-node.ts'

const together = 4
const roundsMax = 8
/** Twice as many as a page has: in one turn it takes two to thirty times the work that turns are compared with. */
const count = 20_000
/** A slice, what is in one piece behind it, and a collection of garbage that is none of its fault. */
const turnWorksMax = 2
/** Hits whose making, sorting, printing and parsing take about 10 ms on the machine of bench/README.md. */
const workHitCount = 12_000

/** Processor milliseconds of a piece of work that is the same on every machine: what a turn may take is told in it. */
async function workMs(): Promise<number> {
  const { longestCpuMs, result } = await watched(async () => {
    await new Promise(setImmediate)
    const hits = Array.from({ length: workHitCount }, (_, at) => ({
      _id: `d${at}`,
      _score: Math.imul(at + 1, 0x9e3779b1) >>> 8,
      sort: [at]
    }))
    hits.sort((a, b) => a._score - b._score)
    return (JSON.parse(JSON.stringify(hits)) as unknown[]).length
  })
  if (result !== workHitCount) throw new Error(`${result} hits of ${workHitCount}`)
  return longestCpuMs
}

test('handle: no kind of request keeps the event loop for longer than work of ten milliseconds', async (t) => {
  t.timeout(600_000)
  const db = await openDatabase(t, await temporaryFolder(t))
  const ask = async (request: TurnRequest): Promise<void> => {
    const { status, body } = await db.handle(request)
    if (status !== 200) throw new Error(`${request.path}: ${status} ${String(body).slice(0, 300)}`)
  }
  const uniform = uniformOf(1)
  await ask({ method: 'PUT', path: '/turns', body: { mappings: turnMappings } })
  for (let from = 0; from < count; from += 500) await ask(turnDocuments(from, 500, uniform))
  await ask({ method: 'POST', path: '/turns/_forcemerge?max_num_segments=1', body: {} })

  for (let at = 0; at < roundsMax; at++) await workMs()
  const slow: string[] = []
  for (const [name, kind] of Object.entries(turnKinds)) {
    const all = async (requests: readonly TurnRequest[]): Promise<void> => {
      for (const request of requests) await ask(request)
    }
    let asked = 0
    const next = (): readonly TurnRequest[] => kind({ count, at: asked++, uniform })
    await all(next())
    const rounds: number[] = []
    while (rounds.length < roundsMax && Math.min(...rounds, Infinity) > turnWorksMax) {
      const requests = Array.from({ length: together }, next)
      const before = await workMs()
      const { longestCpuMs } = await watched(() => Promise.all(requests.map(all)))
      rounds.push(longestCpuMs / Math.max(before, await workMs()))
    }
    const told = `${name}: ${rounds.map((works) => works.toFixed(2)).join(', ')}`
    if (Math.min(...rounds) > turnWorksMax) slow.push(told)
    else if (rounds.length > 1) t.log(told)
  }
  t.deepEqual(slow, [])
})

test('watched: a turn that takes long is seen', async (t) => {
  const { longestCpuMs } = await watched(async () => {
    const end = process.threadCpuUsage().user + 30_000
    while (process.threadCpuUsage().user < end);
  })
  t.true(longestCpuMs >= 20, `${longestCpuMs} ms`)
})

test('watched: collections are told with the turn they fall in, and apart from what it did itself', async (t) => {
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc') as () => void
  const { longest, longestOwnMs, gcMs } = await watched(async () => {
    await new Promise(setImmediate)
    const end = process.threadCpuUsage().user + 30_000
    while (process.threadCpuUsage().user < end);
    collectGarbage()
    // Others are none of its.
    const later = performance.now() + 5
    while (performance.now() < later) await new Promise(setImmediate)
    collectGarbage()
  })
  const collections = longest.collections.filter(({ kind }) => kind === 'mark-compact')
  t.is(collections.length, 1)
  t.true(collections[0]!.ms <= gcMs && longest.gcMs >= collections[0]!.ms)
  t.true(longestOwnMs < longest.cpuMs, `${longestOwnMs} of ${longest.cpuMs} ms`)
})
