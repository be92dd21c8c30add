/**
 * Question    how long does a search of one graph take at which recall, how fast is it built, what do filters and few
 *             frames cost?
 * Workload    a generated set (test/support/generated-set.ts), M 16, efConstruction 200, k 10; every query once a round.
 *             Pages lie in arrays: a miss costs a copy, not a read.
 * Sizes       smoke (default, runs in the test suite): 3,000 x 32.  full (BENCH=full): s128; SET=s768 or s128_1m for others;
 *             THREADS=2 builds in workers.
 * Reports     vectors built a second; recall@10 against exact search and microseconds a query, median of 5 rounds, by beam,
 *             by share of accepted vectors and by share of resident pages; and a checksum of all hits, which must not
 *             change between runs with THREADS=0.
 * Trust       good for comparing two commits on one machine while nothing else runs. No documents, no ids, no store.
 * Run         node scripts/build-simd.ts && BENCH=full node bench/micro/walk.bench.ts
 */
import { BitSet } from '../../src/util/index.ts'
import type {
  BuiltIndex,
  VectorIndex,
  VectorSearchRequest,
  VectorSpec
} from '../../src/vector/index.ts'
import { ArrayPages, ArrayPageSource } from '../../test/support/array-pages.ts'
import { generatedShapes, generateSet, rowOf } from '../../test/support/generated-set.ts'
import { newestFormat } from '../../test/support/newest-format.ts'

const isFull = process.env['BENCH'] === 'full'
const named = generatedShapes[process.env['SET'] ?? 's128']
if (named === undefined) throw new RangeError(`no set ${process.env['SET']}`)
const shape = isFull ? named : { ...named, rows: 3_000, dims: 32, queryCount: 50, rank: 16 }
const threads = Number(process.env['THREADS'] ?? 0)
const roundCount = isFull ? 5 : 1
const k = 10

const set = generateSet(shape)
const { dims, rows, queryCount } = set
const spec: VectorSpec = {
  dims,
  element: 'float32',
  space: 'l2',
  index: 'hnsw',
  m: 16,
  efConstruction: 200,
  codes: 'auto'
}
const queries = Array.from({ length: queryCount }, (_, at) => rowOf(set.queries, dims, at).slice())
const pages = new ArrayPages()
let checksum = 0

async function build(): Promise<BuiltIndex> {
  const startMs = performance.now()
  const source = { count: rows, row: (at: number) => rowOf(set.base, dims, at) }
  const built = await newestFormat('hnsw').build(source, spec, pages.sink, { seed: 1, threads })
  const seconds = (performance.now() - startMs) / 1_000
  console.log(`build ${Math.round(rows / seconds)} vectors/s, threads ${threads}`)
  return built
}

/** Opens over frames for a share of the pages. */
function open(built: BuiltIndex, share: number): VectorIndex {
  const frameCount = Math.max(8, Math.ceil(pages.pages.size * share))
  return newestFormat('hnsw').open(built.meta, new ArrayPageSource(pages, frameCount))
}

function request(query: Float32Array, more: Partial<VectorSearchRequest>): VectorSearchRequest {
  const base = { query, k, candidates: k, rescore: 0, accept: null, strategy: 'graph' } as const
  return { ...base, ...more }
}

/** Recall and median time of a kind of search. */
function measure(label: string, index: VectorIndex, more: Partial<VectorSearchRequest>): void {
  const exact = queries.map((query) => {
    return new Set(index.search(request(query, { ...more, strategy: 'exact' })).ords)
  })
  const roundsUs: number[] = []
  let found = 0
  let read = 0
  let visited = 0
  const strategies = new Set<string>()
  for (let round = 0; round < roundCount; round++) {
    found = 0
    read = 0
    visited = 0
    const start = process.cpuUsage()
    const results = queries.map((query) => index.search(request(query, more)))
    const { user, system } = process.cpuUsage(start)
    roundsUs.push((user + system) / queryCount)
    results.forEach((result, at) => {
      for (const ord of result.ords) if (exact[at]?.has(ord) === true) found += 1
      read += result.pagesRead
      visited += result.visitedCount
      strategies.add(result.strategy)
      for (const ord of result.ords) checksum = (Math.imul(checksum, 31) + ord) | 0
    })
  }
  const wanted = exact.reduce((sum, { size }) => sum + size, 0)
  const medianUs = roundsUs.sort((a, b) => a - b)[roundCount >> 1] ?? 0
  console.log(
    `${label.padEnd(34)} recall ${(found / wanted).toFixed(4)}  ${medianUs.toFixed(1).padStart(8)} us` +
      `  ${(visited / queryCount).toFixed(0).padStart(6)} visited  ${(read / queryCount).toFixed(1).padStart(6)} pages` +
      `  ${[...strategies].join(' ')}`
  )
}

/** Every vector accepted with the given chance, the same for the same share. */
function acceptShare(share: number): BitSet {
  const accept = new BitSet(rows)
  let state = 42
  for (let ord = 0; ord < rows; ord++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    if (state < share * 2 ** 32) accept.add(ord)
  }
  return accept
}

const built = await build()
console.log(
  `codes ${built.meta.parameters['codes']}, pages ${JSON.stringify(built.meta.pageCounts)}`
)
const resident = open(built, 1.01)
for (const candidates of [16, 32, 48, 64, 96, 128, 192]) {
  measure(`beam ${candidates}`, resident, { candidates })
}
measure('planned, 15 candidates', resident, { candidates: 15, strategy: 'planned' })
for (const share of [0.9, 0.5, 0.1, 0.01, 0.001]) {
  const accept = acceptShare(share)
  const more = { accept, acceptCount: accept.count(), candidates: 15 }
  measure(`accepted ${share}, planned`, resident, { ...more, strategy: 'planned' })
  measure(`accepted ${share}, graph 100`, resident, { ...more, candidates: 100 })
}
for (const share of [0.5, 0.25, 0.1]) {
  measure(`resident ${share}, beam 64`, open(built, share), { candidates: 64 })
}
console.log(`checksum ${checksum}`)
