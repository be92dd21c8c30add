/**
 * The segment of an index over a cache of the bench's own: with an order of eviction that no user has, and without the layers above
 * segments. What a search here does not do: parse, lower, collect.
 */
import { PageCache } from '../../src/cache/index.ts'
import { readManifest } from '../../src/engine/manifest.ts'
import { openSegment } from '../../src/segment/index.ts'
import type { DiskSegment, VectorReader } from '../../src/segment/index.ts'
import { openStore } from '../../src/store/index.ts'
import type { Store } from '../../src/store/index.ts'
import { answerStep } from './child.ts'
import { dataFolder } from './leveret-peers.ts'
import { neighbours } from './peer.ts'
import { readQueries } from './query-file.ts'

/** Nothing is left of what goes first. */
export const noFloor = 31

export const listCandidates: readonly number[] = [32, 64, 128]

/** Bytes in the cache when all pages are there. */
export type WholeBytes = Readonly<Record<'codes' | 'lists' | 'vectors', number>>

/** Searches with one number of candidates. */
export type Timed = {
  readonly candidates: number
  /** Microseconds a query, one number a round: by the clock, and of this process's processors. */
  readonly wallUs: readonly number[]
  readonly cpuUs: readonly number[]
  /** A query, by kind of page. */
  readonly misses: Readonly<Record<string, number>>
  /** After the last round, by kind of page. */
  readonly residentBytes: Readonly<Record<string, number>>
  readonly found: readonly number[][]
}

const warmUpPasses = 4

type Pages = Readonly<
  Record<string, { readonly missCount: number; readonly residentBytes: number }>
>

/** Every query a few times to warm up, as V8 makes fast code beside it, then once a round. */
export function timeSearches(
  candidates: number,
  {
    queries,
    rounds,
    search
  }: {
    readonly queries: readonly Float32Array[]
    readonly rounds: number
    readonly search: (vector: Float32Array) => number[]
  },
  pages: () => Pages
): Timed {
  let found: number[][] = []
  for (let pass = 0; pass < warmUpPasses; pass++) found = queries.map((vector) => search(vector))
  const before = pages()
  const wallUs: number[] = []
  const cpuUs: number[] = []
  for (let round = 0; round < rounds; round++) {
    const cpu = process.cpuUsage()
    const started = performance.now()
    found = queries.map((vector) => search(vector))
    wallUs.push(((performance.now() - started) * 1_000) / queries.length)
    const used = process.cpuUsage(cpu)
    cpuUs.push((used.user + used.system) / queries.length)
  }
  const after = Object.entries(pages())
  const misses = Object.fromEntries(
    after.map(([kind, { missCount }]) => [
      kind,
      (missCount - (before[kind]?.missCount ?? 0)) / queries.length / rounds
    ])
  )
  const residentBytes = Object.fromEntries(after.map(([kind, one]) => [kind, one.residentBytes]))
  return { candidates, wallUs, cpuUs, misses, residentBytes, found }
}

type CacheOptions = ConstructorParameters<typeof PageCache>[0]

/** Lists go first, down to 2^-floorShift of the cache, then originals down to as much. */
const listsFirst = (floorShift: number): NonNullable<CacheOptions['order']> => ({
  ranks: new Map([
    ['lists', 1],
    ['vectors', 2],
    ['norms', 2],
    ['ords', 2],
    ['docIds', 2],
    ['codes', 3],
    ['upper', 3]
  ] as const),
  floorShift
})

type OpenBench = {
  readonly store: Store
  readonly cache: PageCache
  readonly index: number
  readonly segment: DiskSegment
  readonly vectors: VectorReader
}

/** The only segment of the only index in a folder that leveret-peers.ts has built. */
async function openBench(
  folder: string,
  budgetBytes: number,
  floorShift: number = noFloor
): Promise<OpenBench> {
  const store = await openStore(dataFolder(folder))
  const cache = new PageCache({
    budgetBytes,
    reserveBytes: 0,
    read: (key) => store.get(key),
    discard: (payload) => store.discard(payload),
    order: listsFirst(floorShift)
  })
  for (let index = 0; index < indexNumberMax; index++) {
    const [only] = (await readManifest(store, index)).segments
    if (only === undefined) continue
    const segment = openSegment({ info: only.info, index, store, cache })
    const field = segment.fields.find(({ name }) => name === 'v')
    const vectors = field === undefined ? null : segment.vectors(field.number)
    if (vectors !== null) return { store, cache, index, segment, vectors }
  }
  throw new RangeError(`no index in ${folder}`)
}

const indexNumberMax = 64

export async function wholeBytes(folder: string): Promise<WholeBytes> {
  const { store, vectors, segment } = await openBench(folder, 64 * 2 ** 20)
  const meta = vectors.shared?.meta
  const tables = vectors.shared?.tables ?? []
  if (meta === undefined) throw new RangeError(`no graph in ${folder}`)
  const bytesOf = (wanted: string): number =>
    tables.reduce(
      (sum, { kind, pageCount, pageBytes }) => sum + (kind === wanted ? pageCount * pageBytes : 0),
      0
    )
  const whole = { codes: bytesOf('codes'), lists: bytesOf('lists'), vectors: bytesOf('vectors') }
  segment.close()
  await store.close()
  return whole
}

/** In the child. Originals are read before anything is measured; ids and codes come with the searches. */
export async function answerListsStep(
  folder: string,
  queryCount: number,
  {
    budget,
    floorShift,
    rounds
  }: { readonly budget: number; readonly floorShift: number; readonly rounds: number }
): Promise<void> {
  const queries = readQueries(folder, queryCount)
  const { store, cache, index, segment, vectors } = await openBench(folder, budget, floorShift)
  const request = { k: neighbours, rescore: 0, accept: null } as const
  vectors.index.search({
    ...request,
    query: queries[0]!,
    candidates: neighbours,
    strategy: 'exact'
  })
  const answers = listCandidates.map((candidates) => {
    const search = (query: Float32Array): number[] => {
      const { ords } = vectors.index.search({ ...request, query, candidates, strategy: 'planned' })
      return segment.idsOf(vectors.docsOf(ords)).map(Number)
    }
    return timeSearches(candidates, { queries, rounds, search }, () => cache.statsOf(index))
  })
  segment.close()
  await store.close()
  answerStep(answers)
}
