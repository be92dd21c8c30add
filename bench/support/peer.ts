/** What a measured system can do. One file per peer; a peer whose package is absent is left out and named. */
import { readdirSync, statSync } from 'node:fs'
import path from 'node:path'

/** Exact nearest rows by squared distance, `k` a query; places that no row fills have an infinite distance. */
type Truth = {
  readonly k: number
  readonly ids: Int32Array
  readonly values: Float64Array
  /** Rows that may be found. */
  readonly accepts: (row: number) => boolean
}

export type VectorSet = {
  readonly name: string
  readonly rows: number
  readonly dims: number
  readonly base: Float32Array
  readonly queryCount: number
  readonly queries: Float32Array
  readonly truth: Truth
}

export type BuiltPeer = { readonly buildMs: number; readonly diskBytes: number }

/** Rows as a system names them: numbers, or the ids of documents. They are made numbers after the clock. */
export type FoundRows = ArrayLike<number | bigint | string>

export type OpenPeer = {
  /** Efforts of the recall curve, ascending: ef, candidates … One value for an exact peer. */
  readonly efforts: readonly number[]
  setEffort(effort: number): Promise<void> | void
  /** Rows of the nearest k, best first. Reads its query from the set it was opened with. */
  search(query: number, k: number): FoundRows | Promise<FoundRows>
  close(): Promise<void> | void
}

export type Peer = {
  readonly name: string
  /** Opens a copy of what the peer of this name built. */
  readonly opensBuildOf?: string
  /** Builds or loads everything and leaves it in the folder. */
  build(set: VectorSet, folder: string): Promise<BuiltPeer>
  /** Opens what build left. */
  open(set: VectorSet, folder: string): Promise<OpenPeer>
}

export const rowNumbers = (found: FoundRows): number[] =>
  Array.from<number | bigint | string, number>(found, Number)

export const neighbours = 10
/** hnswlib's parameters for every graph, so that peers build the same thing. */
export const graphM = 16
export const graphEfConstruction = 100
/** Beams of the graphs that are walked beam by beam, alike for all: close where recall rises from .8 to .98. */
export const beams: readonly number[] = [10, 12, 16, 20, 24, 32, 40, 48, 64, 96, 128, 192, 256, 384]

export const rowOf = (set: VectorSet, at: number): Float32Array =>
  set.base.subarray(at * set.dims, (at + 1) * set.dims)
export const queryOf = (set: VectorSet, at: number): Float32Array =>
  set.queries.subarray(at * set.dims, (at + 1) * set.dims)

/** Without the bytes that Leveret keeps free. */
export function folderBytes(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith('reserve'))
    .reduce((sum, entry) => sum + statSync(path.join(entry.parentPath, entry.name)).size, 0)
}

export function peerFolder(root: string, name: string): string {
  return path.join(root, name.replaceAll(/[^\w]+/g, '-'))
}
