/**
 * Searches that take several turns of the event loop. Hits are read in slices: 10,000 sources take 200 ms. Neighbours that take
 * long to find are found by other threads first, where there are any; the rest of what is found, is found in one turn. The
 * segments stay pinned until the last hit is read.
 */
import { askThreads } from '../search/index.ts'
import type { SearchTarget, SortValue, VectorThreads } from '../search/index.ts'
import { fetchHits, fetchInSlices } from './fetch.ts'
import { HitTargets, isDamage, lowerSearch, runSearch, unheard } from './run-search.ts'
import type { Lowered, Pinned, Ran } from './run-search.ts'
import type { FetchPace, NodeSearch, NodeSearchResult } from './types.ts'

/** Hits that are read at once, sources and all: about a millisecond. */
const hitsAtOnceMax = 50

/**
 * As runSearch; `pinned` may be released when it returns.
 *
 * @param pace     inSlices: the result of a search with many hits has none, but `whole`.
 * @param threads  Asked inSlices, of a search that is nobody's next page; null: there are none.
 */
export function runPaced(
  pinned: Pinned,
  search: NodeSearch,
  pace: FetchPace,
  resumeAfter: readonly SortValue[] | null = null,
  threads: VectorThreads | null = null
): Ran {
  const { targets } = pinned
  if (pace === 'atOnce') return runSearch(targets, search, resumeAfter)
  const bound = lowerSearch(targets, search)
  const asked = threads === null ? null : askThreads(bound.accepted, threads)
  if (asked === null) return runInSlices(pinned, search, resumeAfter, bound)
  pinned.retain()
  const whole = findWhole(pinned, search, bound, asked).finally(() => pinned.release())
  return { ...nothingYet, result: { ...nothingYet.result, whole: unheard(whole) } }
}

const nothingYet: Ran = {
  raw: { hits: [], total: null, maxScore: null, profile: [] },
  result: {
    tookMs: 0,
    timedOut: false,
    hits: [],
    total: null,
    maxScore: null,
    indexCount: 0,
    failures: [],
    profile: []
  }
}

/** The rest of a search, when threads have found their part. */
async function findWhole(
  pinned: Pinned,
  search: NodeSearch,
  bound: Lowered,
  asked: Promise<SearchTarget[]>
): Promise<NodeSearchResult> {
  const { timeoutMs } = search
  const startedMs = performance.now()
  const accepted = await asked
  const passedMs = performance.now() - startedMs
  const leftMs = timeoutMs === null ? null : Math.max(0, timeoutMs - passedMs)
  const left = { ...search, timeoutMs: leftMs }
  const { result } = runInSlices(pinned, left, null, { ...bound, accepted })
  const { whole = result, ...found } = result
  return { ...found, ...(await whole), tookMs: Math.floor(performance.now() - startedMs) }
}

function runInSlices(
  pinned: Pinned,
  search: NodeSearch,
  resumeAfter: readonly SortValue[] | null,
  bound: Lowered
): Ran {
  const ran = runSearch(
    pinned.targets,
    search,
    resumeAfter,
    (hits, ...how) => (hits.length > hitsAtOnceMax ? [] : fetchHits(hits, ...how)),
    bound
  )
  if (ran.raw.hits.length <= hitsAtOnceMax) return ran
  pinned.retain()
  const whole = fetchWhole(pinned, search, ran, resumeAfter).finally(() => pinned.release())
  return { ...ran, result: { ...ran.result, whole: unheard(whole) } }
}

async function fetchWhole(
  { targets }: Pinned,
  search: NodeSearch,
  { raw, result }: Ran,
  resumeAfter: readonly SortValue[] | null
): Promise<NodeSearchResult> {
  const startedMs = performance.now()
  try {
    const hits = await fetchInSlices(raw.hits, search.fetch, new HitTargets(targets, search))
    const tookMs = result.tookMs + Math.floor(performance.now() - startedMs)
    return { ...result, hits, tookMs }
  } catch (error) {
    if (!isDamage(error)) throw error
    // A damaged index fails alone. That is rare enough to be found out at once.
    return runSearch(targets, search, resumeAfter).result
  }
}
