/** usearch, one thread. Its i8 codes are the whole of what it keeps: nothing is rescored, so recall has a ceiling. */
import { statSync } from 'node:fs'
import path from 'node:path'
import type { Peer, VectorSet } from '../peer.ts'
import { beams, graphEfConstruction, graphM, queryOf, rowOf } from '../peer.ts'

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

export function usearch(name: string, scalar: 'F32' | 'I8', loaded: unknown): Peer {
  const library = loaded as Usearch
  const create = (set: VectorSet, expansion: number): UsearchIndex =>
    new library.Index({
      dimensions: set.dims,
      metric: library.MetricKind['L2sq'],
      quantization: library.ScalarKind[scalar],
      connectivity: graphM,
      expansion_add: graphEfConstruction,
      expansion_search: expansion,
      multi: false
    })
  return {
    name,
    async build(set, folder) {
      const index = create(set, 64)
      const started = performance.now()
      for (let at = 0; at < set.rows; at++) index.add(BigInt(at), rowOf(set, at), 1)
      const buildMs = performance.now() - started
      const file = path.join(folder, 'index.usearch')
      index.save(file)
      return { buildMs, diskBytes: statSync(file).size }
    },
    async open(set, folder) {
      const opened = new Map<number, UsearchIndex>()
      // The binding cannot change expansion_search after construction, so each effort has an index of its own.
      const at = (expansion: number): UsearchIndex => {
        const known = opened.get(expansion)
        if (known !== undefined) return known
        const index = create(set, expansion)
        index.load(path.join(folder, 'index.usearch'))
        opened.set(expansion, index)
        return index
      }
      let current: UsearchIndex | undefined
      return {
        efforts: beams,
        setEffort(expansion) {
          current = at(expansion)
        },
        search: (one, k) => (current ?? at(64)).search(queryOf(set, one), k, 1).keys,
        close: () => opened.clear()
      }
    }
  }
}
