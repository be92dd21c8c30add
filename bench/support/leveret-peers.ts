/** Leveret as its users have it: embedded, and over HTTP with base64 vectors from another process. */
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, statSync } from 'node:fs'
import { Agent, request } from 'node:http'
import path from 'node:path'
import { open } from '../../src/index.ts'
import type { OpenPeer, Peer, VectorSet } from './peer.ts'
import { graphEfConstruction, graphM } from './peer.ts'

const efforts = [10, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384]
const indexName = 'bench'
type Row = { v: Float32Array }

export type LeveretOptions = { readonly cacheBytes?: number; readonly threads?: number }

function options(given: LeveretOptions): Parameters<typeof open>[1] {
  return {
    cacheBytes: given.cacheBytes ?? 2 ** 30,
    threads: given.threads ?? 0,
    flushDocs: 100_000,
    flushBytes: Math.min(2 ** 28, Math.floor((given.cacheBytes ?? 2 ** 30) / 4))
  }
}

function folderBytes(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith('reserve'))
    .reduce((sum, entry) => sum + statSync(path.join(entry.parentPath, entry.name)).size, 0)
}

async function build(
  set: VectorSet,
  folder: string,
  given: LeveretOptions
): Promise<{ buildMs: number; diskBytes: number }> {
  const db = await open(path.join(folder, 'data'), options(given))
  const field = {
    type: 'dense_vector',
    dims: set.dims,
    similarity: 'l2_norm',
    index_options: { type: 'hnsw', m: graphM, ef_construction: graphEfConstruction }
  }
  const index = await db.createIndex<Row>(indexName, { v: field })
  const started = performance.now()
  await index.putMany(rowsOf(set))
  await index.merge(1)
  const buildMs = performance.now() - started
  await db.close()
  return { buildMs, diskBytes: folderBytes(path.join(folder, 'data')) }
}

function* rowsOf(set: VectorSet): Generator<[string, Row]> {
  for (let at = 0; at < set.rows; at++)
    yield [String(at), { v: set.base.subarray(at * set.dims, (at + 1) * set.dims) }]
}

export const leveret = (given: LeveretOptions = {}): Peer => ({
  name: 'leveret in-process',
  build: (set, folder) => build(set, folder, given),
  async open(set, folder): Promise<OpenPeer> {
    const db = await open(path.join(folder, 'data'), options(given))
    const index = db.index<Row>(indexName)
    let candidates = 64
    return {
      efforts,
      setEffort(effort) {
        candidates = effort
      },
      search(at, k) {
        const vector = set.queries.subarray(at * set.dims, (at + 1) * set.dims)
        return index
          .search({ knn: { field: 'v', vector, k, candidates }, source: false })
          .hits.map((hit) => Number(hit.id))
      },
      close: () => db.close()
    }
  }
})

/** Serves a copy of what `leveret` built. */
export const leveretHttp = (given: LeveretOptions = {}): Peer => ({
  name: 'leveret over HTTP',
  build: (set, folder) => build(set, folder, given),
  async open(set, folder): Promise<OpenPeer> {
    const { child, port } = await startServer(path.join(folder, 'data'), given)
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const vectors = Array.from({ length: set.queryCount }, (_, at) =>
      base64(set.queries.subarray(at * set.dims, (at + 1) * set.dims))
    )
    let candidates = 64
    return {
      efforts: efforts.filter((effort) => effort >= 16),
      setEffort(effort) {
        candidates = effort
      },
      async search(at, k) {
        const body = JSON.stringify({
          knn: { field: 'v', query_vector: vectors[at], k, num_candidates: candidates },
          _source: false,
          size: k
        })
        const answer = (await post(
          agent,
          port,
          `/${indexName}/_search?filter_path=hits.hits._id`,
          body
        )) as { readonly hits: { readonly hits: readonly { readonly _id: string }[] } }
        return answer.hits.hits.map((hit) => Number(hit._id))
      },
      async close() {
        agent.destroy()
        child.kill('SIGTERM')
        await once(child, 'exit')
      }
    }
  }
})

/** Big-endian float32, as Elasticsearch's clients encode vectors. */
function base64(vector: Float32Array): string {
  const bytes = Buffer.alloc(4 * vector.length)
  for (let at = 0; at < vector.length; at++) bytes.writeFloatBE(vector[at] ?? 0, 4 * at)
  return bytes.toString('base64')
}

async function startServer(
  folder: string,
  given: LeveretOptions
): Promise<{ readonly child: ChildProcess; readonly port: number }> {
  const main = path.join(import.meta.dirname, '../../src/main.ts')
  const flags = [
    'serve',
    '--port',
    '0',
    '--data',
    folder,
    '--threads',
    String(given.threads ?? 0),
    '--cache',
    String(given.cacheBytes ?? 2 ** 30)
  ]
  const child = spawn(process.execPath, [main, ...flags], { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  for await (const chunk of child.stdout) {
    text += String(chunk)
    const port = / at http:\/\/[^:]+:(\d+)/.exec(text)?.[1]
    if (port !== undefined) return { child, port: Number(port) }
  }
  throw new Error(`the server did not start: ${text}`)
}

function post(agent: Agent, port: number, target: string, body: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        agent,
        port,
        host: '127.0.0.1',
        path: target,
        method: 'POST',
        headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
      },
      (response) => {
        const parts: Buffer[] = []
        response.on('data', (part: Buffer) => parts.push(part))
        response.on('end', () => {
          const text = Buffer.concat(parts).toString()
          if (response.statusCode === 200) resolve(JSON.parse(text))
          else reject(new Error(`${response.statusCode} ${text.slice(0, 500)}`))
        })
      }
    )
    asked.on('error', reject)
    asked.end(body)
  })
}
