/**
 * Scroll and point in time: a pinned moment with a time to live. A scroll is a point in time that remembers its search
 * and the sort values of the last hit given out; the next page goes on behind them.
 */
import { randomBytes } from 'node:crypto'
import type { SortValue } from '../search/index.ts'
import { mapList, valueOf, VectorStoreError } from '../util/index.ts'
import type { Steps } from '../util/index.ts'
import { splitDamaged } from './fail-alone.ts'
import { pinTargets } from './pinned.ts'
import type { Pinned } from './pinned.ts'
import { runSearchSteps, withFailures } from './run-search.ts'
import type { SearchPace } from './run-search.ts'
import { resultOf } from './sliced-search.ts'
import type { SlicedSearches } from './sliced-search.ts'
import type {
  FetchPace,
  IndexFailure,
  NodeSearch,
  NodeSearchResult,
  ResolvedIndex,
  SortSpec
} from './types.ts'

/** Longest time a context may ask for: one day, as in Elasticsearch. */
const keepAliveMsMax = 24 * 3_600_000

type Context = {
  readonly kind: 'scroll' | 'pit'
  readonly pinned: Pinned
  /** Of indices that did not serve when it was opened: told by each search of a point in time. */
  readonly failures: readonly IndexFailure[]
  keepAliveMs: number
  timer: NodeJS.Timeout | null
  scroll: Scroll | null
}

type Scroll = {
  readonly search: NodeSearch
  after: readonly SortValue[] | null
  ended: boolean
  /** The page that is being found; never fails. null: there is none. */
  page: Promise<void> | null
}

export class Contexts {
  readonly #contexts = new Map<string, Context>()
  readonly #contextsMax: number
  readonly #searches: SlicedSearches

  constructor(contextsMax: number, searches: SlicedSearches) {
    this.#contextsMax = contextsMax
    this.#searches = searches
  }

  get size(): number {
    return this.#contexts.size
  }

  openScroll(
    targets: readonly ResolvedIndex[],
    search: NodeSearch,
    keepAliveMs: number,
    pace: FetchPace
  ): { readonly id: string; readonly result: NodeSearchResult } {
    const sort = scrollSort(search.sort)
    const trackScores = search.trackScores || onlyByScore(sort)
    const ordered = { ...search, sort, trackScores }
    const { serving, failures } = splitDamaged(targets)
    const scroll = { search: ordered, after: null, ended: false, page: null }
    const id = this.#open('scroll', { serving, failures: [] }, keepAliveMs, scroll)
    try {
      // Told once: later pages are those of the indices that the scroll is open on.
      const result = withFailures(this.nextScroll(id, null, pace), failures)
      // Nobody will know of it.
      result.whole?.catch(() => this.#close(id))
      return { id, result }
    } catch (error) {
      this.#close(id)
      throw error
    }
  }

  nextScroll(id: string, keepAliveMs: number | null, pace: FetchPace): NodeSearchResult {
    const context = this.#use(id, 'scroll', keepAliveMs)
    const { scroll } = context
    if (scroll === null) throw contextAbsent(id)
    const { pinned } = context
    const begun = this.#searches.run(pinned, pace, (how) => scrollPage(pinned, scroll, how))
    if (begun instanceof Promise) {
      const ended = (): void => {
        if (scroll.page === page) scroll.page = null
      }
      const page = begun.then(ended, ended)
      scroll.page = page
    }
    return resultOf(begun)
  }

  openPointInTime(
    targets: readonly ResolvedIndex[],
    keepAliveMs: number,
    allowPartial: boolean
  ): { readonly id: string; readonly failures: readonly IndexFailure[] } {
    const split = allowPartial ? splitDamaged(targets) : { serving: targets, failures: [] }
    return { id: this.#open('pit', split, keepAliveMs, null), failures: split.failures }
  }

  searchPointInTime(
    id: string,
    keepAliveMs: number | null,
    search: NodeSearch,
    pace: FetchPace
  ): NodeSearchResult {
    const context = this.#use(id, 'pit', keepAliveMs)
    const needsTieBreak =
      search.sort.length > 0 && !search.sort.some((spec) => spec.type === 'shardDoc')
    const sort: readonly SortSpec[] = needsTieBreak
      ? [...search.sort, { type: 'shardDoc', descending: false }]
      : search.sort
    const shortAfter = needsTieBreak && search.searchAfter?.length === search.sort.length
    const used = { ...search, sort: shortAfter ? search.sort : sort }
    return withFailures(this.#searches.search(context.pinned, used, pace), context.failures)
  }

  close(kind: 'scroll' | 'pit', ids: readonly string[]): number {
    const wanted = ids.includes('_all')
      ? [...this.#contexts].filter(([, context]) => context.kind === kind).map(([id]) => id)
      : ids.filter((id) => this.#contexts.get(id)?.kind === kind)
    for (const id of wanted) this.#close(id)
    return wanted.length
  }

  /** Ends every context of an index that goes away, or all. */
  closeAll(indexName: string | null = null): void {
    for (const [id, context] of this.#contexts)
      if (
        indexName === null ||
        context.pinned.targets.some((target) => target.index.metadata.name === indexName)
      )
        this.#close(id)
  }

  #open(
    kind: Context['kind'],
    { serving, failures }: ReturnType<typeof splitDamaged>,
    keepAliveMs: number,
    scroll: Context['scroll']
  ): string {
    checkKeepAlive(keepAliveMs)
    if (this.#contexts.size >= this.#contextsMax)
      throw new VectorStoreError(
        'QUEUE_FULL',
        `Trying to create too many scroll contexts. Must be less than or equal to: [${this.#contextsMax}]. This limit can be set by the option contextsMax`
      )
    const pinned = pinTargets(serving, true)
    const id = `${kind === 'scroll' ? 'FGluY2x1ZGVfY29udGV4dF91dWlk' : 'cGl0'}${randomBytes(24).toString('base64url')}`
    const context: Context = {
      kind,
      pinned,
      failures,
      keepAliveMs,
      timer: null,
      scroll
    }
    this.#contexts.set(id, context)
    this.#arm(id, context)
    return id
  }

  #use(id: string, kind: Context['kind'], keepAliveMs: number | null): Context {
    const context = this.#contexts.get(id)
    if (context === undefined || context.kind !== kind) throw contextAbsent(id)
    if (keepAliveMs !== null) {
      checkKeepAlive(keepAliveMs)
      context.keepAliveMs = keepAliveMs
    }
    this.#arm(id, context)
    return context
  }

  #arm(id: string, context: Context): void {
    if (context.timer !== null) clearTimeout(context.timer)
    context.timer = setTimeout(() => this.#close(id), context.keepAliveMs).unref()
  }

  #close(id: string): void {
    const context = this.#contexts.get(id)
    if (context === undefined) return
    this.#contexts.delete(id)
    if (context.timer !== null) clearTimeout(context.timer)
    context.pinned.release()
  }
}

/** The page behind the last one, which may still be under way: it is waited for. */
function* scrollPage(
  { targets }: Pinned,
  scroll: Scroll,
  pace: SearchPace
): Steps<NodeSearchResult> {
  if (scroll.page !== null) {
    if (pace.slice === null) throw new TypeError('the page before is still being found')
    yield* valueOf(scroll.page)
  }
  const wanted = scroll.ended ? { ...scroll.search, size: 0 } : scroll.search
  const { result, raw } = yield* runSearchSteps(targets, wanted, pace, {
    resumeAfter: scroll.after
  })
  const last = raw.hits.at(-1)
  if (last === undefined) scroll.ended = true
  else scroll.after = last.sort
  const plain = onlyByScore(scroll.search.sort)
  const hits = mapList(result.hits, (hit) => ({
    ...hit,
    sort: plain ? null : (hit.sort?.slice(0, -1) ?? null)
  }))
  return { ...result, hits }
}

function onlyByScore(sort: readonly SortSpec[]): boolean {
  return sort.length === 2 && sort[0]?.type === 'score' && sort[0].descending
}

function scrollSort(sort: readonly SortSpec[]): readonly SortSpec[] {
  const wanted: readonly SortSpec[] =
    sort.length === 0 ? [{ type: 'score', descending: true }] : sort
  return [...wanted, { type: 'shardDoc', descending: false }]
}

function checkKeepAlive(keepAliveMs: number): void {
  if (keepAliveMs < 0)
    throw new VectorStoreError(
      'REQUEST_ARGUMENT',
      `Keep alive for request (${keepAliveMs}ms) is negative. It must be at least (0ms)`
    )
  if (keepAliveMs > keepAliveMsMax)
    throw new VectorStoreError(
      'REQUEST_ARGUMENT',
      `Keep alive for request (${keepAliveMs}ms) is too large. It must be less than (${keepAliveMsMax / 3_600_000}h)`
    )
}

function contextAbsent(id: string): VectorStoreError {
  return new VectorStoreError('CONTEXT_ABSENT', `No search context found for id [${id}]`)
}
