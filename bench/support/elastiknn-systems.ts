/** The ways to ask: the index alone, the embedded API, requests in this process, requests over HTTP to another. */
import path from 'node:path'
import { open } from '../../src/index.ts'
import type { OpenDatabase } from '../../src/index.ts'
import { chooseFormat, hashQuery } from '../../src/vector/index.ts'
import type { VectorIndex } from '../../src/vector/index.ts'
import { BestValues } from '../../src/vector/sparse/best-values.ts'
import { ArrayPages, ArrayPageSource } from '../../test/support/array-pages.ts'
import type { Workload } from './elastiknn-sets.ts'
import { vectorJson } from './elastiknn-sets.ts'
import { HttpConnection, requestBytes } from './http-connection.ts'
import { startServer } from './server.ts'

/** Hits that recall is taken over. */
export const wanted = 100
const target = { path: '/bench/_search', query: 'filter_path=hits.hits._id,hits.hits._score' }
const batchRows = 500

/** Scores of the best 100, or raw values that order alike: larger is nearer. */
export type Scores = readonly number[]

export type System = {
  readonly name: string
  /**
   * Asks, and has the answer when it is back; its scores are read from it later: what a client does with an answer is its own
   * time. null: exact.
   */
  search(query: number, candidates: number | null): Promise<() => Scores> | (() => Scores)
  close(): Promise<void>
}

/** The index without documents, requests or a store: what hashing, counting and comparing cost. */
export async function indexAlone(workload: Workload): Promise<System & { readonly sizes: string }> {
  const { spec, base, queries } = workload
  const pages = new ArrayPages()
  const rows = { count: base.length, row: (at: number) => base[at]! }
  const cpu = process.cpuUsage()
  const format = chooseFormat(spec, base.length)
  const { meta } = await format.build(rows, spec, pages.sink, { seed: 1, threads: 0 })
  const { user, system } = process.cpuUsage(cpu)
  const source = new ArrayPageSource(pages, pages.pages.size + 8, 64 * 2 ** 20)
  const index: VectorIndex = format.open(meta, source)
  const bytes = index.hashes!.sizeInBytes()
  const each = (total: number): string => (total / base.length).toFixed(0)
  const sizes = `postings ${each(bytes.postings)} bytes a vector, terms ${each(bytes.terms)} (${meta.hashes!.termCount}), rows ${each(index.sizeInBytes().vectors)}; hashed and written in ${((user + system) / base.length).toFixed(0)} cpu us a vector`
  const sign = workload.similarity === 'l2' ? -1 : 1
  return {
    name: 'index alone',
    sizes,
    search(query, candidates) {
      const vector = queries[query]!
      if (candidates === null) {
        const request = { query: vector, k: wanted, candidates: 0, rescore: 0, accept: null }
        const { values } = index.search({ ...request, strategy: 'exact' })
        return () => Array.from(values, (value) => sign * value)
      }
      const terms = hashQuery(spec.hashes, vector, 0)
      const hits = index.hashes!.candidates(terms, candidates, null)
      const { ords } = hits
      const best = new BestValues(wanted, sign < 0)
      const nearest = index.nearestValues(vector, spec.space, hits, wanted)
      const values = nearest?.values ?? index.rawValues(vector, spec.space, ords)
      const last = nearest === null ? -Infinity : sign * nearest.worst
      for (let at = 0; at < values.length; at++) {
        if (sign * values[at]! >= last) best.offer(ords[at]!, values[at]!)
      }
      const { values: found } = best.take()
      return () => Array.from(found, (value) => sign * value)
    },
    close: async () => index.close()
  }
}

const options = { cacheBytes: 2 ** 30, threads: 0, flushBytes: 2 ** 28 }

type Answer = { readonly status: number; readonly body: Uint8Array | string | null }

const textOf = ({ body }: Answer): string =>
  body === null ? '' : Buffer.from(body as string).toString()

async function ask(
  db: OpenDatabase,
  method: string,
  url: string,
  body: string,
  type: string = 'application/json'
): Promise<string> {
  const [name, query = ''] = url.split('?') as [string, string?]
  const headers = { 'content-type': type }
  const request = { method, path: name, query, headers, body: Buffer.from(body) }
  const answer = (await db.handle(request)) as Answer
  const text = textOf(answer)
  if (answer.status > 201 || text.includes('"errors":true')) throw new Error(text.slice(0, 500))
  return text
}

/** Loads all documents and merges them into one segment; gives documents a second, durable and hashed. */
export async function load(workload: Workload, folder: string): Promise<number> {
  const db = await open(path.join(folder, 'data'), options)
  const properties = { v: workload.mapping }
  const settings = { number_of_replicas: 0 }
  await ask(db, 'PUT', '/bench', JSON.stringify({ settings, mappings: { properties } }))
  const { base } = workload
  const started = performance.now()
  for (let from = 0; from < base.length; from += batchRows) {
    const lines = base
      .slice(from, from + batchRows)
      .flatMap((vector, at) => [
        `{"index":{"_id":"${from + at}"}}`,
        JSON.stringify({ v: vectorJson(vector) })
      ])
    await ask(db, 'POST', '/bench/_bulk', `${lines.join('\n')}\n`, 'application/x-ndjson')
  }
  const perSecond = base.length / ((performance.now() - started) / 1000)
  await ask(db, 'POST', '/bench/_forcemerge?max_num_segments=1', '')
  await db.close()
  return perSecond
}

type Ask<Request> = (query: number, candidates: number | null) => Request

/** Requests by query and candidates; a client's own work on them is done when they are asked for the first time. */
function requestsOf<Request>(workload: Workload, make: (body: string) => Request): Ask<Request> {
  const vectors = workload.queries.map((vector) => JSON.stringify(vectorJson(vector)))
  const made = new Map<string, Request>()
  return (query, candidates) => {
    const key = `${query} ${candidates}`
    const known = made.get(key)
    if (known !== undefined) return known
    const model = candidates === null ? '"exact"' : `"lsh","candidates":${candidates}`
    const clause = `{"field":"v","vec":${vectors[query]},"similarity":"${workload.similarity}","model":${model}}`
    const request = make(
      `{"query":{"elastiknn_nearest_neighbors":${clause}},"size":${wanted},"_source":false}`
    )
    made.set(key, request)
    return request
  }
}

type Hits = { readonly hits?: { readonly hits?: readonly { readonly _score: number }[] } }
const scoresOf = (text: string): number[] =>
  ((JSON.parse(text) as Hits).hits?.hits ?? []).map(({ _score }) => _score)

/** The embedded API: queries as objects, answers as objects. */
export async function embedded(workload: Workload, folder: string): Promise<System> {
  const db = await open(path.join(folder, 'data'), options)
  const index = db.index('bench')
  const vectors = workload.queries.map(vectorJson)
  return {
    name: 'embedded',
    search(query, candidates) {
      const clause = {
        field: 'v',
        vec: vectors[query],
        similarity: workload.similarity,
        ...(candidates === null ? { model: 'exact' } : { model: 'lsh', candidates })
      }
      const asked = { query: { elastiknn_nearest_neighbors: clause }, size: wanted, source: false }
      const { hits } = index.search(asked)
      return () => hits.map(({ score }) => score)
    },
    close: () => db.close()
  }
}

/** Requests as bytes of JSON to the handler of an open database, answers as JSON. */
export async function inProcess(workload: Workload, folder: string): Promise<System> {
  const db = await open(path.join(folder, 'data'), options)
  const headers = { 'content-type': 'application/json' }
  const requestOf = requestsOf(workload, (body) => ({
    method: 'POST',
    ...target,
    headers,
    body: Buffer.from(body)
  }))
  return {
    name: 'as requests',
    async search(query, candidates) {
      const answer = (await db.handle(requestOf(query, candidates))) as Answer
      return () => scoresOf(textOf(answer))
    },
    close: () => db.close()
  }
}

/** The same requests to a server in another process, one after another on one connection. */
export async function overHttp(workload: Workload, folder: string): Promise<System> {
  const server = await startServer(path.join(folder, 'data'), options)
  const connection = await HttpConnection.open(server.port)
  const url = `${target.path}?${target.query}`
  const requestOf = requestsOf(workload, (body) => requestBytes('POST', url, body))
  return {
    name: 'over HTTP',
    async search(query, candidates) {
      const answer = await connection.send(requestOf(query, candidates))
      return () => scoresOf(answer.toString())
    },
    async close() {
      connection.close()
      await server.stop()
    }
  }
}
