/** What a measured system can do. One file per peer; a peer whose package is absent is left out and named. */
export type VectorSet = {
  readonly name: string
  readonly rows: number
  readonly dims: number
  readonly base: Float32Array
  readonly queryCount: number
  readonly queries: Float32Array
  /** Exact nearest rows by squared distance, `k` a query. */
  readonly truth: { readonly k: number; readonly ids: Int32Array; readonly values: Float64Array }
}

type BuiltPeer = { readonly buildMs: number; readonly diskBytes: number }

export type OpenPeer = {
  /** Efforts of the recall curve, ascending: ef, candidates … One value for an exact peer. */
  readonly efforts: readonly number[]
  setEffort(effort: number): void
  /** Rows of the nearest k, best first. Reads its query from the set it was opened with. */
  search(query: number, k: number): ArrayLike<number> | Promise<ArrayLike<number>>
  close(): Promise<void> | void
}

export type Peer = {
  readonly name: string
  /** Builds or loads everything and leaves it in the folder. */
  build(set: VectorSet, folder: string): Promise<BuiltPeer>
  /** Opens what build left. */
  open(set: VectorSet, folder: string): Promise<OpenPeer>
}

export const neighbours = 10
/** hnswlib's parameters for every graph, so that peers build the same thing. */
export const graphM = 16
export const graphEfConstruction = 100
