/** hnswlib through hnswlib-node: as npm compiles it (SSE only), or rebuilt for this processor (rebuildNative). */
import { statSync } from 'node:fs'
import path from 'node:path'
import type { Peer } from '../peer.ts'
import { beams, graphEfConstruction, graphM, queryOf, rowOf } from '../peer.ts'

type HnswlibIndex = {
  initIndex(maxElements: number, m: number, efConstruction: number, seed: number): void
  addPoint(point: number[], label: number): void
  setEf(ef: number): void
  searchKnn(point: number[], k: number): { readonly neighbors: number[] }
  writeIndexSync(file: string): void
  readIndexSync(file: string): void
}
type Hnswlib = { readonly HierarchicalNSW: new (space: string, dims: number) => HnswlibIndex }

export function hnswlib(name: string, loaded: unknown): Peer {
  const library = loaded as Hnswlib
  return {
    name,
    async build(set, folder) {
      const index = new library.HierarchicalNSW('l2', set.dims)
      index.initIndex(set.rows, graphM, graphEfConstruction, 100)
      const points = Array.from({ length: set.rows }, (_, at) => Array.from(rowOf(set, at)))
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
      const points = Array.from({ length: set.queryCount }, (_, at) => Array.from(queryOf(set, at)))
      return {
        efforts: beams,
        setEffort: (ef) => index.setEf(ef),
        search: (at, k) => index.searchKnn(points[at] ?? [], k).neighbors,
        close: () => undefined
      }
    }
  }
}
