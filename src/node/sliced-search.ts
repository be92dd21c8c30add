/**
 * Searches that take several turns of the event loop. They begin in the turn in which they are asked for, and mostly end in it;
 * what takes longer goes on in slices, or waits for other threads. The segments stay pinned until it has ended, whatever way.
 */
import { isShort } from '../search/index.ts'
import type { VectorThreads } from '../search/index.ts'
import { beginInSlices, finishAtOnce, loopSlice } from '../util/index.ts'
import { ScanWanted } from '../vector/index.ts'
import type { Steps } from '../util/index.ts'
import { hitsAtOnceMax, idsAtOnceMax, wantsIdsAlone } from './fetch.ts'
import { inOnePiece, runSearch, runSearchSteps, StepsWanted, unheard } from './run-search.ts'
import { lowerSearch } from './fail-alone.ts'
import { haveManyClauses, queriesOf } from './lower-search.ts'
import type { Lowered } from './fail-alone.ts'
import type { Pinned } from './pinned.ts'
import type { SearchPace } from './run-search.ts'
import type { FetchPace, NodeSearch, NodeSearchResult } from './types.ts'

/** Searches that take less are not worth slices, which cost some microseconds. */
const shortMs = 1

export class SlicedSearches {
  readonly #threads: VectorThreads | null
  readonly #running: Set<Promise<unknown>> = new Set()

  /** @param threads  null: there are none. */
  constructor(threads: VectorThreads | null) {
    this.#threads = threads
  }

  /**
   * Runs over pinned segments, which may be released when it returns: the result, or, inSlices alone, a promise of it.
   *
   * Errors   those of the steps, at once or later.
   */
  run<T>(
    pinned: Pick<Pinned, 'retain' | 'release'>,
    pace: FetchPace,
    stepsOf: (pace: SearchPace) => Steps<T>
  ): T | Promise<T> {
    if (pace === 'atOnce') return finishAtOnce(stepsOf(inOnePiece))
    const slice = loopSlice()
    const begun = beginInSlices(stepsOf({ slice, threads: this.#threads }), slice)
    if (!(begun instanceof Promise)) return begun
    pinned.retain()
    const running = unheard(
      begun.finally(() => {
        pinned.release()
        this.#running.delete(running)
      })
    )
    this.#running.add(running)
    return running
  }

  /** One search over pinned segments, which may be released when it returns. */
  search(pinned: Pinned, search: NodeSearch, pace: FetchPace): NodeSearchResult {
    const { targets } = pinned
    if (pace === 'atOnce') return runSearch(targets, search, lowerSearch(targets, search))
    const bound = haveManyClauses(queriesOf(search)) ? null : lowerSearch(targets, search)
    const isShortOne = bound !== null && isQuick(search, bound)
    const quick = isShortOne ? runQuick(targets, search, bound) : null
    if (quick !== null) return quick
    return resultOf(this.run(pinned, pace, (how) => resultSteps(targets, search, how, bound)))
  }

  /** When all that were begun have ended. */
  async ended(): Promise<void> {
    await Promise.allSettled(this.#running)
  }
}

function* resultSteps(
  targets: Pinned['targets'],
  search: NodeSearch,
  pace: SearchPace,
  bound: Lowered | null
): Steps<NodeSearchResult> {
  return (yield* runSearchSteps(targets, search, pace, { bound })).result
}

/** null: it was not foreseen, but a long scan is needed, or a document is long. */
function runQuick(
  targets: Pinned['targets'],
  search: NodeSearch,
  bound: Lowered
): NodeSearchResult | null {
  try {
    return runSearch(targets, search, bound, false)
  } catch (error) {
    if (error instanceof ScanWanted || error instanceof StepsWanted) return null
    throw error
  }
}

const isQuick = ({ size, fetch }: NodeSearch, { accepted }: Lowered): boolean =>
  (size <= hitsAtOnceMax ||
    (size <= idsAtOnceMax && wantsIdsAlone(fetch) && !areRouted(accepted))) &&
  isShort(accepted, shortMs)

/** Whether ids are read from stored documents. */
const areRouted = (targets: Lowered['accepted']): boolean =>
  targets.some(({ segments }) => segments.some(({ reader }) => reader.hasRouting))

/** A result that may be still to come. */
export function resultOf(begun: NodeSearchResult | Promise<NodeSearchResult>): NodeSearchResult {
  return begun instanceof Promise ? { ...nothingYet, whole: begun } : begun
}

const nothingYet: NodeSearchResult = {
  tookMs: 0,
  timedOut: false,
  hits: [],
  total: null,
  maxScore: null,
  indexCount: 0,
  failures: [],
  profile: []
}
