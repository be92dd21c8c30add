/** Leveret as its users have it: embedded, and over HTTP with base64 vectors from another process. */
import path from 'node:path'
import { open } from '../../src/index.ts'
import type { Index, OpenDatabase } from '../../src/index.ts'
import { HttpConnection, requestBytes } from './http-connection.ts'
import type { BuiltPeer, OpenPeer, Peer, VectorSet } from './peer.ts'
import { beams, folderBytes, graphEfConstruction, graphM, queryOf, rowOf } from './peer.ts'
import { base64, startServer } from './server.ts'

/** Over the wire num_candidates below 100 are taken as 100: smaller ones would measure the same again. */
export const wireEfforts: readonly number[] = beams.filter((effort) => effort >= 96)
export const indexName = 'bench'
/** A document: its vector, and the shares of the set that it belongs to (see shares.ts). */
export type Row = { readonly v: Float32Array; readonly shares?: readonly string[] }

export type LeveretOptions = {
  readonly cacheBytes?: number
  readonly threads?: number
  /** Keywords of a row, for filters. */
  readonly shares?: (row: number) => readonly string[]
}

const cacheBytesDefault = 2 ** 31

function options(given: LeveretOptions): Parameters<typeof open>[1] {
  const cacheBytes = given.cacheBytes ?? cacheBytesDefault
  return {
    cacheBytes,
    threads: given.threads ?? 0,
    // Room for all in one buffer: its bytes are what bounds it.
    flushDocs: 1_000_000,
    flushBytes: Math.min(2 ** 29, Math.floor(cacheBytes / 4))
  }
}

export const dataFolder = (folder: string): string => path.join(folder, 'data')

/** Opens what a build left. */
export function openLeveret(folder: string, given: LeveretOptions = {}): Promise<OpenDatabase> {
  return open(dataFolder(folder), options(given))
}

/** The field's definition with hnswlib's parameters; it takes base64 too. */
export const vectorField = (dims: number): Record<string, unknown> & { type: string } => ({
  type: 'dense_vector',
  dims,
  similarity: 'l2_norm',
  index_options: { type: 'int8_hnsw', m: graphM, ef_construction: graphEfConstruction }
})

/** Loads everything and merges it into one graph. `loadMs` is the time until all is durable and found. */
export async function buildLeveret(
  set: VectorSet,
  folder: string,
  given: LeveretOptions = {}
): Promise<BuiltPeer & { readonly loadMs: number }> {
  const db = await openLeveret(folder, given)
  const fields = { v: vectorField(set.dims), shares: { type: 'keyword' } }
  const index = await db.createIndex<Row>(indexName, fields)
  const started = performance.now()
  await index.putMany(rowsOf(set, given.shares))
  const loadMs = performance.now() - started
  await index.merge(1)
  const buildMs = performance.now() - started
  await db.close()
  return { buildMs, loadMs, diskBytes: folderBytes(dataFolder(folder)) }
}

function* rowsOf(
  set: VectorSet,
  shares: LeveretOptions['shares']
): Generator<[id: string, row: Row]> {
  for (let at = 0; at < set.rows; at++) {
    const v = rowOf(set, at)
    yield [String(at), shares === undefined ? { v } : { v, shares: shares(at) }]
  }
}

/** Searches of an open index with a filter of the caller's choice; does not close the database. */
export function searchesOf(
  index: Index<Row>,
  set: VectorSet,
  filterOf: ((query: number) => Record<string, unknown>) | null = null
): OpenPeer {
  let candidates = 64
  return {
    efforts: beams,
    setEffort(effort) {
      candidates = effort
    },
    search(at, k) {
      const vector = queryOf(set, at)
      const knn = { field: 'v', vector, k, candidates: Math.max(candidates, k) }
      const filtered = filterOf === null ? knn : { ...knn, filter: filterOf(at) }
      return index.search({ knn: filtered, source: false }).hits.map((hit) => hit.id)
    },
    close: () => undefined
  }
}

export const embeddedName = 'leveret in-process'

export const leveret = (given: LeveretOptions = {}): Peer => ({
  name: embeddedName,
  build: (set, folder) => buildLeveret(set, folder, given),
  async open(set, folder): Promise<OpenPeer> {
    const db = await openLeveret(folder, given)
    return { ...searchesOf(db.index<Row>(indexName), set), close: () => db.close() }
  }
})

/** Body of a search over HTTP for ids and scores only. */
export const searchBody = (vector: string, k: number, candidates: number): string =>
  JSON.stringify({
    knn: { field: 'v', query_vector: vector, k, num_candidates: candidates },
    _source: false,
    size: k
  })

export const searchTarget: string = `/${indexName}/_search?filter_path=hits.hits._id`

type Hits = { readonly hits?: { readonly hits?: readonly { readonly _id: string }[] } }
/** Rows of an answer; filter_path leaves out `hits` when there is none. */
export const foundRows = (answer: unknown): number[] =>
  ((answer as Hits).hits?.hits ?? []).map((hit) => Number(hit._id))

export const leveretHttp = (given: LeveretOptions = {}): Peer => ({
  name: 'leveret over HTTP',
  opensBuildOf: embeddedName,
  build: (set, folder) => buildLeveret(set, folder, given),
  async open(set, folder): Promise<OpenPeer> {
    const server = await startServer(dataFolder(folder), given)
    const connection = await HttpConnection.open(server.port)
    const vectors = Array.from({ length: set.queryCount }, (_, at) => base64(queryOf(set, at)))
    let candidates = 64
    return {
      efforts: wireEfforts,
      setEffort(effort) {
        candidates = effort
      },
      async search(at, k) {
        const body = searchBody(vectors[at] ?? '', k, candidates)
        const answer = await connection.send(requestBytes('POST', searchTarget, body))
        return foundRows(JSON.parse(answer.toString()))
      },
      async close() {
        connection.close()
        await server.stop()
      }
    }
  }
})
