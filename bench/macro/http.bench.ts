/**
 * Question    how many k-NN searches a second does one server answer over HTTP, how long does each take, how much of the
 *             in-process rate do batches of `_msearch` keep, and how long does the server's event loop stand still?
 * Workload    one index, ten nearest, base64 vectors, `_source: false`, 16 keep-alive connections that each ask again as soon as
 *             they are answered; `_msearch` with 100 searches a body on two connections; in-process searches on a copy, in turn.
 *             The client is this process: HTTP/1.1 with keep-alive over bare sockets (support/http-connection.ts: status line and
 *             Content-Length are read, bodies parsed as JSON), about 30 us a search, so that it leaves the other core to the server.
 * Sizes       smoke (default, runs in the test suite): 2,000 x 128, 300 searches.  full (BENCH=full): s128, 20,000 searches a round.
 * Reports     by round and as medians: searches/s, p50 and p99 in ms, recall@10; `_msearch` searches/s and its share of the
 *             in-process rate of the same round, as a shared machine gets faster and slower; processor time a search takes the
 *             server, and its event-loop delay (p50, p99, longest); checksum of rows found.
 * Trust       client and server share the machine: on two cores the client takes one of them for a third of the time. Beside
 *             other work only the processor times say something.
 * Run         BENCH=full node bench/macro/http.bench.ts [--sets s128] [--connections 16] [--threads 2] [--candidates 100]
 *             [--searches 20000] [--rounds 9]
 */
import { cpSync, mkdirSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { checksumOf, median } from '../support/curve.ts'
import { HttpConnection, requestBytes } from '../support/http-connection.ts'
import type { Row } from '../support/leveret-peers.ts'
import {
  buildLeveret,
  dataFolder,
  foundRows,
  indexName,
  openLeveret,
  searchBody,
  searchesOf,
  searchTarget
} from '../support/leveret-peers.ts'
import { machineLine } from '../support/machine.ts'
import type { OpenPeer, VectorSet } from '../support/peer.ts'
import { neighbours, queryOf, rowNumbers } from '../support/peer.ts'
import { base64, startServer } from '../support/server.ts'
import type { Server } from '../support/server.ts'
import { loadVectorSet, recallOf } from '../support/sets.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const full = process.env['BENCH'] === 'full'
const { values: flags } = parseArgs({
  options: {
    sets: { type: 'string', default: full ? 's128' : 's128:2000' },
    data: { type: 'string', default: path.join(import.meta.dirname, '..', '..', 'data') },
    connections: { type: 'string', default: '16' },
    threads: { type: 'string', default: '2' },
    candidates: { type: 'string', default: '100' },
    searches: { type: 'string', default: full ? '20000' : '300' },
    rounds: { type: 'string', default: full ? '9' : '1' }
  }
})
const searchCount = Number(flags.searches)
const candidates = Number(flags.candidates)
/** Searches in one body of `_msearch`. */
const batchCount = 100

type Round = { readonly perSecond: number; readonly found: Map<number, number[]> }
type Single = Round & { readonly sortedMs: readonly number[] }

/** All connections, each with one search under way; answers are read by JSON.parse, as a client would. */
async function searchSingly(
  connections: readonly HttpConnection[],
  requests: readonly Buffer[]
): Promise<Single> {
  const found = new Map<number, number[]>()
  const latenciesMs: number[] = []
  let next = 0
  const started = performance.now()
  await Promise.all(
    connections.map(async (connection) => {
      while (next < searchCount) {
        const query = next++ % requests.length
        const asked = performance.now()
        const answer = await connection.send(requests[query]!)
        latenciesMs.push(performance.now() - asked)
        found.set(query, foundRows(JSON.parse(answer.toString())))
      }
    })
  )
  const perSecond = searchCount / ((performance.now() - started) / 1_000)
  return { perSecond, found, sortedMs: latenciesMs.sort((a, b) => a - b) }
}

type Answers = { readonly responses: readonly unknown[] }

/** On two connections: the server works while the client reads. */
async function searchInBatches(
  connections: readonly HttpConnection[],
  bodies: readonly { readonly request: Buffer; readonly from: number }[]
): Promise<Round> {
  const found = new Map<number, number[]>()
  let [next, done] = [0, 0]
  const started = performance.now()
  await Promise.all(
    connections.map(async (connection) => {
      while (done < searchCount) {
        const { request, from } = bodies[next++ % bodies.length]!
        const answer = JSON.parse((await connection.send(request)).toString()) as Answers
        answer.responses.forEach((one, place) => found.set(from + place, foundRows(one)))
        done += answer.responses.length
      }
    })
  )
  return { perSecond: done / ((performance.now() - started) / 1_000), found }
}

async function searchInProcess(
  open: OpenPeer,
  queryCount: number
): Promise<Round & { readonly cpuUs: number }> {
  const found = new Map<number, number[]>()
  const started = performance.now()
  const cpuBefore = process.cpuUsage()
  for (let at = 0; at < searchCount; at++) {
    const query = at % queryCount
    found.set(query, rowNumbers(await open.search(query, neighbours)))
  }
  const { user, system } = process.cpuUsage(cpuBefore)
  const perSecond = searchCount / ((performance.now() - started) / 1_000)
  return { perSecond, found, cpuUs: (user + system) / searchCount }
}

function batchesOf(vectors: readonly string[]): { request: Buffer; from: number }[] {
  const batches: { request: Buffer; from: number }[] = []
  for (let from = 0; from < vectors.length; from += batchCount) {
    const lines = vectors
      .slice(from, from + batchCount)
      .flatMap((vector) => ['{}', searchBody(vector, neighbours, candidates)])
    const target = `/${indexName}/_msearch?filter_path=responses.hits.hits._id,responses.error`
    const body = `${lines.join('\n')}\n`
    batches.push({ request: requestBytes('POST', target, body, 'application/x-ndjson'), from })
  }
  return batches
}

function qualityOf(set: VectorSet, { found }: Round): string {
  let [recall, checksum] = [0, 0]
  for (const [query, rows] of [...found].toSorted(([a], [b]) => a - b)) {
    recall += recallOf(set, query, rows)
    checksum = checksumOf(checksum, rows)
  }
  return `recall ${(recall / found.size).toFixed(4)}, checksum ${checksum}`
}

async function heartbeatText(server: Server): Promise<string> {
  const { p50Ms, p99Ms, maxMs, cpuMs } = await server.heartbeat()
  const cpuUs = Math.round((1e3 * cpuMs) / searchCount)
  return `server CPU ${cpuUs} us a search, event-loop delay p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms, longest ${maxMs.toFixed(1)} ms`
}

const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN

async function measureRounds(set: VectorSet, server: Server, open: OpenPeer): Promise<void> {
  const vectors = Array.from({ length: set.queryCount }, (_, at) => base64(queryOf(set, at)))
  const requests = vectors.map((vector) =>
    requestBytes('POST', searchTarget, searchBody(vector, neighbours, candidates))
  )
  const batches = batchesOf(vectors)
  const connections = await Promise.all(
    Array.from({ length: Number(flags.connections) }, () => HttpConnection.open(server.port))
  )
  const rates: Record<'single' | 'batch' | 'own' | 'p50' | 'p99', number[]> = {
    single: [],
    batch: [],
    own: [],
    p50: [],
    p99: []
  }
  // A round of each that is not told: code is still being compiled.
  await searchSingly(connections, requests)
  await searchInBatches(connections.slice(0, 2), batches)
  await searchInProcess(open, set.queryCount)
  await server.heartbeat()
  for (let round = 0; round < Number(flags.rounds); round++) {
    const single = await searchSingly(connections, requests)
    const [p50, p99] = [percentile(single.sortedMs, 0.5), percentile(single.sortedMs, 0.99)]
    console.log(
      `round ${round + 1}: HTTP ${Math.round(single.perSecond)} searches/s, p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms, ${await heartbeatText(server)}, ${qualityOf(set, single)}`
    )
    const batch = await searchInBatches(connections.slice(0, 2), batches)
    const batchBeat = await heartbeatText(server)
    const own = await searchInProcess(open, set.queryCount)
    console.log(
      `round ${round + 1}: _msearch ${Math.round(batch.perSecond)} searches/s, ${batchBeat}, ${qualityOf(set, batch)}; in process ${Math.round(own.perSecond)} searches/s, CPU ${Math.round(own.cpuUs)} us a search, ${qualityOf(set, own)}`
    )
    rates.single.push(single.perSecond)
    rates.batch.push(batch.perSecond)
    rates.own.push(own.perSecond)
    rates.p50.push(p50)
    rates.p99.push(p99)
  }
  for (const connection of connections) connection.close()
  console.log(
    `median: HTTP ${Math.round(median(rates.single))} searches/s with ${connections.length} connections, p50 ${median(rates.p50).toFixed(2)} ms, p99 ${median(rates.p99).toFixed(2)} ms (wanted 5000 and below 10 ms)`
  )
  const shares = rates.batch.map((perSecond, round) => (100 * perSecond) / rates.own[round]!)
  console.log(
    `median: _msearch ${Math.round(median(rates.batch))} searches/s, ${median(shares).toFixed(0)} % of ${Math.round(median(rates.own))} in process (wanted 80 %)`
  )
}

async function measure(name: string): Promise<void> {
  const set = loadVectorSet(name, flags.data, full ? 1_000 : 50)
  using root = temporaryFolder('http')
  console.log(
    `${machineLine()}\n${name}: ${set.rows} x ${set.dims}, ${flags.connections} connections, server threads ${flags.threads}, num_candidates ${candidates}`
  )
  const [own, served] = [path.join(root.path, 'own'), path.join(root.path, 'served')]
  mkdirSync(own)
  await buildLeveret(set, own, { threads: Number(flags.threads) })
  cpSync(own, served, { recursive: true })
  await using db = await openLeveret(own)
  const open = searchesOf(db.index<Row>(indexName), set)
  await open.setEffort(candidates)
  const server = await startServer(dataFolder(served), { threads: Number(flags.threads) })
  try {
    await measureRounds(set, server, open)
  } finally {
    await server.stop()
  }
}

for (const name of flags.sets.split(',')) await measure(name)
