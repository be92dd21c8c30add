/**
 * Searches whose hits are read in slices of several turns of the event loop: 10,000 sources take 200 ms. What is found, is found
 * in one turn; the segments stay pinned until the last hit is read.
 */
import type { SortValue } from '../search/index.ts'
import { fetchHits, fetchInSlices } from './fetch.ts'
import { hitContext, isDamage, runSearch, unheard } from './run-search.ts'
import type { Pinned, Ran } from './run-search.ts'
import type { FetchPace, NodeSearch, NodeSearchResult } from './types.ts'

/** Hits that are read at once, sources and all: about a millisecond. */
const hitsAtOnceMax = 50

/**
 * As runSearch; `pinned` may be released when it returns.
 *
 * @param pace  inSlices: the result of a search with many hits has none, but `whole`.
 */
export function runPaced(
  pinned: Pinned,
  search: NodeSearch,
  pace: FetchPace,
  resumeAfter: readonly SortValue[] | null = null
): Ran {
  const { targets } = pinned
  if (pace === 'atOnce') return runSearch(targets, search, resumeAfter)
  const ran = runSearch(targets, search, resumeAfter, (hits, ...how) =>
    hits.length > hitsAtOnceMax ? [] : fetchHits(hits, ...how)
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
    const hits = await fetchInSlices(raw.hits, search.fetch, hitContext(targets, search))
    const tookMs = result.tookMs + Math.floor(performance.now() - startedMs)
    return { ...result, hits, tookMs }
  } catch (error) {
    if (!isDamage(error)) throw error
    // A damaged index fails alone. That is rare enough to be found out at once.
    return runSearch(targets, search, resumeAfter).result
  }
}
