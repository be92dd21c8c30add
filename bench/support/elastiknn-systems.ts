/** The ways to ask: the index alone, the embedded API, requests in this process, requests over HTTP to another. */
import path from 'node:path'
import { open } from '../../src/index.ts'
import type { OpenDatabase } from '../../src/index.ts'
import { chooseFormat, hashQuery } from '../../src/vector/index.ts'
import type { NearestRows, Vector, VectorIndex, VectorSpec } from '../../src/vector/index.ts'
import { ArrayPages, ArrayPageSource } from '../../test/support/array-pages.ts'
import type { Workload } from './elastiknn-sets.ts'
import { vectorJson } from './elastiknn-sets.ts'
import { HttpConnection, requestBytes } from './http-connection.ts'
import { startServer } from './server.ts'

/** Hits that recall is taken over. */
export const wanted = 100
const filterPath = 'filter_path=hits.hits._id,hits.hits._score'
const target = '/bench/_search'
const plainTarget = '/plain/_search'
const batchRows = 500

/** Scores of the best 100, or raw values that order alike: larger is nearer. */
export type Scores = readonly number[]

export type System = {
  readonly name: string
  /**
   * Asks, and has the answer when it is back; its scores are read from it later: what a client does with an answer is its own
   * time. null: a plain scan.
   */
  search(query: number, candidates: number | null): Promise<() => Scores> | (() => Scores)
  /**
   * Answers are objects: kept until all queries of a round were asked, they would be copied by collections of garbage in the time of
   * the queries behind them. Their scores are read between two queries.
   */
  readonly answersObjects: boolean
  close(): Promise<void>
}

/** The index without documents, requests or a store: what hashing, counting and comparing cost. */
export async function indexAlone(workload: Workload): Promise<System & { readonly sizes: string }> {
  const { spec, base, queries, plain } = workload
  const cpu = process.cpuUsage()
  const { index, termCount } = await built(spec, base)
  const { user, system } = process.cpuUsage(cpu)
  const scanned = plain === undefined ? index : (await built(plain.spec, base)).index
  const bytes = index.hashes!.sizeInBytes()
  const each = (total: number): string => (total / base.length).toFixed(0)
  const sizes = `postings ${each(bytes.postings)} bytes a vector, terms ${each(bytes.terms)} (${termCount}), rows ${each(index.sizeInBytes().vectors)}; hashed and written in ${((user + system) / base.length).toFixed(0)} cpu us a vector`
  const sign = workload.similarity === 'l2' ? -1 : 1
  return {
    name: 'index alone',
    answersObjects: false,
    sizes,
    search(query, candidates) {
      const vector = queries[query]!
      if (candidates === null) {
        const request = { query: vector, k: wanted, candidates: 0, rescore: 0, accept: null }
        const { values } = scanned.search({ ...request, strategy: 'exact' })
        return () => Array.from(values, (value) => sign * value)
      }
      if (candidates === Infinity) return nearestSets(index, vector, null)
      const terms = hashQuery(spec.hashes, vector, 0)
      if (vector instanceof Int32Array)
        return nearestSets(index, vector, index.hashes!.candidateOrds(terms, candidates, null))
      const hits = index.hashes!.candidates(terms, candidates, null)
      const nearest = index.nearestValues(vector, spec.space, hits, wanted)
      const values = nearest?.values ?? index.rawValues(vector, spec.space, hits.ords)
      const last = sign * (nearest?.worst ?? -sign * Infinity)
      const best = values.filter((value) => sign * value >= last).sort()
      const found = sign < 0 ? best.subarray(0, wanted) : best.subarray(-wanted).toReversed()
      return () => Array.from(found, (value) => sign * value)
    },
    close: async () => {
      index.close()
      scanned.close()
    }
  }
}

/** The best of sets that are listed as near as the last that is wanted, or nearer. */
function nearestSets(index: VectorIndex, query: Vector, ords: Uint32Array | null): () => Scores {
  const asked = { query, space: 'jaccard', ords, accept: null, sharing: false, wanted } as const
  const parts: NearestRows[] = []
  for (let from = 0; from < (ords?.length ?? index.size);) {
    const part = index.nearestRows!({ ...asked, lastOf: (worst) => worst, from })!
    parts.push(part)
    from = part.next
  }
  const best = Float32Array.from(parts.flatMap(({ values }) => [...values])).sort()
  const found = best.subarray(-wanted).toReversed()
  return () => Array.from(found)
}

async function built(
  spec: VectorSpec,
  base: Workload['base']
): Promise<{ readonly index: VectorIndex; readonly termCount: number }> {
  const pages = new ArrayPages()
  const rows = { count: base.length, row: (at: number) => base[at]! }
  const format = chooseFormat(spec, base.length)
  const { meta } = await format.build(rows, spec, pages.sink, { seed: 1, threads: 0 })
  const source = new ArrayPageSource(pages, pages.pages.size + 8, 64 * 2 ** 20)
  return { index: format.open(meta, source), termCount: meta.hashes?.termCount ?? 0 }
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
  if (workload.plain !== undefined) await loadInto(db, 'plain', workload.plain.mapping, workload)
  const perSecond = await loadInto(db, 'bench', workload.mapping, workload)
  await db.close()
  return perSecond
}

async function loadInto(
  db: OpenDatabase,
  name: string,
  mapping: Record<string, unknown>,
  { base }: Workload
): Promise<number> {
  const settings = { number_of_replicas: 0 }
  const mappings = { properties: { v: mapping } }
  await ask(db, 'PUT', `/${name}`, JSON.stringify({ settings, mappings }))
  const started = performance.now()
  for (let from = 0; from < base.length; from += batchRows) {
    const lines = base
      .slice(from, from + batchRows)
      .flatMap((vector, at) => [
        `{"index":{"_id":"${from + at}"}}`,
        JSON.stringify({ v: vectorJson(vector, name === 'plain') })
      ])
    await ask(db, 'POST', `/${name}/_bulk`, `${lines.join('\n')}\n`, 'application/x-ndjson')
  }
  const perSecond = base.length / ((performance.now() - started) / 1000)
  await ask(db, 'POST', `/${name}/_forcemerge?max_num_segments=1`, '')
  return perSecond
}

type Ask<Request> = (query: number, candidates: number | null) => Request

/** Requests by query and candidates; a client's own work on them is done when they are asked for the first time. */
function requestsOf<Request>(
  workload: Workload,
  make: (body: string, path: string) => Request
): Ask<Request> {
  const { queries, plain } = workload
  const vectors = queries.map((vector) => JSON.stringify(vectorJson(vector)))
  const plainVectors = queries.map((vector) =>
    JSON.stringify(vectorJson(vector, plain !== undefined))
  )
  const made = new Map<string, Request>()
  return (query, candidates) => {
    const key = `${query} ${candidates}`
    const known = made.get(key)
    if (known !== undefined) return known
    const isExact = candidates === null || candidates === Infinity
    const model = isExact ? '"exact"' : `"lsh","candidates":${candidates}`
    const isPlain = candidates === null && plain !== undefined
    const vector = (isPlain ? plainVectors : vectors)[query]
    const clause = `{"field":"v","vec":${vector},"similarity":"${workload.similarity}","model":${model}}`
    const request = make(
      `{"query":{"elastiknn_nearest_neighbors":${clause}},"size":${wanted},"_source":false}`,
      isPlain ? plainTarget : target
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
  const isPlain = workload.plain !== undefined
  const scanned = isPlain ? db.index('plain') : index
  const vectors = workload.queries.map((vector) => vectorJson(vector))
  const plainVectors = workload.queries.map((vector) => vectorJson(vector, isPlain))
  return {
    name: 'embedded',
    answersObjects: true,
    search(query, candidates) {
      const clause = {
        field: 'v',
        vec: (candidates === null ? plainVectors : vectors)[query],
        similarity: workload.similarity,
        ...(candidates === null || candidates === Infinity
          ? { model: 'exact' }
          : { model: 'lsh', candidates })
      }
      const asked = { query: { elastiknn_nearest_neighbors: clause }, size: wanted, source: false }
      const { hits } = (candidates === null ? scanned : index).search(asked)
      return () => hits.map(({ score }) => score)
    },
    close: () => db.close()
  }
}

/** Requests as bytes of JSON to the handler of an open database, answers as JSON. */
export async function inProcess(workload: Workload, folder: string): Promise<System> {
  const db = await open(path.join(folder, 'data'), options)
  const headers = { 'content-type': 'application/json' }
  const requestOf = requestsOf(workload, (body, url) => ({
    method: 'POST',
    path: url,
    query: filterPath,
    headers,
    body: Buffer.from(body)
  }))
  return {
    name: 'as requests',
    answersObjects: false,
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
  const requestOf = requestsOf(workload, (body, url) =>
    requestBytes('POST', `${url}?${filterPath}`, body)
  )
  return {
    name: 'over HTTP',
    answersObjects: false,
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
