/**
 * Question    how fast are documents with vectors loaded until they are durable, and until they are one graph: embedded and
 *             over HTTP, against hnswlib-node building the same graph in memory?
 * Workload    documents of a vector, a title and a year; M 16, efConstruction 100. Embedded: putMany, threads 1 and 2, with room
 *             for all in one buffer; vectors-N: the same of documents that are a vector and no more, as in growth.bench.ts and in
 *             hnswlib; default-N: with the options of an application that sets none but threads. HTTP:
 *             `_bulk` bodies of 1,000 documents with base64 vectors, made beforehand, on two connections, server threads 2.
 *             Then a merge into one segment. hnswlib-node: addPoint, one thread (its API has no other), arrays made beforehand.
 *             Each in a process of its own, in turn.
 * Sizes       smoke (default, runs in the test suite): 2,000 x 128, no peer.  full (BENCH=full): s128 and s768.
 * Reports     by way and round: documents/s until acknowledged and until one graph; processor seconds until one graph, of the
 *             process and of its main thread; recall@10 and checksum of the graph; and as medians the share of hnswlib-node's
 *             rate, by the clock and by processor time.
 * Trust       ratios of one run; two threads and a client share two cores. With several threads the checksum moves.
 * Run         BENCH=full node bench/macro/load.bench.ts [--sets s128,s768] [--ways embedded-1,embedded-2,vectors-2,default-2,http-2,hnswlib-node]
 *             [--rounds 3] [--data FOLDER]
 */
import path from 'node:path'
import { parseArgs } from 'node:util'
import { open as openDatabase } from '../../src/index.ts'
import type { OpenDatabase } from '../../src/index.ts'
import { answerStep, runStep } from '../support/child.ts'
import { checksumOf, median } from '../support/curve.ts'
import { HttpConnection, requestBytes } from '../support/http-connection.ts'
import type { Row } from '../support/leveret-peers.ts'
import {
  dataFolder,
  indexName,
  openLeveret,
  searchesOf,
  vectorField
} from '../support/leveret-peers.ts'
import { machineLine } from '../support/machine.ts'
import { nativePeers } from '../support/native-peers.ts'
import type { OpenPeer, VectorSet } from '../support/peer.ts'
import { neighbours, rowNumbers, rowOf } from '../support/peer.ts'
import { base64, startServer } from '../support/server.ts'
import { loadVectorSet, recallOf } from '../support/sets.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const full = process.env['BENCH'] === 'full'
const peerName = 'hnswlib-node'
const { values: flags } = parseArgs({
  options: {
    sets: { type: 'string', default: full ? 's128,s768' : 's128:2000' },
    ways: {
      type: 'string',
      default: full
        ? `embedded-1,embedded-2,vectors-2,default-2,http-2,${peerName}`
        : 'embedded-1,vectors-1,default-1,http-2'
    },
    data: { type: 'string', default: path.join(import.meta.dirname, '..', '..', 'data') },
    rounds: { type: 'string', default: full ? '3' : '1' },
    step: { type: 'string', default: '' },
    folder: { type: 'string', default: '' }
  }
})
const queryCount = full ? 200 : 20
const bulkDocs = 1_000
const connectionCount = 2

type Spent = { readonly processSeconds: number; readonly mainSeconds: number }

type Loaded = {
  readonly rows: number
  /** Processor time until one graph; null: of a server it is not known. */
  readonly spent: Spent | null
  readonly ackMs: number
  readonly graphMs: number
  readonly recall: number
  readonly checksum: number
}
type Doc = Row & { readonly title?: string; readonly year?: number }

const fieldsOf = (set: VectorSet): Record<keyof Doc, { type: string }> => ({
  v: vectorField(set.dims),
  shares: { type: 'keyword' },
  title: { type: 'text' },
  year: { type: 'integer' }
})
const titleOf = (row: number): string => `document ${row} of the set`
const yearOf = (row: number): number => 1900 + (row % 125)

function* docsOf(set: VectorSet): Generator<[id: string, doc: Doc]> {
  for (let row = 0; row < set.rows; row++)
    yield [String(row), { v: rowOf(set, row), title: titleOf(row), year: yearOf(row) }]
}

function* vectorsOf(set: VectorSet): Generator<[id: string, doc: Doc]> {
  for (let row = 0; row < set.rows; row++) yield [String(row), { v: rowOf(set, row) }]
}

/** Begins to count processor time; the result tells what was spent since. */
function countProcessor(): () => Spent {
  const [whole, main] = [process.cpuUsage(), process.threadCpuUsage()]
  const seconds = ({ user, system }: NodeJS.CpuUsage): number => (user + system) / 1e6
  return () => ({
    processSeconds: seconds(process.cpuUsage(whole)),
    mainSeconds: seconds(process.threadCpuUsage(main))
  })
}

async function loadEmbedded(
  set: VectorSet,
  folder: string,
  openIn: () => Promise<OpenDatabase>,
  docs: Iterable<[id: string, doc: Doc]> = docsOf(set)
): Promise<Loaded> {
  const db = await openIn()
  const index = await db.createIndex<Doc>(indexName, fieldsOf(set))
  const started = performance.now()
  const count = countProcessor()
  await index.putMany(docs)
  const ackMs = performance.now() - started
  await index.merge(1)
  const graphMs = performance.now() - started
  const spent = count()
  await db.close()
  return { rows: set.rows, ackMs, graphMs, spent, ...(await ownQuality(set, folder)) }
}

async function loadOverHttp(set: VectorSet, folder: string, threads: number): Promise<Loaded> {
  const bodies = bulkBodies(set)
  const server = await startServer(dataFolder(folder), { threads, flushDocs: 1_000_000 })
  let times: { readonly ackMs: number; readonly graphMs: number }
  try {
    const connections = await Promise.all(
      Array.from({ length: connectionCount }, () => HttpConnection.open(server.port))
    )
    times = await timeBulks(connections, bodies, { properties: fieldsOf(set) })
    for (const connection of connections) connection.close()
  } finally {
    await server.stop()
  }
  return { rows: set.rows, spent: null, ...times, ...(await ownQuality(set, folder)) }
}

async function timeBulks(
  connections: readonly HttpConnection[],
  bodies: readonly Buffer[],
  mappings: object
): Promise<{ readonly ackMs: number; readonly graphMs: number }> {
  const first = connections[0]!
  await first.json('PUT', `/${indexName}`, { mappings })
  let next = 0
  const started = performance.now()
  await Promise.all(
    connections.map(async (connection) => {
      while (next < bodies.length) await sendBulk(connection, bodies[next++]!)
    })
  )
  const ackMs = performance.now() - started
  await first.json('POST', `/${indexName}/_forcemerge?max_num_segments=1`)
  return { ackMs, graphMs: performance.now() - started }
}

function bulkBodies(set: VectorSet): Buffer[] {
  const bodies: Buffer[] = []
  for (let from = 0; from < set.rows; from += bulkDocs) {
    const lines: string[] = []
    for (let row = from; row < Math.min(from + bulkDocs, set.rows); row++) {
      lines.push(`{"index":{"_id":"${row}"}}`)
      const doc = { v: base64(rowOf(set, row)), title: titleOf(row), year: yearOf(row) }
      lines.push(JSON.stringify(doc))
    }
    const target = `/${indexName}/_bulk?filter_path=errors,items.index.error`
    bodies.push(requestBytes('POST', target, `${lines.join('\n')}\n`, 'application/x-ndjson'))
  }
  return bodies
}

type BulkAnswer = { readonly errors: boolean; readonly items?: readonly unknown[] }

/** Sends again what was refused for want of room, as a client does: ids make that safe. */
async function sendBulk(connection: HttpConnection, body: Buffer): Promise<void> {
  for (;;) {
    const text = (await connection.send(body)).toString()
    const { errors, items } = JSON.parse(text) as BulkAnswer
    if (!errors) return
    const [refused] = items ?? []
    if (!JSON.stringify(refused).includes('rejected_execution_exception'))
      throw new Error(`bulk: ${JSON.stringify(refused)}`)
    await connection.json('POST', `/${indexName}/_flush`)
  }
}

type Quality = { readonly recall: number; readonly checksum: number }

/** Of the graph that was left behind: a fast load of a bad graph is not a fast load. */
async function quality(set: VectorSet, open: OpenPeer): Promise<Quality> {
  await open.setEffort(64)
  let [recall, checksum] = [0, 0]
  for (let query = 0; query < set.queryCount; query++) {
    const rows = rowNumbers(await open.search(query, neighbours))
    recall += recallOf(set, query, rows) / set.queryCount
    checksum = checksumOf(checksum, rows)
  }
  return { recall, checksum }
}

async function ownQuality(set: VectorSet, folder: string): Promise<Quality> {
  await using db = await openLeveret(folder)
  const index = db.index<Row>(indexName)
  if (index.count() !== set.rows)
    throw new Error(`${index.count()} documents are there, wanted ${set.rows}`)
  return await quality(set, searchesOf(index, set)) // before the database closes
}

async function buildPeer(set: VectorSet, folder: string): Promise<Loaded> {
  const [peer] = nativePeers((name) => name === peerName).peers
  if (peer === undefined) throw new RangeError(`${peerName} is not installed`)
  const count = countProcessor()
  const { buildMs } = await peer.build(set, folder)
  const spent = count()
  const found = await quality(set, await peer.open(set, folder))
  return { rows: set.rows, ackMs: buildMs, graphMs: buildMs, spent, ...found }
}

/** In the child: one way, named like `embedded-2`. */
function loadBy(way: string, set: VectorSet, folder: string): Promise<Loaded> {
  if (way === peerName) return buildPeer(set, folder)
  const [kind, threads] = way.split('-')
  const options = { threads: Number(threads) }
  if (kind === 'embedded') return loadEmbedded(set, folder, () => openLeveret(folder, options))
  if (kind === 'vectors')
    return loadEmbedded(set, folder, () => openLeveret(folder, options), vectorsOf(set))
  if (kind === 'default')
    return loadEmbedded(set, folder, () => openDatabase(dataFolder(folder), options))
  if (kind === 'http') return loadOverHttp(set, folder, Number(threads))
  throw new RangeError(`way ${way}, wanted embedded-N, vectors-N, default-N, http-N or ${peerName}`)
}

function measure(name: string, ways: readonly string[]): void {
  const rates = new Map<string, number[]>(ways.map((way) => [way, []]))
  const processorRates = new Map<string, number[]>(ways.map((way) => [way, []]))
  for (let round = 0; round < Number(flags.rounds); round++)
    for (const way of ways) {
      using temporary = temporaryFolder('load')
      const folder = temporary.path
      const passed = { sets: name, data: flags.data, folder }
      const loaded = runStep(import.meta.filename, way, passed) as Loaded
      const perSecond = (ms: number): number => Math.round(loaded.rows / (ms / 1_000))
      rates.get(way)?.push(perSecond(loaded.graphMs))
      const { spent } = loaded
      if (spent !== null) processorRates.get(way)?.push(perSecond(spent.processSeconds * 1_000))
      const processor =
        spent === null
          ? ''
          : `, ${spent.processSeconds.toFixed(1)} processor seconds (${spent.mainSeconds.toFixed(1)} of the main thread)`
      console.log(
        `${name} ${way.padEnd(14)} ${perSecond(loaded.ackMs)} documents/s until acknowledged, ${perSecond(loaded.graphMs)} until one graph${processor}, recall ${loaded.recall.toFixed(4)}, checksum ${loaded.checksum}`
      )
    }
  reportShares(name, 'the clock', rates)
  reportShares(name, 'processor time', processorRates)
}

function reportShares(
  name: string,
  how: string,
  rates: ReadonlyMap<string, readonly number[]>
): void {
  const peerRate = median(rates.get(peerName) ?? [])
  for (const [way, all] of rates)
    if (way !== peerName && all.length > 0 && !Number.isNaN(peerRate))
      console.log(
        `${name} ${way.padEnd(14)} ${(median(all) / peerRate).toFixed(2)}x the build rate of ${peerName} by ${how} (wanted by the clock ${way.startsWith('http') ? '2x at 128 dims' : '4x on two cores'})`
      )
}

if (flags.step === '') {
  console.log(machineLine())
  const isThere = nativePeers((name) => name === peerName).peers.length > 0
  const ways = flags.ways.split(',').filter((way) => way !== peerName || isThere)
  if (!isThere) console.log(`left out: ${peerName} is not installed`)
  for (const name of flags.sets.split(',')) measure(name, ways)
} else {
  const set = loadVectorSet(flags.sets, flags.data, queryCount)
  answerStep(await loadBy(flags.step, set, flags.folder))
}
