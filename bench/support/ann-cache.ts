/** A page cache smaller than the data, each budget in a process of its own so that its memory is its own. */
import { answerStep, runStep } from './child.ts'
import { listCandidates, timeSearches, wholeBytes } from './segment-cache.ts'
import type { Timed, WholeBytes } from './segment-cache.ts'
import type { Clock } from './curve.ts'
import { checksumOf, median } from './curve.ts'
import { buildLeveret, indexName, openLeveret } from './leveret-peers.ts'
import type { Row } from './leveret-peers.ts'
import { budgetBytesMin } from '../../src/cache/index.ts'
import type { OpenDatabase } from '../../src/index.ts'
import { mebibyte, ownBytes, toMebibytes } from './machine.ts'
import type { VectorSet } from './peer.ts'
import { neighbours } from './peer.ts'
import { readQueries, writeQueries } from './query-file.ts'
import type { Report } from './report.ts'
import { recallOf } from './sets.ts'

type Answered = Timed & { readonly ownBytes: number }

/** The least budget that a node takes. Less is left to the index when another one's write buffer holds a part of it. */
const leastBytes = 20 * mebibyte
/** A buffer that is written out at a quarter of the budget. */
const ballastBytesMax = 4 * mebibyte
const ballastName = 'ballast'
/** A row of it is a page of the cache. */
const ballastDims = 4_096
/** Shares of some kinds that issue 3 asks for. Originals go before lists, so they are rarer than those at the first. */
const wantedShares = [
  { label: 'lists at 10 %', kinds: ['lists'] },
  { label: 'lists and originals together at 10 %', kinds: ['lists', 'vectors'] }
] as const
const wantedShare = 0.1
const shareTolerance = 0.003
/** A budget is known to this many bytes: four slots. */
const budgetStepBytes = 2 ** 16

type CacheRun = { readonly rounds: number; readonly clock: Clock; readonly report: Report }

/** Budgets from the largest down; each is compared with the first, in which all is resident. */
export async function measureCache(
  set: VectorSet,
  folder: string,
  file: string,
  { rounds, clock, report }: CacheRun
): Promise<void> {
  await buildLeveret(set, folder)
  writeQueries(set, folder)
  const whole = await wholeBytes(folder)
  const all = whole.codes + whole.lists + whole.vectors
  report.line(
    `codes ${toMebibytes(whole.codes)}, lists ${toMebibytes(whole.lists)}, originals ${toMebibytes(whole.vectors)}`
  )
  const answersAt = (budget: number, roundCount: number): Answered[] => {
    const passed = { folder, budget: String(budget), rounds: String(roundCount) }
    return runStep(file, 'cache', { ...passed, queries: String(set.queryCount) }) as Answered[]
  }
  const budgets = budgetsOf(whole)
  for (const { label, kinds } of wantedShares) {
    const shareAt = (budget: number): number => shareOf(whole, answersAt(budget, 0).at(-1), kinds)
    const budget = budgetWhere(shareAt, leastBytes - ballastBytesMax, Math.max(leastBytes, 2 * all))
    if (budget === null) report.line(`left out: ${label}: no budget gives that share`)
    else budgets.set(budget, [...(budgets.get(budget) ?? []), label])
  }
  const largest = new Map<number, number>()
  for (const [budget, labels] of budgets) {
    const label = `cache ${(budget / mebibyte).toFixed(1)} MiB (${labels.join(', ').replace('for, ', 'for ')})`
    for (const one of answersAt(budget, rounds)) {
      const own = `RssAnon + RssShmem ${toMebibytes(one.ownBytes)}`
      report.line(`${label}, ${answerText(set, whole, one, { clock, largest })}, ${own}`)
    }
  }
  measureListsAlone(set, folder, whole, { file, rounds, clock, report })
}

/** Lists go first and alone: a tenth of them is there, and all of the rest. */
function measureListsAlone(
  set: VectorSet,
  folder: string,
  whole: WholeBytes,
  { file, rounds, clock, report }: CacheRun & { readonly file: string }
): void {
  const all = whole.codes + whole.lists + whole.vectors
  const answersAt = (budget: number, roundCount: number): Timed[] => {
    const passed = { folder, budget: String(budget), rounds: String(roundCount) }
    return runStep(file, 'lists', { ...passed, queries: String(set.queryCount) }) as Timed[]
  }
  const shareAt = (budget: number): number => shareOf(whole, answersAt(budget, 0).at(-1), ['lists'])
  // Ids and tables are beside these.
  const least = Math.max(budgetBytesMin(0), all - whole.lists)
  const budget = budgetWhere(shareAt, least, least + all)
  if (budget === null) {
    report.line('left out: lists alone at 10 %: no budget gives that share')
    return
  }
  const largest = new Map<number, number>()
  for (const [label, bytes] of [
    ['all resident', least + all],
    ['lists alone at 10 %', budget]
  ] as const)
    for (const one of answersAt(bytes, rounds))
      report.line(`segment, ${label}, ${answerText(set, whole, one, { clock, largest })}`)
}

/** @param largest  Microseconds by candidates of the first budget, which is the largest. */
function answerText(
  set: VectorSet,
  whole: WholeBytes,
  one: Timed,
  { clock, largest }: { readonly clock: Clock; readonly largest: Map<number, number> }
): string {
  const us = median(clock === 'cpu' ? one.cpuUs : one.wallUs)
  const resident = largest.get(one.candidates) ?? us
  largest.set(one.candidates, resident)
  const recall =
    one.found.reduce((sum, hits, query) => sum + recallOf(set, query, hits), 0) / set.queryCount
  return `candidates ${one.candidates}: recall ${recall.toFixed(4)}, ${Math.round(us)} us (${(us / resident).toFixed(2)}x the largest), ${Math.round(1e6 / us)} queries/s, ${missText(one.misses)}, ${shareText(whole, one)}, checksum ${one.found.reduce(checksumOf, 0)}`
}

function missText(misses: Answered['misses']): string {
  const kinds = Object.entries(misses).filter(([, count]) => count >= 0.05)
  const total = kinds.reduce((sum, [, count]) => sum + count, 0)
  const each = kinds.map(([kind, count]) => `${kind} ${count.toFixed(1)}`).join(', ')
  return `${total.toFixed(1)} misses a query${each === '' ? '' : ` (${each})`}`
}

/** Of the bytes that pages of these kinds take when all are there. */
function shareOf(
  whole: WholeBytes,
  one: Timed | undefined,
  kinds: readonly (keyof WholeBytes)[]
): number {
  const resident = kinds.reduce((sum, kind) => sum + (one?.residentBytes[kind] ?? 0), 0)
  // Small sets have no graph: none of its pages are there.
  return (
    resident /
    Math.max(
      1,
      kinds.reduce((sum, kind) => sum + whole[kind], 0)
    )
  )
}

function shareText(whole: WholeBytes, one: Timed): string {
  const each = (['codes', 'lists', 'vectors'] as const).map(
    (kind) => `${kind} ${(100 * shareOf(whole, one, [kind])).toFixed(1)} %`
  )
  return `resident ${each.join(', ')}`
}

/** The budget at which a share is the wanted one, null when none gives it. The share grows with the budget. */
function budgetWhere(
  shareAt: (budget: number) => number,
  least: number,
  most: number
): number | null {
  let [low, high] = [least, most]
  if (shareAt(low) > wantedShare || shareAt(high) < wantedShare) return null
  while (high - low > budgetStepBytes) {
    const middle = Math.round((low + high) / 2)
    const share = shareAt(middle)
    if (Math.abs(share - wantedShare) < shareTolerance) return middle
    if (share < wantedShare) low = middle
    else high = middle
  }
  return high
}

/** Budgets in bytes, each with the words for it: those below the least there is are measured once, as that. */
function budgetsOf({ codes, lists, vectors }: WholeBytes): Map<number, string[]> {
  const all = codes + lists + vectors
  const wanted: readonly (readonly [label: string, bytes: number])[] = [
    ['200 %', 2 * all],
    ['all but 90 % of the lists', all - 0.9 * lists],
    ['25 %', all / 4],
    ['codes and 10 % of the rest', codes + (lists + vectors) / 10],
    ['10 %', all / 10]
  ]
  const budgets = new Map<number, string[]>()
  for (const [label, bytes] of wanted) {
    const budget = Math.max(leastBytes, Math.round(bytes))
    const first = bytes < leastBytes ? ['the least there is, for'] : []
    budgets.set(budget, [...(budgets.get(budget) ?? first), label])
  }
  return budgets
}

/** In the child, which holds no rows but those in the cache. Every query once to warm up, then once a round. */
export async function answerCacheStep(
  folder: string,
  queryCount: number,
  budget: number,
  rounds: number
): Promise<void> {
  const queries = readQueries(folder, queryCount)
  const db = await openLeveret(folder, { cacheBytes: Math.max(budget, leastBytes) })
  await takeBallast(db, leastBytes - budget)
  const index = db.index<Row>(indexName)
  const answers = listCandidates.map((candidates): Answered => {
    const search = (vector: Float32Array): number[] =>
      index
        .search({ knn: { field: 'v', vector, k: neighbours, candidates }, source: false })
        .hits.map((hit) => Number(hit.id))
    const timed = timeSearches(
      candidates,
      { queries, rounds, search },
      () => index.stats()?.pages ?? {}
    )
    return { ...timed, ownBytes: ownBytes() }
  })
  if (budget < leastBytes) await db.deleteIndex(ballastName)
  await db.close()
  answerStep(answers)
}

/** Vectors of another index, which stay in its write buffer and so take this much of the cache. */
async function takeBallast(db: OpenDatabase, bytes: number): Promise<void> {
  if (bytes <= 0) return
  const index = await db.createIndex<Row>(ballastName, {
    v: { type: 'dense_vector', dims: ballastDims, index: false }
  })
  const v = new Float32Array(ballastDims).fill(1)
  const count = Math.round(bytes / (4 * ballastDims))
  await index.putMany(Array.from({ length: count }, (_, at): [string, Row] => [String(at), { v }]))
}
