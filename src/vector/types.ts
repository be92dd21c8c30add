/**
 * What the rest of the code knows of a vector index. The formats behind it (flat, HNSW, later IVF, LSH …) are named with
 * their version in a segment's manifest.
 */
import type { BitSet } from '../util/index.ts'
import type { HashHits, HashPostings, RowPostings } from './hash-postings.ts'
import type { DenseHashSpec, SparseHashSpec, TrueIndices } from './lsh/hash-model.ts'
import type { HashPostingsMeta } from './lsh/postings-format.ts'
import type { NearestSoFar } from './nearest-so-far.ts'

/** How two vectors are compared. `hamming` counts differing bits; `jaccard` is for sparse-bool only. */
export type Space = 'l2' | 'cosine' | 'dot' | 'mip' | 'l1' | 'linf' | 'hamming' | 'jaccard'
/**
 * float32: Float32Array[dims]. int8: Int8Array[dims]. bit: Uint8Array[dims / 8], most significant bit first.
 * sparse-bool: Int32Array, the indices below dims that are true, ascending, each once.
 */
export type Element = 'float32' | 'int8' | 'bit' | 'sparse-bool'
export type DenseVector = Float32Array | Int8Array | Uint8Array
export type Vector = DenseVector | TrueIndices

/** Elements whose rows are all of one length. */
export type DenseElement = Exclude<Element, 'sparse-bool'>
export type DenseSpace = Exclude<Space, 'jaccard'>

/** How vectors become hash terms (LSH, permutation, true indices). */
export type HashSpec = DenseHashSpec | SparseHashSpec

/** How an index over one vector field is built. Fixed when the field gets its first vector. */
export type VectorSpec = {
  readonly dims: number
  readonly element: Element
  readonly space: Space
  /** 'none': not indexed, scripts only. 'flat': always scanned. 'hnsw': graph above a size, scanned below. */
  readonly index: 'none' | 'flat' | 'hnsw'
  /** Neighbours a node keeps on the upper levels; level 0 keeps twice as many. HNSW paper's M. */
  readonly m: number
  /** Beam of the build. HNSW paper's efConstruction. */
  readonly efConstruction: number
  /** 'auto': 7-bit codes where a sample check at flush passes, else float32. */
  readonly codes: 'auto' | 'float32'
  /** Terms by which vectors are found too, beside their rows; left out: none. Of flat and sparse indexes only. */
  readonly hashes?: HashSpec
}

/**
 * Raw comparison values, one float32 kernel everywhere:
 * l2: squared distance; l1, linf: distance; hamming: differing bits (all: small is near);
 * cosine: cosine of the angle; dot, mip: inner product; jaccard: share of common indices (all: large is near).
 */
export type RawValue = number

export type VectorSearchRequest = {
  readonly query: Vector
  /** Hits wanted, 1 or more. min(k, accepted vectors) come back, always, but for those that `nearest` rules out. */
  readonly k: number
  /**
   * Beam of a graph walk; raised to k and to a `rescore` that is given, and multiplied where the check of a graph when it was
   * built, or a query far from all its vectors, says that it would find too little.
   */
  readonly candidates: number
  /** Candidates that are compared again with the original vectors; 0: the planner's choice (up to max(3k, 30)). */
  readonly rescore: number
  /** Ordinals that may be returned; null accepts all. */
  readonly accept: BitSet | null
  /** Members of `accept`, when known; saves counting. */
  readonly acceptCount?: number
  /** 'planned': the index chooses by cost. An index without a graph scans its rows whatever is asked. */
  readonly strategy: 'planned' | 'exact' | 'graph' | 'code-scan'
  /** false: where a walk was planned and finds too little, a scan that takes long is not begun: ScanWanted. @default true */
  readonly scans?: boolean
  /**
   * What the searches of other indexes found for the same query and k, and this one adds to. Vectors farther than k hits of
   * before may be left out, and a walk ends where nothing near can come any more. Left out: there is only one index.
   */
  readonly nearest?: NearestSoFar | undefined
  /** Exact only: the ordinals from .. to - 1 alone, so that threads can share a scan. */
  readonly range?: { readonly from: number; readonly to: number }
}

/** What a search will cost, before anything is read. */
export type SearchEstimate = {
  /** On one thread. */
  readonly ms: number
  /** It is a scan: ranges of it can be searched apart. */
  readonly isScan: boolean
}

export type VectorSearchResult = {
  /** Best first; ties go to the lower ordinal. Same length. */
  readonly ords: Uint32Array
  readonly values: Float32Array
  /** What was done, for `profile`: a scan of the rows, a walk, a filtered walk, a scan of the codes. */
  readonly strategy: 'exact' | 'graph' | 'filtered-graph' | 'code-scan'
  readonly visitedCount: number
  readonly rescoredCount: number
  readonly pagesRead: number
}

/** Raw values of which only the nearest are wanted. */
export type NearestValues = {
  /** Of each ordinal; beyond `limit` perhaps another that is beyond it too. */
  readonly values: Float32Array
  /** Small values are near; else large ones. */
  readonly smallIsNear: boolean
  /** The last of those wanted. */
  readonly worst: number
  /** A little farther; where all values are exact, as far as any can be. */
  readonly limit: number
}

export type NearestRequest = {
  readonly query: Vector
  readonly space: Space
  readonly wanted: number
  /** Ascending; null: all. */
  readonly ords: Uint32Array | null
  /** Ordinals that may be listed, of all; null accepts all. */
  readonly accept: BitSet | null
  /** Only those with a true index in common with the query. */
  readonly sharing: boolean
  /** The farthest raw value that counts as much as this one. */
  readonly lastOf: (worst: RawValue) => RawValue
  /** Place to begin at: of the ordinals given, else an ordinal. 0, or what the call before gave as `next`. */
  readonly from: number
}

/** The nearest of those that were looked at, and who is as near as the last of them. */
export type NearestRows = {
  /** Ascending. */
  readonly ords: Uint32Array
  readonly values: Float32Array
  /** Accepted ones that were looked at, listed or not. */
  readonly count: number
  /** Where to go on; as large as all are when none is left. */
  readonly next: number
}

/** Functions of the score scripts, in float32 over the original (not normalised) vectors. */
export type VectorFunction = 'dot' | 'cosine' | 'l1' | 'l2' | 'hamming'

/** Bytes by kind of page. */
export type VectorBytes = {
  readonly codes: number
  readonly lists: number
  readonly vectors: number
  /** Terms and postings. */
  readonly hashes: number
}

/** One open vector index: `size` vectors with ordinals 0 .. size - 1. */
export type VectorIndex = {
  readonly spec: VectorSpec
  readonly size: number
  readonly format: { readonly name: string; readonly version: number; readonly codes: string }
  search(request: VectorSearchRequest): VectorSearchResult
  /** Left out, or null: not known. */
  estimate?(request: VectorSearchRequest): SearchEstimate | null
  /**
   * Copy of the original vector as it was given (cosine: not normalised).
   *
   * @param reuse  A copy that was given before and that nobody needs any more: it may be written over and given again.
   */
  vectorAt(ord: number, reuse?: Vector): Vector
  /** Binds a query; the result gives the raw value of one ordinal. Valid until the index closes. */
  rawScorer(query: Vector): (ord: number) => RawValue
  /**
   * Raw values of many ordinals at once, by any space that the elements have, not only that of the spec. Cosine of a
   * vector of zeros is 0.
   */
  rawValues(query: Vector, space: Space, ords: Uint32Array): Float32Array
  /**
   * The same for those who want the nearest `wanted` of them only; null where that would save nothing.
   *
   * Cost   Of a vector that is far as much is compared as shows that it is. Those with the most common terms, which are likely
   *        near, are compared first.
   */
  nearestValues(query: Vector, space: Space, hits: HashHits, wanted: number): NearestValues | null
  /**
   * The nearest `wanted` of many ordinals, in pieces of about a ms. Left out, or null: there is no such way, as with all dense
   * vectors.
   *
   * Cost   Of sets with lists by true index half a ns a row and .4 ns a row in those of the query.
   */
  nearestRows?(request: NearestRequest): NearestRows | null
  /** null: the spec has no `hashes`. */
  readonly hashes: HashPostings | null
  /** Binds a query to a script function. l2 is the root of the squared distance, as Painless has it. */
  functionScorer(name: VectorFunction, query: Vector): (ord: number) => number
  /** Bytes by kind of page, for statistics. */
  sizeInBytes(): VectorBytes
  /** The graph to begin another build with; left out or null: there is none. */
  graph?(): Graph | null
  /** Faults found: neighbours outside the graph, self loops, degree too high, unreachable entry … Empty when sound. */
  validate(): string[]
  close(): void
}

/** Kinds of page. Stored on disk through the key table of store/keys.ts. `codes` are the last to be evicted. */
export type PageKind =
  | 'codes'
  | 'lists'
  | 'upper'
  | 'vectors'
  | 'ords'
  | 'norms'
  | 'rowStarts'
  | 'hashTerms'
  | 'hashPostings'
  | 'sketches'
  | 'sketchAxes'
  | 'rowLists'
  | 'rowListStarts'

/** Everything open() needs to know; stored as a record in the segment. Plain data, msgpack. */
export type VectorIndexMeta = {
  readonly format: string
  readonly version: number
  readonly spec: VectorSpec
  readonly count: number
  readonly pageCounts: Readonly<Partial<Record<PageKind, number>>>
  /** There when the spec has `hashes`. */
  readonly hashes?: HashPostingsMeta
  /** Of the format's own. */
  readonly parameters: Readonly<Record<string, number | string | boolean>>
}

/** Rows to index, in docId order. */
export type VectorRows = {
  readonly count: number
  /** The row as it was given; valid until the next call. */
  row(index: number): Vector
  /** Hash postings of all rows, where they are known already: nothing is hashed again. */
  readonly postings?: readonly RowPostings[]
}

/** What is known of a graph that another build can begin with. */
export type Graph = {
  readonly m: number
  /** Kind of its codes; 7-bit ones have a range. */
  readonly codes: string
  readonly range: {
    readonly low: number
    readonly scale: number
    /** Dimensions that have codes; null: all. */
    readonly codedDims: Uint16Array | null
  }
  readonly count: number
  readonly entry: number
  readonly topLevel: number
  /** Records of upper lists. */
  readonly recordCount: number
  /** How the codes lie in their pages. */
  readonly codePages: { readonly perPage: number; readonly stride: number }
  /** How the lists of level 0 lie in the pages given: u32 count, then u32 neighbours. */
  readonly lists: { readonly perPage: number; readonly stride: number }
  /** A page as it is stored, of lists as `lists` says; 4-aligned. Valid until the next call that may miss. */
  page(kind: 'codes' | 'lists' | 'upper', page: number): Uint8Array
}

/** A graph that a build begins with, and what has become of its nodes. */
export type BuildStart = {
  readonly graph: Graph
  /** Row in the new index of each ordinal; absentRow: deleted. */
  readonly rowOfOrd: Uint32Array
}

/** Vectors that were linked ahead of a build (hnsw/graph-ahead.ts). */
export type LinkedAhead = {
  readonly graph: Graph
  /** Row, as they were counted then, of each node of the graph. */
  readonly rowOfNode: Uint32Array
}

export type BuildOptions = {
  /** Deterministic for one thread and a fixed seed. */
  readonly seed: number
  /** Worker threads that may help; 0 builds on this thread, in slices that leave the event loop free. */
  readonly threads: number
  readonly onProgress?: (doneCount: number, totalCount: number) => void
  readonly signal?: AbortSignal
  /** Spares the work of linking its nodes again. */
  readonly start?: BuildStart
  /** Work for the caller's thread while workers have theirs; called at most once. The build ends after it. */
  readonly meanwhile?: () => Promise<void>
}

/** Takes the pages of an index while it is built. `payload` is valid during the call only, at most pageBytesMax. */
export type PageSink = (kind: PageKind, page: number, payload: Uint8Array) => void | Promise<void>

export type BuiltIndex = {
  readonly meta: VectorIndexMeta
  /** rowOfOrd[ord] is the row that has this ordinal (a format may renumber). */
  readonly rowOfOrd: Uint32Array
}

/** A page table in the kernels' memory, as cache/ makes it, which may not be imported here: word `page` holds the resident frame's address, or 0. */
export type PageTable = {
  readonly id: number
  /** Address of the u32[pageCount] in the kernels' memory. */
  readonly address: number
  readonly pageCount: number
  /** Bytes of the resident frame of a page, read in if need be. Valid until the next call that may miss. */
  page(page: number): Uint8Array
  /** Address of the frame of a page, read in if need be. Valid until the next call that may miss. */
  frame(page: number): number
  /** Pages that are in frames now; left out by those that do not know. */
  readonly residentCount?: number
  close(): void
}

/** Where an open index finds its pages and its kernels; cache/ supplies it, tests supply one over arrays. */
export type PageSource = {
  readonly memory: WebAssembly.Memory
  /** Reads a page into a frame and returns its address; the import `env.fault` of every kernel. */
  readonly fault: (tableId: number, page: number) => number
  /** @param pageBytes  Payload of a page at most. @default 16 KiB */
  table(kind: PageKind, pageCount: number, pageBytes?: number): PageTable
  /** Runs `work`, which scans: rows it reads in do not drive out what others use. `once`: they will not be read again. */
  inPassing?<T>(work: () => T, once?: boolean): T
  /** Bytes of the kernels' memory for queries, beams and bit sets; 64-aligned, zeroed, not evicted. */
  allocate(bytes: number): number
  free(address: number): void
  /**
   * The same for memory that several sources share (the scratch of walks) and that lives as long as the memory: one
   * object for all sources of a cache. Left out: every source has its own.
   */
  readonly shared?: { allocate(bytes: number): number; free(address: number): void }
  /** Pages read from the store since the start; the difference over a search goes into its result. */
  readonly pagesRead: number
  /** Pages that come in without another one going; left out by those that do not know. */
  readonly freePageCount?: number
}

export type VectorIndexFormat = {
  readonly name: string
  readonly version: number
  build(
    rows: VectorRows,
    spec: VectorSpec,
    sink: PageSink,
    options: BuildOptions
  ): Promise<BuiltIndex>
  open(meta: VectorIndexMeta, source: PageSource): VectorIndex
}
