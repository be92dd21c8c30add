/** Peers from npm, as npm installs them (hnswlib-node compiles itself without -march flags: SSE only). */
import { readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Peer, VectorSet } from './peer.ts'
import { graphEfConstruction, graphM, neighbours } from './peer.ts'

const load = createRequire(path.join(import.meta.dirname, '..', 'package.json'))
const efforts = [10, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384]

type HnswlibIndex = {
  initIndex(maxElements: number, m: number, efConstruction: number, seed: number): void
  addPoint(point: number[], label: number): void
  setEf(ef: number): void
  searchKnn(point: number[], k: number): { readonly neighbors: number[] }
  writeIndexSync(file: string): void
  readIndexSync(file: string): void
}
type Hnswlib = { readonly HierarchicalNSW: new (space: string, dims: number) => HnswlibIndex }
type SqliteVec = { load(db: DatabaseSync): void }
type UsearchIndex = {
  add(key: bigint, vector: Float32Array, threads: number): void
  search(vector: Float32Array, k: number, threads: number): { readonly keys: BigUint64Array }
  save(file: string): void
  load(file: string): void
}
type Usearch = {
  readonly Index: new (options: Record<string, unknown>) => UsearchIndex
  readonly MetricKind: Record<string, unknown>
  readonly ScalarKind: Record<string, unknown>
}

const row = (set: VectorSet, at: number): Float32Array =>
  set.base.subarray(at * set.dims, (at + 1) * set.dims)
const query = (set: VectorSet, at: number): Float32Array =>
  set.queries.subarray(at * set.dims, (at + 1) * set.dims)

const hnswlib = (library: Hnswlib): Peer => ({
  name: 'hnswlib-node',
  async build(set, folder) {
    const index = new library.HierarchicalNSW('l2', set.dims)
    index.initIndex(set.rows, graphM, graphEfConstruction, 100)
    const points = Array.from({ length: set.rows }, (_, at) => Array.from(row(set, at)))
    const started = performance.now()
    for (let at = 0; at < set.rows; at++) index.addPoint(points[at] ?? [], at)
    const buildMs = performance.now() - started
    const file = path.join(folder, 'index.hnsw')
    index.writeIndexSync(file)
    return { buildMs, diskBytes: statSync(file).size }
  },
  async open(set, folder) {
    const index = new library.HierarchicalNSW('l2', set.dims)
    index.readIndexSync(path.join(folder, 'index.hnsw'))
    const points = Array.from({ length: set.queryCount }, (_, at) => Array.from(query(set, at)))
    return {
      efforts,
      setEffort: (ef) => index.setEf(ef),
      search: (at, k) => index.searchKnn(points[at] ?? [], k).neighbors,
      close: () => undefined
    }
  }
})

const usearch = (library: Usearch): Peer => {
  const create = (set: VectorSet, expansion: number): UsearchIndex =>
    new library.Index({
      dimensions: set.dims,
      metric: library.MetricKind['L2sq'],
      quantization: library.ScalarKind['F32'],
      connectivity: graphM,
      expansion_add: graphEfConstruction,
      expansion_search: expansion,
      multi: false
    })
  return {
    name: 'usearch f32',
    async build(set, folder) {
      const index = create(set, 64)
      const started = performance.now()
      for (let at = 0; at < set.rows; at++) index.add(BigInt(at), row(set, at), 1)
      const buildMs = performance.now() - started
      const file = path.join(folder, 'index.usearch')
      index.save(file)
      return { buildMs, diskBytes: statSync(file).size }
    },
    async open(set, folder) {
      const opened = new Map<number, UsearchIndex>()
      let current: UsearchIndex | undefined
      const at = (expansion: number): UsearchIndex => {
        // The binding cannot change expansion_search after construction, so each effort has an index of its own.
        const known = opened.get(expansion)
        if (known !== undefined) return known
        const index = create(set, expansion)
        index.load(path.join(folder, 'index.usearch'))
        opened.set(expansion, index)
        return index
      }
      return {
        efforts,
        setEffort(expansion) {
          current = at(expansion)
        },
        search: (one, k) =>
          Array.from((current ?? at(64)).search(query(set, one), k, 1).keys, Number),
        close: () => opened.clear()
      }
    }
  }
}

const sqliteVec = (library: SqliteVec): Peer => {
  const openDatabase = (folder: string): DatabaseSync => {
    const db = new DatabaseSync(path.join(folder, 'vectors.sqlite'), { allowExtension: true })
    library.load(db)
    return db
  }
  return {
    name: 'sqlite-vec (exact)',
    async build(set, folder) {
      const db = openDatabase(folder)
      db.exec(`create virtual table v using vec0(embedding float[${set.dims}])`)
      const started = performance.now()
      const insert = db.prepare('insert into v(rowid, embedding) values (?, ?)')
      for (let at = 0; at < set.rows; at += 1_000) {
        db.exec('begin')
        for (let one = at; one < Math.min(at + 1_000, set.rows); one++)
          insert.run(BigInt(one), Buffer.from(row(set, one).slice().buffer))
        db.exec('commit')
      }
      const buildMs = performance.now() - started
      db.close()
      return { buildMs, diskBytes: readFileSync(path.join(folder, 'vectors.sqlite')).length }
    },
    async open(set, folder) {
      const db = openDatabase(folder)
      const select = db.prepare(`select rowid from v where embedding match ? and k = ${neighbours}`)
      return {
        efforts: [0],
        setEffort: () => undefined,
        search: (at) =>
          select.all(Buffer.from(query(set, at).slice().buffer)).map((one) => Number(one['rowid'])),
        close: () => db.close()
      }
    }
  }
}

/** Peers that are installed, and a line for each that is not. */
export function nativePeers(): {
  readonly peers: readonly Peer[]
  readonly missing: readonly string[]
} {
  const peers: Peer[] = []
  const missing: string[] = []
  const add = (name: string, make: (library: unknown) => Peer): void => {
    try {
      peers.push(make(load(name)))
    } catch (error) {
      missing.push(
        `${name}: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`
      )
    }
  }
  add('hnswlib-node', (library) => hnswlib(library as Hnswlib))
  add('usearch', (library) => usearch(library as Usearch))
  add('sqlite-vec', (library) => sqliteVec(library as SqliteVec))
  return { peers, missing }
}
